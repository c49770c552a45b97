//! A push into a repository on this machine.

use std::{io::BufReader, path::Path, sync::atomic::AtomicBool};

use gix::{
    ObjectId,
    odb::pack::{self, bundle::write::Options},
    refs::{
        Target,
        transaction::{Change, LogChange, PreviousValue, RefEdit},
    },
};
use plumb_model::CommitId;

use super::{Delivery, Pushed, commit_id, object_id};
use crate::{GitError, write::open};

pub(super) fn push<E: From<GitError>>(
    path: &Path,
    url: &str,
    reference: &str,
    prepare: impl FnOnce(Option<CommitId>) -> Result<Option<Delivery>, E>,
) -> Result<Pushed, E> {
    let repository = open(path, url)?;
    let old = target(&repository, url, reference)?;
    let known = old.map(|old| commit_id(url, old)).transpose()?;
    let Some(delivery) = prepare(known)? else {
        return Ok(Pushed::Unchanged);
    };
    let new = object_id(url, &delivery.commit)?;
    if old == Some(new) {
        return Ok(Pushed::Unchanged);
    }
    refuse_checked_out(&repository, url, reference)?;
    take_in(&repository, url, &delivery.pack)?;
    point(&repository, url, (reference, old, new))?;
    Ok(Pushed::Moved)
}

fn target(repository: &gix::Repository, url: &str, reference: &str) -> Result<Option<ObjectId>, GitError> {
    let found = repository
        .try_find_reference(reference)
        .map_err(|error| GitError::corrupt(url, error))?;
    Ok(found.and_then(|found| found.target().try_id().map(ToOwned::to_owned)))
}

/// Files on disk would no longer be those of HEAD, and look changed.
fn refuse_checked_out(repository: &gix::Repository, url: &str, reference: &str) -> Result<(), GitError> {
    let head = repository
        .head_name()
        .map_err(|error| GitError::corrupt(url, error))?;
    let is_checked_out =
        repository.workdir().is_some() && head.is_some_and(|head| head.as_bstr() == reference);
    if is_checked_out {
        return Err(GitError::PushRefused {
            url: url.to_owned(),
            reference: reference.to_owned(),
            why: "it is checked out there: commit in that folder, or push to a bare repository".to_owned(),
        });
    }
    Ok(())
}

fn take_in(repository: &gix::Repository, url: &str, pack: &[u8]) -> Result<(), GitError> {
    let folder = repository.objects.store_ref().path().join("pack");
    let written = pack::Bundle::write_to_directory(
        &mut BufReader::new(pack),
        Some(&folder),
        &mut gix::progress::Discard,
        &AtomicBool::new(false),
        Some(repository.objects.clone().into_inner()),
        repository.object_hash(),
        Options::default(),
    );
    let written = written.map_err(|error| GitError::corrupt(url, error))?;
    if let Some(keep) = written.keep_path {
        // It guards the pack until the reference leads to it; nobody collects garbage here in between.
        let _ = std::fs::remove_file(keep);
    }
    Ok(())
}

fn point(
    repository: &gix::Repository,
    url: &str,
    (reference, old, new): (&str, Option<ObjectId>, ObjectId),
) -> Result<(), GitError> {
    let edit = RefEdit {
        change: Change::Update {
            log: LogChange {
                message: "push".into(),
                ..LogChange::default()
            },
            expected: old.map_or(PreviousValue::MustNotExist, |old| {
                PreviousValue::MustExistAndMatch(Target::Object(old))
            }),
            new: Target::Object(new),
        },
        name: gix::refs::FullName::try_from(reference).map_err(|error| GitError::unsupported(url, error))?,
        deref: false,
    };
    let plumb = gix::actor::SignatureRef {
        name: "plumb".into(),
        email: "plumb@localhost".into(),
        time: "0 +0000",
    };
    match repository.edit_references_as(Some(edit), Some(plumb)) {
        Ok(_) => Ok(()),
        Err(_) if target(repository, url, reference)? != old => Err(GitError::Moved {
            url: url.to_owned(),
            reference: reference.to_owned(),
        }),
        Err(error) => Err(GitError::corrupt(url, error)),
    }
}
