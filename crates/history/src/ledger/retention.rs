//! Keeping records for so long: the chain is ended now and then and archived, and archives are let go of.
//!
//! The first record of the next chain names the last of the one before, so that nothing can be taken away unseen in between.

use jiff::Timestamp;

use super::{Ledger, lock};
use crate::{HistoryError, RecordId, Sequence, store::Store};

/// A chain that was ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Archive {
    /// Its last record.
    pub tip: RecordId,
    /// The number of that.
    pub sequence: Sequence,
}

impl Ledger {
    /// Ends the chain of this shard: it is kept as an archive, and the next record begins a new one. In memory, where
    /// chains end by themselves, it does nothing.
    ///
    /// # Errors
    /// When the disk is full or fails.
    pub fn rotate(&self) -> Result<Option<Archive>, HistoryError> {
        let mut writing = lock(&self.writing);
        let (Store::Disk(disk), Some(tip)) = (&self.store, writing.tip) else {
            return Ok(None);
        };
        disk.archive(&self.shard, tip)?;
        writing.breaks = true;
        Ok(Some(Archive {
            tip: RecordId(tip.id),
            sequence: tip.sequence,
        }))
    }

    /// The archives of this shard, oldest first.
    ///
    /// # Errors
    /// When the references cannot be read.
    pub fn archives(&self) -> Result<Vec<Archive>, HistoryError> {
        let Store::Disk(disk) = &self.store else {
            return Ok(Vec::new());
        };
        let archive = |tip: crate::store::Tip| Archive {
            tip: RecordId(tip.id),
            sequence: tip.sequence,
        };
        Ok(disk.archives(&self.shard)?.into_iter().map(archive).collect())
    }

    /// Lets go of the archives of this shard whose last record ended before `time`, oldest first, and tells how many.
    /// Their room is given back by `git gc --prune=now`.
    ///
    /// # Errors
    /// When the disk fails.
    pub fn drop_archives_before(&self, time: Timestamp) -> Result<usize, HistoryError> {
        let mut writing = lock(&self.writing);
        let Store::Disk(disk) = &self.store else {
            return Ok(0);
        };
        let mut dropped = 0;
        for tip in disk.archives(&self.shard)? {
            // Should the next chain not have begun yet, it is the one in force.
            let in_force = writing.tip == Some(tip);
            let old =
                super::chain::entry(&self.store, tip.id).is_ok_and(|entry| entry.record.finished < time);
            if in_force || !old {
                break;
            }
            disk.drop_archive(&self.shard, tip)?;
            dropped += 1;
            let mut indexes = self.indexes_mut();
            let index = indexes.entry(self.shard.clone()).or_default();
            index.forget_before(tip.sequence.next());
            let rewritten = writing
                .index_file
                .as_mut()
                .map(|file| file.clear().and_then(|()| file.follow(index)));
            if rewritten.is_some_and(|rewritten| rewritten.is_err()) {
                writing.index_file = None;
            }
        }
        Ok(dropped)
    }
}
