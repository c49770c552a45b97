//! A StatefulSet is healthy when all replicas are ready and, unless told otherwise, of the newest template.

use plumb_model::Health;
use serde_json::Value;

use crate::fields::{healthy, is_observed, number, progressing, text};

pub(crate) fn assess(body: &Value) -> Health {
    let (spec, status) = (&body["spec"], &body["status"]);
    if number(&status["observedGeneration"]) == 0 || !is_observed(body) {
        return progressing("Waiting for statefulset spec update to be observed...");
    }
    let replicas = spec["replicas"].as_i64();
    let ready = number(&status["readyReplicas"]);
    if let Some(wanted) = replicas.filter(|wanted| ready < *wanted) {
        return progressing(format!("Waiting for {} pods to be ready...", wanted - ready));
    }
    let updated = number(&status["updatedReplicas"]);
    let strategy = &spec["updateStrategy"];
    if strategy["type"] == "RollingUpdate" && strategy["rollingUpdate"].is_object() {
        return partitioned(replicas, strategy["rollingUpdate"]["partition"].as_i64(), updated);
    }
    if strategy["type"] == "OnDelete" {
        return healthy(format!("statefulset has {ready} ready pods"));
    }
    let (newest, current) = (text(&status["updateRevision"]), text(&status["currentRevision"]));
    if newest != current {
        return progressing(format!(
            "waiting for statefulset rolling update to complete {updated} pods at revision {newest}..."
        ));
    }
    let at = number(&status["currentReplicas"]);
    healthy(format!(
        "statefulset rolling update complete {at} pods at revision {current}..."
    ))
}

/// Replicas below the partition keep the old template on purpose.
fn partitioned(replicas: Option<i64>, partition: Option<i64>, updated: i64) -> Health {
    if let (Some(replicas), Some(partition)) = (replicas, partition)
        && updated < replicas - partition
    {
        return progressing(format!(
            "Waiting for partitioned roll out to finish: {updated} out of {} new pods have been updated...",
            replicas - partition
        ));
    }
    healthy(format!(
        "partitioned roll out complete: {updated} new pods have been updated..."
    ))
}
