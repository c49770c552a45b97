//! Revisions as Flux writes them: `main@sha1:<commit>`, `sha1:<commit>`.

use plumb_model::{CommitId, Revision};

/// Writes a revision.
pub(crate) fn write(revision: &Revision) -> String {
    let digest = digest(&revision.commit);
    match &revision.name {
        Some(name) => format!("{name}@{digest}"),
        None => digest,
    }
}

/// A commit's id with the name of its algorithm.
pub(crate) fn digest(commit: &CommitId) -> String {
    let algorithm = if commit.as_str().len() == 40 {
        "sha1"
    } else {
        "sha256"
    };
    format!("{algorithm}:{commit}")
}

/// Reads a revision; `None` when it is none of Git.
pub(crate) fn read(text: &str) -> Option<Revision> {
    let (name, digest) = match text.rsplit_once('@') {
        Some((name, digest)) => (Some(name.to_owned()), digest),
        None => (None, text),
    };
    let (_, commit) = digest.split_once(':')?;
    Some(Revision {
        commit: CommitId::parse(commit).ok()?,
        name,
    })
}
