//! Signing in by what a proxy in front of the page says in a header.
//!
//! **Invariant:** a header counts only when the proxy itself sends it: from its address, with its secret, or both.

use std::net::{IpAddr, SocketAddr};

use axum::http::{HeaderMap, HeaderName};
use plumb_cluster::Person;

use super::Token;
use crate::{gate::Turned, site::same_secret};

/// The group that everybody is in whom a cluster knows.
const EVERYBODY: &str = "system:authenticated";
/// What the names of the cluster's own users and groups begin with; nobody from outside is one of them.
const OWN: &str = "system:";
/// So many groups are read.
const GROUPS: usize = 500;

/// Which proxy says who somebody is, and how.
#[derive(Clone, Debug)]
pub struct ProxySignIn {
    /// The header that holds the name.
    pub user: HeaderName,
    /// The header that holds the groups, with commas between; `None` = nobody is in any.
    pub groups: Option<HeaderName>,
    /// The addresses that the proxy comes from; empty = any.
    pub addresses: Vec<IpAddr>,
    /// The header that holds the proxy's secret, and the secret; `None` = it shows none.
    pub secret: Option<(HeaderName, Token)>,
}

impl ProxySignIn {
    /// Whether anything tells the proxy from others.
    #[must_use]
    pub fn is_named(&self) -> bool {
        !self.addresses.is_empty() || self.secret.is_some()
    }

    /// Who the proxy says that a request comes from.
    pub(crate) fn person(&self, peer: Option<SocketAddr>, headers: &HeaderMap) -> Result<Person, Turned> {
        let wrong = |why: &str| Turned::Wrong(why.to_owned());
        if !self.is_named() {
            return Err(wrong("No proxy is named, so nobody's word counts."));
        }
        let from = peer.map(|peer| peer.ip().to_canonical());
        if !self.addresses.is_empty() && !from.is_some_and(|from| self.addresses.contains(&from)) {
            return Err(wrong(
                "The request does not come from the proxy that signs people in.",
            ));
        }
        if let Some((name, secret)) = &self.secret {
            let shown = one(headers, name)?.unwrap_or_default();
            if !same_secret(shown.as_bytes(), secret.reveal().as_bytes()) {
                return Err(wrong(
                    "The request does not carry the secret of the proxy that signs people in.",
                ));
            }
        }
        let name = one(headers, &self.user)?.unwrap_or_default();
        let groups = match &self.groups {
            Some(name) => one(headers, name)?.unwrap_or_default(),
            None => "",
        };
        let groups = groups.split(',').map(str::trim).filter(|group| !group.is_empty());
        from_outside(name, groups).map_err(Turned::Wrong)
    }
}

/// Somebody whom another than the cluster vouches for.
pub(crate) fn from_outside<'a>(name: &str, groups: impl Iterator<Item = &'a str>) -> Result<Person, String> {
    let name = name.trim();
    if name.is_empty() {
        return Err("Nothing says who you are: the name is missing.".to_owned());
    }
    if name.starts_with(OWN) || name.chars().any(char::is_control) {
        return Err("The name is one of the cluster's own, or no name at all.".to_owned());
    }
    let mut groups: Vec<String> = groups
        .filter(|group| !group.starts_with(OWN) && !group.chars().any(char::is_control))
        .take(GROUPS)
        .map(str::to_owned)
        .collect();
    groups.push(EVERYBODY.to_owned());
    Ok(Person::new(name, groups))
}

/// The value of a header; one that is there twice could be somebody else's as well.
fn one<'a>(headers: &'a HeaderMap, name: &HeaderName) -> Result<Option<&'a str>, Turned> {
    let mut values = headers.get_all(name).into_iter();
    let Some(value) = values.next() else {
        return Ok(None);
    };
    let text = std::str::from_utf8(value.as_bytes());
    match (text, values.next()) {
        (Ok(text), None) => Ok(Some(text)),
        _ => Err(Turned::Wrong(format!(
            "The header {name} is there twice, or is no text."
        ))),
    }
}
