//! One repository: what its references point to, and what its commits hold.
//!
//! **Invariant:** readers see either the references of the last refresh or those of the one before, never a mix;
//! only [`Repository::refresh`] (and a resolve that has to fetch) talks to the other end.

mod fetched;
mod history;
mod resolve;

use std::{
    collections::BTreeSet,
    fmt,
    path::PathBuf,
    sync::{Arc, Mutex, MutexGuard, OnceLock, PoisonError, RwLock},
    time::{Duration, Instant},
};

use gix::ObjectId;
use plumb_model::{CommitId, Digest};

pub use fetched::Freshness;
pub use history::{CommitInfo, Person};

use crate::{
    Credentials, GitError, GitOptions, GitTree,
    address::{Address, masked},
    listing::Listings,
    mirror::Mirror,
    refs::Refs,
    store::Store,
};

/// Trees to keep, so that the units of one repository share what was decoded.
const RECENT_TREES: usize = 8;

/// Most memory for one object of a local repository.
const LOCAL_ALLOCATION: u64 = 1 << 30;

/// One repository.
pub struct Repository {
    url: String,
    origin: Origin,
    max_object_bytes: u64,
    state: RwLock<Option<State>>,
    /// What an earlier process left of a mirror, opened once, for as long as nothing was refreshed.
    left: OnceLock<Option<Arc<Store>>>,
    refreshing: Mutex<Wanted>,
    listings: Arc<Listings>,
    trees: Mutex<Vec<GitTree>>,
}

/// What a refresh found.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Refreshed {
    /// Some reference is new, gone, or elsewhere.
    pub changed: bool,
    /// How many refreshes found one, whoever asked for them: more than when one last looked = something moved since.
    pub moves: u64,
    /// Tells this state of all references from any other.
    pub refs: Digest,
}

enum Origin {
    /// Read where it is.
    Local(PathBuf),
    /// Read from a mirror.
    Remote(Box<Mirror>),
}

#[derive(Clone)]
struct State {
    store: Arc<Store>,
    refs: Arc<Refs>,
    /// How often a reference was found elsewhere than before.
    moves: u64,
    /// When the references were looked at.
    seen: Instant,
}

/// References outside branches and tags that somebody asked for.
#[derive(Default)]
pub(crate) struct Wanted {
    pub(crate) names: BTreeSet<String>,
    pub(crate) commits: BTreeSet<String>,
    /// Longest time for one refresh, where somebody said.
    pub(crate) timeout: Option<Duration>,
}

impl Repository {
    pub(crate) fn at(
        written: &str,
        real: &str,
        credentials: Option<Credentials>,
        options: Arc<GitOptions>,
    ) -> Result<Self, GitError> {
        let url = masked(written);
        let max_object_bytes = options.max_object_bytes;
        let (origin, state) = match Address::parse(real) {
            Address::Local(path) => {
                let path = std::path::absolute(&path).map_err(|error| GitError::io(&path, error))?;
                let state = State::open(&path, &url)?;
                (Origin::Local(path), Some(state))
            }
            Address::Other(scheme) => {
                let why = format!("{scheme}:// is not spoken here; use https://, ssh://, file:// or a path");
                return Err(GitError::unsupported(&url, why));
            }
            remote => {
                let mirror = Mirror::new(url.clone(), real, remote, credentials, options)?;
                (Origin::Remote(Box::new(mirror)), None)
            }
        };
        Ok(Self {
            url,
            origin,
            max_object_bytes,
            state: RwLock::new(state),
            left: OnceLock::new(),
            refreshing: Mutex::default(),
            listings: Arc::default(),
            trees: Mutex::default(),
        })
    }

    /// The URL as written, without its password.
    #[must_use]
    pub fn url(&self) -> &str {
        &self.url
    }

    /// The Git folder to watch, when the repository is on this machine.
    #[must_use]
    pub fn local_path(&self) -> Option<PathBuf> {
        match self.origin {
            Origin::Local(_) => self.current().map(|state| state.store.git_dir()),
            Origin::Remote(_) => None,
        }
    }

    /// Looks where all references point now, and fetches what is missing.
    ///
    /// # Errors
    /// When the other end cannot be reached or does not want us, or the disk fails. What was known stays known.
    pub fn refresh(&self) -> Result<Refreshed, GitError> {
        let mut wanted = self.refreshing();
        self.refresh_with(&mut wanted)
    }

    /// The files of `commit`.
    ///
    /// # Errors
    /// When there is no such commit, or it is damaged.
    pub fn tree(&self, commit: &CommitId) -> Result<GitTree, GitError> {
        if let Some(tree) = self.trees().iter().find(|tree| tree.commit() == commit) {
            return Ok(tree.clone());
        }
        let tree = self.unkept_tree(commit)?;
        self.keep(&tree);
        Ok(tree)
    }

    fn keep(&self, tree: &GitTree) {
        let mut trees = self.trees();
        if trees.len() >= RECENT_TREES {
            trees.remove(0);
        }
        trees.push(tree.clone());
    }

    /// As [`Repository::tree`], without keeping it: a walk through history would push out those in use.
    fn unkept_tree(&self, commit: &CommitId) -> Result<GitTree, GitError> {
        let store = self.state()?.store;
        let id = self.known_commit(&store, commit)?;
        self.tree_in(store, commit, id)
    }

    fn tree_in(&self, store: Arc<Store>, commit: &CommitId, id: ObjectId) -> Result<GitTree, GitError> {
        let root = store.with(|repository| -> Result<ObjectId, GitError> {
            let commit = repository
                .find_commit(id)
                .map_err(|error| store.damaged(&error))?;
            let tree = commit.tree_id().map_err(|error| store.damaged(&error))?;
            Ok(tree.detach())
        })?;
        Ok(GitTree::new(
            commit.clone(),
            root,
            store,
            Arc::clone(&self.listings),
            self.max_object_bytes,
        ))
    }

    fn refresh_with(&self, wanted: &mut Wanted) -> Result<Refreshed, GitError> {
        let before = self.current();
        let mut after = match &self.origin {
            Origin::Local(path) => match &before {
                // A repository that was made anew in the same place is opened anew.
                Some(state) => state.reread().or_else(|_| State::open(path, &self.url))?,
                None => State::open(path, &self.url)?,
            },
            Origin::Remote(mirror) => {
                let known = before.as_ref().map(|state| (&state.store, &state.refs));
                let (store, refs) = mirror.fetch(known, wanted)?;
                State {
                    store,
                    refs,
                    moves: 0,
                    seen: Instant::now(),
                }
            }
        };
        let changed = before
            .as_ref()
            .is_none_or(|before| before.refs.digest != after.refs.digest);
        after.moves = before.map_or(0, |before| before.moves) + u64::from(changed);
        let refreshed = Refreshed {
            changed,
            moves: after.moves,
            refs: after.refs.digest,
        };
        *self.state.write().unwrap_or_else(PoisonError::into_inner) = Some(after);
        Ok(refreshed)
    }

    /// Its objects.
    pub(crate) fn store(&self) -> Result<Arc<Store>, GitError> {
        Ok(self.state()?.store)
    }

    /// What the last refresh saw; the first to ask waits for the first refresh.
    fn state(&self) -> Result<State, GitError> {
        if let Some(state) = self.current() {
            return Ok(state);
        }
        let mut wanted = self.refreshing();
        // Another may have refreshed while this one waited for its turn.
        if self.current().is_none() {
            self.refresh_with(&mut wanted)?;
        }
        self.current()
            .ok_or_else(|| GitError::network(&self.url, "not refreshed yet"))
    }

    fn current(&self) -> Option<State> {
        self.state.read().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// The object id of a commit that must be here.
    fn known_commit(&self, store: &Store, commit: &CommitId) -> Result<ObjectId, GitError> {
        let id = ObjectId::from_hex(commit.as_str().as_bytes()).map_err(|error| store.damaged(&error))?;
        if store.has(id) {
            return Ok(id);
        }
        Err(self.not_found(format!("commit {commit}"), String::new()))
    }

    fn not_found(&self, searched: String, hint: String) -> GitError {
        GitError::ReferenceNotFound {
            url: self.url.clone(),
            searched,
            hint,
        }
    }

    fn refreshing(&self) -> MutexGuard<'_, Wanted> {
        self.refreshing.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn trees(&self) -> MutexGuard<'_, Vec<GitTree>> {
        self.trees.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl fmt::Debug for Repository {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Repository")
            .field("url", &self.url)
            .finish_non_exhaustive()
    }
}

impl State {
    fn open(path: &std::path::Path, url: &str) -> Result<Self, GitError> {
        // What is in a repository on this machine was let in by its owner; a file's size is looked at before it is read.
        let store = Store::open(path, url, LOCAL_ALLOCATION)?;
        let refs = Arc::new(Refs::read(&store)?);
        Ok(Self {
            store: Arc::new(store),
            refs,
            moves: 0,
            seen: Instant::now(),
        })
    }

    fn reread(&self) -> Result<Self, GitError> {
        Ok(Self {
            store: Arc::clone(&self.store),
            refs: Arc::new(Refs::read(&self.store)?),
            moves: self.moves,
            seen: Instant::now(),
        })
    }
}
