//! Walking chains of records.

use std::collections::BTreeSet;

use gix::{ObjectId as GitId, objs::Kind};

use crate::{
    Entry, HistoryError, RecordId,
    commit::{self, Commit},
    index::Index,
    record::message,
    store::Store,
    tree,
};

/// A record by the id of its commit.
pub(crate) fn entry(store: &Store, id: GitId) -> Result<Entry, HistoryError> {
    let (entry, _) = entry_and_commit(store, id)?;
    Ok(entry)
}

/// A record and its commit taken apart.
pub(crate) fn entry_and_commit(store: &Store, id: GitId) -> Result<(Entry, Commit), HistoryError> {
    decode(id, &read(store, id)?)
}

/// The bytes of a commit, which are what its id says. So no chain that somebody tampered with leads in a circle.
fn read(store: &Store, id: GitId) -> Result<Vec<u8>, HistoryError> {
    let bytes = store.read(id, Kind::Commit)?;
    if tree::id_of(Kind::Commit, &bytes)? == id {
        Ok(bytes)
    } else {
        Err(HistoryError::damaged(
            format!("record {id}"),
            "it holds something else",
        ))
    }
}

/// The record that these bytes of the commit `id` are.
pub(crate) fn decode(id: GitId, bytes: &[u8]) -> Result<(Entry, Commit), HistoryError> {
    let damaged = |why: &str| HistoryError::damaged(format!("record {id}"), why);
    let commit = commit::decode(bytes).ok_or_else(|| damaged("it is no commit that Plumb wrote"))?;
    let (record, place) = message::read(&commit.message).map_err(|error| damaged(&error.to_string()))?;
    if commit.parents.len() > 1 {
        return Err(damaged("it has several parents"));
    }
    let entry = Entry {
        id: RecordId(id),
        parent: commit.parents.first().copied().map(RecordId),
        place,
        signed: commit.signature.is_some(),
        record,
    };
    Ok((entry, commit))
}

/// The tree of a record.
pub(crate) fn tree_of(store: &Store, id: GitId) -> Result<GitId, HistoryError> {
    let commit = commit::decode(&read(store, id)?)
        .ok_or_else(|| HistoryError::damaged(format!("record {id}"), "it is no commit that Plumb wrote"))?;
    Ok(commit.tree)
}

/// From a record to the ones before, into the archived chain as long as that is there.
pub(crate) struct Walk<'s> {
    store: &'s Store,
    next: Option<GitId>,
    /// The next one is of another chain, which may have been given up.
    may_be_gone: bool,
}

impl<'s> Walk<'s> {
    pub(crate) fn from(store: &'s Store, tip: Option<GitId>) -> Self {
        Self {
            store,
            next: tip,
            may_be_gone: false,
        }
    }
}

impl Iterator for Walk<'_> {
    type Item = Result<(Entry, Commit), HistoryError>;

    fn next(&mut self) -> Option<Self::Item> {
        let id = self.next.take()?;
        let found = entry_and_commit(self.store, id);
        match found {
            Ok((entry, commit)) => {
                self.may_be_gone = entry.parent.is_none();
                self.next = entry.parent.or(entry.place.continues).map(|id| id.0);
                Some(Ok((entry, commit)))
            }
            Err(HistoryError::Damaged { .. }) if self.may_be_gone => None,
            Err(error) => Some(Err(error)),
        }
    }
}

/// Brings an index to where its chain is; tells whether it had to be made anew.
pub(crate) fn catch_up(store: &Store, index: &mut Index, tip: Option<GitId>) -> Result<bool, HistoryError> {
    let Some(tip) = tip else {
        let was_empty = index.rows().is_empty();
        *index = Index::default();
        return Ok(!was_empty);
    };
    if index.tip().is_some_and(|(_, id)| id.0 == tip) {
        return Ok(false);
    }
    let follows = follows(store, index, tip)?;
    let count = follows.unwrap_or(usize::MAX);
    if follows.is_none() {
        *index = Index::default();
    }
    let mut failed = None;
    index.extend(
        Walk::from(store, Some(tip))
            .take(count)
            .map_while(|found| match found {
                Ok((entry, _)) => Some(entry),
                Err(error) => {
                    failed = Some(error);
                    None
                }
            }),
    );
    failed.map_or(Ok(follows.is_none()), Err)
}

/// How many records follow the index's last; `None` where `tip` does not follow it.
fn follows(store: &Store, index: &Index, tip: GitId) -> Result<Option<usize>, HistoryError> {
    let Some((sequence, last)) = index.tip() else {
        return Ok(None);
    };
    for (count, found) in Walk::from(store, Some(tip)).enumerate() {
        let (entry, _) = found?;
        if entry.id == last {
            return Ok(Some(count));
        }
        if entry.place.sequence <= sequence {
            break;
        }
    }
    Ok(None)
}

/// All objects that these records lead to.
pub(crate) fn reachable(
    store: &Store,
    records: impl Iterator<Item = GitId>,
) -> Result<BTreeSet<GitId>, HistoryError> {
    let mut seen = BTreeSet::new();
    let mut trees = Vec::new();
    for id in records {
        seen.insert(id);
        trees.push(tree_of(store, id)?);
    }
    while let Some(id) = trees.pop() {
        if !seen.insert(id) {
            continue;
        }
        for entry in tree::read_tree(store, Some(id))? {
            if entry.is_tree {
                trees.push(entry.id);
            } else {
                seen.insert(entry.id);
            }
        }
    }
    Ok(seen)
}
