//! What a pass needs, what it remembers, and what it gives back.

use std::{
    sync::Arc,
    time::{Duration, Instant},
};

use jiff::Timestamp;
use plumb_charts::Helm;
use plumb_cluster::{Cluster, ClusterError, Fleet};
use plumb_git::Repositories;
use plumb_history::{DriftedField, HistoryError};
use plumb_model::{
    Cause, CommitId, Digest, GroupVersionKind, HistoryEntry, ObjectId, ObjectResult, OperationReport, Phase,
    Rendered, Unit, UnitReport,
};
use serde_json::Value;
use tokio::sync::Semaphore;

use crate::{Board, Books, Kept, kept::Found};

/// What every pass needs.
#[derive(Clone)]
pub struct Line {
    /// The clusters that units go to; the own one holds the custom resources.
    pub fleet: Arc<Fleet>,
    /// The repositories.
    pub repositories: Arc<Repositories>,
    /// Where what happens is shown.
    pub board: Arc<Board>,
    /// What many units ask the own cluster for.
    pub kept: Arc<Kept>,
    /// Turns at rendering.
    pub renders: Arc<Semaphore>,
    /// What renders may ask of the outside.
    pub reach: Reach,
    /// Where every change of a cluster is recorded.
    pub books: Arc<Books>,
}

/// What renders may ask of the outside.
#[derive(Clone, Debug)]
pub struct Reach {
    /// Other repositories and files on the web.
    pub remote: bool,
    /// The program that inflates Helm charts.
    pub helm: Option<Helm>,
    /// Programs that a unit's kubeconfig names to sign in.
    pub kubeconfig_exec: bool,
}

impl Default for Reach {
    fn default() -> Self {
        Self {
            remote: true,
            helm: None,
            kubeconfig_exec: false,
        }
    }
}

impl Line {
    /// The line of a cluster, to the ends of which nothing was done yet. Its ledger is in memory.
    ///
    /// # Errors
    /// When the system gives no randomness.
    pub fn new(cluster: Cluster, repositories: Repositories) -> Result<Self, HistoryError> {
        let processors = std::thread::available_parallelism().map_or(2, std::num::NonZero::get);
        Ok(Self {
            fleet: Arc::new(Fleet::new(cluster)),
            repositories: Arc::new(repositories),
            board: Arc::default(),
            kept: Arc::default(),
            renders: Arc::new(Semaphore::new(processors.max(2) * 2)),
            reach: Reach::default(),
            books: Arc::new(Books::in_memory()?),
        })
    }

    /// The cluster that holds the custom resources.
    #[must_use]
    pub fn own(&self) -> &Cluster {
        self.fleet.own()
    }

    /// Argo CD's settings in `namespace`, or none where there are none.
    pub(crate) async fn settings(&self, namespace: &str) -> Result<Found, ClusterError> {
        let kind = GroupVersionKind::new("", "v1", "ConfigMap");
        let place = (namespace, plumb_argo::SETTINGS);
        self.kept.get(self.own(), kind, place).await
    }
}

/// What is remembered of a unit between passes.
#[derive(Clone)]
pub struct Memory {
    /// Its custom resource, as last seen or written.
    pub object: Arc<Value>,
    /// What came of the last pass.
    pub report: UnitReport,
    /// What was rendered last.
    pub rendered: Option<CachedRender>,
    /// When a failed commit may be tried again; `None` where nothing failed.
    pub backoff: Option<Backoff>,
    /// When something was last applied.
    pub touched_at: Option<Instant>,
    /// The operation whose deletions were reviewed, by when it began.
    pub reviewed: Option<String>,
    /// The plans that the last operations began with, by when those began.
    pub planned: Vec<(String, Digest)>,
    /// What the status said was applied last when this program began.
    pub restored: Option<HistoryEntry>,
    /// That is in the ledger.
    pub is_recorded: bool,
}

/// A commit that failed, and when it may be tried again.
#[derive(Clone, Debug)]
pub struct Backoff {
    /// The commit.
    pub commit: CommitId,
    /// The generation of the unit that failed; `None` where that was before this program began.
    pub generation: Option<i64>,
    /// Not before then, whatever the clock on the wall does meanwhile; `None` = never by itself.
    pub until: Option<Instant>,
}

/// What was rendered, and from what.
#[derive(Clone)]
pub struct CachedRender {
    /// The commit that was rendered or found to render to the same.
    pub commit: CommitId,
    /// The digest of everything in the unit that has a say in it.
    pub asked: Digest,
    /// The objects, placed.
    pub placed: Arc<Rendered>,
}

/// What one pass did.
#[derive(Clone, Debug)]
pub struct Pass {
    /// What came of it.
    pub report: UnitReport,
    /// How long its stations took.
    pub timings: Timings,
    /// Why something was applied, if anything was.
    pub applied: Option<Cause>,
    /// The hold was released: the followed reference has moved on, or its time is over.
    pub hold_released: bool,
    /// The time of the pause is over.
    pub pause_over: bool,
    /// What somebody allowed to be deleted is deleted.
    pub approval_used: bool,
    /// What was asked for waits.
    pub(crate) deferred: Deferred,
    /// When an operation begins, should this pass begin one.
    pub(crate) starts_at: String,
    /// Operations that ended, of which this pass knows.
    pub(crate) ended: Vec<OperationReport>,
    /// The plan that was applied.
    pub(crate) plan: Option<Digest>,
    /// What was found other than Git says when the pass began to correct it.
    pub(crate) drifted: Vec<DriftedField>,
    /// What was deleted along with the unit.
    pub(crate) removed: Vec<ObjectResult>,
    /// The custom resource may go.
    pub(crate) let_go: bool,
    /// Hooks of an operation that was ended, which were still running.
    pub(crate) stale: Vec<(ObjectId, String)>,
    /// When to make the next pass if nothing happens before.
    pub again: Option<Duration>,
}

/// Whether what was asked for waits.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Deferred {
    /// It is done in this pass.
    No,
    /// Until the operation that is under way is over.
    ItsTurn,
    /// Until somebody allows what it would delete.
    UntilAllowed,
}

/// How long the stations of one pass took.
#[derive(Clone, Copy, Debug, Default)]
pub struct Timings {
    /// Finding the commit.
    pub resolve: Duration,
    /// Rendering; zero where what was rendered before still held.
    pub render: Duration,
    /// Asking the cluster and planning.
    pub plan: Duration,
    /// Applying.
    pub apply: Duration,
}

impl Memory {
    /// What is known of a unit that is seen for the first time, from what its custom resource says of the past.
    #[must_use]
    pub fn of(object: Arc<Value>, report: UnitReport) -> Self {
        let failed = report
            .operation
            .as_ref()
            .filter(|last| last.phase == Phase::Failed);
        let backoff = failed.and_then(|last| {
            Some(Backoff {
                commit: last.revision.as_ref()?.commit.clone(),
                generation: None,
                until: None,
            })
        });
        let restored = report.history.last().cloned();
        Self {
            object,
            report,
            rendered: None,
            backoff,
            touched_at: None,
            reviewed: None,
            planned: Vec::new(),
            restored,
            is_recorded: false,
        }
    }

    /// Completes what is known of a failure before this program began by what the unit says of retries.
    pub(crate) fn know(&mut self, unit: &Unit) {
        let ended = self
            .report
            .operation
            .as_ref()
            .and_then(|last| last.finished_at.as_deref());
        let ended: Option<Timestamp> = ended.and_then(|ended| ended.parse().ok());
        let wait = unit.sync.retry.wait(self.report.failures);
        if let Some(backoff) = self.backoff.as_mut().filter(|it| it.generation.is_none()) {
            backoff.generation = Some(unit.generation);
            // As far as the clock on the wall can be believed: never longer than the whole wait from now.
            let passed = ended
                .map(|ended| Duration::try_from(Timestamp::now().duration_since(ended)).unwrap_or_default());
            backoff.until = wait
                .zip(passed)
                .map(|(wait, passed)| Instant::now() + wait.saturating_sub(passed));
        }
    }

    /// Notes the plan that an operation begins with, which began at `started`; later passes of it have plans of what is left.
    pub(crate) fn plans(&mut self, started: &str, plan: Option<Digest>) {
        let Some(plan) = plan.filter(|_| self.plan_of(started).is_none()) else {
            return;
        };
        // The one that it supersedes ends in the same pass.
        let surplus = (self.planned.len() + 1).saturating_sub(2);
        self.planned.drain(..surplus);
        self.planned.push((started.to_owned(), plan));
    }

    /// The plan that the operation that began at `started` began with.
    pub(crate) fn plan_of(&self, started: &str) -> Option<Digest> {
        let mut planned = self.planned.iter();
        planned.find(|(at, _)| at == started).map(|(_, plan)| *plan)
    }

    /// How long until a commit that failed is to be tried again; `None` where it did not, or is not to be by itself.
    pub(crate) fn left_to_wait(&self, unit: &Unit, commit: &CommitId) -> Option<Duration> {
        let until = self.backoff.as_ref()?.until?;
        self.must_wait(unit, commit)
            .then(|| until.saturating_duration_since(Instant::now()))
    }

    /// Whether the commit failed lately and is not yet to be tried again.
    #[must_use]
    pub fn must_wait(&self, unit: &Unit, commit: &CommitId) -> bool {
        self.backoff.as_ref().is_some_and(|backoff| {
            backoff.commit == *commit
                && backoff.generation.is_none_or(|failed| failed == unit.generation)
                && backoff.until.is_none_or(|until| Instant::now() < until)
        })
    }
}

/// A custom resource as it is remembered: without the server's record of who wrote which field, which is the most of it.
#[must_use]
pub fn remembered(mut object: Value) -> Arc<Value> {
    if let Some(metadata) = object["metadata"].as_object_mut() {
        metadata.remove("managedFields");
    }
    Arc::new(object)
}

/// The time, as custom resources write it: RFC 3339, whole seconds, UTC.
#[must_use]
pub fn now() -> String {
    Timestamp::now().strftime("%Y-%m-%dT%H:%M:%SZ").to_string()
}
