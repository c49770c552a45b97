//! A remote repository's bare copy on disk.
//!
//! **Invariant:** one process owns a mirror at a time, by a lock that ends with it; so whatever lock, `.keep` or
//! half-received pack lies there when a mirror is opened was left by a crash, and goes.
//!
//! Each fetch leaves a pack. When there are many, everything is fetched afresh into the next generation, and the old
//! one goes with its last reader.

mod receive;

use std::{
    fs::{self, File, TryLockError},
    path::{Path, PathBuf},
    sync::{Arc, Mutex, PoisonError},
};

use plumb_model::Digest;

use crate::{
    Credentials, GitError, GitOptions,
    address::Address,
    refs::Refs,
    repository::Wanted,
    store::Store,
    transport::{Exchange, Remote},
};

/// More packs than this make for slow reading.
const PACKS: usize = 50;

/// A remote repository's bare copy on disk.
pub(crate) struct Mirror {
    url: String,
    remote: Remote,
    options: Arc<GitOptions>,
    directory: PathBuf,
    generation: Mutex<u32>,
    // Held as long as we live.
    _lock: File,
}

impl Mirror {
    /// The mirror of the repository at `real`, to be shown as `url`. Nothing is fetched yet.
    pub(crate) fn new(
        url: String,
        real: &str,
        address: Address,
        credentials: Option<Credentials>,
        options: Arc<GitOptions>,
    ) -> Result<Self, GitError> {
        let remote = Remote::new(&url, address, &credentials.unwrap_or_default(), &options)?;
        // Credentials in the URL are no part of the name: it can be seen by others.
        let name = Digest::of(remote.place().as_bytes()).to_string();
        tracing::debug!(url, mirror = &name[..16], rewritten = real != url, "mirror");
        let (directory, lock) = claimed(&options.directory, &name[..16])?;
        let generation = first_generation(&directory)?;
        Ok(Self {
            url,
            remote,
            options,
            directory,
            generation: Mutex::new(generation),
            _lock: lock,
        })
    }

    /// Asks the server for its references, and fetches what is missing. `known` is what came of it last time.
    pub(crate) fn fetch(
        &self,
        known: Option<(&Arc<Store>, &Arc<Refs>)>,
        wanted: &Wanted,
    ) -> Result<(Arc<Store>, Arc<Refs>), GitError> {
        let mut generation = self.generation.lock().unwrap_or_else(PoisonError::into_inner);
        let store = match known {
            Some((store, _)) => Arc::clone(store),
            None => Arc::new(self.open(*generation, None)?),
        };
        let refs = known.map(|(_, refs)| &**refs);
        let received = match self.receive(&store, refs, wanted)? {
            receive::Received::OtherHash(hash) => {
                // Only the server knows its kind of ids; a new mirror guesses once.
                drop(store);
                let path = self.path(*generation);
                fs::remove_dir_all(&path).map_err(|error| GitError::io(&path, error))?;
                let store = Arc::new(self.open(*generation, Some(hash))?);
                (self.receive(&store, None, wanted)?, store)
            }
            received => (received, store),
        };
        match received {
            (receive::Received::Nothing, store) => match known {
                Some((_, refs)) => Ok((store, Arc::clone(refs))),
                None => Err(GitError::corrupt(&self.url, "the server and its mirror disagree")),
            },
            (receive::Received::Refs(refs), store) => Ok((store, Arc::new(refs))),
            (receive::Received::Pack(refs), store) => {
                if self.packs(*generation) > PACKS
                    && let Some(fresh) = self.next_generation(*generation + 1, wanted)
                {
                    *generation += 1;
                    store.remove_when_unused();
                    return Ok(fresh);
                }
                // Opened anew, so that there is room for more packs.
                Ok((Arc::new(self.open(*generation, None)?), Arc::new(refs)))
            }
            (receive::Received::OtherHash(hash), _) => Err(GitError::corrupt(
                &self.url,
                format!("the server changed its kind of ids to {hash} twice"),
            )),
        }
    }

    /// What is there from earlier, be it of an earlier process; nothing is fetched.
    pub(crate) fn on_disk(&self) -> Option<Store> {
        let generation = self.generation.lock().unwrap_or_else(PoisonError::into_inner);
        let path = self.path(*generation);
        let open = || Store::open(&path, &self.url, self.options.max_received_object_bytes);
        path.exists().then(open)?.ok()
    }

    fn receive(
        &self,
        store: &Store,
        known: Option<&Refs>,
        wanted: &Wanted,
    ) -> Result<receive::Received, GitError> {
        let timeout = wanted.timeout.unwrap_or(self.options.timeout);
        let exchange = Exchange::new(&self.url, &self.options, timeout);
        receive::receive(store, &self.remote, &exchange, known, wanted)
            // What our side of the connection saw says more than what became of it.
            .map_err(|error| exchange.failed().unwrap_or(error))
    }

    /// Everything again, in a folder of its own; `None` when it does not work out.
    fn next_generation(&self, generation: u32, wanted: &Wanted) -> Option<(Arc<Store>, Arc<Refs>)> {
        let fresh = self.open(generation, None).and_then(|store| {
            let received = self.receive(&store, None, wanted)?;
            Ok((Arc::new(store), received))
        });
        match fresh {
            Ok((store, receive::Received::Pack(refs))) => Some((store, Arc::new(refs))),
            Ok(_) => None,
            Err(error) => {
                tracing::debug!(url = self.url, %error, "could not fetch afresh; going on with many packs");
                let _ = fs::remove_dir_all(self.path(generation));
                None
            }
        }
    }

    fn open(&self, generation: u32, hash: Option<gix::hash::Kind>) -> Result<Store, GitError> {
        let path = self.path(generation);
        if path.exists() {
            clear_leftovers(&path);
            match Store::open(&path, &self.url, self.options.max_received_object_bytes) {
                Ok(store) => return Ok(store),
                Err(error) => {
                    tracing::warn!(url = self.url, %error, "the mirror cannot be opened, and is made anew");
                    fs::remove_dir_all(&path).map_err(|error| GitError::io(&path, error))?;
                }
            }
        }
        let options = gix::create::Options {
            object_hash: hash,
            ..gix::create::Options::default()
        };
        gix::create::into(&path, gix::create::Kind::Bare, options)
            .map_err(|error| GitError::io(&path, error))?;
        Store::open(&path, &self.url, self.options.max_received_object_bytes)
    }

    fn path(&self, generation: u32) -> PathBuf {
        self.directory.join(generation.to_string())
    }

    fn packs(&self, generation: u32) -> usize {
        let packs = self.path(generation).join("objects/pack");
        let names = fs::read_dir(packs).into_iter().flatten().flatten();
        names
            .filter(|name| {
                name.path()
                    .extension()
                    .is_some_and(|extension| extension == "pack")
            })
            .count()
    }
}

/// A folder for the mirror `name` that no other process or repository uses.
fn claimed(directory: &Path, name: &str) -> Result<(PathBuf, File), GitError> {
    for number in 0..64 {
        let folder = directory.join(format!("{name}-{number}"));
        fs::create_dir_all(&folder).map_err(|error| GitError::io(&folder, error))?;
        let path = folder.join("lock");
        let lock = File::create(&path).map_err(|error| GitError::io(&path, error))?;
        match lock.try_lock() {
            Ok(()) => return Ok((folder, lock)),
            Err(TryLockError::WouldBlock) => {}
            Err(TryLockError::Error(error)) => return Err(GitError::io(&path, error)),
        }
    }
    Err(GitError::io(
        directory.join(name),
        "all its mirrors are in use by others",
    ))
}

/// The oldest generation, which is whole; younger ones were not ready when the process ended.
fn first_generation(directory: &Path) -> Result<u32, GitError> {
    let names = fs::read_dir(directory).map_err(|error| GitError::io(directory, error))?;
    let mut generations: Vec<u32> = names
        .flatten()
        .filter_map(|name| name.file_name().to_str()?.parse().ok())
        .collect();
    generations.sort_unstable();
    for younger in generations.iter().skip(1) {
        let _ = fs::remove_dir_all(directory.join(younger.to_string()));
    }
    Ok(generations.first().copied().unwrap_or(0))
}

/// Removes what a crash left behind.
fn clear_leftovers(path: &Path) {
    let packs = path.join("objects/pack");
    for folder in [path, &packs] {
        for file in fs::read_dir(folder).into_iter().flatten().flatten() {
            let name = file.file_name().to_string_lossy().into_owned();
            if name.ends_with(".keep")
                || name.ends_with(".lock")
                || name.starts_with("tmp_")
                || name.starts_with(".tmp")
            {
                let _ = fs::remove_file(file.path());
            }
        }
    }
}
