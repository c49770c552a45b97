//! One exchange with the server: what are your references, and send what is missing.

use std::{
    collections::{BTreeMap, BTreeSet},
    sync::atomic::AtomicBool,
};

use gix::{
    ObjectId,
    protocol::handshake::Ref,
    refs::transaction::{Change, PreviousValue, RefEdit, RefLog},
    remote::{Direction, fetch},
};

use gix_transport::Service;

use crate::{
    GitError,
    refs::{OWN, Refs},
    repository::Wanted,
    store::Store,
    transport::{Exchange, Remote},
};

/// What an exchange brought.
pub(super) enum Received {
    /// All is as it was.
    Nothing,
    /// References moved among objects that were here.
    Refs(Refs),
    /// New objects came.
    Pack(Refs),
    /// The server's ids are of another kind than the mirror's.
    OtherHash(gix::hash::Kind),
}

pub(super) fn receive(
    store: &Store,
    remote: &Remote,
    exchange: &Exchange,
    known: Option<&Refs>,
    wanted: &Wanted,
) -> Result<Received, GitError> {
    store.with(|repository| {
        let failed = |error: gix::Error| told(exchange, &error);
        let remote_of = repository
            .remote_at_without_url_rewrite(remote.place())
            .map_err(failed)?
            .with_fetch_tags(fetch::Tags::None)
            .with_refspecs(specs(wanted), Direction::Fetch)
            .map_err(failed)?;
        let prepared = remote_of
            .to_connection_with_transport(remote.transport(Service::UploadPack, exchange)?)
            .with_credentials(|_| Ok(None))
            // There, so that none are made of the configuration.
            .with_transport_options(Box::new(()))
            .prepare_fetch(gix::progress::Discard, gix::remote::ref_map::Options::default())
            .map_err(failed)?;
        let map = prepared.ref_map();
        if map.object_hash != repository.object_hash() {
            return Ok(Received::OtherHash(map.object_hash));
        }
        let refs = advertised(&map.remote_refs, wanted);
        let same = known.is_some_and(|known| known.digest == refs.digest);
        if same && wanted.commits.is_empty() {
            return Ok(Received::Nothing);
        }
        let nothing_there = map.mappings.is_empty();
        // First, so that a new branch `a/b` can take the place of a deleted `a`.
        prune(store, repository, &refs)?;
        if nothing_there {
            return Ok(Received::Refs(refs));
        }
        exchange.expect_objects();
        let outcome = prepared
            .with_write_packed_refs_only(true)
            .receive(gix::progress::Discard, &AtomicBool::new(false))
            .map_err(failed)?;
        match outcome.status {
            fetch::Status::NoPackReceived { .. } => Ok(Received::Refs(refs)),
            fetch::Status::Change {
                write_pack_bundle, ..
            } => {
                if let Some(keep) = write_pack_bundle.keep_path {
                    // Left when no reference of ours moved; nobody collects garbage here anyway.
                    let _ = std::fs::remove_file(keep);
                }
                Ok(Received::Pack(refs))
            }
        }
    })
}

fn specs(wanted: &Wanted) -> Vec<gix::bstr::BString> {
    let mut specs: Vec<gix::bstr::BString> = vec![
        "HEAD".into(),
        "+refs/heads/*:refs/heads/*".into(),
        "+refs/tags/*:refs/tags/*".into(),
    ];
    specs.extend(wanted.names.iter().map(|name| format!("+{name}:{name}").into()));
    specs.extend(
        wanted
            .commits
            .iter()
            .map(|id| format!("{id}:{OWN}commits/{id}").into()),
    );
    specs
}

/// What the server says of the references that we follow.
fn advertised(remote_refs: &[Ref], wanted: &Wanted) -> Refs {
    let mut head = None;
    let mut all = BTreeMap::new();
    for reference in remote_refs {
        let (name, id, target) = match reference {
            Ref::Peeled {
                full_ref_name, tag, ..
            } => (full_ref_name, *tag, None),
            Ref::Direct {
                full_ref_name,
                object,
            } => (full_ref_name, *object, None),
            Ref::Symbolic {
                full_ref_name,
                target,
                tag,
                object,
            } => (full_ref_name, tag.unwrap_or(*object), Some(target.to_string())),
            Ref::Unborn { .. } => continue,
        };
        let name = name.to_string();
        if name == "HEAD" {
            head = Some((target, id));
        } else if name.starts_with("refs/heads/")
            || name.starts_with("refs/tags/")
            || wanted.names.contains(&name)
        {
            all.insert(name, id);
        }
    }
    Refs::new(head, all)
}

/// Deletes what the server no longer has.
fn prune(store: &Store, repository: &gix::Repository, refs: &Refs) -> Result<(), GitError> {
    let here: BTreeMap<String, ObjectId> = Refs::read_all(store, repository)?;
    let gone: BTreeSet<&String> = here.keys().filter(|name| !refs.all.contains_key(*name)).collect();
    let edits = gone.into_iter().filter_map(|name| {
        Some(RefEdit {
            change: Change::Delete {
                expected: PreviousValue::Any,
                log: RefLog::AndReference,
            },
            name: name.as_str().try_into().ok()?,
            deref: false,
        })
    });
    repository
        .edit_references(edits)
        .map(drop)
        .map_err(|error| store.damaged(&error))
}

/// An error of `gix`, as ours.
fn told(exchange: &Exchange, error: &gix::Error) -> GitError {
    let cause = error.probable_cause().to_string();
    let mut why = error.to_string();
    if !why.contains(&cause) {
        why = format!("{why}: {cause}");
    }
    if matches!(
        error.dominant_class(),
        Some(gix::error::Class::ResourceExhaustion(_))
    ) {
        return GitError::Limit {
            url: exchange.url().to_owned(),
            what: format!("an object of the repository ({why})"),
            limit: "the memory for one object".to_owned(),
        };
    }
    let lower = why.to_ascii_lowercase();
    if [
        "not found",
        "does not exist",
        "not exported",
        "does not appear to be",
    ]
    .iter()
    .any(|sign| lower.contains(sign))
        && lower.contains("repository")
    {
        return GitError::RepositoryNotFound {
            url: exchange.url().to_owned(),
            why,
        };
    }
    exchange.network(why)
}
