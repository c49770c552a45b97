//! One opened repository, shared between threads.
//!
//! A `gix` repository serves one thread at a time and is not free to make, so idle ones wait in a pool.
//!
//! **Invariant:** nothing but the repository's own configuration is read: no user's, no system's, no environment.

use std::{
    path::{Path, PathBuf},
    sync::{
        Mutex, PoisonError,
        atomic::{AtomicBool, Ordering},
    },
};

use gix::{ObjectId, objs::Kind};

use crate::GitError;

/// How much memory one thread keeps for the bases of deltas.
const DELTA_CACHE: &str = "core.deltaBaseCacheLimit=8m";
/// Idle handles to keep.
const POOL: usize = 4;
/// Packs that may appear while a repository is open.
const SPARE_SLOTS: usize = 256;

/// One opened repository.
pub(crate) struct Store {
    url: String,
    shared: gix::ThreadSafeRepository,
    idle: Mutex<Vec<gix::Repository>>,
    unused: AtomicBool,
}

impl Store {
    /// Opens the repository at `path`: bare, with a worktree, or a linked worktree. Nothing in it that needs more
    /// memory at once than `max_allocated` is unpacked.
    pub(crate) fn open(path: &Path, url: &str, max_allocated: u64) -> Result<Self, GitError> {
        let limits = [
            DELTA_CACHE.to_owned(),
            format!("gitoxide.objects.allocLimit={max_allocated}"),
            "pack.threads=1".to_owned(),
        ];
        let shared = gix::open::Options::isolated()
            .with(gix::sec::Trust::Full)
            .object_store_slots(gix::odb::store::init::Slots::AsNeededByDiskState {
                multiplier: 2.0,
                minimum: SPARE_SLOTS,
            })
            .config_overrides(limits)
            .open(path)
            .map_err(|error| GitError::RepositoryNotFound {
                url: url.to_owned(),
                why: error.to_string(),
            })?;
        Ok(Self {
            url: url.to_owned(),
            shared,
            idle: Mutex::default(),
            unused: AtomicBool::new(false),
        })
    }

    /// Runs `work` with a repository of its own.
    pub(crate) fn with<T>(&self, work: impl FnOnce(&gix::Repository) -> T) -> T {
        let idle = self.idle().pop();
        let repository = idle.unwrap_or_else(|| self.shared.to_thread_local());
        let result = work(&repository);
        let mut idle = self.idle();
        if idle.len() < POOL {
            idle.push(repository);
        }
        result
    }

    /// Deletes the repository from disk as soon as nobody reads it.
    pub(crate) fn remove_when_unused(&self) {
        self.unused.store(true, Ordering::Relaxed);
    }

    /// The folder with HEAD in it.
    pub(crate) fn git_dir(&self) -> PathBuf {
        self.shared.path().to_owned()
    }

    /// The commit that `id`, a commit or a tag of one, leads to.
    pub(crate) fn peeled(&self, id: ObjectId) -> Result<ObjectId, GitError> {
        self.with(|repository| {
            let header = repository.find_header(id).map_err(|error| self.damaged(&error))?;
            if header.kind() == Kind::Commit {
                return Ok(id);
            }
            let object = repository
                .find_object(id)
                .and_then(gix::Object::peel_tags_to_end)
                .map_err(|error| self.damaged(&error))?;
            if object.kind == Kind::Commit {
                Ok(object.id)
            } else {
                Err(GitError::unsupported(
                    &self.url,
                    format!("{id} leads to a {}, not to a commit", object.kind),
                ))
            }
        })
    }

    /// Whether the object is here.
    pub(crate) fn has(&self, id: ObjectId) -> bool {
        self.with(|repository| repository.has_object(id))
    }

    /// An error of the object store, as ours.
    pub(crate) fn damaged(&self, error: &impl std::fmt::Display) -> GitError {
        GitError::corrupt(&self.url, error)
    }

    fn idle(&self) -> std::sync::MutexGuard<'_, Vec<gix::Repository>> {
        self.idle.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Drop for Store {
    fn drop(&mut self) {
        if self.unused.load(Ordering::Relaxed) {
            // What stays goes when the mirror is next opened.
            let _ = std::fs::remove_dir_all(self.git_dir());
        }
    }
}
