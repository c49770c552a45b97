//! Making a repository and commits in it, as much as a demo and its user need.
//!
//! What is written is an ordinary repository with files and an index: `git status` is clean after it, and the user's
//! own `git commit` works. **Invariant:** a file that was changed by hand and not committed is never overwritten.
//! **Absent:** pushing, merging, hooks, filters, signing.

use std::{
    fs, io,
    path::{Path, PathBuf},
    time::{SystemTime, UNIX_EPOCH},
};

use gix::{
    ObjectId,
    actor::Signature,
    bstr::{BStr, ByteSlice as _},
    date::parse::TimeBuf,
    index::entry::{Flags, Mode, Stat},
    objs::tree::EntryKind,
    refs::{
        Target,
        transaction::{Change, LogChange, PreviousValue, RefEdit},
    },
};
use plumb_model::{CommitId, TreePath};

use crate::GitError;

/// Who makes a commit, and when.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Author {
    /// The name.
    pub name: String,
    /// The mail address.
    pub email: String,
    /// Seconds since 1970; `None` = now.
    pub seconds: Option<i64>,
}

/// A path, and what is to be there; `None` = nothing.
pub(crate) type Wanted<'c> = (TreePath, Option<&'c [u8]>);

/// Makes a repository in the folder `dir`, which may exist but holds no repository yet, with `files` in the worktree,
/// in the index and in the first commit of `branch`.
///
/// # Errors
/// When there is a repository already, a path leads out of it, or the disk fails.
pub fn init_repository(
    dir: &Path,
    branch: &str,
    files: &[(&str, &[u8])],
    message: &str,
    author: &Author,
) -> Result<CommitId, GitError> {
    let options = gix::create::Options::default();
    fs::create_dir_all(dir).map_err(|error| GitError::io(dir, error))?;
    gix::create::into(dir, gix::create::Kind::WithWorktree, options)
        .map_err(|error| GitError::io(dir, error))?;
    let writer = Writer::open(dir)?;
    writer.point_head_at(branch)?;
    let changes: Vec<(&str, Option<&[u8]>)> = files
        .iter()
        .map(|(path, content)| (*path, Some(*content)))
        .collect();
    writer.commit((branch, None), &writer.inside(&changes)?, message, author)
}

/// Commits `changes` (a path and its new content, or `None` to delete it) to `branch` of the repository in `dir`. Where
/// that branch is checked out, the files and the index change too. A branch that is not there starts at HEAD.
///
/// # Errors
/// When a file that would be overwritten was changed by hand, a path leads out, or the disk fails.
pub fn commit_files(
    dir: &Path,
    branch: &str,
    changes: &[(&str, Option<&[u8]>)],
    message: &str,
    author: &Author,
) -> Result<CommitId, GitError> {
    let writer = Writer::open(dir)?;
    writer.commit((branch, None), &writer.inside(changes)?, message, author)
}

/// Writes into one repository.
pub(crate) struct Writer {
    dir: PathBuf,
    repository: gix::Repository,
}

impl Writer {
    pub(crate) fn open(dir: &Path) -> Result<Self, GitError> {
        Ok(Self::over(open(dir, &dir.display().to_string())?, dir.to_owned()))
    }

    /// Writes into a repository that is open.
    pub(crate) fn over(repository: gix::Repository, dir: PathBuf) -> Self {
        Self { dir, repository }
    }

    fn point_head_at(&self, branch: &str) -> Result<(), GitError> {
        let name = |text: String| gix::refs::FullName::try_from(text).map_err(|error| self.failed(&error));
        let edit = RefEdit {
            change: Change::Update {
                log: LogChange::default(),
                expected: PreviousValue::Any,
                new: Target::Symbolic(name(format!("refs/heads/{branch}"))?),
            },
            name: name("HEAD".to_owned())?,
            deref: false,
        };
        self.repository
            .edit_reference(edit)
            .map(drop)
            .map_err(|error| self.failed(&error))
    }

    /// Commits to a branch, which must be at `expected` where that is said.
    pub(crate) fn commit(
        &self,
        (branch, expected): (&str, Option<ObjectId>),
        changes: &[Wanted<'_>],
        message: &str,
        author: &Author,
    ) -> Result<CommitId, GitError> {
        let reference = format!("refs/heads/{branch}");
        let head = self.repository.head_name().map_err(|error| self.failed(&error))?;
        let checked_out = head.is_some_and(|name| name.as_bstr() == reference.as_str());
        let tip = self.id_of(&reference)?;
        if expected.is_some() && tip != expected {
            return Err(GitError::Moved {
                url: self.dir.display().to_string(),
                reference,
            });
        }
        let parent = match tip {
            Some(tip) => Some(tip),
            None if checked_out => None,
            None => self.repository.head_id().ok().map(gix::Id::detach),
        };
        let base = match parent {
            Some(parent) => self.tree_of(parent)?,
            None => ObjectId::empty_tree(self.repository.object_hash()),
        };
        let worktree = self
            .repository
            .workdir()
            .filter(|_| checked_out)
            .map(Path::to_owned);
        if let Some(worktree) = &worktree {
            self.refuse_lost_work(worktree, base, changes)?;
        }
        let tree = self.tree_with(base, changes)?;
        if let Some(worktree) = &worktree {
            self.check_out(worktree, changes)?;
        }
        self.point(&reference, tip, parent, tree, (message, author))
    }

    /// Writes the commit and moves the branch, if it is still where it was.
    fn point(
        &self,
        reference: &str,
        tip: Option<ObjectId>,
        parent: Option<ObjectId>,
        tree: ObjectId,
        (message, author): (&str, &Author),
    ) -> Result<CommitId, GitError> {
        let (commit, id) = self.new_commit(parent, tree, (message, author))?;
        let summary = message.lines().next().unwrap_or_default();
        let edit = RefEdit {
            change: Change::Update {
                log: LogChange {
                    message: format!("commit: {summary}").into(),
                    ..LogChange::default()
                },
                expected: tip.map_or(PreviousValue::MustNotExist, |tip| {
                    PreviousValue::MustExistAndMatch(Target::Object(tip))
                }),
                new: Target::Object(commit),
            },
            name: gix::refs::FullName::try_from(reference).map_err(|error| self.failed(&error))?,
            deref: false,
        };
        let signature = signature(author);
        let mut buffer = TimeBuf::default();
        self.repository
            .edit_references_as(Some(edit), Some(signature.to_ref(&mut buffer)))
            .map_err(|error| self.failed(&error))?;
        Ok(id)
    }

    /// Writes a commit that no reference leads to yet.
    pub(crate) fn new_commit(
        &self,
        parent: Option<ObjectId>,
        tree: ObjectId,
        (message, author): (&str, &Author),
    ) -> Result<(ObjectId, CommitId), GitError> {
        let signature = signature(author);
        let mut buffer = TimeBuf::default();
        let signature = signature.to_ref(&mut buffer);
        let commit = self
            .repository
            .new_commit_as(signature, signature, message, tree, parent)
            .map_err(|error| self.failed(&error))?
            .id;
        let id = CommitId::parse(&commit.to_string()).map_err(|error| self.failed(&error))?;
        Ok((commit, id))
    }

    /// Changes, where all of them are of files in the repository.
    fn inside<'c>(&self, changes: &[(&str, Option<&'c [u8]>)]) -> Result<Vec<Wanted<'c>>, GitError> {
        let refused = |path: &str, why: &str| {
            GitError::unsupported(&self.dir.display().to_string(), format!("{path:?} {why}"))
        };
        let inside = |path: &str| {
            let parsed = TreePath::parse(path).map_err(|_| refused(path, "leads out of the repository"))?;
            if parsed.is_root() {
                return Err(refused(path, "names no file"));
            }
            if parsed.parts().any(|part| part.eq_ignore_ascii_case(".git")) {
                return Err(refused(path, "is Git's own"));
            }
            Ok(parsed)
        };
        changes
            .iter()
            .map(|(path, content)| Ok((inside(path)?, *content)))
            .collect()
    }

    fn id_of(&self, reference: &str) -> Result<Option<ObjectId>, GitError> {
        let found = self
            .repository
            .try_find_reference(reference)
            .map_err(|error| self.failed(&error))?;
        Ok(found.and_then(|reference| reference.target().try_id().map(ToOwned::to_owned)))
    }

    pub(crate) fn tree_of(&self, commit: ObjectId) -> Result<ObjectId, GitError> {
        let commit = self
            .repository
            .find_commit(commit)
            .map_err(|error| self.failed(&error))?;
        let tree = commit.tree_id().map_err(|error| self.failed(&error))?;
        Ok(tree.detach())
    }

    pub(crate) fn tree_with(&self, base: ObjectId, changes: &[Wanted<'_>]) -> Result<ObjectId, GitError> {
        let mut editor = self
            .repository
            .edit_tree(base)
            .map_err(|error| self.failed(&error))?;
        for (path, content) in changes {
            match content {
                Some(content) => {
                    let kind = match editor.get(path.as_str()).map(|entry| entry.mode().kind()) {
                        Some(EntryKind::BlobExecutable) => EntryKind::BlobExecutable,
                        _ => EntryKind::Blob,
                    };
                    let blob = self
                        .repository
                        .write_blob(content)
                        .map_err(|error| self.failed(&error))?;
                    editor.upsert(path.as_str(), kind, blob)
                }
                None => editor.remove(path.as_str()),
            }
            .map_err(|error| self.failed(&error))?;
        }
        let tree = editor.write().map_err(|error| self.failed(&error))?;
        Ok(tree.detach())
    }

    /// Fails when a file that is to change is not as the commit says.
    fn refuse_lost_work(
        &self,
        worktree: &Path,
        tree: ObjectId,
        changes: &[Wanted<'_>],
    ) -> Result<(), GitError> {
        let tree = self.repository.find_tree(tree).or_else(|error| {
            // The empty tree need not be in the store.
            if tree == ObjectId::empty_tree(self.repository.object_hash()) {
                Ok(self.repository.empty_tree())
            } else {
                Err(self.failed(&error))
            }
        })?;
        for (path, content) in changes {
            let place = worktree.join(path.as_str());
            let on_disk = match fs::read(&place) {
                Ok(on_disk) => on_disk,
                Err(error) if error.kind() == io::ErrorKind::NotFound => continue,
                Err(error) => return Err(GitError::io(place, error)),
            };
            let entry = tree
                .lookup_entry(path.parts().map(str::as_bytes))
                .map_err(|error| self.failed(&error))?;
            let committed = match entry {
                Some(entry) => Some(entry.object().map_err(|error| self.failed(&error))?.detach().data),
                None => None,
            };
            if committed.as_deref() != Some(&*on_disk) && *content != Some(&*on_disk) {
                return Err(GitError::io(
                    place,
                    "changed by hand and not committed; commit or undo that first",
                ));
            }
        }
        Ok(())
    }

    /// Brings files and index up to what is about to be committed.
    fn check_out(&self, worktree: &Path, changes: &[Wanted<'_>]) -> Result<(), GitError> {
        let at = self.repository.index_path();
        let mut index = if at.exists() {
            self.repository
                .open_index()
                .map_err(|error| self.failed(&error))?
        } else {
            gix::index::File::from_state(gix::index::State::new(self.repository.object_hash()), at)
        };
        // It would tell of the old content.
        index.remove_tree();
        index.remove_entries(|_, path, _| {
            let path = path.to_str_lossy();
            changes.iter().any(|(changed, _)| changed.as_str() == path)
        });
        for (path, content) in changes {
            let place = worktree.join(path.as_str());
            let Some(content) = content else {
                remove(worktree, &place)?;
                continue;
            };
            let folder = place.parent().unwrap_or(worktree);
            fs::create_dir_all(folder).map_err(|error| GitError::io(folder, error))?;
            fs::write(&place, content).map_err(|error| GitError::io(&place, error))?;
            let metadata = gix::index::fs::Metadata::from_path_no_follow(&place)
                .map_err(|error| GitError::io(&place, error))?;
            let stat = Stat::from_fs(&metadata).map_err(|error| GitError::io(&place, error))?;
            let mode = if metadata.is_executable() {
                Mode::FILE_EXECUTABLE
            } else {
                Mode::FILE
            };
            let blob = self
                .repository
                .write_blob(content)
                .map_err(|error| self.failed(&error))?
                .detach();
            index.dangerously_push_entry(stat, blob, Flags::empty(), mode, BStr::new(path.as_str()));
        }
        index.sort_entries();
        index
            .write(gix::index::write::Options::default())
            .map_err(|error| self.failed(&error))
    }

    fn failed(&self, error: &impl std::fmt::Display) -> GitError {
        GitError::io(&self.dir, error)
    }
}

/// Opens a repository on this machine to write into it; `url` is the one to show.
pub(crate) fn open(dir: &Path, url: &str) -> Result<gix::Repository, GitError> {
    let options = gix::open::Options::isolated().with(gix::sec::Trust::Full);
    let opened = options.open(dir).map_err(|error| GitError::RepositoryNotFound {
        url: url.to_owned(),
        why: error.to_string(),
    })?;
    Ok(opened.to_thread_local())
}

/// Deletes a file and the folders that it leaves empty.
fn remove(worktree: &Path, place: &Path) -> Result<(), GitError> {
    match fs::remove_file(place) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(GitError::io(place, error)),
        _ => {}
    }
    let mut folder = place.parent();
    while let Some(empty) = folder.filter(|folder| *folder != worktree) {
        // Fails, and rightly, on the first that is not empty.
        if fs::remove_dir(empty).is_err() {
            break;
        }
        folder = empty.parent();
    }
    Ok(())
}

fn signature(author: &Author) -> Signature {
    Signature {
        name: author.name.as_str().into(),
        email: author.email.as_str().into(),
        time: gix::date::Time::new(author.seconds.unwrap_or_else(now), 0),
    }
}

fn now() -> i64 {
    let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    i64::try_from(since.as_secs()).unwrap_or(i64::MAX)
}
