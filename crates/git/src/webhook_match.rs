//! Whether two URLs name the same repository, however they are written.
//!
//! A webhook tells its repository in one form, a custom resource in another: `https://host/org/repo.git`,
//! `git@host:org/repo`, `ssh://git@host:22/org/repo`.

use std::path::Path;

use crate::address::{Address, split_port};

#[cfg(test)]
mod tests;

/// Whether `a` and `b` name the same repository. Hosts are compared without case, paths with it; user, password,
/// scheme, the scheme's own port, `.git` and a trailing `/` do not matter.
#[must_use]
pub fn same_repository(a: &str, b: &str) -> bool {
    Place::of(a) == Place::of(b)
}

#[derive(PartialEq)]
enum Place {
    Local(String),
    Remote {
        host: String,
        port: Option<u16>,
        path: String,
    },
    Unknown(String),
}

impl Place {
    fn of(url: &str) -> Self {
        match Address::parse(url) {
            Address::Local(path) => Self::Local(path_of(&local(&path))),
            Address::Http { url, .. } => {
                let (scheme, rest) = url.split_once("://").unwrap_or(("https", &url));
                let (authority, path) = rest.split_once('/').unwrap_or((rest, ""));
                let (host, port) = split_port(authority);
                let own = if scheme == "http" { 80 } else { 443 };
                Self::Remote {
                    host: host.to_ascii_lowercase(),
                    port: port.filter(|port| *port != own),
                    path: path_of(path),
                }
            }
            Address::Ssh(ssh) => Self::Remote {
                host: ssh.host.to_ascii_lowercase(),
                port: ssh.port.filter(|port| *port != 22),
                path: path_of(&ssh.path),
            },
            Address::Other(_) => Self::Unknown(url.to_owned()),
        }
    }
}

fn local(path: &Path) -> String {
    let path = path.canonicalize().unwrap_or_else(|_| path.to_owned());
    path.to_string_lossy().trim_end_matches("/.git").to_owned()
}

fn path_of(path: &str) -> String {
    let path = path.trim_matches('/');
    path.strip_suffix(".git").unwrap_or(path).to_owned()
}
