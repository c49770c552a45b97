//! What can go wrong with the ledger: what, where, why and what to do next.

use std::{io, path::PathBuf};

use crate::{RecordId, Sequence, ShardName};

/// Why the ledger could not be written or read.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum HistoryError {
    /// There is no room for a record.
    #[error("{}: the ledger's disk is full: nothing was recorded, the last record stays the newest; make room, and \
             recording goes on", path.display())]
    DiskFull {
        /// What was to be written.
        path: PathBuf,
    },
    /// The disk failed.
    #[error("{}: {why}", path.display())]
    Io {
        /// The file or folder.
        path: PathBuf,
        /// What the system said.
        why: String,
    },
    /// Another process writes to this shard.
    #[error(
        "the ledger's shard {shard} is written by another process ({holder}); stop that, or give this one a shard \
             of its own"
    )]
    Locked {
        /// The shard.
        shard: ShardName,
        /// What the other one says of itself.
        holder: String,
    },
    /// The shard's reference is not where this writer left it.
    #[error("{}: the ledger's shard {shard} was moved by somebody else, from {expected} to {found}; run `plumb audit \
             verify`, and set the reference back", path.display())]
    Moved {
        /// The repository.
        path: PathBuf,
        /// The shard.
        shard: ShardName,
        /// Where it was left.
        expected: String,
        /// Where it is.
        found: String,
    },
    /// The chain no longer leads to a record that is remembered.
    #[error("the ledger's shard {shard} was rewritten: record {sequence} was {remembered}, and is {}; restore the \
             repository from a copy or the remote", found.map_or_else(|| "not there".to_owned(), |id| id.to_string()))]
    Rewritten {
        /// The shard.
        shard: ShardName,
        /// The record's number.
        sequence: Sequence,
        /// What it was.
        remembered: RecordId,
        /// What it is.
        found: Option<RecordId>,
    },
    /// The remote's chain is not an earlier state of this one.
    #[error(
        "{remote}: the ledger's shard {shard} has other records there (newest {theirs}) than here (newest {ours}); \
             nothing was copied; find out who wrote them, then give this writer another shard"
    )]
    RemoteDiverged {
        /// The remote.
        remote: String,
        /// The shard.
        shard: ShardName,
        /// The newest record there.
        theirs: RecordId,
        /// The newest record here.
        ours: String,
    },
    /// An object is missing, or is no longer what was written.
    #[error("the ledger is damaged: {what}: {why}; `plumb audit verify` tells all that is")]
    Damaged {
        /// What.
        what: String,
        /// How.
        why: String,
    },
    /// There is no such record, or nothing was recorded yet at that time.
    #[error("the ledger has no {0}")]
    NotFound(String),
    /// It was opened for reading.
    #[error("the ledger was opened for reading only")]
    ReadOnly,
    /// The key of digests or of signatures cannot be used.
    #[error("{what}: {why}")]
    Key {
        /// Which key; never its value.
        what: String,
        /// What is wrong with it.
        why: String,
    },
    /// A cursor that no page of this ledger gave.
    #[error("{0:?} is not the cursor of a page; take the one that came with the page before")]
    Cursor(String),
}

impl HistoryError {
    /// Whether trying again later may help without anybody changing the ledger.
    #[must_use]
    pub fn is_transient(&self) -> bool {
        matches!(self, Self::DiskFull { .. } | Self::Locked { .. })
    }

    pub(crate) fn io(path: impl Into<PathBuf>, error: &io::Error) -> Self {
        let path = path.into();
        match error.kind() {
            io::ErrorKind::StorageFull | io::ErrorKind::QuotaExceeded => Self::DiskFull { path },
            _ => Self::Io {
                path,
                why: error.to_string(),
            },
        }
    }

    pub(crate) fn damaged(what: impl ToString, why: impl ToString) -> Self {
        Self::Damaged {
            what: what.to_string(),
            why: why.to_string(),
        }
    }
}
