//! Reading a tree within limits, through its symlinks, with a record of every look.

use std::{
    collections::BTreeMap,
    sync::{Arc, Mutex, PoisonError},
};

use bytes::Bytes;

use super::{Entry, EntryKind, Read, ReadSet, Tree, TreeError, TreePath};

/// How much one render may read.
#[derive(Clone, Copy, Debug)]
pub struct ReadLimits {
    /// Largest file, in bytes.
    pub file: u64,
    /// Everything together, in bytes.
    pub total: u64,
    /// Most symlinks on the way to one path.
    pub symlinks: usize,
}

impl Default for ReadLimits {
    fn default() -> Self {
        Self {
            file: 32 << 20,
            total: 512 << 20,
            symlinks: 40,
        }
    }
}

/// Reads a tree within limits, through symlinks, and records every look.
pub struct Reader<'t> {
    tree: Held<'t>,
    limits: ReadLimits,
    state: Mutex<State>,
}

/// A tree of the caller's, or one that the reader keeps alive.
enum Held<'t> {
    Borrowed(&'t dyn Tree),
    Shared(Arc<dyn Tree>),
}

impl Held<'_> {
    fn tree(&self) -> &dyn Tree {
        match self {
            Held::Borrowed(tree) => *tree,
            Held::Shared(tree) => &**tree,
        }
    }
}

#[derive(Default)]
struct State {
    reads: ReadSet,
    /// What was asked of the tree before; a tree does not change.
    entries: BTreeMap<TreePath, Option<Entry>>,
    total: u64,
}

impl<'t> Reader<'t> {
    /// A reader of `tree`.
    #[must_use]
    pub fn new(tree: &'t dyn Tree, limits: ReadLimits) -> Self {
        Self {
            tree: Held::Borrowed(tree),
            limits,
            state: Mutex::default(),
        }
    }

    /// A reader that keeps `tree` alive.
    #[must_use]
    pub fn shared(tree: Arc<dyn Tree>, limits: ReadLimits) -> Reader<'static> {
        Reader {
            tree: Held::Shared(tree),
            limits,
            state: Mutex::default(),
        }
    }

    /// What was read so far.
    #[must_use]
    pub fn into_read_set(self) -> ReadSet {
        self.state
            .into_inner()
            .unwrap_or_else(PoisonError::into_inner)
            .reads
    }

    /// What `path` is once symlinks are followed; `None` when it is not there.
    ///
    /// # Errors
    /// When a symlink leads out or in circles, or the store cannot be read.
    pub fn kind(&self, path: &TreePath) -> Result<Option<EntryKind>, TreeError> {
        match self.resolve(path)? {
            Some((_, kind)) => Ok(Some(kind)),
            None => Ok(None),
        }
    }

    /// Whether `path` is a folder.
    ///
    /// # Errors
    /// As [`Reader::kind`].
    pub fn is_directory(&self, path: &TreePath) -> Result<bool, TreeError> {
        Ok(self.kind(path)? == Some(EntryKind::Directory))
    }

    /// Whether `path` is a file.
    ///
    /// # Errors
    /// As [`Reader::kind`].
    pub fn is_file(&self, path: &TreePath) -> Result<bool, TreeError> {
        Ok(matches!(
            self.kind(path)?,
            Some(EntryKind::File | EntryKind::Executable)
        ))
    }

    /// The content of the file at `path`.
    ///
    /// # Errors
    /// When there is none, it is too large, or the store cannot be read.
    pub fn read(&self, path: &TreePath) -> Result<Bytes, TreeError> {
        let (real, kind) = self
            .resolve(path)?
            .ok_or_else(|| TreeError::NotFound(path.clone()))?;
        if matches!(kind, EntryKind::Directory | EntryKind::Submodule) {
            return Err(TreeError::IsADirectory(path.clone()));
        }
        let content = self.tree.tree().read_within(&real, self.limits.file)?;
        let total = self.with(|state| {
            state.total += content.len() as u64;
            state.total
        });
        if total > self.limits.total {
            return Err(TreeError::TooLarge {
                path: path.clone(),
                what: "all that was read",
                limit: format!("{} MiB", self.limits.total >> 20),
            });
        }
        self.note_content(&real)?;
        Ok(content)
    }

    /// The names in the folder at `path`, each with what it is (symlinks not followed), sorted.
    ///
    /// # Errors
    /// When there is none, or the store cannot be read.
    pub fn list(&self, path: &TreePath) -> Result<Vec<(Box<str>, EntryKind)>, TreeError> {
        let (real, kind) = self
            .resolve(path)?
            .ok_or_else(|| TreeError::NotFound(path.clone()))?;
        if kind != EntryKind::Directory {
            return Err(TreeError::NotADirectory(path.clone()));
        }
        let listing = self.tree.tree().list(&real)?;
        self.note_content(&real)?;
        Ok(listing
            .into_iter()
            .map(|(name, entry)| (name, entry.kind))
            .collect())
    }

    /// The path that `path` really is, symlinks followed, and what is there; `None` when nothing is.
    ///
    /// # Errors
    /// When a symlink leads out or in circles, or the store cannot be read.
    pub fn look_up(&self, path: &TreePath) -> Result<Option<(TreePath, EntryKind)>, TreeError> {
        self.resolve(path)
    }

    /// The path that `path` really is, symlinks followed; `None` when it is not there.
    ///
    /// # Errors
    /// When a symlink leads out or in circles, or the store cannot be read.
    pub fn real_path(&self, path: &TreePath) -> Result<Option<TreePath>, TreeError> {
        Ok(self.resolve(path)?.map(|(real, _)| real))
    }

    fn entry(&self, path: &TreePath) -> Result<Option<Entry>, TreeError> {
        if let Some(known) = self.with(|state| state.entries.get(path).cloned()) {
            return Ok(known);
        }
        let entry = self.tree.tree().entry(path)?;
        self.with(|state| state.entries.insert(path.clone(), entry.clone()));
        Ok(entry)
    }

    fn is_below_a_folder(&self, path: &TreePath) -> Result<bool, TreeError> {
        let Some(parent) = path.parent() else {
            return Ok(false);
        };
        let entry = self.entry(&parent)?;
        Ok(entry.is_some_and(|entry| entry.kind == EntryKind::Directory))
    }

    fn resolve(&self, path: &TreePath) -> Result<Option<(TreePath, EntryKind)>, TreeError> {
        // The common cases, no symlink on the way, cost one look, or two where nothing is there.
        match self.entry(path)? {
            Some(entry) if entry.kind != EntryKind::Symlink => {
                self.with(|state| state.reads.note(path.clone(), Read::Kind(entry.kind)));
                return Ok(Some((path.clone(), entry.kind)));
            }
            None if self.is_below_a_folder(path)? => {
                self.with(|state| state.reads.note(path.clone(), Read::Missing));
                return Ok(None);
            }
            _ => {}
        }
        let mut left: Vec<String> = path.parts().rev().map(str::to_owned).collect();
        let mut at = TreePath::root();
        let mut kind = EntryKind::Directory;
        let mut links = 0;
        while let Some(part) = left.pop() {
            if part == ".." {
                at = at.parent().ok_or_else(|| leads_out(path, &part))?;
                continue;
            }
            let next = at.child(&part);
            let Some(entry) = self.entry(&next)? else {
                self.with(|state| state.reads.note(next, Read::Missing));
                return Ok(None);
            };
            kind = entry.kind;
            if kind != EntryKind::Symlink {
                at = next;
                continue;
            }
            links += 1;
            let target = String::from_utf8_lossy(&self.tree.tree().read(&next)?).into_owned();
            if links > self.limits.symlinks {
                return Err(TreeError::Symlink {
                    path: path.clone(),
                    target,
                    why: "leads in a circle",
                });
            }
            if target.starts_with('/') {
                return Err(leads_out(path, &target));
            }
            self.note_content(&next)?;
            left.extend(
                target
                    .split('/')
                    .rev()
                    .filter(|part| !part.is_empty() && *part != ".")
                    .map(str::to_owned),
            );
            kind = EntryKind::Directory;
        }
        self.with(|state| state.reads.note(at.clone(), Read::Kind(kind)));
        Ok(Some((at, kind)))
    }

    fn note_content(&self, path: &TreePath) -> Result<(), TreeError> {
        if let Some(entry) = self.entry(path)? {
            self.with(|state| state.reads.note(path.clone(), Read::Content(entry.id)));
        }
        Ok(())
    }

    fn with<T>(&self, change: impl FnOnce(&mut State) -> T) -> T {
        change(&mut self.state.lock().unwrap_or_else(PoisonError::into_inner))
    }
}

fn leads_out(path: &TreePath, target: &str) -> TreeError {
    TreeError::Symlink {
        path: path.clone(),
        target: target.to_owned(),
        why: "leads out of the repository",
    }
}
