//! Waiting for a custom resource to become something, on its watch.
//!
//! **Invariant:** nothing is asked again and again: what the watch tells is all that counts.

use std::{
    pin::pin,
    time::{Duration, Instant},
};

use anyhow::anyhow;
use futures::StreamExt as _;
use plumb_cluster::{Cluster, WatchEvent};
use plumb_model::{GroupVersionKind, Phase, SyncStatus, UnitId, UnitKind, spec};
use plumb_pipeline::{actions, restore};
use serde_json::Value;

use crate::{Output, progress::Progress};

/// When a wait is asked about for which nothing has come yet.
const HINT_AFTER: Duration = Duration::from_secs(10);

/// What to wait for.
pub(crate) struct Wait<'a> {
    pub(crate) gvk: GroupVersionKind,
    pub(crate) namespace: Option<&'a str>,
    pub(crate) name: &'a str,
    /// Longest wait; `None` = without end.
    pub(crate) timeout: Option<Duration>,
    /// What is shown meanwhile.
    pub(crate) what: String,
}

/// How a wait ended.
pub(crate) enum Waited {
    /// It has become so; this is the object then (`None` where it was to be gone).
    Done(Option<Value>),
    /// The time is over; this is the object as last seen.
    TimedOut(Option<Value>),
}

impl<'a> Wait<'a> {
    /// For the custom resource of a unit.
    pub(crate) fn unit(id: &'a UnitId, timeout: Option<Duration>, what: impl Into<String>) -> Self {
        let gvk = actions::resource_kind(id.kind);
        Self {
            gvk,
            namespace: Some(&id.namespace),
            name: &id.name,
            timeout,
            what: what.into(),
        }
    }

    /// Waits until `enough` holds of the object (`None` = it is not there).
    pub(crate) async fn until(
        &self,
        cluster: &Cluster,
        output: &Output,
        enough: impl Fn(Option<&Value>) -> bool,
    ) -> Waited {
        let progress = Progress::start(output, self.what.clone());
        let began = Instant::now();
        let mut events = pin!(cluster.watch(&self.gvk, self.namespace));
        let mut last: Option<Value> = None;
        let mut hinted = false;
        loop {
            let left = self
                .timeout
                .map(|timeout| timeout.saturating_sub(began.elapsed()));
            let patience = HINT_AFTER.saturating_sub(began.elapsed());
            let next = match (hinted, left) {
                (true, None) => Ok(events.next().await),
                (true, Some(left)) => tokio::time::timeout(left, events.next()).await,
                (false, left) => {
                    tokio::time::timeout(left.map_or(patience, |left| left.min(patience)), events.next())
                        .await
                }
            };
            match next {
                Ok(Some(event)) => {
                    if !self.take(event, &mut last) {
                        continue;
                    }
                    if enough(last.as_ref()) {
                        return Waited::Done(last);
                    }
                }
                _ if self.timeout.is_some_and(|timeout| began.elapsed() >= timeout) => {
                    return Waited::TimedOut(last);
                }
                _ => {
                    hinted = true;
                    progress.say(format!(
                        "{}; is a controller running? (`plumb controller`)",
                        self.what
                    ));
                }
            }
        }
    }

    /// Takes in what an event says of the object; whether it says anything of it.
    fn take(&self, event: WatchEvent, last: &mut Option<Value>) -> bool {
        let is_it = |object: &Value| object["metadata"]["name"] == *self.name;
        match event {
            WatchEvent::Restarted(objects) => *last = objects.into_iter().find(is_it),
            WatchEvent::Applied(object) if is_it(&object) => *last = Some(object),
            WatchEvent::Deleted(object) if is_it(&object) => *last = None,
            _ => return false,
        }
        true
    }

    /// Says that the time is over, and what was seen last.
    pub(crate) fn timed_out(&self, last: Option<&Value>) -> anyhow::Error {
        let after = self.timeout.unwrap_or_default().as_secs();
        let seen = match (last, unit_kind(&self.gvk)) {
            (None, _) => "it is not there".to_owned(),
            (Some(object), Some(kind)) => {
                let report = restore(kind, object);
                let problem = report
                    .conditions
                    .first()
                    .map(|condition| format!(": {}", condition.message));
                format!(
                    "it is {:?} and {}{}",
                    report.sync,
                    report.health.status,
                    problem.unwrap_or_default()
                )
            }
            (Some(_), None) => "it is there".to_owned(),
        };
        anyhow!(
            "{}: not within {after} s; {seen}. Is a controller running (`plumb controller`)?",
            self.what
        )
    }
}

/// Whether a request that was made of a unit has been carried out: `token` is what it was made with.
pub(crate) fn is_answered(kind: UnitKind, object: &Value, token: &str) -> bool {
    match kind {
        UnitKind::Application => {
            object.get("operation").is_none_or(Value::is_null) && !is_running(kind, object)
        }
        UnitKind::Kustomization => {
            object["status"]["lastHandledReconcileAt"] == *token && !is_running(kind, object)
        }
    }
}

/// Whether something is being applied, or waits to be.
pub(crate) fn is_running(kind: UnitKind, object: &Value) -> bool {
    match kind {
        UnitKind::Application => {
            restore(kind, object)
                .operation
                .is_some_and(|operation| operation.phase == Phase::Running)
                || object
                    .get("operation")
                    .is_some_and(|operation| !operation.is_null())
        }
        UnitKind::Kustomization => !matches!(ready(object)["status"].as_str(), Some("True" | "False")),
    }
}

/// Whether the unit is as Git says.
pub(crate) fn is_synced(kind: UnitKind, object: &Value) -> bool {
    restore(kind, object).sync == SyncStatus::Synced
}

/// Whether the unit is healthy; a Kustomization that does not wait for health has none and counts when ready.
pub(crate) fn is_healthy(kind: UnitKind, object: &Value) -> bool {
    use plumb_model::HealthStatus::{Healthy, Unknown};
    let health = restore(kind, object).health.status;
    health == Healthy || (kind == UnitKind::Kustomization && health == Unknown && is_synced(kind, object))
}

/// The condition `Ready` of an object.
pub(crate) fn ready(object: &Value) -> &Value {
    let conditions = object["status"]["conditions"].as_array().into_iter().flatten();
    conditions
        .into_iter()
        .find(|condition| condition["type"] == "Ready")
        .unwrap_or(&Value::Null)
}

/// Reads a time limit: `90` (seconds), `90s`, `5m`, `1h30m`; 0 = without end.
pub(crate) fn timeout(text: &str) -> Result<Duration, String> {
    spec::duration::parse_length(text)
        .ok_or_else(|| format!("{text:?} is no length of time: write it as 90, 90s, 5m, 1h30m or 2d"))
}

/// Reads how long something is to last, which is not nothing: as [`timeout`].
pub(crate) fn length(text: &str) -> Result<Duration, String> {
    match timeout(text)? {
        Duration::ZERO => Err("it would be over at once: leave the flag out for without end".to_owned()),
        length => Ok(length),
    }
}

/// A limit as the flags give it: 0 = without end.
pub(crate) fn limit(timeout: Duration) -> Option<Duration> {
    (!timeout.is_zero()).then_some(timeout)
}

fn unit_kind(gvk: &GroupVersionKind) -> Option<UnitKind> {
    crate::names::KINDS
        .into_iter()
        .find(|kind| actions::resource_kind(*kind) == *gvk)
}

#[cfg(test)]
mod tests;
