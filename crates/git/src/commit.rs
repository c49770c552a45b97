//! Committing changes of files to a branch of a repository, wherever that is.
//!
//! **Invariant:** the branch moves only if it is still where the changes were thought out, so nobody's work is lost.

use gix::{ObjectId, objs::Kind};
use gix_pack::data::{
    Version,
    output::{Count, Entry, bytes::FromEntriesIter},
};
use plumb_model::{CommitId, TreePath};

use crate::{
    Author, Credentials, Delivery, GitError, Repositories, local_folder,
    push::object_id,
    store::Store,
    write::{Wanted, Writer},
};

/// A change of one file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FileChange {
    /// Where.
    pub path: TreePath,
    /// What is to be there; `None` = nothing.
    pub content: Option<Vec<u8>>,
}

impl Repositories {
    /// Commits `changes` to `branch` of the repository at `url`, where that is at `parent`. A file that is there stays
    /// executable if it was.
    ///
    /// # Errors
    /// [`GitError::Moved`] when the branch is elsewhere, [`GitError::PushRefused`] when the other end does not want the
    /// commit; when `parent` is not known here, or a file that would be overwritten was changed by hand.
    pub fn commit_to(
        &self,
        (url, credentials): (&str, Option<&Credentials>),
        (branch, parent): (&str, &CommitId),
        changes: &[FileChange],
        (message, author): (&str, &Author),
    ) -> Result<CommitId, GitError> {
        let wanted: Vec<Wanted<'_>> = changes
            .iter()
            .map(|change| (change.path.clone(), change.content.as_deref()))
            .collect();
        if let Some(folder) = local_folder(&self.options().rewritten(url)) {
            let parent = object_id(url, parent)?;
            return Writer::open(&folder)?.commit((branch, Some(parent)), &wanted, message, author);
        }
        let repository = self.repository(url, credentials)?;
        let store = repository.store()?;
        let parent_id = object_id(repository.url(), parent)?;
        let (commit, pack) = compose(&store, parent_id, &wanted, (message, author))?;
        let reference = format!("refs/heads/{branch}");
        self.push((url, credentials), &reference, |found| {
            if found.as_ref() != Some(parent) {
                return Err(GitError::Moved {
                    url: repository.url().to_owned(),
                    reference: reference.clone(),
                });
            }
            Ok(Some(Delivery {
                commit: commit.clone(),
                pack,
            }))
        })?;
        Ok(commit)
    }
}

/// The commit, and a pack of all that it has and `parent` has not. What is written into the mirror on the way hurts nobody.
fn compose(
    store: &Store,
    parent: ObjectId,
    changes: &[Wanted<'_>],
    (message, author): (&str, &Author),
) -> Result<(CommitId, Vec<u8>), GitError> {
    store.with(|repository| {
        let writer = Writer::over(repository.clone(), store.git_dir());
        let base = writer.tree_of(parent)?;
        let tree = writer.tree_with(base, changes)?;
        let (commit, id) = writer.new_commit(Some(parent), tree, (message, author))?;
        let mut objects = vec![commit];
        new_objects(repository, store, (tree, Some(base)), &mut objects)?;
        Ok((id, pack(repository, store, &objects)?))
    })
}

/// The trees and files in `is` that are not at their place in `was`.
fn new_objects(
    repository: &gix::Repository,
    store: &Store,
    (is, was): (ObjectId, Option<ObjectId>),
    objects: &mut Vec<ObjectId>,
) -> Result<(), GitError> {
    if Some(is) == was {
        return Ok(());
    }
    objects.push(is);
    let read = |id: ObjectId| {
        let tree = repository.find_tree(id).map_err(|error| store.damaged(&error))?;
        let entries = tree.iter().map(|entry| {
            let entry = entry.map_err(|error| store.damaged(&error))?;
            Ok((entry.filename().to_owned(), (entry.mode(), entry.object_id())))
        });
        entries.collect::<Result<std::collections::BTreeMap<_, _>, GitError>>()
    };
    let before = was.map(read).transpose()?.unwrap_or_default();
    for (name, (mode, id)) in read(is)? {
        let was = before.get(&name);
        if was.is_some_and(|(_, was)| *was == id) || mode.is_commit() {
            continue;
        }
        if mode.is_tree() {
            let was = was.filter(|(mode, _)| mode.is_tree()).map(|(_, id)| *id);
            new_objects(repository, store, (id, was), objects)?;
        } else {
            objects.push(id);
        }
    }
    Ok(())
}

fn pack(repository: &gix::Repository, store: &Store, objects: &[ObjectId]) -> Result<Vec<u8>, GitError> {
    let mut objects = objects.to_vec();
    objects.sort();
    objects.dedup();
    let mut entries = Vec::new();
    for id in &objects {
        let object = repository
            .find_object(*id)
            .map_err(|error| store.damaged(&error))?;
        let kind: Kind = object.kind;
        let data = gix::objs::Data {
            kind,
            data: &object.data,
            object_hash: repository.object_hash(),
        };
        let entry = Entry::from_data(
            &Count::from_data(*id, None),
            &data,
            gix::zlib::Compression::DEFAULT,
        );
        entries.push(entry.map_err(|error| store.damaged(&error))?);
    }
    let count = u32::try_from(entries.len()).map_err(|error| store.damaged(&error))?;
    let mut packed = Vec::new();
    let writing = FromEntriesIter::new(
        std::iter::once(Ok(entries)),
        &mut packed,
        count,
        Version::V2,
        repository.object_hash(),
    );
    for written in writing {
        written.map_err(|error| store.damaged(&error))?;
    }
    Ok(packed)
}
