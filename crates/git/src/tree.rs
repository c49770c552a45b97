//! The files of one commit, read from the object store.

use std::{
    collections::BTreeMap,
    fmt,
    sync::{Arc, Mutex, PoisonError},
};

use bytes::Bytes;
use gix::{ObjectId, objs::Kind};
use plumb_model::{CommitId, Entry, EntryId, EntryKind, Tree, TreeError, TreePath};

use crate::{
    listing::{self, Listing, Listings, Named},
    store::Store,
};

/// Most folders remembered by path.
const FOLDERS: usize = 50_000;

/// The files of one commit. Cheap to clone, and safe to share between threads.
#[derive(Clone)]
pub struct GitTree {
    inner: Arc<Inner>,
}

struct Inner {
    commit: CommitId,
    root: ObjectId,
    store: Arc<Store>,
    listings: Arc<Listings>,
    max_object_bytes: u64,
    folders: Mutex<BTreeMap<TreePath, Listing>>,
}

impl GitTree {
    pub(crate) fn new(
        commit: CommitId,
        root: ObjectId,
        store: Arc<Store>,
        listings: Arc<Listings>,
        max_object_bytes: u64,
    ) -> Self {
        Self {
            inner: Arc::new(Inner {
                commit,
                root,
                store,
                listings,
                max_object_bytes,
                folders: Mutex::default(),
            }),
        }
    }

    /// The commit.
    #[must_use]
    pub fn commit(&self) -> &CommitId {
        &self.inner.commit
    }

    /// The id of the root listing; commits with the same files share it.
    #[must_use]
    pub fn id(&self) -> EntryId {
        EntryId(self.inner.root.to_string().into())
    }
}

impl Tree for GitTree {
    fn entry(&self, path: &TreePath) -> Result<Option<Entry>, TreeError> {
        if path.is_root() {
            return Ok(Some(Entry {
                kind: EntryKind::Directory,
                id: self.id(),
            }));
        }
        self.inner.named(path, |named| named.entry.clone())
    }

    fn size(&self, path: &TreePath) -> Result<u64, TreeError> {
        let id = self.inner.blob(path)?;
        self.inner.size(path, id)
    }

    fn read(&self, path: &TreePath) -> Result<Bytes, TreeError> {
        let id = self.inner.blob(path)?;
        let limit = self.inner.max_object_bytes;
        if self.inner.size(path, id)? > limit {
            return Err(TreeError::TooLarge {
                path: path.clone(),
                what: "the file",
                limit: format!("{} MiB", limit >> 20),
            });
        }
        self.inner.store.with(|repository| {
            let object = repository.find_object(id).map_err(|error| failed(path, error))?;
            if object.kind != Kind::Blob {
                return Err(failed(path, format!("{id} is a {}, not a blob", object.kind)));
            }
            Ok(Bytes::from(object.detach().data))
        })
    }

    fn list(&self, path: &TreePath) -> Result<Vec<(Box<str>, Entry)>, TreeError> {
        let Some(listing) = self.inner.folder(path)? else {
            return Err(match self.entry(path)? {
                Some(_) => TreeError::NotADirectory(path.clone()),
                None => TreeError::NotFound(path.clone()),
            });
        };
        Ok(listing
            .iter()
            .map(|named| (named.name.clone(), named.entry.clone()))
            .collect())
    }
}

impl Inner {
    /// The listing at `path`; `None` when no folder is there.
    fn folder(&self, path: &TreePath) -> Result<Option<Listing>, TreeError> {
        if let Some(listing) = self.folders().get(path) {
            return Ok(Some(Arc::clone(listing)));
        }
        let id = match path.is_root() {
            true => Some(self.root),
            false => self
                .named(path, |named| {
                    (named.entry.kind == EntryKind::Directory).then_some(named.id)
                })?
                .flatten(),
        };
        let Some(id) = id else { return Ok(None) };
        let listing = self
            .listings
            .get(&self.store, id)
            .map_err(|why| failed(path, why))?;
        let mut folders = self.folders();
        if folders.len() >= FOLDERS {
            folders.clear();
        }
        folders.insert(path.clone(), Arc::clone(&listing));
        Ok(Some(listing))
    }

    fn named<T>(&self, path: &TreePath, take: impl FnOnce(&Named) -> T) -> Result<Option<T>, TreeError> {
        let Some(parent) = path.parent() else {
            return Ok(None);
        };
        let Some(listing) = self.folder(&parent)? else {
            return Ok(None);
        };
        Ok(listing::find(&listing, path.name()).map(take))
    }

    fn blob(&self, path: &TreePath) -> Result<ObjectId, TreeError> {
        if path.is_root() {
            return Err(TreeError::IsADirectory(path.clone()));
        }
        match self.named(path, |named| (named.entry.kind, named.id))? {
            None => Err(TreeError::NotFound(path.clone())),
            Some((EntryKind::Directory | EntryKind::Submodule, _)) => {
                Err(TreeError::IsADirectory(path.clone()))
            }
            Some((_, id)) => Ok(id),
        }
    }

    fn size(&self, path: &TreePath, id: ObjectId) -> Result<u64, TreeError> {
        self.store.with(|repository| {
            let header = repository.find_header(id).map_err(|error| failed(path, error))?;
            Ok(header.size())
        })
    }

    fn folders(&self) -> std::sync::MutexGuard<'_, BTreeMap<TreePath, Listing>> {
        self.folders.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl fmt::Debug for GitTree {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("GitTree")
            .field("commit", &self.inner.commit)
            .finish_non_exhaustive()
    }
}

fn failed(path: &TreePath, why: impl fmt::Display) -> TreeError {
    TreeError::Store {
        path: path.clone(),
        why: why.to_string(),
    }
}
