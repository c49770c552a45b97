//! The ledger in memory, for installations without a volume.
//!
//! **Absent:** anything that outlives the process.

use std::{
    collections::BTreeMap,
    sync::{PoisonError, RwLock},
};

use gix::{ObjectId as GitId, objs::Kind};

use super::{Batch, loose};
use crate::ShardName;

/// Objects, deflated, and the newest record.
pub(crate) struct Memory {
    shard: ShardName,
    held: RwLock<Held>,
}

#[derive(Default)]
struct Held {
    objects: BTreeMap<GitId, Box<[u8]>>,
    tip: Option<GitId>,
}

impl Memory {
    pub(crate) fn new(shard: ShardName) -> Self {
        Self {
            shard,
            held: RwLock::default(),
        }
    }

    pub(crate) fn read(&self, id: GitId) -> Option<(Kind, Vec<u8>)> {
        let held = self.held.read().unwrap_or_else(PoisonError::into_inner);
        loose::decode(held.objects.get(&id)?)
    }

    pub(crate) fn has(&self, id: GitId) -> bool {
        let held = self.held.read().unwrap_or_else(PoisonError::into_inner);
        held.objects.contains_key(&id)
    }

    pub(crate) fn commit(&self, batch: &Batch<'_>) {
        let mut held = self.held.write().unwrap_or_else(PoisonError::into_inner);
        for object in batch.objects {
            let deflated = loose::encode(object.kind, &object.data);
            held.objects.insert(object.id, deflated.into());
        }
        held.tip = Some(batch.tip.id);
    }

    pub(crate) fn tips(&self) -> BTreeMap<ShardName, GitId> {
        let held = self.held.read().unwrap_or_else(PoisonError::into_inner);
        held.tip
            .map(|tip| (self.shard.clone(), tip))
            .into_iter()
            .collect()
    }

    /// Forgets all but what is reachable from `keep`.
    pub(crate) fn retain(&self, keep: impl Fn(&GitId) -> bool) {
        let mut held = self.held.write().unwrap_or_else(PoisonError::into_inner);
        held.objects.retain(|id, _| keep(id));
    }
}
