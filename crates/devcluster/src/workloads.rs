//! Moves workloads as kube-controller-manager, the scheduler and kubelets would, inside this process.
//!
//! The API server implements [`World`] over its store, sends every write as a [`Change`], and starts [`spawn`]. One
//! task then runs all controllers off one queue; it sleeps until a change or a timer, and never polls.
//!
//! **Invariant:** a controller decides from the store alone, so that any of them may run at any time, any number of
//! times. **Absent:** what the server itself does (cluster IPs, propagation policies, status of custom resource
//! definitions), scheduling by resources, and processes: a pod "runs" when its delay is over.
//! **Start at** [`spawn`]; one file per controller, one line each in `REGISTRY`; how to make a pod fail: `fault`.

mod autoscaler;
mod claim;
mod conditions;
mod context;
mod cron_job;
mod daemon_set;
mod deployment;
mod digest;
mod disruption;
mod events;
mod fault;
mod fields;
mod garbage;
mod index;
mod ingress;
mod job;
mod kubelet;
mod namespace;
mod node;
mod owners;
mod pods;
mod queue;
mod replica_set;
mod revisions;
mod selector;
mod service;
mod service_account;
mod stateful_set;
#[cfg(test)]
mod tests;
mod world;

use std::sync::Arc;
use std::time::Duration;

use tokio::sync::mpsc::UnboundedReceiver;
use tokio::task::JoinHandle;
use tokio::time::{Instant, sleep_until};

use context::{Context, Next, Outcome};
use queue::{Item, Queue};
pub(crate) use world::{Change, ChangeKind, Key, ResourceType, World, WorldError};

/// How fast workloads move, and what makes them fail.
#[derive(Debug, Clone)]
pub struct WorkloadOptions {
    /// From the creation of a pod until it is ready; the pod annotation `dev.plumb.dev/ready-delay` overrides it.
    pub ready_delay: Duration,
    /// How long the pod of a job runs.
    pub job_delay: Duration,
    /// Until a service of type `LoadBalancer` or an ingress has its address.
    pub address_delay: Duration,
    /// Until the first restart of a crashing container; doubles up to five minutes.
    pub crash_backoff: Duration,
    /// Until a job replaces its first failed pod; doubles up to six minutes.
    pub job_backoff: Duration,
    /// Image names or tags that equal `fail`, or contain one of these, cannot be pulled.
    pub missing_images: Vec<String>,
    /// Whether to record Events.
    pub events: bool,
}

impl Default for WorkloadOptions {
    fn default() -> Self {
        Self {
            ready_delay: Duration::from_millis(800),
            job_delay: Duration::from_millis(800),
            address_delay: Duration::from_millis(500),
            crash_backoff: Duration::from_secs(10),
            job_backoff: Duration::from_secs(10),
            missing_images: vec!["does-not-exist".to_owned(), "broken".to_owned()],
            events: true,
        }
    }
}

/// Starts the controllers; they stop when the task is aborted or the sender of changes is dropped.
///
/// Everything that the world holds at this moment is looked at once; from then on, what changes.
pub(crate) fn spawn(
    world: Arc<dyn World>,
    changes: UnboundedReceiver<Change>,
    options: WorkloadOptions,
) -> JoinHandle<()> {
    let engine = Engine {
        context: Context::new(world, options),
        queue: Queue::default(),
        changes,
    };
    tokio::spawn(engine.run())
}

/// A controller: which objects a change concerns, and what to do about one of them.
struct Controller {
    concerns: fn(&Change, &Context) -> Vec<Key>,
    reconcile: fn(&mut Context, &Key) -> Outcome,
}

const REGISTRY: &[Controller] = &[
    garbage::CONTROLLER,
    namespace::CONTROLLER,
    service_account::CONTROLLER,
    deployment::CONTROLLER,
    replica_set::CONTROLLER,
    stateful_set::CONTROLLER,
    daemon_set::CONTROLLER,
    job::CONTROLLER,
    cron_job::CONTROLLER,
    kubelet::CONTROLLER,
    service::CONTROLLER,
    claim::CONTROLLER,
    ingress::CONTROLLER,
    autoscaler::CONTROLLER,
    disruption::CONTROLLER,
];

/// After a refused write, for refusals whose cause may pass without an event that concerns the object.
const RETRY: Duration = Duration::from_secs(5);
/// After a conflict; the event of the other write usually comes first.
const CONFLICT_RETRY: Duration = Duration::from_millis(100);
/// Items between two chances for other tasks of the thread.
const TURN: usize = 64;

struct Engine {
    context: Context,
    queue: Queue,
    changes: UnboundedReceiver<Change>,
}

impl Engine {
    async fn run(mut self) {
        self.start();
        let mut done = 0_usize;
        loop {
            while let Ok(change) = self.changes.try_recv() {
                self.observe(&change);
            }
            if let Some(item) = self.queue.pop(Instant::now()) {
                self.step(&item);
                done += 1;
                if done.is_multiple_of(TURN) {
                    tokio::task::yield_now().await;
                }
                continue;
            }
            let timer = self.queue.next_timer();
            tokio::select! {
                change = self.changes.recv() => match change {
                    Some(change) => self.observe(&change),
                    None => return,
                },
                () = sleep_until(timer.unwrap_or_else(Instant::now)), if timer.is_some() => {}
            }
        }
    }

    fn start(&mut self) {
        if let Err(error) = node::register(&mut self.context) {
            tracing::warn!(%error, "the node could not be registered; pods stay unscheduled");
        }
        let mut present = Vec::new();
        for kind in self.context.world.resource_types() {
            for object in self.context.world.list(&kind.group, &kind.resource, None) {
                let key = fields::key_of(&kind.group, &kind.resource, &object);
                self.context.index.observe(&key, &object);
                self.context.skip_serials(kubelet::serial_of(&object));
                present.push(Change {
                    key,
                    kind: ChangeKind::Added,
                    object,
                });
            }
        }
        for change in &present {
            self.dispatch(change);
        }
    }

    fn observe(&mut self, change: &Change) {
        if change.kind == ChangeKind::Deleted {
            self.context.forget(&change.key, fields::uid(&change.object));
        } else {
            self.context.index.observe(&change.key, &change.object);
        }
        self.dispatch(change);
    }

    fn dispatch(&mut self, change: &Change) {
        for (controller, entry) in REGISTRY.iter().enumerate() {
            for key in (entry.concerns)(change, &self.context) {
                self.queue.push(Item { controller, key });
            }
        }
    }

    fn step(&mut self, item: &Item) {
        let next = match (REGISTRY[item.controller].reconcile)(&mut self.context, &item.key) {
            Ok(next) => next,
            Err(WorldError::Conflict(_)) => Next::After(CONFLICT_RETRY),
            Err(WorldError::NotFound(_)) => Next::Event,
            Err(error) => {
                tracing::debug!(%error, object = %item.key, "a workload cannot move on yet");
                Next::After(RETRY)
            }
        };
        if let Next::After(delay) = next {
            self.queue.push_at(item.clone(), Instant::now() + delay);
        }
    }
}
