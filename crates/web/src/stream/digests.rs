//! What several browsers see alike, made once.
//!
//! **Invariant:** only those share who see the same units, ask for the same topic and are at the same count.

use std::{
    collections::VecDeque,
    sync::{Arc, Mutex, PoisonError},
};

use axum::body::Bytes;

use crate::gate::Sight;

/// So many are kept: those who follow are at the same counts, or a few rounds apart.
const KEPT: usize = 64;

/// What a digest is of.
#[derive(Clone, PartialEq, Eq)]
pub(crate) struct Key {
    /// What it is about.
    pub(crate) topic: String,
    /// After which count, and up to which.
    pub(crate) span: (u64, u64),
    /// For whom.
    pub(crate) sight: Arc<Sight>,
}

/// What several browsers see alike.
#[derive(Default)]
pub(crate) struct Digests {
    made: Mutex<VecDeque<(Key, Option<Bytes>)>>,
}

impl Digests {
    /// The digest of `key`, made where it is not there yet. Whoever needs it meanwhile waits.
    pub(crate) fn get(&self, key: Key, make: impl FnOnce() -> Option<Bytes>) -> Option<Bytes> {
        let mut made = self.made.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some((_, digest)) = made.iter().find(|(known, _)| *known == key) {
            return digest.clone();
        }
        let digest = make();
        if made.len() >= KEPT {
            made.pop_front();
        }
        made.push_back((key, digest.clone()));
        digest
    }
}
