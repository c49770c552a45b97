//! A DaemonSet is healthy when every node that should has a Pod of the newest template, available.

use plumb_model::Health;
use serde_json::Value;

use crate::fields::{healthy, is_observed, name, number, progressing};

pub(crate) fn assess(body: &Value) -> Health {
    if !is_observed(body) {
        return progressing(
            "Waiting for rollout to finish: observed daemon set generation less than desired generation",
        );
    }
    let status = &body["status"];
    let wanted = number(&status["desiredNumberScheduled"]);
    let updated = number(&status["updatedNumberScheduled"]);
    let available = number(&status["numberAvailable"]);
    if body["spec"]["updateStrategy"]["type"] == "OnDelete" {
        return healthy(format!(
            "daemon set {updated} out of {wanted} new pods have been updated"
        ));
    }
    let waiting = |what: &str| {
        progressing(format!(
            "Waiting for daemon set {:?} rollout to finish: {what}",
            name(body)
        ))
    };
    if updated < wanted {
        waiting(&format!(
            "{updated} out of {wanted} new pods have been updated..."
        ))
    } else if available < wanted {
        waiting(&format!("{available} of {wanted} updated pods are available..."))
    } else {
        healthy("")
    }
}
