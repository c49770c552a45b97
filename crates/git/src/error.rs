//! What can go wrong with a repository: what, where, why and, where there is one, the next step.
//!
//! **Invariant:** a URL in here was masked before, so that every variant may be shown to anyone.

use std::{path::PathBuf, time::Duration};

/// Why a repository could not be had or read.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum GitError {
    /// There is no such repository, or it is hidden from these credentials.
    #[error("{url}: no such repository: {why}")]
    RepositoryNotFound {
        /// The repository.
        url: String,
        /// What was seen.
        why: String,
    },
    /// The repository has no such branch, tag or commit.
    #[error("{url}: {searched} not found{hint}")]
    ReferenceNotFound {
        /// The repository.
        url: String,
        /// What was looked for.
        searched: String,
        /// Names that are near; empty when there are none.
        hint: String,
    },
    /// The server wants other credentials.
    #[error("{url}: authentication failed: {why}")]
    Authentication {
        /// The repository.
        url: String,
        /// What the server said, or what is missing.
        why: String,
    },
    /// The server's SSH host key is not the known one, or is not known.
    #[error("{url}: host key verification failed: {why}")]
    HostKey {
        /// The repository.
        url: String,
        /// What differs.
        why: String,
    },
    /// No secure connection could be made.
    #[error("{url}: TLS: {why}")]
    Tls {
        /// The repository.
        url: String,
        /// What is wrong with the certificate.
        why: String,
    },
    /// The server took too long.
    #[error("{url}: no answer within {after:?}")]
    Timeout {
        /// The repository.
        url: String,
        /// How long was waited.
        after: Duration,
    },
    /// The server could not be reached, or broke off.
    #[error("{url}: {why}")]
    Network {
        /// The repository.
        url: String,
        /// What happened.
        why: String,
    },
    /// An object or a reference is missing or damaged.
    #[error("{url}: the repository is damaged: {why}")]
    Corrupt {
        /// The repository.
        url: String,
        /// What is damaged.
        why: String,
    },
    /// More than is allowed.
    #[error("{url}: {what} is over the limit of {limit}")]
    Limit {
        /// The repository.
        url: String,
        /// What is too much.
        what: String,
        /// The limit, with its unit.
        limit: String,
    },
    /// The other end does not want a push.
    #[error("{url}: {reference} was not moved: {why}")]
    PushRefused {
        /// The repository.
        url: String,
        /// The reference.
        reference: String,
        /// What it said.
        why: String,
    },
    /// Somebody else moved a reference first.
    #[error("{url}: {reference} was moved by somebody else meanwhile; look again and try again")]
    Moved {
        /// The repository.
        url: String,
        /// The reference.
        reference: String,
    },
    /// A kind of URL or reference that is not understood.
    #[error("{url}: {why}")]
    Unsupported {
        /// The repository.
        url: String,
        /// What is not understood.
        why: String,
    },
    /// A Secret that holds no usable credentials.
    #[error("credentials: {why}")]
    Credentials {
        /// What is wrong with which key; never its value.
        why: String,
    },
    /// The disk failed.
    #[error("{}: {why}", path.display())]
    Io {
        /// The file or folder.
        path: PathBuf,
        /// What the system said.
        why: String,
    },
}

impl GitError {
    /// Whether trying again later may help without anybody changing anything.
    #[must_use]
    pub fn is_transient(&self) -> bool {
        matches!(self, Self::Timeout { .. } | Self::Network { .. })
    }

    pub(crate) fn io(path: impl Into<PathBuf>, why: impl std::fmt::Display) -> Self {
        Self::Io {
            path: path.into(),
            why: why.to_string(),
        }
    }

    pub(crate) fn corrupt(url: &str, why: impl std::fmt::Display) -> Self {
        Self::Corrupt {
            url: url.to_owned(),
            why: why.to_string(),
        }
    }

    pub(crate) fn network(url: &str, why: impl std::fmt::Display) -> Self {
        Self::Network {
            url: url.to_owned(),
            why: why.to_string(),
        }
    }

    pub(crate) fn unsupported(url: &str, why: impl std::fmt::Display) -> Self {
        Self::Unsupported {
            url: url.to_owned(),
            why: why.to_string(),
        }
    }
}
