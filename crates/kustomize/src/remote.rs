//! Addresses of repositories and files elsewhere, in every form that the original takes.
//!
//! **Start at** [`parse`]. Facts: the original's documentation of remote targets.

use crate::host::RemoteRepository;

/// Reads an address of a repository; `None` when it is none, but a path.
#[must_use]
pub fn parse(address: &str) -> Option<RemoteRepository> {
    if address.starts_with('/') {
        return None;
    }
    let (rest, query) = address.split_once('?').unwrap_or((address, ""));
    let (host, rest) = host(rest)?;
    let (repository, path) = split(rest, host.starts_with(FILE))?;
    let path = path.trim_start_matches('/');
    if repository.is_empty() || leaves(path) {
        return None;
    }
    let query = Query::read(query);
    Some(RemoteRepository {
        url: format!("{host}{repository}"),
        reference: query.reference,
        path: path.to_owned(),
        submodules: query.submodules,
        timeout: query.timeout,
    })
}

/// Whether an address names something elsewhere.
pub(crate) fn is_remote(address: &str) -> bool {
    is_web(address) || parse(address).is_some()
}

/// Whether an address can be a file on the web.
pub(crate) fn is_web(address: &str) -> bool {
    scheme(address).is_some_and(|(scheme, _)| scheme.starts_with("http"))
}

/// Whether an address says by itself that it is a repository, so that nobody has to ask for it as a file first.
pub(crate) fn is_marked_as_repository(address: &str) -> bool {
    let rest = scheme(address).map_or(address, |(_, rest)| rest);
    let (path, _) = rest.split_once('?').unwrap_or((rest, ""));
    path.contains("//") || path.contains("_git/") || path.contains(".git/") || path.ends_with(".git")
}

const FILE: &str = "file://";
const SCHEMES: [&str; 4] = ["ssh://", "https://", "http://", FILE];
const GITHUB: &str = "github.com";

fn scheme(address: &str) -> Option<(&'static str, &str)> {
    SCHEMES
        .iter()
        .find_map(|scheme| Some((*scheme, strip_prefix(address, scheme)?)))
}

/// Scheme, user and host, and what follows them.
fn host(address: &str) -> Option<(String, &str)> {
    let address = strip_prefix(address, "git::").unwrap_or(address);
    let (scheme, rest) = scheme(address).unwrap_or(("", address));
    if scheme == FILE {
        return Some((FILE.to_owned(), rest));
    }
    let (user, rest) = user(rest);
    let is_github = [":", "/"]
        .iter()
        .any(|separator| strip_prefix(rest, &format!("{GITHUB}{separator}")).is_some());
    let scp_like = scheme.is_empty() && (!user.is_empty() || is_github);
    if scheme.is_empty() && !scp_like {
        return None;
    }
    let slash = rest.find('/');
    let colon = rest.find(':').filter(|_| scp_like);
    let end = match (slash, colon) {
        (Some(slash), Some(colon)) if colon > 0 && colon < slash => colon,
        (None, Some(colon)) => colon,
        (Some(slash), _) => slash,
        (None, None) => return None,
    };
    let (host, path) = rest.split_at(end + 1);
    if is_github {
        let host = if scheme == "ssh://" || !user.is_empty() {
            format!("{user}{GITHUB}:")
        } else {
            format!("https://{GITHUB}/")
        };
        return Some((host, path));
    }
    Some((format!("{scheme}{user}{host}"), path))
}

/// `user@` at the front, if there is one.
fn user(rest: &str) -> (&str, &str) {
    let is_user = |user: &str| {
        user.starts_with(|c: char| c.is_ascii_alphabetic())
            && user.chars().all(|c| c.is_ascii_alphanumeric() || c == '-')
    };
    match rest.split_once('@') {
        Some((user, _)) if is_user(user) => rest.split_at(user.len() + 1),
        _ => ("", rest),
    }
}

/// The repository's own path, and the folder in it.
fn split(path: &str, whole: bool) -> Option<(&str, &str)> {
    if let Some(at) = path.find("_git/") {
        let start = at + "_git/".len();
        let end = path[start..].find('/').map_or(path.len(), |slash| start + slash);
        return Some((&path[..end], path[end..].trim_start_matches('/')));
    }
    if let Some((repository, folder)) = path.split_once("//") {
        return Some((repository, folder));
    }
    if let Some(at) = path.find(".git") {
        return Some(path.split_at(at + ".git".len()));
    }
    if whole {
        return Some((path, ""));
    }
    let mut slashes = path.match_indices('/').map(|(at, _)| at);
    slashes.next()?;
    Some(match slashes.next() {
        Some(second) => (&path[..second], &path[second + 1..]),
        None => (path, ""),
    })
}

/// Whether a path goes above where it starts.
fn leaves(path: &str) -> bool {
    plumb_model::TreePath::parse(path).is_err()
}

fn strip_prefix<'a>(text: &'a str, prefix: &str) -> Option<&'a str> {
    let head = text.get(..prefix.len())?;
    head.eq_ignore_ascii_case(prefix).then(|| &text[prefix.len()..])
}

/// What stands behind the `?`.
struct Query {
    reference: String,
    submodules: bool,
    timeout: Option<u64>,
}

impl Query {
    fn read(query: &str) -> Self {
        let value = |name: &str| {
            let mut pairs = query.split('&').filter_map(|pair| pair.split_once('='));
            pairs.find(|(key, value)| *key == name && !value.is_empty())
        };
        let reference = value("ref").or_else(|| value("version"));
        Self {
            reference: reference.map(|(_, value)| decoded(value)).unwrap_or_default(),
            submodules: value("submodules")
                .is_none_or(|(_, value)| !matches!(value, "0" | "f" | "F" | "false" | "FALSE" | "False")),
            timeout: value("timeout").and_then(|(_, value)| seconds(value)),
        }
    }
}

/// `61`, `61s`, `2m` or `1h` in seconds.
fn seconds(text: &str) -> Option<u64> {
    let (number, unit) = match text.strip_suffix(['s', 'm', 'h']) {
        Some(number) => (number, &text[number.len()..]),
        None => (text, "s"),
    };
    let factor = match unit {
        "h" => 3600,
        "m" => 60,
        _ => 1,
    };
    number
        .parse::<u64>()
        .ok()?
        .checked_mul(factor)
        .filter(|seconds| *seconds > 0)
}

/// Text with its percent signs resolved.
fn decoded(text: &str) -> String {
    let mut bytes = Vec::with_capacity(text.len());
    let mut rest = text.as_bytes();
    while let Some((first, tail)) = rest.split_first() {
        let hex = |byte: &u8| char::from(*byte).to_digit(16);
        match (first, tail) {
            (b'%', [high, low, after @ ..]) if hex(high).is_some() && hex(low).is_some() => {
                let value = hex(high).unwrap_or(0) * 16 + hex(low).unwrap_or(0);
                bytes.push(u8::try_from(value).unwrap_or(b'?'));
                rest = after;
            }
            (b'+', _) => {
                bytes.push(b' ');
                rest = tail;
            }
            _ => {
                bytes.push(*first);
                rest = tail;
            }
        }
    }
    String::from_utf8_lossy(&bytes).into_owned()
}

#[cfg(test)]
mod tests;
