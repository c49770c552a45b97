//! The ledger: an append-only audit trail in a bare Git repository.
//!
//! Every change of a cluster is a commit: its tree is what the units rendered to, its message is the [`Record`]. So
//! `git log`, `git show` and `git diff` read it, and Git's own hashes chain it.
//!
//! **Invariant:** no value of a secret is ever written, only keyed digests; nothing rewrites what was recorded.
//! **Absent:** deciding what is recorded, and asking forges; both are the caller's.
//! **Start at** [`Record`].

#![allow(
    clippy::disallowed_types,
    clippy::disallowed_methods,
    reason = "row 3: the ledger is on disk"
)]

mod blame;
mod commit;
mod error;
mod export;
mod ids;
mod index;
mod layout;
mod ledger;
mod moment;
mod query;
mod record;
mod redact;
mod remote;
mod sign;
mod state;
mod store;
mod tree;
mod verify;

pub use blame::BlameLine;
pub use error::HistoryError;
pub use export::Format;
pub use ledger::{Applied, Archive, Content, Ledger, LedgerOptions};
pub use moment::{MomentError, since, until};
pub use query::{Cursor, Filter, Most, Page, Words};
pub use record::escape::shown;
pub use redact::{DigestKey, Redact};
pub use remote::{Parcel, ParcelArchive, Transferred, fetch};
pub use sign::{AllowedSigners, Signer};
pub use state::{At, ObjectDiff, StoredObject, UnitDiff, UnitState};
pub use verify::{Finding, FindingKind, Known, Report, VerifyOptions, Witness};

pub use ids::{
    Actor, ClusterName, RecordId, RecordIdError, RepositoryUrl, Sequence, ShardName, ShardNameError,
};
pub use record::{
    Approval, Cause, DriftedField, Entry, ObjectChange, Outcome, Person, Place, PullRequest, Record, Source,
};
