//! One change of one object.
//!
//! **Invariant:** its JSON is made at most once, however many watches send it.
//! **Start at** [`Event`].

use super::Key;
use bytes::Bytes;
use serde_json::Value;
use std::sync::{Arc, OnceLock};

/// What happened.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Change {
    /// The object is new.
    Added,
    /// The object is different.
    Modified,
    /// The object is gone.
    Deleted,
}

impl Change {
    /// The word in watch events.
    #[must_use]
    pub(crate) fn as_str(self) -> &'static str {
        match self {
            Self::Added => "ADDED",
            Self::Modified => "MODIFIED",
            Self::Deleted => "DELETED",
        }
    }
}

/// One change of one object.
#[derive(Debug)]
pub(crate) struct Event {
    /// What happened.
    pub(crate) change: Change,
    /// The version that the change made.
    pub(crate) version: u64,
    /// Table of the object.
    pub(crate) table: Arc<str>,
    /// Namespace and name.
    pub(crate) key: Key,
    /// The object after the change; of a deleted one, its last state.
    pub(crate) object: Arc<Value>,
    /// The object before the change.
    pub(crate) previous: Option<Arc<Value>>,
    json: OnceLock<Bytes>,
}

impl Event {
    pub(super) fn new(change: Change, version: u64, table: Arc<str>, key: Key, object: Arc<Value>) -> Self {
        Self {
            change,
            version,
            table,
            key,
            object,
            previous: None,
            json: OnceLock::new(),
        }
    }

    pub(super) fn replacing(mut self, previous: Option<Arc<Value>>) -> Self {
        self.previous = previous;
        self
    }

    /// The object as JSON, in the version in which it is kept.
    #[must_use]
    pub(crate) fn json(&self) -> Bytes {
        self.json
            .get_or_init(|| Bytes::from(self.object.to_string()))
            .clone()
    }
}
