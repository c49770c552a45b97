//! A Deployment is healthy when all replicas are of the newest template and available.

use plumb_model::Health;
use serde_json::Value;

use crate::fields::{condition, degraded, healthy, is_observed, name, number, progressing, suspended};

pub(crate) fn assess(body: &Value) -> Health {
    if body["spec"]["paused"] == true {
        return suspended("Deployment is paused");
    }
    if !is_observed(body) {
        return progressing(
            "Waiting for rollout to finish: observed deployment generation less than desired generation",
        );
    }
    if condition(body, "Progressing")
        .is_some_and(|condition| condition["reason"] == "ProgressDeadlineExceeded")
    {
        return degraded(format!(
            "Deployment {:?} exceeded its progress deadline",
            name(body)
        ));
    }
    let status = &body["status"];
    let total = number(&status["replicas"]);
    let updated = number(&status["updatedReplicas"]);
    let available = number(&status["availableReplicas"]);
    match body["spec"]["replicas"].as_i64() {
        Some(wanted) if updated < wanted => progressing(format!(
            "Waiting for rollout to finish: {updated} out of {wanted} new replicas have been updated..."
        )),
        _ if total > updated => progressing(format!(
            "Waiting for rollout to finish: {} old replicas are pending termination...",
            total - updated
        )),
        _ if available < updated => progressing(format!(
            "Waiting for rollout to finish: {available} of {updated} updated replicas are available..."
        )),
        _ => healthy(""),
    }
}
