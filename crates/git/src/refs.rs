//! What the branches, tags and HEAD of a repository pointed to at one moment.

use std::collections::BTreeMap;

use gix::{ObjectId, head::Kind, refs::TargetRef};
use plumb_model::Digest;

use crate::{GitError, store::Store};

/// References of ours in a mirror live below this, and are nobody's to resolve.
pub(crate) const OWN: &str = "refs/plumb/";

/// All references at one moment.
#[derive(Debug)]
pub(crate) struct Refs {
    /// Where HEAD leads: the full name of its branch, where it has one, and the object.
    pub(crate) head: Option<(Option<String>, ObjectId)>,
    /// Full name to object; tags are not peeled.
    pub(crate) all: BTreeMap<String, ObjectId>,
    /// Tells this moment from another.
    pub(crate) digest: Digest,
}

impl Refs {
    /// Reads them from disk.
    pub(crate) fn read(store: &Store) -> Result<Self, GitError> {
        store.with(|repository| {
            let all = Self::read_all(store, repository)?;
            let head = match repository.head().map_err(|error| store.damaged(&error))?.kind {
                Kind::Symbolic(reference) => {
                    let name = reference.name.as_bstr().to_string();
                    all.get(&name).copied().map(|id| (Some(name), id))
                }
                Kind::Detached { target, .. } => Some((None, target)),
                Kind::Unborn(_) => None,
            };
            Ok(Self::new(head, all))
        })
    }

    /// Reads all but HEAD from disk.
    pub(crate) fn read_all(
        store: &Store,
        repository: &gix::Repository,
    ) -> Result<BTreeMap<String, ObjectId>, GitError> {
        let mut all = BTreeMap::new();
        let mut symbolic = Vec::new();
        let platform = repository.references().map_err(|error| store.damaged(&error))?;
        for reference in platform.all().map_err(|error| store.damaged(&error))? {
            // One that is being written, or was left half-written by a crash, hides no other.
            let Ok(reference) = reference else { continue };
            let name = reference.name().as_bstr().to_string();
            if name.starts_with(OWN) {
                continue;
            }
            match reference.target() {
                TargetRef::Object(id) => {
                    all.insert(name, id.to_owned());
                }
                TargetRef::Symbolic(target) => symbolic.push((name, target.as_bstr().to_string())),
            }
        }
        for (name, target) in symbolic {
            if let Some(id) = all.get(&target).copied() {
                all.insert(name, id);
            }
        }
        Ok(all)
    }

    pub(crate) fn new(head: Option<(Option<String>, ObjectId)>, all: BTreeMap<String, ObjectId>) -> Self {
        let mut text = String::new();
        if let Some((name, id)) = &head {
            text.push_str(&format!("HEAD {} {id}\n", name.as_deref().unwrap_or_default()));
        }
        for (name, id) in &all {
            text.push_str(&format!("{name} {id}\n"));
        }
        Self {
            digest: Digest::of(text.as_bytes()),
            head,
            all,
        }
    }

    /// The short names below `prefix`.
    pub(crate) fn below<'a>(&'a self, prefix: &'a str) -> impl Iterator<Item = (&'a str, ObjectId)> {
        self.all
            .range(prefix.to_owned()..)
            .map_while(move |(name, id)| name.strip_prefix(prefix).map(|short| (short, *id)))
    }
}
