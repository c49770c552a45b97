//! The ledger: records go in, one after the other, and stay.
//!
//! **Invariant:** a record that [`Ledger::append`] has acknowledged is there after a kill and after a power failure; one
//! that it has refused has changed nothing.
//! **Start at** [`Ledger::open`] and [`Ledger::append`]. Opening: [`open`]; walking chains: [`chain`].

pub(crate) mod chain;
mod open;
mod retention;
#[cfg(test)]
mod tests;

use std::{
    collections::BTreeMap,
    fs::File,
    sync::{Mutex, MutexGuard, PoisonError, RwLock, RwLockReadGuard, RwLockWriteGuard},
};

use gix::{ObjectId as GitId, objs::Kind};
use plumb_model::{CommitId, Digest, Object, UnitId};

pub use open::LedgerOptions;
pub use retention::Archive;

use crate::{
    DigestKey, Entry, HistoryError, Place, Record, RecordId, Redact, Sequence, ShardName, Signer, commit,
    index::{CommitKey, Index, IndexFile},
    record::message,
    store::{Batch, NewObject, Store, Tip},
    tree::{self, Rendering},
};

/// The ledger, on disk or in memory. All of it may be called from several threads.
pub struct Ledger {
    pub(crate) store: Store,
    shard: ShardName,
    key: DigestKey,
    redactions: Vec<Box<dyn Redact>>,
    signer: Option<Signer>,
    /// In memory: how many records are kept at least.
    memory_records: usize,
    writing: Mutex<Writing>,
    indexes: RwLock<BTreeMap<ShardName, Index>>,
}

/// What the unit is after a change.
#[derive(Clone, Copy, Debug)]
pub enum Content<'o> {
    /// As the record before had it.
    Same,
    /// These objects; none: the unit is gone.
    Objects(&'o [Object]),
}

/// What a unit's status says was applied.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Applied {
    /// The unit.
    pub unit: UnitId,
    /// The commit.
    pub commit: CommitId,
    /// When it was done.
    pub finished: jiff::Timestamp,
}

/// Where this writer is.
#[derive(Default)]
struct Writing {
    tip: Option<Tip>,
    root: Option<GitId>,
    /// The next record begins a chain.
    breaks: bool,
    /// When the chain in memory began.
    began: Option<Sequence>,
    index_file: Option<IndexFile>,
    note: Option<File>,
}

impl Ledger {
    /// Adds a record, for good, and tells where it is.
    ///
    /// # Errors
    /// When the disk is full or fails, the shard was moved by somebody else, or the signer fails. Nothing is recorded then.
    pub fn append(&self, record: Record, content: Content<'_>) -> Result<Entry, HistoryError> {
        let mut writing = lock(&self.writing);
        let place = Place {
            shard: self.shard.clone(),
            sequence: writing.tip.map_or(Sequence::FIRST, |tip| tip.sequence.next()),
            continues: writing.tip.filter(|_| writing.breaks).map(|tip| RecordId(tip.id)),
        };
        let parent = writing.tip.filter(|_| !writing.breaks).map(|tip| tip.id);
        let (root, mut objects) = self.tree(&writing, &record.unit, content)?;
        let mut bytes = commit::encode(&record, &place, root, parent);
        if let Some(signer) = &self.signer {
            bytes = commit::signed(&bytes, &signer.sign(&bytes)?);
        }
        let id = tree::id_of(Kind::Commit, &bytes)?;
        objects.push(NewObject {
            id,
            kind: Kind::Commit,
            data: bytes,
            base: None,
        });
        let tip = Tip {
            id,
            sequence: place.sequence,
        };
        self.store.commit(&Batch {
            before: writing.tip.map(|tip| tip.id),
            tip,
            objects: &objects,
        })?;
        let entry = Entry {
            id: RecordId(id),
            parent: parent.map(RecordId),
            place,
            signed: self.signer.is_some(),
            record,
        };
        writing.tip = Some(tip);
        writing.root = Some(root);
        writing.breaks = false;
        self.remember(&mut writing, &entry);
        Ok(entry)
    }

    /// The newest record of a unit, whichever shard has it.
    ///
    /// # Errors
    /// When the ledger is damaged.
    pub fn last_of(&self, unit: &UnitId) -> Result<Option<Entry>, HistoryError> {
        let name = message::unit_word(unit);
        let newest = self
            .indexes()
            .values()
            .filter_map(|index| {
                let wanted = index.names().wanted(|text| text == name);
                let row = index.rows().iter().rev().find(|row| wanted.has(row.unit))?;
                Some((row.finished, row.id))
            })
            .max();
        newest.map(|(_, id)| self.entry(RecordId(id))).transpose()
    }

    /// Those of `applied`, which the units' statuses tell, that no record tells. What was applied just before a crash is
    /// found so at the start, and then recorded as recovered.
    #[must_use]
    pub fn unrecorded<'a>(&self, applied: &'a [Applied]) -> Vec<&'a Applied> {
        let indexes = self.indexes();
        let mut known = BTreeMap::new();
        for index in indexes.values() {
            for row in index.rows() {
                let key = (index.names().text(row.unit), row.commit);
                let newest = known.entry(key).or_insert(row.finished);
                *newest = row.finished.max(*newest);
            }
        }
        applied
            .iter()
            .filter(|one| {
                let unit = message::unit_word(&one.unit);
                let recorded = known.get(&(unit.as_str(), CommitKey::of(&one.commit)));
                // Statuses tell times in whole seconds.
                recorded.is_none_or(|recorded| recorded / 1_000_000 < one.finished.as_second())
            })
            .collect()
    }

    /// A record by its id.
    ///
    /// # Errors
    /// When there is none, or it is damaged.
    pub fn entry(&self, id: RecordId) -> Result<Entry, HistoryError> {
        chain::entry(&self.store, id.0)
    }

    /// What [`Record::plan`] tells of a plan with this digest.
    #[must_use]
    pub fn seal(&self, plan: Digest) -> Digest {
        self.key.seal(plan)
    }

    /// The shard that this one writes to.
    #[must_use]
    pub fn shard(&self) -> &ShardName {
        &self.shard
    }

    /// The newest record of each shard. To keep them elsewhere makes it possible to prove later that none was taken away.
    #[must_use]
    pub fn tips(&self) -> BTreeMap<ShardName, (Sequence, RecordId)> {
        let indexes = self.indexes();
        indexes
            .iter()
            .filter_map(|(shard, index)| Some((shard.clone(), index.tip()?)))
            .collect()
    }

    /// How many records there are.
    #[must_use]
    pub fn len(&self) -> usize {
        self.indexes().values().map(|index| index.rows().len()).sum()
    }

    /// Whether there are none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Whether so much has been recorded that [`Ledger::pack`] is worth while.
    #[must_use]
    pub fn is_pack_due(&self) -> bool {
        match &self.store {
            Store::Disk(disk) => disk.is_pack_due(),
            Store::Memory(_) => false,
        }
    }

    /// Puts what was recorded since the last time into a pack, which takes a fraction of the room. Recording goes on
    /// meanwhile. To be called now and then, from a thread that may wait.
    ///
    /// # Errors
    /// When the disk is full or fails. Nothing is lost then.
    pub fn pack(&self) -> Result<(), HistoryError> {
        match &self.store {
            Store::Disk(disk) => disk.pack(),
            Store::Memory(_) => Ok(()),
        }
    }

    pub(crate) fn indexes(&self) -> RwLockReadGuard<'_, BTreeMap<ShardName, Index>> {
        self.indexes.read().unwrap_or_else(PoisonError::into_inner)
    }

    fn indexes_mut(&self) -> RwLockWriteGuard<'_, BTreeMap<ShardName, Index>> {
        self.indexes.write().unwrap_or_else(PoisonError::into_inner)
    }

    /// The tree after a change, and what has to be written for it.
    fn tree(
        &self,
        writing: &Writing,
        unit: &UnitId,
        content: Content<'_>,
    ) -> Result<(GitId, Vec<NewObject>), HistoryError> {
        match (content, writing.root) {
            (Content::Same, Some(root)) => Ok((root, Vec::new())),
            (Content::Same, None) => {
                let mut objects = Vec::new();
                let root = tree::put(&self.store, Kind::Tree, Vec::new(), None, &mut objects)?;
                Ok((root, objects))
            }
            (Content::Objects(objects), root) => {
                let rendering = Rendering {
                    key: &self.key,
                    redactions: &self.redactions,
                };
                tree::with_unit(&self.store, root, unit, objects, &rendering)
            }
        }
    }

    /// Notes a record that is in the ledger. What fails here is found in the chain at the next start.
    fn remember(&self, writing: &mut Writing, entry: &Entry) {
        let mut indexes = self.indexes_mut();
        let index = indexes.entry(self.shard.clone()).or_default();
        index.push(entry);
        if writing
            .index_file
            .as_mut()
            .is_some_and(|file| file.follow(index).is_err())
        {
            writing.index_file = None;
        }
        if let Some(note) = &mut writing.note {
            // A note that stays behind proves less, and nothing false.
            let _ = open::write_note(note, entry);
        }
        self.forget(writing, index, entry);
    }

    /// In memory, where room is dear: begins a new chain when one is long, and lets go of the one before.
    fn forget(&self, writing: &mut Writing, index: &mut Index, entry: &Entry) {
        let Store::Memory(memory) = &self.store else {
            return;
        };
        let began = *writing.began.get_or_insert(entry.place.sequence);
        if entry.place.continues.is_some() {
            writing.began = Some(entry.place.sequence);
            index.forget_before(began);
            let kept = index.rows().iter().map(|row| row.id);
            if let Ok(kept) = chain::reachable(&self.store, kept) {
                memory.retain(|id| kept.contains(id));
            }
        } else if entry.place.sequence.0 - began.0 + 1 >= self.memory_records as u64 {
            writing.breaks = true;
        }
    }
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
