//! A ReplicaSet is healthy when all replicas are available.

use plumb_model::Health;
use serde_json::Value;

use crate::fields::{condition, degraded, healthy, is_observed, number, progressing, text};

pub(crate) fn assess(body: &Value) -> Health {
    if !is_observed(body) {
        return progressing(
            "Waiting for rollout to finish: observed replica set generation less than desired generation",
        );
    }
    if let Some(failure) = condition(body, "ReplicaFailure").filter(|failure| failure["status"] == "True") {
        return degraded(text(&failure["message"]));
    }
    let available = number(&body["status"]["availableReplicas"]);
    match body["spec"]["replicas"].as_i64() {
        Some(wanted) if available < wanted => progressing(format!(
            "Waiting for rollout to finish: {available} out of {wanted} new replicas are available..."
        )),
        _ => healthy(""),
    }
}
