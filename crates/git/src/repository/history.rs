//! Who made which commit, when, and after which.

use std::collections::{BTreeSet, BinaryHeap};

use gix::{ObjectId, bstr::ByteSlice as _, date::time::format::ISO8601_STRICT};
use plumb_model::{CommitId, EntryId, Tree as _, TreePath};

use super::Repository;
use crate::{GitError, store::Store};

/// Most commits that one look into the past walks over.
const WALK: usize = 100_000;

/// One commit, for people.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CommitInfo {
    /// Its id.
    pub id: CommitId,
    /// What it came after; several for a merge.
    pub parents: Vec<CommitId>,
    /// Who wrote the change.
    pub author: Person,
    /// Who made the commit of it.
    pub committer: Person,
    /// The first line of the message.
    pub subject: String,
    /// The rest of the message; empty when there is none.
    pub body: String,
}

/// A person in a commit.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Person {
    /// The name.
    pub name: String,
    /// The mail address.
    pub email: String,
    /// When (RFC 3339).
    pub time: String,
}

impl Repository {
    /// Who made `commit`, when and why.
    ///
    /// # Errors
    /// When there is no such commit, or it is damaged.
    pub fn commit(&self, commit: &CommitId) -> Result<CommitInfo, GitError> {
        let store = self.state()?.store;
        let id = self.known_commit(&store, commit)?;
        info(&store, id)
    }

    /// The commits from `from` back, newest first, at most `limit`; with `path` only those that changed it.
    ///
    /// # Errors
    /// When there is no such commit, or something on the way is damaged.
    pub fn log(
        &self,
        from: &CommitId,
        path: Option<&TreePath>,
        limit: usize,
    ) -> Result<Vec<CommitInfo>, GitError> {
        let store = self.state()?.store;
        let start = self.known_commit(&store, from)?;
        let mut found = Vec::new();
        let mut seen = BTreeSet::from([start]);
        let mut ahead = BinaryHeap::from([(seconds(&store, start)?, start)]);
        let mut walked = 0;
        while let Some((_, id)) = ahead.pop() {
            walked += 1;
            if found.len() >= limit || walked > WALK {
                break;
            }
            let commit = info(&store, id)?;
            let mut parents: Vec<ObjectId> = Vec::new();
            for parent in &commit.parents {
                let parent = object_id(&store, parent)?;
                // A shallow repository ends before its history does.
                if store.has(parent) {
                    parents.push(parent);
                }
            }
            let mut changed = true;
            if let Some(path) = path {
                let ours = self.entry_id(&commit.id, path)?;
                let mut same = None;
                for parent in &parents {
                    if self.entry_id(&commit_id(&store, *parent)?, path)? == ours {
                        same = Some(*parent);
                        break;
                    }
                }
                changed = same.is_none() && (ours.is_some() || !parents.is_empty());
                // As `git log` simplifies: a parent with the same content explains it all.
                if let Some(same) = same {
                    parents = vec![same];
                }
            }
            if changed {
                found.push(commit);
            }
            for parent in parents {
                if seen.insert(parent) {
                    ahead.push((seconds(&store, parent)?, parent));
                }
            }
        }
        Ok(found)
    }

    /// Whether `older` is `newer` or one of the commits before it.
    ///
    /// # Errors
    /// When one of them is not here, or something on the way is damaged.
    pub fn is_ancestor(&self, older: &CommitId, newer: &CommitId) -> Result<bool, GitError> {
        let store = self.state()?.store;
        let (older, newer) = (
            self.known_commit(&store, older)?,
            self.known_commit(&store, newer)?,
        );
        if older == newer {
            return Ok(true);
        }
        store.with(|repository| {
            let bases = repository
                .merge_bases_many(older, &[newer])
                .map_err(|error| store.damaged(&error))?;
            Ok(bases.iter().any(|base| base.detach() == older))
        })
    }

    fn entry_id(&self, commit: &CommitId, path: &TreePath) -> Result<Option<EntryId>, GitError> {
        let entry = self.unkept_tree(commit)?.entry(path);
        entry
            .map(|entry| entry.map(|entry| entry.id))
            .map_err(|error| GitError::corrupt(self.url(), error))
    }
}

fn info(store: &Store, id: ObjectId) -> Result<CommitInfo, GitError> {
    store.with(|repository| {
        let commit = repository
            .find_commit(id)
            .map_err(|error| store.damaged(&error))?;
        let decoded = commit.decode().map_err(|error| store.damaged(&error))?;
        let message = decoded.message.to_str_lossy();
        let (subject, body) = match message.trim_start().split_once("\n\n") {
            Some((subject, body)) => (subject, body.trim()),
            None => (message.trim(), ""),
        };
        let parents = decoded.parents().map(|parent| commit_id(store, parent));
        Ok(CommitInfo {
            id: commit_id(store, id)?,
            parents: parents.collect::<Result<_, _>>()?,
            author: person(decoded.author().map_err(|error| store.damaged(&error))?),
            committer: person(decoded.committer().map_err(|error| store.damaged(&error))?),
            subject: subject.trim().replace('\n', " "),
            body: body.to_owned(),
        })
    })
}

fn person(signature: gix::actor::SignatureRef<'_>) -> Person {
    let time = signature.time().unwrap_or_default();
    Person {
        name: signature.name.to_str_lossy().trim().to_owned(),
        email: signature.email.to_str_lossy().trim().to_owned(),
        time: time.format_or_unix(ISO8601_STRICT),
    }
}

fn seconds(store: &Store, id: ObjectId) -> Result<i64, GitError> {
    store.with(|repository| {
        let commit = repository
            .find_commit(id)
            .map_err(|error| store.damaged(&error))?;
        commit
            .time()
            .map(|time| time.seconds)
            .map_err(|error| store.damaged(&error))
    })
}

fn commit_id(store: &Store, id: ObjectId) -> Result<CommitId, GitError> {
    CommitId::parse(&id.to_string()).map_err(|error| store.damaged(&error))
}

fn object_id(store: &Store, commit: &CommitId) -> Result<ObjectId, GitError> {
    ObjectId::from_hex(commit.as_str().as_bytes()).map_err(|error| store.damaged(&error))
}
