//! What a gate may ask of a plan, so that the gates need not know plans.

use crate::{Digest, ObjectId};

/// What a gate looks at in a plan.
pub trait Reviewable {
    /// Tells this plan from any other.
    fn digest(&self) -> Digest;

    /// The objects that it would delete.
    fn deletions(&self) -> Vec<&ObjectId>;

    /// Tells its deletions from any others, whatever else it does.
    fn deletions_digest(&self) -> Digest;
}
