//! A folder on disk as a tree.
//!
//! The system follows symlinks here, as the tools do that people compare us with: an entry is what its target is.
//! **Invariant:** nothing outside the root is read; with the root `/` that is no limit.
//!
//! An [`EntryId`] here is made of the file's inode, size and times, not of its content: cheap, and it changes whenever
//! the file does, but two copies of one file differ.

use std::{
    fs,
    io::{self, Read as _},
    os::unix::fs::{MetadataExt as _, OpenOptionsExt as _},
    path::{Path, PathBuf},
};

use bytes::Bytes;
use plumb_model::{Entry, EntryId, EntryKind, Tree, TreeError, TreePath};

use crate::GitError;

#[cfg(test)]
mod tests;

/// A folder on disk as a tree.
#[derive(Clone, Debug)]
pub struct Folder {
    root: PathBuf,
}

impl Folder {
    /// The tree of the folder `root`.
    ///
    /// # Errors
    /// When there is no such folder.
    pub fn new(root: impl AsRef<Path>) -> Result<Self, GitError> {
        let root = root.as_ref();
        let canonical = root.canonicalize().map_err(|error| GitError::io(root, error))?;
        if !canonical.is_dir() {
            return Err(GitError::io(root, "not a directory"));
        }
        Ok(Self { root: canonical })
    }

    /// The folder, absolute and without symlinks.
    #[must_use]
    pub fn root(&self) -> &Path {
        &self.root
    }

    /// Where `path` really is; `None` when it is nowhere.
    fn place(&self, path: &TreePath) -> Result<Option<PathBuf>, TreeError> {
        let full = self.root.join(path.as_str());
        // No way leads out of the whole file system.
        if self.root.parent().is_none() {
            return Ok(Some(full));
        }
        match full.canonicalize() {
            Ok(real) if real.starts_with(&self.root) => Ok(Some(real)),
            Ok(real) => Err(TreeError::Symlink {
                path: path.clone(),
                target: real.to_string_lossy().into_owned(),
                why: "leads out of the folder",
            }),
            Err(error) if is_absence(&error) => Ok(None),
            Err(error) => Err(failed(path, &error)),
        }
    }

    fn existing(&self, path: &TreePath) -> Result<PathBuf, TreeError> {
        self.place(path)?.ok_or_else(|| TreeError::NotFound(path.clone()))
    }
}

impl Tree for Folder {
    fn entry(&self, path: &TreePath) -> Result<Option<Entry>, TreeError> {
        let Some(place) = self.place(path)? else {
            return Ok(None);
        };
        match fs::metadata(&place) {
            Ok(metadata) => Ok(Some(entry(&metadata))),
            Err(error) if is_absence(&error) => Ok(None),
            Err(error) => Err(failed(path, &error)),
        }
    }

    fn size(&self, path: &TreePath) -> Result<u64, TreeError> {
        let metadata = fs::metadata(self.existing(path)?).map_err(|error| failed(path, &error))?;
        if metadata.is_dir() {
            return Err(TreeError::IsADirectory(path.clone()));
        }
        Ok(metadata.len())
    }

    fn read(&self, path: &TreePath) -> Result<Bytes, TreeError> {
        self.read_within(path, u64::MAX)
    }

    fn read_within(&self, path: &TreePath, limit: u64) -> Result<Bytes, TreeError> {
        let place = self.existing(path)?;
        let io = |error: io::Error| failed(path, &error);
        // Opening a pipe would wait for its other end.
        let mut file = fs::OpenOptions::new()
            .read(true)
            .custom_flags(libc::O_NONBLOCK)
            .open(place)
            .map_err(io)?;
        let metadata = file.metadata().map_err(io)?;
        if metadata.is_dir() {
            return Err(TreeError::IsADirectory(path.clone()));
        }
        // A pipe or a device could be read forever.
        if !metadata.is_file() {
            return Err(io(io::Error::other("not a regular file")));
        }
        if metadata.len() > limit {
            return Err(TreeError::file_too_large(path, limit));
        }
        let mut content = Vec::with_capacity(usize::try_from(metadata.len()).unwrap_or(0) + 1);
        // A file that grows meanwhile is read as long as it was, so that the limit holds.
        io::Read::take(&mut file, metadata.len())
            .read_to_end(&mut content)
            .map_err(io)?;
        Ok(Bytes::from(content))
    }

    fn list(&self, path: &TreePath) -> Result<Vec<(Box<str>, Entry)>, TreeError> {
        let mut listing = Vec::new();
        for item in fs::read_dir(self.existing(path)?).map_err(|error| failed(path, &error))? {
            let item = item.map_err(|error| failed(path, &error))?;
            let name: Box<str> = item.file_name().to_string_lossy().into();
            let found = match self.entry(&path.child(&name)) {
                Ok(Some(found)) => found,
                // A symlink that leads nowhere, or out: its name is here, its target is not ours to tell.
                Ok(None) | Err(TreeError::Symlink { .. }) => match item.metadata() {
                    Ok(metadata) => entry(&metadata),
                    Err(_) => continue,
                },
                Err(error) => return Err(error),
            };
            listing.push((name, found));
        }
        listing.sort_by(|a, b| a.0.cmp(&b.0));
        Ok(listing)
    }
}

fn entry(metadata: &fs::Metadata) -> Entry {
    let kind = if metadata.is_dir() {
        EntryKind::Directory
    } else if metadata.file_type().is_symlink() {
        EntryKind::Symlink
    } else if metadata.mode() & 0o111 != 0 {
        EntryKind::Executable
    } else {
        EntryKind::File
    };
    let id = format!(
        "{}:{}:{}:{}.{}:{}.{}",
        metadata.dev(),
        metadata.ino(),
        metadata.len(),
        metadata.mtime(),
        metadata.mtime_nsec(),
        metadata.ctime(),
        metadata.ctime_nsec()
    );
    Entry {
        kind,
        id: EntryId(id.into()),
    }
}

fn is_absence(error: &io::Error) -> bool {
    // A circle of symlinks (ELOOP) leads nowhere too.
    matches!(
        error.kind(),
        io::ErrorKind::NotFound | io::ErrorKind::NotADirectory
    ) || error.raw_os_error() == Some(40)
}

fn failed(path: &TreePath, error: &io::Error) -> TreeError {
    match error.kind() {
        io::ErrorKind::NotFound => TreeError::NotFound(path.clone()),
        io::ErrorKind::NotADirectory => TreeError::NotADirectory(path.clone()),
        _ => TreeError::Store {
            path: path.clone(),
            why: error.to_string(),
        },
    }
}
