//! What a pass needs, what it remembers, and what it gives back.

use std::{
    sync::Arc,
    time::{Duration, Instant},
};

use jiff::Timestamp;
use plumb_charts::Helm;
use plumb_cluster::Cluster;
use plumb_git::Repositories;
use plumb_model::{Cause, CommitId, Digest, ObjectId, Phase, Rendered, Unit, UnitReport};
use serde_json::Value;

use crate::Board;

/// What every pass needs.
#[derive(Clone)]
pub struct Line {
    /// The cluster that holds the custom resources and that units go to.
    pub cluster: Cluster,
    /// The repositories.
    pub repositories: Arc<Repositories>,
    /// Where what happens is shown.
    pub board: Arc<Board>,
    /// The Secrets that open repositories, as last listed.
    pub repository_secrets: Arc<RepositorySecrets>,
    /// What renders may ask of the outside.
    pub reach: Reach,
}

/// What renders may ask of the outside.
#[derive(Clone, Debug)]
pub struct Reach {
    /// Other repositories and files on the web.
    pub remote: bool,
    /// The program that inflates Helm charts.
    pub helm: Option<Helm>,
}

impl Default for Reach {
    fn default() -> Self {
        Self {
            remote: true,
            helm: None,
        }
    }
}

/// The Secrets that open repositories by their URL, kept for a moment so that many units cost one list.
#[derive(Default)]
pub struct RepositorySecrets {
    pub(crate) listed: tokio::sync::Mutex<Option<(std::time::Instant, Arc<Vec<Value>>)>>,
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
}

/// A commit that failed, and when it may be tried again.
#[derive(Clone, Debug)]
pub struct Backoff {
    /// The commit.
    pub commit: CommitId,
    /// The generation of the unit that failed; `None` where that was before this program began.
    pub generation: Option<i64>,
    /// Not before then; `None` = never by itself.
    pub until: Option<Timestamp>,
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
    /// The hold was released: the followed reference has moved on.
    pub hold_released: bool,
    /// What somebody allowed to be deleted is deleted.
    pub approval_used: bool,
    /// What was asked for waits.
    pub(crate) deferred: Deferred,
    /// When an operation begins, should this pass begin one.
    pub(crate) starts_at: String,
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
        Self {
            object,
            report,
            rendered: None,
            backoff,
            touched_at: None,
            reviewed: None,
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
            backoff.until = wait
                .zip(ended)
                .and_then(|(wait, ended)| ended.checked_add(wait).ok());
        }
    }

    /// Whether the commit failed lately and is not yet to be tried again.
    #[must_use]
    pub fn must_wait(&self, unit: &Unit, commit: &CommitId) -> bool {
        self.backoff.as_ref().is_some_and(|backoff| {
            backoff.commit == *commit
                && backoff.generation.is_none_or(|failed| failed == unit.generation)
                && backoff.until.is_none_or(|until| Timestamp::now() < until)
        })
    }
}

/// The time, as custom resources write it: RFC 3339, whole seconds, UTC.
#[must_use]
pub fn now() -> String {
    Timestamp::now().strftime("%Y-%m-%dT%H:%M:%SZ").to_string()
}
