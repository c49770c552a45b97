//! What happens to units, as it happens: for the demo's screen and the page.

use std::time::Duration;

use plumb_model::{ActionDone, HealthStatus, Revision, UnitId};

/// Something that happened to a unit.
#[derive(Clone, Debug)]
pub struct Event {
    /// To which one.
    pub unit: UnitId,
    /// What.
    pub what: Happening,
}

/// What can happen to a unit.
#[derive(Clone, Debug)]
pub enum Happening {
    /// The followed reference points to another commit.
    CommitSeen {
        /// The commit.
        revision: Revision,
        /// How long finding it took.
        took: Duration,
    },
    /// A commit was rendered.
    Rendered {
        /// To how many objects.
        objects: usize,
        /// How long that took.
        took: Duration,
    },
    /// Fields were found that are not as Git says.
    Drifted {
        /// Where: `Deployment production/myapp .spec.replicas`.
        fields: Vec<String>,
    },
    /// Objects were changed.
    Applied {
        /// What was done how many times.
        counts: Vec<(ActionDone, usize)>,
        /// How long that took.
        took: Duration,
        /// The changes were corrections of drift.
        healed: bool,
    },
    /// Health is another than before.
    HealthChanged {
        /// What it is now.
        health: HealthStatus,
        /// How long after the last apply.
        after: Duration,
    },
    /// A pass failed.
    Failed {
        /// Why.
        message: String,
    },
    /// The unit is gone.
    Gone,
    /// Anything else about its report changed.
    Updated,
}
