//! What a pass needs, what it remembers, and what it gives back.

use std::{
    sync::Arc,
    time::{Duration, Instant},
};

use jiff::Timestamp;
use plumb_charts::Helm;
use plumb_cluster::{Cluster, Fleet};
use plumb_git::Repositories;
use plumb_model::{Cause, CommitId, Digest, Rendered, Unit, UnitReport};
use serde_json::Value;
use tokio::sync::Semaphore;

use crate::{Board, Kept};

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
    /// The line of a cluster, to the ends of which nothing was done yet.
    #[must_use]
    pub fn new(cluster: Cluster, repositories: Repositories) -> Self {
        let processors = std::thread::available_parallelism().map_or(2, std::num::NonZero::get);
        Self {
            fleet: Arc::new(Fleet::new(cluster)),
            repositories: Arc::new(repositories),
            board: Arc::default(),
            kept: Arc::default(),
            renders: Arc::new(Semaphore::new(processors.max(2) * 2)),
            reach: Reach::default(),
        }
    }

    /// The cluster that holds the custom resources.
    #[must_use]
    pub fn own(&self) -> &Cluster {
        self.fleet.own()
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
}

/// A commit that failed, and when it may be tried again.
#[derive(Clone, Debug)]
pub struct Backoff {
    /// The commit.
    pub commit: CommitId,
    /// The generation of the unit that failed.
    pub generation: i64,
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
    /// The hold was released: the followed reference has moved on.
    pub hold_released: bool,
    /// When to make the next pass if nothing happens before.
    pub again: Option<Duration>,
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
        Self {
            object,
            report,
            rendered: None,
            backoff: None,
        }
    }

    /// Whether the commit failed lately and is not yet to be tried again.
    #[must_use]
    pub fn must_wait(&self, unit: &Unit, commit: &CommitId) -> bool {
        self.backoff.as_ref().is_some_and(|backoff| {
            backoff.commit == *commit
                && backoff.generation == unit.generation
                && backoff.until.is_none_or(|until| Instant::now() < until)
        })
    }
}

/// The time, as custom resources write it: RFC 3339, whole seconds, UTC.
#[must_use]
pub fn now() -> String {
    Timestamp::now().strftime("%Y-%m-%dT%H:%M:%SZ").to_string()
}
