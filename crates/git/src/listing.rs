//! Decoded tree objects, kept while there is room.
//!
//! A listing is found by its object id, so a folder that a new commit left alone is not decoded again.

use std::{
    collections::BTreeMap,
    sync::{Arc, Mutex, PoisonError},
};

use gix::{
    ObjectId,
    bstr::ByteSlice as _,
    objs::{Kind, TreeRefIter, tree},
};
use plumb_model::{Entry, EntryId, EntryKind};

use crate::store::Store;

/// Most names kept, over all listings.
const ROOM: usize = 400_000;

/// One name in a folder.
#[derive(Debug)]
pub(crate) struct Named {
    pub(crate) name: Box<str>,
    pub(crate) id: ObjectId,
    pub(crate) entry: Entry,
}

/// The names in a folder, sorted.
pub(crate) type Listing = Arc<[Named]>;

/// Decoded listings by object id.
#[derive(Default)]
pub(crate) struct Listings {
    kept: Mutex<Kept>,
}

#[derive(Default)]
struct Kept {
    by_id: BTreeMap<ObjectId, Listing>,
    names: usize,
}

impl Listings {
    /// The listing with this id.
    pub(crate) fn get(&self, store: &Store, id: ObjectId) -> Result<Listing, String> {
        if let Some(listing) = self.kept().by_id.get(&id) {
            return Ok(Arc::clone(listing));
        }
        let listing = decode(store, id)?;
        let mut kept = self.kept();
        if kept.names + listing.len() > ROOM {
            *kept = Kept::default();
        }
        kept.names += listing.len();
        kept.by_id.insert(id, Arc::clone(&listing));
        Ok(listing)
    }

    fn kept(&self) -> std::sync::MutexGuard<'_, Kept> {
        self.kept.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// `name` in `listing`.
pub(crate) fn find<'l>(listing: &'l Listing, name: &str) -> Option<&'l Named> {
    let at = listing
        .binary_search_by(|named| named.name.as_ref().cmp(name))
        .ok()?;
    listing.get(at)
}

fn decode(store: &Store, id: ObjectId) -> Result<Listing, String> {
    store.with(|repository| {
        let object = repository.find_object(id).map_err(|error| error.to_string())?;
        if object.kind != Kind::Tree {
            return Err(format!("{id} is a {}, not a tree", object.kind));
        }
        let mut listing = Vec::new();
        for entry in TreeRefIter::from_bytes(&object.data, repository.object_hash()) {
            let entry = entry.map_err(|error| format!("tree {id}: {error}"))?;
            let kind = match entry.mode.kind() {
                tree::EntryKind::Tree => EntryKind::Directory,
                tree::EntryKind::Blob => EntryKind::File,
                tree::EntryKind::BlobExecutable => EntryKind::Executable,
                tree::EntryKind::Link => EntryKind::Symlink,
                tree::EntryKind::Commit => EntryKind::Submodule,
            };
            let id = entry.oid.to_owned();
            listing.push(Named {
                name: entry.filename.to_str_lossy().into(),
                id,
                entry: Entry {
                    kind,
                    id: EntryId(id.to_string().into()),
                },
            });
        }
        // Git sorts `a.b` before the folder `a`; we go by name alone.
        listing.sort_by(|a, b| a.name.cmp(&b.name));
        Ok(listing.into())
    })
}
