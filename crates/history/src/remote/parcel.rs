//! Records on their way to a copy that only a network leads to.

use super::{Copy, RECORDS_PER_PACK, missing};
use crate::{Entry, HistoryError, Ledger, RecordId, Sequence, store::packed};

/// Records that a copy lacks, the oldest of them.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Parcel {
    /// Where the shard's reference is to go.
    pub tip: RecordId,
    /// A Git pack of everything that the copy lacks for that.
    pub pack: Vec<u8>,
    /// How many records it brings.
    pub records: usize,
    /// A chain that ends at the copy's newest record; to be kept under a name of its own before the shard's reference moves
    /// on.
    pub archive: Option<ParcelArchive>,
}

/// A chain that was archived.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ParcelArchive {
    /// The full name of its reference.
    pub reference: String,
    /// Its newest record, which the copy has.
    pub tip: RecordId,
}

impl Ledger {
    /// The full name of the reference that this writer's records are under.
    #[must_use]
    pub fn reference(&self) -> String {
        self.shard().reference()
    }

    /// What to send next to the copy at `remote` (for errors), whose newest record of this shard is `theirs`; `None` where it
    /// has all. As long as there is something, there may be more.
    ///
    /// # Errors
    /// When the copy has other records, or the ledger cannot be read.
    pub fn parcel(&self, remote: &str, theirs: Option<RecordId>) -> Result<Option<Parcel>, HistoryError> {
        let Some((_, tip)) = self.tips().get(self.shard()).copied() else {
            return Ok(None);
        };
        let theirs = theirs.map(|id| id.0);
        if theirs == Some(tip.0) {
            return Ok(None);
        }
        let all = missing(&self.store, (self.shard(), tip.0), theirs, remote)?;
        // A chain that begins anew leaves the one before without a name.
        let chain = all
            .iter()
            .skip(1)
            .take_while(|(entry, _)| begins_at(entry).is_none());
        let records = &all[..RECORDS_PER_PACK.min(1 + chain.count()).min(all.len())];
        let (Some((first, _)), Some((last, _))) = (records.first(), records.last()) else {
            return Ok(None);
        };
        let mut known = theirs
            .map(|id| crate::ledger::chain::tree_of(&self.store, id))
            .transpose()?;
        let archive = begins_at(first)
            .zip(theirs)
            .map(|(sequence, theirs)| ParcelArchive {
                reference: self.shard().archive(sequence),
                tip: RecordId(theirs),
            });
        let copy = Copy::of(&self.store, records, &mut known)?;
        Ok(Some(Parcel {
            tip: last.id,
            pack: packed(copy.objects),
            records: records.len(),
            archive,
        }))
    }
}

/// The number of the record that ends the chain before, where `entry` begins one.
fn begins_at(entry: &Entry) -> Option<Sequence> {
    entry.place.continues?;
    entry.place.sequence.0.checked_sub(1).map(Sequence)
}
