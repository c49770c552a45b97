//! Where a repository is, read from its URL as Git reads it.
//!
//! **Invariant:** [`masked`] of a URL holds no password and no token.

use std::path::PathBuf;

#[cfg(test)]
mod tests;

/// Where a repository is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Address {
    /// On this machine.
    Local(PathBuf),
    /// Behind `http://` or `https://`; the URL is without user and password.
    Http {
        url: String,
        user: Option<String>,
        password: Option<String>,
    },
    /// Behind SSH.
    Ssh(SshAddress),
    /// A scheme that is not spoken.
    Other(String),
}

/// Where a repository behind SSH is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct SshAddress {
    pub(crate) user: Option<String>,
    pub(crate) host: String,
    pub(crate) port: Option<u16>,
    pub(crate) path: String,
}

/// The folder that a URL means, where it means one on this machine.
#[must_use]
pub fn local_folder(url: &str) -> Option<PathBuf> {
    match Address::parse(url) {
        Address::Local(path) => Some(path),
        _ => None,
    }
}

impl Address {
    pub(crate) fn parse(url: &str) -> Self {
        let Some((scheme, rest)) = url.split_once("://") else {
            return scp_like(url).map_or_else(|| Self::Local(PathBuf::from(url)), Self::Ssh);
        };
        match scheme.to_ascii_lowercase().as_str() {
            "file" => {
                let path = rest.strip_prefix("localhost").unwrap_or(rest);
                Self::Local(PathBuf::from(path))
            }
            scheme @ ("http" | "https") => {
                let (user, password, place) = split_user(rest);
                Self::Http {
                    url: format!("{scheme}://{place}"),
                    user,
                    password,
                }
            }
            "ssh" | "git+ssh" | "ssh+git" => {
                let (user, _, place) = split_user(rest);
                let (authority, path) = place.find('/').map_or((place, ""), |at| place.split_at(at));
                let (host, port) = split_port(authority);
                Self::Ssh(SshAddress {
                    user,
                    host: host.to_owned(),
                    port,
                    // `ssh://host/~user/repo` names a home folder; the shell of the server resolves it.
                    path: if path.starts_with("/~") { &path[1..] } else { path }.to_owned(),
                })
            }
            other => Self::Other(other.to_owned()),
        }
    }
}

/// The URL without passwords and tokens.
pub(crate) fn masked(url: &str) -> String {
    let Some((scheme, rest)) = url.split_once("://") else {
        return url.to_owned();
    };
    let authority_end = rest.find('/').unwrap_or(rest.len());
    let Some(at) = rest[..authority_end].rfind('@') else {
        return url.to_owned();
    };
    let (user, place) = (&rest[..at], &rest[at + 1..]);
    match user.split_once(':') {
        Some((user, _)) => format!("{scheme}://{user}:***@{place}"),
        // A lone user before an HTTP host is as often a token as a name.
        None if scheme.to_ascii_lowercase().starts_with("http") => format!("{scheme}://***@{place}"),
        None => url.to_owned(),
    }
}

/// `[user@]host:path`, as long as no `/` comes before the `:`.
fn scp_like(url: &str) -> Option<SshAddress> {
    let (user, place) = match url.split_once('@') {
        Some((user, place)) if !user.contains(['/', ':']) => (Some(user.to_owned()), place),
        _ => (None, url),
    };
    let (host, path) = if place.starts_with('[') {
        place.split_once("]:").map(|(host, path)| (&host[1..], path))?
    } else {
        place.split_once(':')?
    };
    if host.is_empty() || host.contains('/') || path.is_empty() {
        return None;
    }
    Some(SshAddress {
        user,
        host: host.to_owned(),
        port: None,
        path: path.to_owned(),
    })
}

fn split_user(rest: &str) -> (Option<String>, Option<String>, &str) {
    let authority_end = rest.find('/').unwrap_or(rest.len());
    let Some(at) = rest[..authority_end].rfind('@') else {
        return (None, None, rest);
    };
    let (user, place) = (&rest[..at], &rest[at + 1..]);
    match user.split_once(':') {
        Some((user, password)) => (Some(decoded(user)), Some(decoded(password)), place),
        None => (Some(decoded(user)), None, place),
    }
}

pub(crate) fn split_port(authority: &str) -> (&str, Option<u16>) {
    if let Some(rest) = authority.strip_prefix('[')
        && let Some((host, port)) = rest.split_once(']')
    {
        return (host, port.strip_prefix(':').and_then(|port| port.parse().ok()));
    }
    match authority.rsplit_once(':') {
        Some((host, port)) => match port.parse() {
            Ok(port) => (host, Some(port)),
            Err(_) => (authority, None),
        },
        None => (authority, None),
    }
}

/// Percent-decoding; what is not well-formed stays as it is.
fn decoded(text: &str) -> String {
    let mut bytes = Vec::with_capacity(text.len());
    let mut left = text.as_bytes();
    while let [first, rest @ ..] = left {
        let code = (*first == b'%')
            .then(|| rest.get(..2))
            .flatten()
            .and_then(|digits| std::str::from_utf8(digits).ok())
            .and_then(|digits| u8::from_str_radix(digits, 16).ok());
        left = match code {
            Some(byte) => {
                bytes.push(byte);
                &rest[2..]
            }
            None => {
                bytes.push(*first);
                rest
            }
        };
    }
    String::from_utf8(bytes).unwrap_or_else(|_| text.to_owned())
}
