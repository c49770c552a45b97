//! Reading a repository's files, wherever they are, and remembering what was read.
//!
//! A [`Tree`] answers for one commit (or one folder). A [`Reader`] wraps it: follows symlinks inside the tree,
//! keeps to limits, and records every read, listing and miss in a [`ReadSet`], so that the next commit re-renders
//! only what it touches. **Invariant:** no path that a reader returns or reads lies outside the tree.

mod memory;
mod path;
mod read_set;
mod reader;

#[cfg(test)]
mod tests;

pub use memory::MemoryTree;
pub use path::{PathError, TreePath};
pub use read_set::{Read, ReadSet};
pub use reader::{ReadLimits, Reader};

use bytes::Bytes;

/// The id of a blob or a listing: a Git object id where there is one, else a digest of the content.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct EntryId(pub Box<str>);

/// What a path is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum EntryKind {
    /// A file.
    File,
    /// A file with the executable bit.
    Executable,
    /// A symlink; its content is its target.
    Symlink,
    /// A folder.
    Directory,
    /// A Git submodule (a commit of another repository).
    Submodule,
}

/// One name in a folder, or what a path is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Entry {
    /// What it is.
    pub kind: EntryKind,
    /// What it holds.
    pub id: EntryId,
}

/// The files of one commit or folder. Symlinks are not followed here.
pub trait Tree: Send + Sync {
    /// What `path` is; `None` when it is not there. The root is a directory.
    ///
    /// # Errors
    /// When the store cannot be read.
    fn entry(&self, path: &TreePath) -> Result<Option<Entry>, TreeError>;

    /// The size of the file or symlink at `path`, without reading it.
    ///
    /// # Errors
    /// When there is none, or the store cannot be read.
    fn size(&self, path: &TreePath) -> Result<u64, TreeError>;

    /// The content of the file (or the target of the symlink) at `path`.
    ///
    /// # Errors
    /// When there is none, or the store cannot be read.
    fn read(&self, path: &TreePath) -> Result<Bytes, TreeError>;

    /// The content of the file at `path`, unless it is longer than `limit` bytes; then [`TreeError::TooLarge`].
    ///
    /// # Errors
    /// As [`Tree::read`], and when it is too long.
    fn read_within(&self, path: &TreePath, limit: u64) -> Result<Bytes, TreeError> {
        if self.size(path)? > limit {
            return Err(TreeError::file_too_large(path, limit));
        }
        self.read(path)
    }

    /// What the folder at `path` holds, sorted by name.
    ///
    /// # Errors
    /// When there is none, or the store cannot be read.
    fn list(&self, path: &TreePath) -> Result<Vec<(Box<str>, Entry)>, TreeError>;
}

impl TreeError {
    /// A file is longer than `limit` bytes.
    #[must_use]
    pub fn file_too_large(path: &TreePath, limit: u64) -> Self {
        Self::TooLarge {
            path: path.clone(),
            what: "the file",
            limit: format!("{} MiB", limit >> 20),
        }
    }
}

/// Why something could not be read.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum TreeError {
    /// Nothing there.
    #[error("{0}: no such file or directory")]
    NotFound(TreePath),
    /// A folder was asked for.
    #[error("{0}: not a directory")]
    NotADirectory(TreePath),
    /// A file was asked for.
    #[error("{0}: is a directory")]
    IsADirectory(TreePath),
    /// A symlink leads out of the tree, or in a circle.
    #[error("{path}: symlink to {target} {why}")]
    Symlink {
        /// The link.
        path: TreePath,
        /// Where it points.
        target: String,
        /// What is wrong with that.
        why: &'static str,
    },
    /// Beyond a limit.
    #[error("{path}: {what} is over the limit of {limit}")]
    TooLarge {
        /// The file.
        path: TreePath,
        /// What is too large.
        what: &'static str,
        /// The limit, with its unit.
        limit: String,
    },
    /// The store failed.
    #[error("{path}: {why}")]
    Store {
        /// The file.
        path: TreePath,
        /// What the store said.
        why: String,
    },
    /// The path itself leaves the tree.
    #[error(transparent)]
    Path(#[from] PathError),
}
