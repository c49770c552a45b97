//! What a render has read.

use std::collections::BTreeMap;

use super::{Entry, EntryId, EntryKind, Tree, TreeError, TreePath};

/// What one look at a path found.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Read {
    /// Its content (or, for a folder, its listing) was read.
    Content(EntryId),
    /// Only what it is was asked.
    Kind(EntryKind),
    /// It was not there.
    Missing,
}

/// Every path that a render looked at, with what it found. Deterministic: the same render gives the same set.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ReadSet {
    reads: BTreeMap<TreePath, Read>,
}

impl ReadSet {
    /// Notes a look at `path`. Content outranks kind.
    pub fn note(&mut self, path: TreePath, read: Read) {
        if matches!(read, Read::Kind(_)) && matches!(self.reads.get(&path), Some(Read::Content(_))) {
            return;
        }
        self.reads.insert(path, read);
    }

    /// The looks, by path.
    pub fn iter(&self) -> impl ExactSizeIterator<Item = (&TreePath, &Read)> {
        self.reads.iter()
    }

    /// Whether nothing was read.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.reads.is_empty()
    }

    /// Whether every look would find the same in `tree`, so that rendering again must give the same.
    ///
    /// # Errors
    /// When the tree's store cannot be read.
    pub fn holds_in(&self, tree: &dyn Tree) -> Result<bool, TreeError> {
        for (path, read) in &self.reads {
            let entry = tree.entry(path)?;
            let same = match (read, &entry) {
                (Read::Missing, None) => true,
                (Read::Kind(kind), Some(Entry { kind: now, .. })) => kind == now,
                (Read::Content(id), Some(Entry { id: now, .. })) => id == now,
                _ => false,
            };
            if !same {
                return Ok(false);
            }
        }
        Ok(true)
    }
}
