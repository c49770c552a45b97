//! Writes `status.conditions` the way controllers do.
//!
//! **Invariant:** `lastTransitionTime` moves only when the status of a condition does.

use jiff::Timestamp;
use serde_json::{Value, json};

use super::fields::{items, stamp, text};

/// What a condition says, without its times.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Condition<'a> {
    pub(super) kind: &'a str,
    pub(super) status: &'a str,
    pub(super) reason: &'a str,
    pub(super) message: String,
}

impl<'a> Condition<'a> {
    pub(super) fn new(kind: &'a str, status: &'a str, reason: &'a str, message: impl Into<String>) -> Self {
        Self {
            kind,
            status,
            reason,
            message: message.into(),
        }
    }

    pub(super) fn truth(kind: &'a str, holds: bool, reason: &'a str, message: impl Into<String>) -> Self {
        Self::new(kind, if holds { "True" } else { "False" }, reason, message)
    }
}

/// The condition of a type.
pub(super) fn find<'a>(object: &'a Value, kind: &str) -> Option<&'a Value> {
    items(object, "/status/conditions")
        .iter()
        .find(|entry| entry["type"] == kind)
}

/// Whether a condition is there and true.
pub(super) fn holds(object: &Value, kind: &str) -> bool {
    find(object, kind).is_some_and(|entry| entry["status"] == "True")
}

/// The conditions of `object` with one of them replaced; `None` when nothing differs.
pub(super) fn set(conditions: &mut Vec<Value>, condition: &Condition<'_>, now: Timestamp) -> bool {
    let mut next =
        json!({"type": condition.kind, "status": condition.status, "lastTransitionTime": stamp(now)});
    if !condition.reason.is_empty() {
        next["reason"] = condition.reason.into();
    }
    if !condition.message.is_empty() {
        next["message"] = condition.message.as_str().into();
    }
    let Some(old) = conditions
        .iter_mut()
        .find(|entry| entry["type"] == condition.kind)
    else {
        conditions.push(next);
        return true;
    };
    let same = |field: &str| text(old, field) == text(&next, field);
    if same("/status") && same("/reason") && same("/message") {
        return false;
    }
    if same("/status") {
        next["lastTransitionTime"] = old["lastTransitionTime"].clone();
    }
    for extra in ["lastProbeTime", "observedGeneration"] {
        if let Some(value) = old.get(extra) {
            next[extra] = value.clone();
        }
    }
    *old = next;
    true
}

/// The present conditions of an object, to be changed with [`set`].
pub(super) fn of(object: &Value) -> Vec<Value> {
    items(object, "/status/conditions").to_vec()
}
