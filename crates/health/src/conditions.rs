//! Kinds without a rule of their own: the conventions that most controllers keep to.

use plumb_model::Health;
use serde_json::Value;

use crate::fields::{condition, degraded, healthy, is_observed, progressing, text};

/// Health from `observedGeneration` and the conditions Stalled, Reconciling, Ready and Available; `None` where the object has
/// none of them. Objects of the core group keep to other conventions.
pub(crate) fn assess(group: &str, body: &Value) -> Option<Health> {
    if group.is_empty() {
        return None;
    }
    let observes = body["status"]["observedGeneration"].is_number();
    if observes && !is_observed(body) {
        return Some(progressing("Waiting for the latest generation to be observed"));
    }
    let is_true = |kind: &str| condition(body, kind).filter(|condition| condition["status"] == "True");
    if let Some(stalled) = is_true("Stalled") {
        return Some(degraded(said(stalled)));
    }
    if let Some(reconciling) = is_true("Reconciling") {
        return Some(progressing(said(reconciling)));
    }
    let ready = condition(body, "Ready").or_else(|| condition(body, "Available"));
    match ready {
        Some(ready) if ready["status"] == "True" => Some(healthy(said(ready))),
        // Not ready is how every object begins: only Stalled says that it will stay so.
        Some(ready) => Some(progressing(said(ready))),
        None => observes.then(|| healthy("")),
    }
}

/// What a condition says, or else why it is so.
pub(crate) fn said(condition: &Value) -> &str {
    match text(&condition["message"]) {
        "" => text(&condition["reason"]),
        message => message,
    }
}
