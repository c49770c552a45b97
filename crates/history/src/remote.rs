//! Copies of the ledger elsewhere: a bare repository that is reached as a folder (another disk, a network mount), or one that
//! parcels are sent to.
//!
//! A shard is pushed by its writer only, so pushes never conflict; a replica that takes over fetches first.
//!
//! **Invariant:** a reference only ever moves forward, and after the objects that it leads to are on disk.
//! **Absent:** Git's network protocols; those need a transport, which crate `git` has.
//! **Start at** [`Ledger::push`] and [`fetch`]; over a network: [`Ledger::parcel`].

mod parcel;

use std::{
    collections::{BTreeMap, BTreeSet},
    path::Path,
};

use gix::{ObjectId as GitId, objs::Kind};

use crate::{
    Entry, HistoryError, Ledger, RecordId, Sequence, ShardName,
    ledger::chain::Walk,
    store::{Disk, NewObject, Store, Tip},
    tree,
};

pub use parcel::{Parcel, ParcelArchive};

/// What a push or fetch did.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Transferred {
    /// Records that were copied.
    pub records: usize,
    /// Objects of Git that were copied.
    pub objects: usize,
}

/// Most records in one pack.
const RECORDS_PER_PACK: usize = 1000;

impl Ledger {
    /// Brings this writer's shard to the bare repository `remote`, which is made where there is none. What failed is done
    /// by the next push.
    ///
    /// # Errors
    /// When the remote has other records, or cannot be written.
    pub fn push(&self, remote: &Path) -> Result<Transferred, HistoryError> {
        let Some((_, tip)) = self.tips().get(self.shard()).copied() else {
            return Ok(Transferred::default());
        };
        Disk::create_bare(remote)?;
        let there = Disk::open_bare(remote)?;
        transfer(&self.store, &there, self.shard(), tip.0, remote)
    }
}

/// Brings all shards of the bare repository `remote` to the ledger in `folder`, which is made where there is none. To be
/// called before the ledger is opened to take over a shard.
///
/// # Errors
/// When a shard has other records there than here, somebody writes to it here, or a disk fails.
pub fn fetch(remote: &Path, folder: &Path) -> Result<Transferred, HistoryError> {
    let from = Store::Disk(Box::new(Disk::open_bare(remote)?));
    Disk::create(folder)?;
    let mut all = Transferred::default();
    for (shard, tip) in from.tips()? {
        let _lock = Disk::lock(folder, &shard)?;
        let here = Disk::open_for_reading(folder)?;
        match transfer(&from, &here, &shard, tip, remote) {
            Ok(done) => {
                all.records += done.records;
                all.objects += done.objects;
            }
            // What is here goes on from what is there: nothing is to be fetched.
            Err(HistoryError::RemoteDiverged { .. }) if leads_to(&here, &shard, tip)? => {}
            Err(error) => return Err(error),
        }
    }
    Ok(all)
}

/// Copies the records of `shard` up to `tip` that `to` does not have.
fn transfer(
    from: &Store,
    to: &Disk,
    shard: &ShardName,
    tip: GitId,
    remote: &Path,
) -> Result<Transferred, HistoryError> {
    let theirs = to.tips()?.get(shard).copied();
    if theirs == Some(tip) {
        return Ok(Transferred::default());
    }
    let missing = missing(from, (shard, tip), theirs, &remote.display().to_string())?;
    let mut at = theirs;
    let mut known = theirs
        .map(|id| crate::ledger::chain::tree_of(from, id))
        .transpose()?;
    let mut done = Transferred::default();
    for records in missing.chunks(RECORDS_PER_PACK) {
        let mut copy = Copy::of(from, records, &mut known)?;
        let archives = std::mem::take(&mut copy.archives);
        let newest = records.last().map_or(tip, |(entry, _)| entry.id.0);
        done.records += records.len();
        done.objects += copy.objects.len();
        to.receive(shard, copy.objects, at, newest)?;
        for archive in archives {
            if to.read(archive.id)?.is_some() {
                to.archive(shard, archive)?;
            }
        }
        at = Some(newest);
    }
    Ok(done)
}

/// The records of a shard up to `tip` that follow `theirs`, with their trees; oldest first, so that what has arrived when a
/// transfer breaks off is of use.
fn missing(
    from: &Store,
    (shard, tip): (&ShardName, GitId),
    theirs: Option<GitId>,
    remote: &str,
) -> Result<Vec<(Entry, GitId)>, HistoryError> {
    let mut missing: Vec<(Entry, GitId)> = Vec::new();
    let mut found_theirs = theirs.is_none();
    for step in Walk::from(from, Some(tip)) {
        let (entry, commit) = step?;
        if Some(entry.id.0) == theirs {
            found_theirs = true;
            break;
        }
        missing.push((entry, commit.tree));
    }
    if let Some(theirs) = theirs.filter(|_| !found_theirs) {
        return Err(HistoryError::RemoteDiverged {
            remote: remote.to_owned(),
            shard: shard.clone(),
            theirs: RecordId(theirs),
            ours: tip.to_string(),
        });
    }
    missing.reverse();
    Ok(missing)
}

fn leads_to(here: &Disk, shard: &ShardName, id: GitId) -> Result<bool, HistoryError> {
    let tip = here.tips()?.get(shard).copied();
    let folder = Store::Disk(Box::new(Disk::open_for_reading(here.folder())?));
    for step in Walk::from(&folder, tip) {
        if step?.0.id.0 == id {
            return Ok(true);
        }
    }
    Ok(false)
}

/// The objects to copy.
struct Copy<'c> {
    from: &'c Store,
    seen: BTreeSet<GitId>,
    objects: Vec<NewObject>,
    /// Chains that end among the records.
    archives: Vec<Tip>,
}

impl<'c> Copy<'c> {
    /// The objects of `records` that are not in the tree `known`; which is then that of the last of them.
    fn of(
        from: &'c Store,
        records: &[(Entry, GitId)],
        known: &mut Option<GitId>,
    ) -> Result<Self, HistoryError> {
        let mut copy = Self {
            from,
            seen: BTreeSet::new(),
            objects: Vec::new(),
            archives: Vec::new(),
        };
        for (entry, root) in records {
            copy.tree(*root, *known)?;
            *known = Some(*root);
            copy.add(entry.id.0, Kind::Commit, None)?;
            if let (Some(before), Some(sequence)) =
                (entry.place.continues, entry.place.sequence.0.checked_sub(1))
            {
                copy.archives.push(Tip {
                    id: before.0,
                    sequence: Sequence(sequence),
                });
            }
        }
        Ok(copy)
    }

    /// All in the tree `is` that is not in `was`, which is there already.
    fn tree(&mut self, is: GitId, was: Option<GitId>) -> Result<(), HistoryError> {
        if Some(is) == was || self.seen.contains(&is) {
            return Ok(());
        }
        // First of all, since it fails where the tree is not what its id says, and so might lead in a circle.
        self.add(is, Kind::Tree, was)?;
        let before: BTreeMap<Vec<u8>, GitId> = tree::read_tree(self.from, was)?
            .into_iter()
            .map(|entry| (entry.name, entry.id))
            .collect();
        for entry in tree::read_tree(self.from, Some(is))? {
            let was = before.get(&entry.name).copied();
            if was == Some(entry.id) {
                continue;
            }
            if entry.is_tree {
                self.tree(entry.id, was)?;
            } else {
                self.add(entry.id, Kind::Blob, was)?;
            }
        }
        Ok(())
    }

    fn add(&mut self, id: GitId, kind: Kind, base: Option<GitId>) -> Result<(), HistoryError> {
        if self.seen.insert(id) {
            let data = self.from.read(id, kind)?;
            if tree::id_of(kind, &data)? != id {
                return Err(HistoryError::damaged(
                    format!("{kind} {id}"),
                    "it holds something else",
                ));
            }
            self.objects.push(NewObject { id, kind, data, base });
        }
        Ok(())
    }
}
