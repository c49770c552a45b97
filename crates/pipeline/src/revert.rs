//! Taking back in Git what a rollback took back in the cluster.
//!
//! Not whole commits, which may have changed other units too: the files that the unit renders from become what they were. So
//! it renders to the same again, and nothing else is touched but what shares those files.

use std::collections::BTreeSet;

use plumb_git::{Author, FileChange, GitError, GitTree, Repository};
use plumb_model::{
    CommitId, Entry, EntryKind, Hold, Read, ReadSet, Reference, Tree, TreeError, TreePath, Unit,
};

use crate::{
    Line, PassError, render_commit,
    resolve::{self, blocking},
};

/// So often somebody else may have been faster.
const TRIES: u32 = 5;
/// Most commits that the message names.
const NAMED: usize = 20;

/// Who takes something back, and why.
#[derive(Clone, Debug)]
pub struct RevertRequest {
    /// Who.
    pub by: String,
    /// The mail address in the commit.
    pub email: String,
    /// Why, where told.
    pub reason: Option<String>,
}

/// What was taken back.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Reverted {
    /// The commit that does it.
    pub commit: CommitId,
    /// The branch that it is on.
    pub branch: String,
    /// The files that are as they were.
    pub files: Vec<TreePath>,
}

/// Why nothing was taken back in Git. The rollback itself holds all the same.
#[derive(Debug, thiserror::Error)]
pub enum RevertError {
    /// The unit follows no branch.
    #[error("{0} follows no branch, so there is nothing to commit to: change what it follows by hand")]
    NoBranch(String),
    /// What the unit renders from is as it was.
    #[error("the files that {0} renders from are the same at both commits: there is nothing to take back")]
    Same(String),
    /// The repository cannot be read or written.
    #[error(transparent)]
    Git(#[from] GitError),
    /// It does not render.
    #[error(transparent)]
    Pass(#[from] PassError),
    /// A file cannot be read.
    #[error(transparent)]
    Tree(#[from] TreeError),
}

/// Commits to the branch that `unit` follows that what it renders from is as at the commit that `hold` holds.
///
/// # Errors
/// When it follows no branch, nothing differs, or the repository does not want the commit.
pub async fn revert(
    line: &Line,
    unit: &Unit,
    hold: &Hold,
    request: &RevertRequest,
) -> Result<Reverted, RevertError> {
    let mut tries = 0;
    loop {
        tries += 1;
        match attempt(line, unit, hold, request).await {
            Err(RevertError::Git(GitError::Moved { .. })) if tries < TRIES => {}
            done => return done,
        }
    }
}

async fn attempt(
    line: &Line,
    unit: &Unit,
    hold: &Hold,
    request: &RevertRequest,
) -> Result<Reverted, RevertError> {
    let repository = resolve::repository(line, unit).await?;
    let (asked, reference) = (repository.clone(), unit.source.reference.clone());
    if matches!(
        reference,
        Reference::Tag(_) | Reference::SemVer(_) | Reference::Commit(_)
    ) {
        return Err(RevertError::NoBranch(unit.id.to_string()));
    }
    let tip = blocking::<_, GitError>(move || {
        asked.refresh()?;
        let tip = asked.resolve(&reference)?;
        let branch = tip.name.filter(|name| asked.is_branch(name).unwrap_or(false));
        Ok((tip.commit, branch))
    });
    let (tip, branch) = tip.await?;
    let branch = branch.ok_or_else(|| RevertError::NoBranch(unit.id.to_string()))?;
    let back = render_commit(line, unit, &repository, &hold.revision)
        .await?
        .reads;
    // What is to be taken back need not render.
    let now = render_commit(line, unit, &repository, &tip).await;
    let now = now.map(|rendered| rendered.reads).unwrap_or_default();
    let credentials = resolve::credentials(line, &unit.source).await?;
    let (repositories, unit, hold, request) = (
        line.repositories.clone(),
        unit.clone(),
        hold.clone(),
        request.clone(),
    );
    let work = move || {
        let trees = (repository.tree(&tip)?, repository.tree(&hold.revision)?);
        let changes = changes(&unit, [&now, &back], (&trees.0, &trees.1))?;
        if changes.is_empty() {
            return Err(RevertError::Same(unit.id.to_string()));
        }
        let message = message(
            &unit,
            &hold,
            &request,
            &taken_back(&repository, &tip, &hold, &changes)?,
        );
        let author = Author {
            name: request.by.clone(),
            email: request.email.clone(),
            seconds: None,
        };
        let at = (unit.source.url.as_str(), credentials.as_ref());
        let commit = repositories.commit_to(at, (&branch, &tip), &changes, (&message, &author))?;
        let files = changes.into_iter().map(|change| change.path).collect();
        Ok(Reverted {
            commit,
            branch,
            files,
        })
    };
    let done = tokio::task::spawn_blocking(work).await;
    done.map_err(|error| PassError::Interrupted(error.to_string()))?
}

/// What differs of the files that the unit reads, or that lie in its folder.
fn changes(
    unit: &Unit,
    reads: [&ReadSet; 2],
    (now, back): (&GitTree, &GitTree),
) -> Result<Vec<FileChange>, RevertError> {
    let mut paths = BTreeSet::new();
    for read in reads {
        let read = read
            .iter()
            .filter(|(_, read)| matches!(read, Read::Content(_) | Read::Missing));
        paths.extend(read.map(|(path, _)| path.clone()));
    }
    let folder = TreePath::parse(&unit.render.path).unwrap_or_default();
    for tree in [now, back] {
        below(tree, &folder, &mut paths)?;
    }
    let mut changes = Vec::new();
    for path in paths {
        let (is, was) = (file(now, &path)?, file(back, &path)?);
        if is != was {
            let content = was.map(|_| back.read(&path)).transpose()?;
            changes.push(FileChange {
                path,
                content: content.map(|bytes| bytes.to_vec()),
            });
        }
    }
    Ok(changes)
}

/// The file at a path; `None` = there is no file.
fn file(tree: &GitTree, path: &TreePath) -> Result<Option<Entry>, TreeError> {
    let is_file = |entry: &Entry| matches!(entry.kind, EntryKind::File | EntryKind::Executable);
    Ok(tree.entry(path)?.filter(is_file))
}

/// All files below a folder.
fn below(tree: &GitTree, folder: &TreePath, paths: &mut BTreeSet<TreePath>) -> Result<(), TreeError> {
    let is_folder = tree
        .entry(folder)?
        .is_some_and(|entry| entry.kind == EntryKind::Directory);
    if !is_folder {
        return Ok(());
    }
    for (name, entry) in tree.list(folder)? {
        let path = folder.child(&name);
        if entry.kind == EntryKind::Directory {
            below(tree, &path, paths)?;
        } else {
            paths.insert(path);
        }
    }
    Ok(())
}

/// The commits that changed these files since, as lines.
fn taken_back(
    repository: &Repository,
    tip: &CommitId,
    hold: &Hold,
    changes: &[FileChange],
) -> Result<Vec<String>, GitError> {
    let mut touching = BTreeSet::new();
    for change in changes {
        let log = repository.log(tip, Some(&change.path), NAMED)?;
        touching.extend(log.into_iter().map(|commit| commit.id));
    }
    let mut lines = Vec::new();
    for commit in repository.log(tip, None, 10 * NAMED)? {
        if commit.id == hold.revision || lines.len() >= NAMED {
            break;
        }
        if touching.contains(&commit.id) && !repository.is_ancestor(&commit.id, &hold.revision)? {
            lines.push(format!("- {} {}", commit.id.short(), commit.subject));
        }
    }
    Ok(lines)
}

fn message(unit: &Unit, hold: &Hold, request: &RevertRequest, commits: &[String]) -> String {
    let mut paragraphs = vec![format!("Revert {} to {}", unit.id.name, hold.revision.short())];
    paragraphs.extend(request.reason.clone());
    let mut what = format!(
        "{} was rolled back from {} by {}. What it renders from is as it was at {}.",
        unit.id,
        hold.from.short(),
        request.by,
        hold.revision
    );
    if !commits.is_empty() {
        what.push_str("\nTaken back, as far as it is about these files:\n");
        what.push_str(&commits.join("\n"));
    }
    paragraphs.push(what);
    paragraphs.join("\n\n") + "\n"
}
