//! The deletion fuse: a plan that deletes much, or what takes much along, waits for somebody.
//!
//! **Invariant:** what somebody allows is a digest of the very objects that go; another set needs another word.

use std::fmt;

use plumb_model::{Digest, ObjectId, Reviewable};

use crate::Facts;

/// How many digits of a digest name it to people.
const SHOWN: usize = 12;
/// How many objects are named at most.
const NAMED: usize = 5;

/// Kinds with which other objects, or data, go.
const HEAVY: [(&str, &str); 3] = [
    ("", "Namespace"),
    ("", "PersistentVolumeClaim"),
    ("apiextensions.k8s.io", "CustomResourceDefinition"),
];

/// A plan that waits to be allowed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Blown {
    /// The digest of its deletions, as people write it.
    pub digest: String,
    /// What would go.
    pub deletions: Vec<ObjectId>,
    /// Of how many objects.
    pub owned: usize,
    /// What the command line calls the unit.
    pub name: String,
}

/// The digest that a message of [`Blown`] names.
#[must_use]
pub fn digest_in(message: &str) -> Option<&str> {
    let digest = message.strip_prefix("plan ")?.split(' ').next()?;
    (digest.len() == SHOWN && digest.bytes().all(|byte| byte.is_ascii_hexdigit())).then_some(digest)
}

pub(crate) fn check<P: Reviewable>(plan: &P, facts: &Facts<'_>) -> Option<Blown> {
    let fuse = facts.fuse?;
    let deletions = plan.deletions();
    let count = deletions.len();
    let heavy = deletions.iter().any(|id| is_heavy(id));
    let many = fuse.count.is_some_and(|most| count > most as usize);
    let share = fuse
        .percent
        .is_some_and(|most| count * 100 > facts.owned * most as usize);
    if count == 0 || !(heavy || many || share) {
        return None;
    }
    let digest = plan.deletions_digest();
    if facts.approval.is_some_and(|approval| names(approval, digest)) {
        return None;
    }
    Some(Blown {
        digest: digest.to_string()[..SHOWN].to_owned(),
        deletions: deletions.into_iter().cloned().collect(),
        owned: facts.owned,
        name: facts.name.to_owned(),
    })
}

fn names(approval: &str, digest: Digest) -> bool {
    approval.len() >= SHOWN && digest.to_string().starts_with(approval)
}

fn is_heavy(id: &ObjectId) -> bool {
    HEAVY.contains(&(id.kind.group.as_str(), id.kind.kind.as_str()))
}

impl fmt::Display for Blown {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self {
            digest,
            deletions,
            owned,
            name,
        } = self;
        let named: Vec<String> = deletions.iter().take(NAMED).map(ToString::to_string).collect();
        write!(
            f,
            "plan {digest} waits for approval, since it would delete {} of {owned} objects: {}",
            deletions.len(),
            named.join(", ")
        )?;
        if let Some(more) = deletions.len().checked_sub(NAMED).filter(|more| *more > 0) {
            write!(f, " and {more} more")?;
        }
        write!(
            f,
            "; nothing was changed: allow it with `plumb app approve {name}`, or put the objects back into Git"
        )
    }
}
