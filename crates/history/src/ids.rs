//! Ids of the ledger, each its own type so that none is taken for another.
//!
//! **Invariant:** a [`ShardName`] is always a valid part of a reference name.

use std::fmt;

use gix::ObjectId as GitId;

/// A record's id: that of its commit.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct RecordId(pub(crate) GitId);

/// Not the id of a record.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{0:?} is not the id of a record: 40 hexadecimal digits are expected")]
pub struct RecordIdError(String);

/// Counts the records of one shard, from 1.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Sequence(pub u64);

/// The name of one writer's chain of records.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ShardName(Box<str>);

/// Not the name of a shard.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{0:?} is not the name of a shard: 1 to 63 letters, digits and '-' are expected")]
pub struct ShardNameError(String);

/// A cluster, as people name it.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ClusterName(pub String);

/// Who or what did something, as far as known.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Actor(pub String);

/// A repository's URL without what opens it.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct RepositoryUrl(String);

impl RecordId {
    /// Reads all digits.
    ///
    /// # Errors
    /// When it is not 40 hexadecimal digits.
    pub fn parse(text: &str) -> Result<Self, RecordIdError> {
        GitId::from_hex(text.as_bytes())
            .ok()
            .filter(|id| id.kind() == gix::hash::Kind::Sha1)
            .map(Self)
            .ok_or_else(|| RecordIdError(text.to_owned()))
    }

    /// The first seven digits, for people.
    #[must_use]
    pub fn short(self) -> String {
        self.0.to_hex_with_len(7).to_string()
    }
}

impl fmt::Display for RecordId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

impl Sequence {
    /// The one of a shard's first record.
    pub const FIRST: Self = Self(1);

    /// The one after it.
    #[must_use]
    pub fn next(self) -> Self {
        Self(self.0.saturating_add(1))
    }
}

impl fmt::Display for Sequence {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

impl ShardName {
    /// Longest name.
    const LONGEST: usize = 63;

    /// Reads a name.
    ///
    /// # Errors
    /// When it is empty, too long, or has other characters than letters, digits and inner `-`.
    pub fn parse(text: &str) -> Result<Self, ShardNameError> {
        let allowed = text
            .bytes()
            .all(|byte| byte.is_ascii_alphanumeric() || byte == b'-');
        let ends_well = !text.starts_with('-') && !text.ends_with('-');
        if allowed && ends_well && (1..=Self::LONGEST).contains(&text.len()) {
            Ok(Self(text.into()))
        } else {
            Err(ShardNameError(text.to_owned()))
        }
    }

    /// The name.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The reference that its records are under.
    #[must_use]
    pub fn reference(&self) -> String {
        format!("{REFERENCES}{}", self.0)
    }

    /// The reference of an archived chain, whose newest record has this number.
    pub(crate) fn archive(&self, newest: Sequence) -> String {
        format!("{ARCHIVES}{}/{:020}", self.0, newest.0)
    }
}

/// What the references of all shards begin with.
pub(crate) const REFERENCES: &str = "refs/plumb/ledger/";
/// What the references of ended chains begin with.
pub(crate) const ARCHIVES: &str = "refs/plumb/archive/";

impl Default for ShardName {
    /// The shard of an installation with one replica.
    fn default() -> Self {
        Self("main".into())
    }
}

impl fmt::Display for ShardName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl fmt::Display for ClusterName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl From<&plumb_model::ClusterRef> for ClusterName {
    fn from(cluster: &plumb_model::ClusterRef) -> Self {
        Self(cluster.to_string())
    }
}

impl fmt::Display for Actor {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl RepositoryUrl {
    /// Takes a URL as written; a user name and password in it are left out.
    #[must_use]
    pub fn new(url: &str) -> Self {
        let Some((scheme, rest)) = url.split_once("://") else {
            return Self(url.to_owned());
        };
        let (host, path) = rest.split_at(rest.find('/').unwrap_or(rest.len()));
        let host = host.rsplit_once('@').map_or(host, |(_, host)| host);
        Self(format!("{scheme}://{host}{path}"))
    }

    /// The URL.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for RepositoryUrl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}
