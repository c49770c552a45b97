//! How the objects of a unit are applied and removed, and what of that an object decides for itself.

use std::{fmt, time::Duration};

use serde::{Deserialize, Serialize};

use crate::GroupKind;

/// How the objects of a unit are applied and removed.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Conduct {
    /// What goes before what.
    pub order: Order,
    /// Objects are replaced as a whole, so that fields of others go.
    pub replace: bool,
    /// The server passes over fields that it does not know.
    pub lenient: bool,
    /// A kind that the cluster does not know is no fault before its objects are due.
    pub skip_missing_kinds: bool,
    /// An object that belongs to another unit is a fault.
    pub fail_on_shared: bool,
    /// Whether objects that left Git may be deleted.
    pub prune: Removal,
    /// They are deleted when all else is applied and healthy.
    pub prune_last: bool,
    /// What becomes of the dependents of a deleted object.
    pub propagation: Propagation,
    /// The finalizer that keeps a hook in the cluster until its end is recorded.
    pub hook_finalizer: Option<String>,
    /// A plan that deletes much waits for somebody.
    pub fuse: Option<Fuse>,
    /// Longest time that an operation waits for health; `None` = without end.
    pub patience: Option<Duration>,
}

/// What goes before what.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Order {
    /// By wave: each begins when the one before is healthy. What left Git goes in its wave, highest first.
    #[default]
    Waves,
    /// By sort of kind: definitions, then classes, then the rest. What left Git goes last.
    Stages,
}

/// Whether an object may be removed.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub enum Removal {
    /// Yes.
    #[default]
    Allowed,
    /// Once somebody has confirmed it.
    Confirmed,
    /// No.
    Forbidden,
}

/// What becomes of the dependents of a deleted object.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Propagation {
    /// They go after it.
    #[default]
    Background,
    /// They go before it.
    Foreground,
    /// They stay.
    Orphan,
}

/// How much a plan may delete before it waits for somebody.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Fuse {
    /// So many objects; `None` = any number.
    pub count: Option<u32>,
    /// This share of the unit's objects, in percent; `None` = all.
    pub percent: Option<u32>,
}

/// What somebody allowed to be deleted.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Approval {
    /// The digest (or its beginning) of the deletions of a plan.
    pub deletions: Option<String>,
    /// When what asks for confirmation was confirmed (RFC 3339, UTC, whole seconds).
    pub confirmed_at: Option<String>,
}

/// A part of an operation, in the order in which they come.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub enum SyncPhase {
    /// Before anything of the unit is deleted.
    PreDelete,
    /// Before anything is applied.
    PreSync,
    /// Along with the unit's objects.
    #[default]
    Sync,
    /// When all of them are healthy.
    PostSync,
    /// When it failed.
    SyncFail,
    /// When everything of the unit is deleted.
    PostDelete,
}

/// An object that is a step of an operation rather than a part of the unit.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Hook {
    /// When it runs.
    pub phases: Vec<SyncPhase>,
    /// It is deleted after an operation that succeeded.
    pub delete_on_success: bool,
    /// It is deleted after an operation that failed.
    pub delete_on_failure: bool,
    /// What an earlier operation left of it is deleted before it runs again.
    pub delete_before: bool,
}

/// Names objects of a unit, for a sync of these only.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Selected {
    /// Group and kind.
    pub kind: GroupKind,
    /// The namespace; `None` = any.
    pub namespace: Option<String>,
    /// The name.
    pub name: String,
}

impl Fuse {
    /// Where nobody says more: half of the unit, or ten objects.
    pub const USUAL: Self = Self {
        count: Some(10),
        percent: Some(50),
    };

    /// Reads `on`, `off`, `20`, `30%` or `20,30%`; the outer `None` where it is none of these, the inner one for `off`.
    #[must_use]
    #[allow(clippy::option_option, reason = "off and wrong are two answers")]
    pub fn parse(text: &str) -> Option<Option<Self>> {
        match text.trim() {
            "off" | "false" => return Some(None),
            "on" | "true" => return Some(Some(Self::USUAL)),
            _ => {}
        }
        let mut fuse = Self {
            count: None,
            percent: None,
        };
        for part in text.split(',').map(str::trim) {
            match part.strip_suffix('%') {
                Some(percent) => fuse.percent = Some(percent.trim().parse().ok().filter(|it| *it <= 100)?),
                None => fuse.count = Some(part.parse().ok()?),
            }
        }
        Some(Some(fuse))
    }
}

impl SyncPhase {
    /// Every phase of a sync or a deletion.
    pub const ALL: [Self; 6] = [
        Self::PreDelete,
        Self::PreSync,
        Self::Sync,
        Self::PostSync,
        Self::SyncFail,
        Self::PostDelete,
    ];

    /// Whether it is a part of a deletion.
    #[must_use]
    pub fn is_of_deletion(self) -> bool {
        matches!(self, Self::PreDelete | Self::PostDelete)
    }

    /// The phase of that name.
    #[must_use]
    pub fn named(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|phase| phase.to_string() == name)
    }
}

impl Selected {
    /// Whether `id` is meant.
    #[must_use]
    pub fn means(&self, id: &crate::ObjectId) -> bool {
        self.kind == id.kind
            && self.name == id.name
            && (self.namespace.is_none() || self.namespace == id.namespace)
    }
}

impl fmt::Display for SyncPhase {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Debug::fmt(self, f)
    }
}
