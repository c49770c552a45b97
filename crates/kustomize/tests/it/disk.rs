//! A folder on disk as a tree.

use std::{fs, io::ErrorKind, os::unix::fs::PermissionsExt, path::PathBuf};

use bytes::Bytes;
use plumb_model::{Entry, EntryId, EntryKind, Tree, TreeError, TreePath};

/// A folder on disk.
pub(crate) struct DiskTree(pub(crate) PathBuf);

impl DiskTree {
    fn at(&self, path: &TreePath) -> PathBuf {
        self.0.join(path.as_str())
    }

    fn error(path: &TreePath, error: &std::io::Error) -> TreeError {
        match error.kind() {
            ErrorKind::NotFound => TreeError::NotFound(path.clone()),
            ErrorKind::IsADirectory => TreeError::IsADirectory(path.clone()),
            _ => TreeError::NotADirectory(path.clone()),
        }
    }
}

impl Tree for DiskTree {
    fn entry(&self, path: &TreePath) -> Result<Option<Entry>, TreeError> {
        let Ok(metadata) = fs::symlink_metadata(self.at(path)) else {
            return Ok(None);
        };
        let kind = if metadata.is_dir() {
            EntryKind::Directory
        } else if metadata.is_symlink() {
            EntryKind::Symlink
        } else if metadata.permissions().mode() & 0o111 != 0 {
            EntryKind::Executable
        } else {
            EntryKind::File
        };
        Ok(Some(Entry {
            kind,
            id: EntryId("".into()),
        }))
    }

    fn size(&self, path: &TreePath) -> Result<u64, TreeError> {
        fs::symlink_metadata(self.at(path))
            .map(|metadata| metadata.len())
            .map_err(|error| Self::error(path, &error))
    }

    fn read(&self, path: &TreePath) -> Result<Bytes, TreeError> {
        let full = self.at(path);
        if full.is_symlink() {
            let target = fs::read_link(&full).map_err(|error| Self::error(path, &error))?;
            return Ok(Bytes::from(target.to_string_lossy().into_owned()));
        }
        fs::read(full)
            .map(Bytes::from)
            .map_err(|error| Self::error(path, &error))
    }

    fn list(&self, path: &TreePath) -> Result<Vec<(Box<str>, Entry)>, TreeError> {
        let mut names: Vec<Box<str>> = fs::read_dir(self.at(path))
            .map_err(|error| Self::error(path, &error))?
            .flatten()
            .map(|entry| entry.file_name().to_string_lossy().into())
            .collect();
        names.sort();
        let mut listing = Vec::new();
        for name in names {
            if let Some(entry) = self.entry(&path.child(&name))? {
                listing.push((name, entry));
            }
        }
        Ok(listing)
    }
}
