//! One watch per kind that something manages, begun when first needed.
//!
//! **Invariant:** only the watch's task and whoever looks or applies write into a table; the lock is never held over a
//! wait. **Start at** [`Watches::of`]; what is remembered: [`crate::memory`].

use std::{
    collections::HashMap,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::Duration,
};

use plumb_health::Rules;
use plumb_model::{GroupKind, GroupVersionKind, ObjectId};
use tokio::{
    sync::{Notify, broadcast, watch},
    task::AbortHandle,
};

use crate::{
    Cluster, ClusterError, LiveEvent,
    kinds::KindInfo,
    memory::{Key, Table},
    watcher::{Raw, Scope, Watcher},
    wire::Wire,
};

/// How many events a slow listener may fall behind.
const EVENTS: usize = 8192;
/// How long a watch that the server is too busy for may take to begin.
const BUSY: Duration = Duration::from_secs(5);

/// All watches of a cluster.
pub(crate) struct Watches {
    wire: Wire,
    events: broadcast::Sender<LiveEvent>,
    by_kind: Mutex<HashMap<GroupVersionKind, Arc<Watched>>>,
    rules: Mutex<Rules>,
}

/// One kind that is watched.
pub(crate) struct Watched {
    pub(crate) info: Arc<KindInfo>,
    pub(crate) version: String,
    table: Arc<Mutex<Table>>,
    state: watch::Receiver<State>,
    /// Asks for everything to be listed anew.
    anew: Arc<Notify>,
    task: AbortHandle,
}

#[derive(Clone)]
enum State {
    Starting,
    Ready,
    Failed(ClusterError),
}

impl Cluster {
    /// What happens from now on to the objects that are managed: those of past looks that were not forgotten. A
    /// listener that falls far behind is told so, and should then look at everything again.
    #[must_use]
    pub fn events(&self) -> broadcast::Receiver<LiveEvent> {
        self.inner.watches.events.subscribe()
    }

    /// Has health told by these rules from now on; what that changes of objects that are managed is told by
    /// [`Cluster::events`].
    pub fn set_rules(&self, rules: &Rules) {
        self.inner.watches.set_rules(rules);
    }

    /// How well a live object is, by the rules in force; `None` for kinds without health.
    #[must_use]
    pub fn health_of(&self, body: &serde_json::Value) -> Option<plumb_model::Health> {
        let rules = lock(&self.inner.watches.rules).clone();
        rules.assess_with(None, body)
    }

    /// These objects are no longer managed: nothing more is told of them.
    pub fn forget<'i>(&self, ids: impl Iterator<Item = &'i ObjectId>) {
        for id in ids {
            self.inner.watches.forget(id);
        }
    }
}

impl Watches {
    pub(crate) fn new(wire: Wire) -> Self {
        Self {
            wire,
            events: broadcast::Sender::new(EVENTS),
            by_kind: Mutex::default(),
            rules: Mutex::default(),
        }
    }

    /// The watch of a kind, begun if need be.
    pub(crate) fn of(&self, info: &Arc<KindInfo>, version: &str) -> Arc<Watched> {
        let gvk = GroupVersionKind::new(info.group.clone(), version, info.kind.clone());
        let mut by_kind = lock(&self.by_kind);
        by_kind
            .entry(gvk.clone())
            .or_insert_with(|| {
                let rules = lock(&self.rules).clone();
                let table = Table::new(gvk, self.events.clone(), rules);
                Arc::new(Watched::begin(&self.wire, info.clone(), version, table))
            })
            .clone()
    }

    fn set_rules(&self, rules: &Rules) {
        let by_kind = lock(&self.by_kind);
        *lock(&self.rules) = rules.clone();
        for watched in by_kind.values() {
            if watched.table().judge_by(rules) {
                watched.anew.notify_one();
            }
        }
    }

    /// Ends the watches of a kind, so that the next look begins anew: the kind itself has changed.
    pub(crate) fn end(&self, kind: &GroupKind) {
        lock(&self.by_kind).retain(|gvk, _| gvk.group_kind() != *kind);
    }

    /// Ends the watches of a kind that do not work.
    pub(crate) fn end_failed(&self, kind: &GroupKind) {
        let failed = |watched: &Watched| matches!(*watched.state.borrow(), State::Failed(_));
        lock(&self.by_kind).retain(|gvk, watched| gvk.group_kind() != *kind || !failed(watched));
    }

    fn forget(&self, id: &ObjectId) {
        let key = Key::new(id.namespace.as_deref(), &id.name);
        lock(&self.by_kind).retain(|gvk, watched| {
            if gvk.group_kind() != id.kind {
                return true;
            }
            let mut table = watched.table();
            table.forget(&key);
            // Namespaces are watched for their own sake: every look asks for one.
            table.is_managed() || (gvk.group.is_empty() && gvk.kind == "Namespace")
        });
    }
}

impl Watched {
    fn begin(wire: &Wire, info: Arc<KindInfo>, version: &str, table: Table) -> Self {
        let version = version.to_owned();
        let table = Arc::new(Mutex::new(table));
        let scope = Scope {
            info: info.clone(),
            version: version.clone(),
            namespace: None,
            field: String::new(),
        };
        let (sender, state) = watch::channel(State::Starting);
        let watcher = Watcher::new(wire.clone(), scope);
        let known = table.clone();
        let anew = Arc::new(Notify::new());
        let asked = anew.clone();
        let task = tokio::spawn(async move {
            if watcher.can_work() {
                follow(watcher, known, sender, asked).await;
            } else {
                sender.send_replace(State::Failed(watcher.no_watch()));
            }
        });
        let task = task.abort_handle();
        Self {
            info,
            version,
            table,
            state,
            anew,
            task,
        }
    }

    /// What is remembered. Never hold this over a wait.
    pub(crate) fn table(&self) -> MutexGuard<'_, Table> {
        lock(&self.table)
    }

    /// Waits until all objects of the kind are known, or it is clear that they will not be.
    pub(crate) async fn ready(&self) -> Result<(), ClusterError> {
        let mut state = self.state.clone();
        let decided =
            |state: &State| !matches!(state, State::Starting | State::Failed(ClusterError::Busy { .. }));
        // A server that is busy, as with a kind that has only just come, is asked again by the watch.
        drop(tokio::time::timeout(BUSY, state.wait_for(decided)).await);
        match state
            .wait_for(|state| !matches!(state, State::Starting))
            .await
            .as_deref()
        {
            Ok(State::Failed(error)) => Err(error.clone()),
            Ok(_) => Ok(()),
            Err(_) => Err(ClusterError::Answer {
                doing: format!("watching {}", self.info.group_kind()),
                why: "the watch was ended".to_owned(),
            }),
        }
    }
}

impl Drop for Watched {
    fn drop(&mut self) {
        self.task.abort();
    }
}

async fn follow(
    mut watcher: Watcher,
    table: Arc<Mutex<Table>>,
    state: watch::Sender<State>,
    anew: Arc<Notify>,
) {
    loop {
        let raw = tokio::select! {
            raw = watcher.next() => raw,
            () = anew.notified() => {
                watcher.begin_anew();
                continue;
            }
        };
        match raw {
            Raw::Begin => lock(&table).begin(),
            Raw::Item(seen) | Raw::Applied(seen) => lock(&table).event(seen),
            Raw::Deleted(seen) => lock(&table).deleted(&seen),
            Raw::End(version) => {
                lock(&table).end(version);
                state.send_replace(State::Ready);
            }
            Raw::Resumed => drop(state.send_replace(State::Ready)),
            Raw::Trouble(error) => {
                tracing::warn!(%error, "a watch does not work and is tried again");
                state.send_replace(State::Failed(error));
            }
        }
    }
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    // A panic in a short critical section leaves at worst an object that is looked at again.
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
