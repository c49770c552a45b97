//! Pods as their controllers see them: made from a template, active, ready, available.
//!
//! **Absent:** what moves a pod; that is [`super::kubelet`].

use std::time::Duration;

use jiff::Timestamp;
use serde_json::{Value, json};

use super::conditions::{find, holds};
use super::context::{Context, Next};
use super::digest::suffix;
use super::fields::{is_deleting, name, put, text, time};
use super::owners::reference_to;
use super::world::{Key, WorldError};

/// A pod as the template has it, controlled by `owner`.
pub(super) fn from_template(template: &Value, owner: &Value, key: &Key) -> Value {
    let mut pod = json!({
        "apiVersion": "v1",
        "kind": "Pod",
        "metadata": {"name": key.name, "namespace": key.namespace, "ownerReferences": [reference_to(owner)]},
        "spec": template.get("spec").cloned().unwrap_or_else(|| json!({})),
    });
    for field in ["labels", "annotations", "finalizers"] {
        if let Some(value) = template.get("metadata").and_then(|metadata| metadata.get(field)) {
            pod["metadata"][field] = value.clone();
        }
    }
    pod
}

/// Creates a pod under a new name that starts with `stem`, which ends in a dash.
pub(super) fn create_named(
    context: &mut Context,
    namespace: &str,
    stem: &str,
    mut pod: Value,
) -> Result<String, WorldError> {
    put(&mut pod, &["metadata", "generateName"], stem);
    loop {
        let serial = context.next_serial();
        let key = Key::new("", "pods", namespace, &format!("{stem}{}", suffix(stem, serial)));
        put(&mut pod, &["metadata", "name"], key.name.as_str());
        match context.create(&key, pod.clone()) {
            Ok(_) => return Ok(key.name),
            Err(WorldError::Exists(_)) => {}
            Err(error) => return Err(error),
        }
    }
}

/// Neither finished nor on its way out.
pub(super) fn is_active(pod: &Value) -> bool {
    !is_deleting(pod) && !is_finished(pod)
}

pub(super) fn is_finished(pod: &Value) -> bool {
    matches!(text(pod, "/status/phase"), "Succeeded" | "Failed")
}

pub(super) fn is_ready(pod: &Value) -> bool {
    holds(pod, "Ready")
}

/// How many pods are ready, and how many have been so for long enough.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Tally {
    pub(super) ready: i64,
    pub(super) available: i64,
    /// When one more will have been ready for long enough.
    pub(super) next: Next,
}

/// Counts the pods that are ready, and those ready for `min_ready` seconds.
pub(super) fn tally<'a>(pods: impl Iterator<Item = &'a Value>, min_ready: i64, now: Timestamp) -> Tally {
    let mut tally = Tally {
        ready: 0,
        available: 0,
        next: Next::Event,
    };
    for pod in pods.filter(|pod| is_ready(pod) && !is_deleting(pod)) {
        tally.ready += 1;
        match until_available(pod, min_ready, now) {
            Duration::ZERO => tally.available += 1,
            wait => tally.next = tally.next.or(Next::After(wait)),
        }
    }
    tally
}

/// How long until a ready pod counts as available.
pub(super) fn until_available(pod: &Value, min_ready: i64, now: Timestamp) -> Duration {
    if min_ready <= 0 {
        return Duration::ZERO;
    }
    let since = find(pod, "Ready")
        .and_then(|ready| time(ready, "/lastTransitionTime"))
        .unwrap_or(now);
    let left = since.as_millisecond() + min_ready * 1000 - now.as_millisecond();
    Duration::from_millis(u64::try_from(left).unwrap_or(0))
}

/// Orders pods by how little is lost when they go: unscheduled, then unready, then the youngest.
pub(super) fn by_loss(pods: &mut [(Key, std::sync::Arc<Value>)]) {
    pods.sort_by_cached_key(|(_, pod)| {
        let age = time(pod, "/metadata/creationTimestamp").map_or(0, |time| -time.as_second());
        (
            !text(pod, "/spec/nodeName").is_empty(),
            is_ready(pod),
            age,
            name(pod).to_owned(),
        )
    });
}
