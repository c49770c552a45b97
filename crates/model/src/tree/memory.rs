//! A tree held in memory, for tests and generated input.

use std::collections::BTreeMap;

use bytes::Bytes;
use sha2::{Digest, Sha256};

use super::{Entry, EntryId, EntryKind, Tree, TreeError, TreePath};

/// A tree held in memory.
#[derive(Clone, Debug, Default)]
pub struct MemoryTree {
    files: BTreeMap<TreePath, (EntryKind, Bytes)>,
}

impl MemoryTree {
    /// An empty tree.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Puts a file there. Paths that leave the tree are put at its root.
    #[must_use]
    pub fn with(mut self, path: &str, content: impl Into<Bytes>) -> Self {
        self.insert(path, EntryKind::File, content.into());
        self
    }

    /// Puts a symlink there.
    #[must_use]
    pub fn with_symlink(mut self, path: &str, target: &str) -> Self {
        self.insert(
            path,
            EntryKind::Symlink,
            Bytes::copy_from_slice(target.as_bytes()),
        );
        self
    }

    /// Puts an empty folder there.
    #[must_use]
    pub fn with_directory(mut self, path: &str) -> Self {
        self.insert(path, EntryKind::Directory, Bytes::new());
        self
    }

    fn insert(&mut self, path: &str, kind: EntryKind, content: Bytes) {
        let path = TreePath::parse(path).unwrap_or_default();
        self.files.insert(path, (kind, content));
    }

    fn children(&self, path: &TreePath) -> BTreeMap<Box<str>, TreePath> {
        let mut children = BTreeMap::new();
        for file in self
            .files
            .keys()
            .filter(|file| *file != path && file.is_within(path))
        {
            if let Some(name) = file.parts().nth(path.parts().count()) {
                children.insert(Box::from(name), path.child(name));
            }
        }
        children
    }
}

impl Tree for MemoryTree {
    fn entry(&self, path: &TreePath) -> Result<Option<Entry>, TreeError> {
        if let Some((kind, content)) = self.files.get(path)
            && *kind != EntryKind::Directory
        {
            return Ok(Some(Entry {
                kind: *kind,
                id: digest(content),
            }));
        }
        let children = self.children(path);
        if children.is_empty() && !path.is_root() && !self.files.contains_key(path) {
            return Ok(None);
        }
        let mut listing = String::new();
        for (name, child) in &children {
            let id = self.entry(child)?.map(|entry| entry.id.0).unwrap_or_default();
            listing.push_str(&format!("{name} {id}\n"));
        }
        Ok(Some(Entry {
            kind: EntryKind::Directory,
            id: digest(listing.as_bytes()),
        }))
    }

    fn size(&self, path: &TreePath) -> Result<u64, TreeError> {
        self.read(path).map(|content| content.len() as u64)
    }

    fn read(&self, path: &TreePath) -> Result<Bytes, TreeError> {
        match self.files.get(path) {
            Some((EntryKind::Directory, _)) => Err(TreeError::IsADirectory(path.clone())),
            Some((_, content)) => Ok(content.clone()),
            None if self.entry(path)?.is_some() => Err(TreeError::IsADirectory(path.clone())),
            None => Err(TreeError::NotFound(path.clone())),
        }
    }

    fn list(&self, path: &TreePath) -> Result<Vec<(Box<str>, Entry)>, TreeError> {
        match self.entry(path)? {
            None => return Err(TreeError::NotFound(path.clone())),
            Some(entry) if entry.kind != EntryKind::Directory => {
                return Err(TreeError::NotADirectory(path.clone()));
            }
            Some(_) => {}
        }
        let mut listing = Vec::new();
        for (name, child) in self.children(path) {
            if let Some(entry) = self.entry(&child)? {
                listing.push((name, entry));
            }
        }
        Ok(listing)
    }
}

fn digest(content: &[u8]) -> EntryId {
    EntryId(
        Sha256::digest(content)
            .iter()
            .map(|byte| format!("{byte:02x}"))
            .collect::<String>()
            .into(),
    )
}
