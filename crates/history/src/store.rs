//! Where the ledger's objects and references are: on disk, or in memory where there is no volume.
//!
//! **Invariant:** after [`Store::commit`] has said Ok, neither a kill nor a power failure undoes it (on disk); after it has
//! failed, nothing is different.
//! **Start at** [`Store`]; on disk: [`disk`].

pub(crate) mod disk;
mod journal;
mod loose;
mod memory;
mod pack;
mod packs;
mod refs;

use std::collections::BTreeMap;

use gix::{ObjectId as GitId, objs::Kind};

use crate::{HistoryError, Sequence, ShardName};
pub(crate) use disk::Disk;
pub(crate) use memory::Memory;

/// An object to be written.
#[derive(Clone, Debug)]
pub(crate) struct NewObject {
    pub(crate) id: GitId,
    pub(crate) kind: Kind,
    pub(crate) data: Vec<u8>,
    /// What was at its path before, which it likely resembles.
    pub(crate) base: Option<GitId>,
}

/// Objects, each once, as a pack.
pub(crate) fn packed(objects: Vec<NewObject>) -> Vec<u8> {
    let objects: Vec<pack::Packing> = objects.into_iter().map(pack::Packing::from).collect();
    pack::build(&objects).pack
}

/// The newest record of a chain.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Tip {
    pub(crate) id: GitId,
    pub(crate) sequence: Sequence,
}

/// A record to be written: its objects, the commit last.
pub(crate) struct Batch<'b> {
    pub(crate) before: Option<GitId>,
    pub(crate) tip: Tip,
    pub(crate) objects: &'b [NewObject],
}

/// Where objects and references are.
pub(crate) enum Store {
    Disk(Box<Disk>),
    Memory(Memory),
}

impl Store {
    /// The content of an object.
    pub(crate) fn read(&self, id: GitId, kind: Kind) -> Result<Vec<u8>, HistoryError> {
        let found = match self {
            Self::Disk(disk) => disk.read(id)?,
            Self::Memory(memory) => memory.read(id),
        };
        match found {
            Some((found, data)) if found == kind => Ok(data),
            Some((found, _)) => Err(HistoryError::damaged(
                format!("{kind} {id}"),
                format!("it is a {found}"),
            )),
            None => Err(HistoryError::damaged(format!("{kind} {id}"), "it is missing")),
        }
    }

    /// Whether an object is there and stays, so that it need not be written.
    pub(crate) fn is_kept(&self, id: GitId) -> bool {
        match self {
            Self::Disk(disk) => disk.is_kept(id),
            Self::Memory(memory) => memory.has(id),
        }
    }

    /// Writes a record, for good.
    pub(crate) fn commit(&self, batch: &Batch<'_>) -> Result<(), HistoryError> {
        match self {
            Self::Disk(disk) => disk.commit(batch),
            Self::Memory(memory) => {
                memory.commit(batch);
                Ok(())
            }
        }
    }

    /// The newest record of every shard.
    pub(crate) fn tips(&self) -> Result<BTreeMap<ShardName, GitId>, HistoryError> {
        match self {
            Self::Disk(disk) => disk.tips(),
            Self::Memory(memory) => Ok(memory.tips()),
        }
    }
}
