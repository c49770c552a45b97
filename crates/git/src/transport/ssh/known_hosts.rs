//! SSH hosts and their keys, as OpenSSH writes them down.

use aws_lc_rs::hmac;
use base64::{Engine as _, engine::general_purpose::STANDARD};
use russh::keys::{Algorithm, PublicKey};

#[cfg(test)]
mod tests;

/// The lines of a `known_hosts` file.
pub(super) struct KnownHosts(Vec<Line>);

struct Line {
    hosts: String,
    revoked: bool,
    key: PublicKey,
}

/// What is known of a host's key.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Verdict {
    /// It is the known one.
    Known,
    /// The host has others.
    Different,
    /// The host is not known.
    UnknownHost,
    /// The key must not be trusted.
    Revoked,
}

impl KnownHosts {
    /// Lines that are not understood, and authorities' (`@cert-authority`), are left out.
    pub(super) fn parse(text: &str) -> Self {
        Self(text.lines().filter_map(line).collect())
    }

    pub(super) fn verdict(&self, host: &str, port: u16, key: &PublicKey) -> Verdict {
        let name = name(host, port);
        let mut verdict = Verdict::UnknownHost;
        for line in self.0.iter().filter(|line| matches(&line.hosts, &name)) {
            let same = line.key.key_data() == key.key_data();
            match (line.revoked, same) {
                (true, true) => return Verdict::Revoked,
                (true, false) => {}
                (false, true) => verdict = Verdict::Known,
                (false, false) if verdict == Verdict::UnknownHost => verdict = Verdict::Different,
                (false, false) => {}
            }
        }
        verdict
    }

    /// The kinds of keys that are known of a host.
    pub(super) fn kinds(&self, host: &str, port: u16) -> Vec<Algorithm> {
        let name = name(host, port);
        let lines = self
            .0
            .iter()
            .filter(|line| !line.revoked && matches(&line.hosts, &name));
        lines.map(|line| line.key.algorithm()).collect()
    }
}

/// A host as `known_hosts` names it.
pub(super) fn name(host: &str, port: u16) -> String {
    let host = host.to_ascii_lowercase();
    if port == 22 {
        host
    } else {
        format!("[{host}]:{port}")
    }
}

fn line(text: &str) -> Option<Line> {
    let mut words = text.split_ascii_whitespace();
    let mut hosts = words.next().filter(|word| !word.starts_with('#'))?;
    let mut revoked = false;
    if let Some(marker) = hosts.strip_prefix('@') {
        if marker != "revoked" {
            return None;
        }
        revoked = true;
        hosts = words.next()?;
    }
    let (kind, key) = (words.next()?, words.next()?);
    Some(Line {
        hosts: hosts.to_owned(),
        revoked,
        key: PublicKey::from_openssh(&format!("{kind} {key}")).ok()?,
    })
}

/// Whether `name` is among `hosts`: names, patterns with `*` and `?`, `!` for "not", or hashes of names.
fn matches(hosts: &str, name: &str) -> bool {
    let mut found = false;
    for host in hosts.split(',') {
        if let Some(hashed) = host.strip_prefix("|1|") {
            found |= is_hash_of(hashed, name);
        } else if let Some(not) = host.strip_prefix('!') {
            if fits(not.to_ascii_lowercase().as_bytes(), name.as_bytes()) {
                return false;
            }
        } else {
            found |= fits(host.to_ascii_lowercase().as_bytes(), name.as_bytes());
        }
    }
    found
}

fn is_hash_of(hashed: &str, name: &str) -> bool {
    let decoded = hashed
        .split_once('|')
        .and_then(|(salt, hash)| Some((STANDARD.decode(salt).ok()?, STANDARD.decode(hash).ok()?)));
    decoded.is_some_and(|(salt, hash)| {
        let key = hmac::Key::new(hmac::HMAC_SHA1_FOR_LEGACY_USE_ONLY, &salt);
        hmac::verify(&key, name.as_bytes(), &hash).is_ok()
    })
}

/// Whether `text` fits `pattern`, in one pass that goes back to the last `*` at most.
fn fits(pattern: &[u8], text: &[u8]) -> bool {
    let (mut p, mut t) = (0, 0);
    let mut star: Option<(usize, usize)> = None;
    while t < text.len() {
        match pattern.get(p) {
            Some(b'*') => {
                star = Some((p, t));
                p += 1;
            }
            Some(byte) if *byte == b'?' || *byte == text[t] => {
                p += 1;
                t += 1;
            }
            _ => match star {
                Some((at, from)) => {
                    star = Some((at, from + 1));
                    p = at + 1;
                    t = from + 1;
                }
                None => return false,
            },
        }
    }
    pattern[p..].iter().all(|byte| *byte == b'*')
}
