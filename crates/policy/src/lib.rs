//! Gates: may this commit be deployed, may this plan be applied.
//!
//! **Invariant:** [`Admitted`] and [`Approved`] have no public constructor; only the gates here make them, so the
//! line cannot be walked around them. **Absent:** signatures and forge approvals; with no rule set, a commit is
//! admitted. **Start at** [`admit`] and [`review`]; plans that delete much: [`fuse`].

pub mod fuse;

use plumb_model::{Digest, Fuse, ObjectId, Reviewable, Revision};

use fuse::Blown;

#[cfg(test)]
mod tests;

/// Namespaces that a cluster cannot live without.
const PROTECTED_NAMESPACES: [&str; 4] = ["default", "kube-system", "kube-public", "kube-node-lease"];

/// A commit that may be deployed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Admitted {
    revision: Revision,
}

/// A plan that may be applied: the very one that was reviewed.
#[derive(Clone, Debug)]
pub struct Approved<P> {
    plan: P,
    digest: Digest,
}

/// Why a gate stays shut.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Refused {
    /// The plan would delete something the cluster cannot live without.
    #[error(
        "the plan would delete {0}, which the cluster cannot live without; nothing was changed: put it back into Git, \
         or take it out of the unit by hand"
    )]
    Protected(ObjectId),
    /// The plan would delete so much that somebody has to allow it first.
    #[error("{0}")]
    Blown(Box<Blown>),
}

/// What a review goes by, beside the plan.
#[derive(Clone, Copy, Debug, Default)]
pub struct Facts<'a> {
    /// How much may be deleted without a word; `None` = anything, or the plan was allowed before.
    pub fuse: Option<Fuse>,
    /// How many objects the unit has in the cluster, those that are on their way out left aside.
    pub owned: usize,
    /// What somebody allowed: the digest of a plan's deletions, or its beginning.
    pub approval: Option<&'a str>,
    /// What the command line calls the unit.
    pub name: &'a str,
}

/// Whether the commit may be deployed at all.
///
/// # Errors
/// When a rule refuses it.
pub fn admit(revision: Revision) -> Result<Admitted, Refused> {
    Ok(Admitted { revision })
}

/// Whether the plan may be applied.
///
/// # Errors
/// When a rule refuses it.
pub fn review<P: Reviewable>(plan: P, facts: &Facts<'_>) -> Result<Approved<P>, Refused> {
    let protected = plan.deletions().into_iter().find(|id| {
        id.kind.group.is_empty()
            && id.kind.kind == "Namespace"
            && PROTECTED_NAMESPACES.contains(&id.name.as_str())
    });
    if let Some(id) = protected {
        return Err(Refused::Protected(id.clone()));
    }
    if let Some(blown) = fuse::check(&plan, facts) {
        return Err(Refused::Blown(Box::new(blown)));
    }
    let digest = plan.digest();
    Ok(Approved { plan, digest })
}

impl Admitted {
    /// What was admitted.
    #[must_use]
    pub fn revision(&self) -> &Revision {
        &self.revision
    }
}

impl<P> Approved<P> {
    /// What was approved.
    #[must_use]
    pub fn plan(&self) -> &P {
        &self.plan
    }

    /// The digest that the approval is bound to.
    #[must_use]
    pub fn digest(&self) -> Digest {
        self.digest
    }
}
