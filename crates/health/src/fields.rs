//! Short ways to the fields that rules look at. What is absent reads as zero or empty, as it does to Kubernetes.

use plumb_model::{Health, HealthStatus};
use serde_json::Value;

pub(crate) fn number(value: &Value) -> i64 {
    value.as_i64().unwrap_or_default()
}

pub(crate) fn text(value: &Value) -> &str {
    value.as_str().unwrap_or_default()
}

pub(crate) fn name(body: &Value) -> &str {
    text(&body["metadata"]["name"])
}

pub(crate) fn items(value: &Value) -> impl Iterator<Item = &Value> {
    value.as_array().into_iter().flatten()
}

/// The condition of a type, where there is one.
pub(crate) fn condition<'a>(body: &'a Value, kind: &str) -> Option<&'a Value> {
    items(&body["status"]["conditions"]).find(|condition| condition["type"] == *kind)
}

/// Whether the controller has seen the newest spec.
pub(crate) fn is_observed(body: &Value) -> bool {
    number(&body["metadata"]["generation"]) <= number(&body["status"]["observedGeneration"])
}

pub(crate) fn healthy(message: impl Into<String>) -> Health {
    Health::new(HealthStatus::Healthy, message)
}

pub(crate) fn progressing(message: impl Into<String>) -> Health {
    Health::new(HealthStatus::Progressing, message)
}

pub(crate) fn degraded(message: impl Into<String>) -> Health {
    Health::new(HealthStatus::Degraded, message)
}

pub(crate) fn suspended(message: impl Into<String>) -> Health {
    Health::new(HealthStatus::Suspended, message)
}

pub(crate) fn unknown(message: impl Into<String>) -> Health {
    Health::new(HealthStatus::Unknown, message)
}
