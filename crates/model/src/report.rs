//! What came of a unit: what is shown on the page and written, by the adapters, into the custom resource's status.

use serde::{Deserialize, Serialize};

use crate::{CommitId, FieldDrift, Health, HealthStatus, ObjectId, Selected, SyncPhase};

/// A commit and the name under which it was found.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Revision {
    /// The commit.
    pub commit: CommitId,
    /// The branch, tag or full reference that led there; `None` where the commit itself was asked for.
    pub name: Option<String>,
}

/// Whether the cluster is as Git says.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub enum SyncStatus {
    /// It is.
    Synced,
    /// It is not.
    OutOfSync,
    /// It cannot be told.
    Unknown,
}

/// What came of a unit.
#[derive(Clone, Debug, PartialEq)]
pub struct UnitReport {
    /// The commit that the followed reference points to.
    pub revision: Option<Revision>,
    /// The commit that was last applied in full.
    pub applied: Option<Revision>,
    /// The commit that was last tried.
    pub attempted: Option<Revision>,
    /// Whether the cluster is as `revision` (or the hold) says.
    pub sync: SyncStatus,
    /// The worst health of its objects.
    pub health: Health,
    /// Its objects.
    pub resources: Vec<ResourceReport>,
    /// The last thing done, or being done.
    pub operation: Option<OperationReport>,
    /// What was applied when, oldest first.
    pub history: Vec<HistoryEntry>,
    /// What is wrong.
    pub conditions: Vec<Condition>,
    /// The images that it runs.
    pub images: Vec<String>,
    /// When it was last looked at in full (RFC 3339).
    pub reconciled_at: String,
    /// The rollback in force.
    pub held: bool,
    /// The token of the last request by hand that was done.
    pub handled_request: Option<String>,
    /// Failures in a row.
    pub failures: u32,
}

/// What came of one object.
#[derive(Clone, Debug, PartialEq)]
pub struct ResourceReport {
    /// Which one.
    pub id: ObjectId,
    /// The version of its kind, as applied.
    pub version: String,
    /// Whether it is as Git says.
    pub sync: SyncStatus,
    /// How well it is; `None` for kinds without health.
    pub health: Option<Health>,
    /// It left Git and is still there.
    pub requires_pruning: bool,
    /// The fields that are not as Git says.
    pub drift: Vec<FieldDrift>,
}

/// How far an operation is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Phase {
    /// Under way.
    Running,
    /// Done.
    Succeeded,
    /// The cluster or a rule refused.
    Failed,
    /// It could not even be tried.
    Error,
}

/// One apply of a unit.
#[derive(Clone, Debug, PartialEq)]
pub struct OperationReport {
    /// How far it is.
    pub phase: Phase,
    /// In words.
    pub message: String,
    /// The commit.
    pub revision: Option<Revision>,
    /// When it began (RFC 3339).
    pub started_at: String,
    /// When it ended (RFC 3339).
    pub finished_at: Option<String>,
    /// What became of each object that it touched.
    pub results: Vec<ObjectResult>,
    /// Who or what began it.
    pub cause: Cause,
    /// How many times it was tried again.
    pub retries: u32,
    /// It may delete what left Git.
    pub prune: bool,
    /// It goes to `revision` whatever is followed.
    pub pinned: bool,
    /// It is about these objects only; empty = all.
    pub only: Vec<Selected>,
    /// Its hooks do not run.
    pub hookless: bool,
}

/// What became of one object in an operation.
#[derive(Clone, Debug, PartialEq)]
pub struct ObjectResult {
    /// Which one.
    pub id: ObjectId,
    /// The version of its kind.
    pub version: String,
    /// What was done.
    pub action: ActionDone,
    /// In words.
    pub message: String,
    /// In which part of the operation.
    pub phase: SyncPhase,
    /// How far it is, where it is a hook.
    pub hook: Option<Phase>,
}

/// What was done to an object.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum ActionDone {
    /// It was not there and is now.
    Created,
    /// It was changed.
    Configured,
    /// It was right already.
    Unchanged,
    /// It was deleted.
    Pruned,
    /// It left Git but stays, since pruning is off.
    PruneSkipped,
    /// The server refused.
    Failed,
}

/// Why a unit was applied.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase", tag = "kind")]
pub enum Cause {
    /// A new commit.
    Push,
    /// The cluster had changed.
    Drift,
    /// Somebody rolled back.
    Rollback {
        /// Who, as far as known.
        by: String,
        /// The history entry rolled back to.
        to: u64,
    },
    /// Somebody asked.
    Manual {
        /// Who, as far as known.
        by: String,
    },
    /// The unit was deleted.
    Deletion,
}

/// One applied revision.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct HistoryEntry {
    /// Counts up from 0 for each unit.
    pub id: u64,
    /// What was applied.
    pub revision: Revision,
    /// When that began (RFC 3339).
    pub started_at: String,
    /// When it was done (RFC 3339).
    pub deployed_at: String,
    /// Who began it; empty = Plumb itself.
    pub initiated_by: String,
}

/// Something wrong that people should know of.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Condition {
    /// What sort of thing.
    pub kind: ConditionKind,
    /// In words: what, where, why, what to do next.
    pub message: String,
    /// Since when (RFC 3339).
    pub since: String,
}

/// What sort of thing is wrong.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum ConditionKind {
    /// A field of the custom resource is wrong.
    InvalidSpec,
    /// The repository or the reference cannot be had.
    SourceFailed,
    /// The commit does not render.
    RenderFailed,
    /// The cluster could not be asked, or a rule refused.
    CompareFailed,
    /// The server refused an object.
    ApplyFailed,
    /// It rendered to nothing, and that may not prune everything.
    EmptyRefused,
    /// An object is not healthy in time.
    HealthFailed,
    /// A unit that it depends on is not ready.
    DependencyNotReady,
    /// It would delete so much that somebody has to allow it first.
    ApprovalNeeded,
    /// An object is wanted twice, here or by another unit.
    RepeatedResource,
    /// Deleting its objects failed.
    DeletionFailed,
}

impl UnitReport {
    /// The report of a unit nobody has looked at yet.
    #[must_use]
    pub fn unknown() -> Self {
        Self {
            revision: None,
            applied: None,
            attempted: None,
            sync: SyncStatus::Unknown,
            health: Health::new(HealthStatus::Unknown, ""),
            resources: Vec::new(),
            operation: None,
            history: Vec::new(),
            conditions: Vec::new(),
            images: Vec::new(),
            reconciled_at: String::new(),
            held: false,
            handled_request: None,
            failures: 0,
        }
    }

    /// The operation under way, if one is.
    #[must_use]
    pub fn running(&self) -> Option<&OperationReport> {
        self.operation
            .as_ref()
            .filter(|operation| operation.phase == Phase::Running)
    }

    /// The objects whose changes concern it: what it has in the cluster, and the hooks of its last operation.
    pub fn concerns(&self) -> impl Iterator<Item = &ObjectId> {
        let results = self.operation.iter().flat_map(|operation| &operation.results);
        let hooks = results
            .filter(|result| result.hook.is_some())
            .map(|result| &result.id);
        self.inventory().map(|(id, _)| id).chain(hooks)
    }

    /// The objects that it has in the cluster, as far as recorded.
    pub fn inventory(&self) -> impl Iterator<Item = (&ObjectId, &str)> {
        self.resources
            .iter()
            .map(|resource| (&resource.id, resource.version.as_str()))
    }

    /// Whether it is Synced and Healthy, with nothing wrong.
    #[must_use]
    pub fn is_good(&self) -> bool {
        self.sync == SyncStatus::Synced
            && self.health.status == HealthStatus::Healthy
            && self.conditions.is_empty()
    }
}
