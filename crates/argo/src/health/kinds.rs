//! The health of kinds of Argo's own.

use plumb_model::{Health, HealthStatus};
use serde_json::Value;

/// A Rollout tells its phase; one of an old version has to be judged by its numbers, as a Deployment is.
pub(super) fn rollout(body: &Value) -> Option<Health> {
    let (spec, status) = (&body["spec"], &body["status"]);
    if !is_observed(body) {
        return told(
            HealthStatus::Progressing,
            "Waiting for rollout spec update to be observed",
        );
    }
    match text(&status["phase"]) {
        "" => {}
        phase => return by_phase(phase, text(&status["message"])),
    }
    let stops = |condition: &&Value| {
        let reason = text(&condition["reason"]);
        condition["type"] == "InvalidSpec"
            || (condition["type"] == "Progressing"
                && matches!(reason, "RolloutAborted" | "ProgressDeadlineExceeded"))
    };
    if let Some(stopped) = items(&status["conditions"]).find(stops) {
        return told(HealthStatus::Degraded, text(&stopped["message"]));
    }
    if items(&status["pauseConditions"]).next().is_some() || spec["paused"] == true {
        return told(HealthStatus::Suspended, "Rollout is paused");
    }
    match still_to_do(spec, status) {
        Some(what) => told(
            HealthStatus::Progressing,
            &format!("Waiting for rollout to finish: {what}"),
        ),
        None => told(HealthStatus::Healthy, ""),
    }
}

/// What an old Rollout still has before it.
fn still_to_do(spec: &Value, status: &Value) -> Option<&'static str> {
    let count = |value: &Value, absent: i64| value.as_i64().unwrap_or(absent);
    let updated = count(&status["updatedReplicas"], 0);
    let newest = text(&status["currentPodHash"]);
    let stable = match text(&status["stableRS"]) {
        "" => text(&status["canary"]["stableRS"]),
        stable => stable,
    };
    if newest.is_empty() {
        Some("status has not been reconciled")
    } else if updated < count(&spec["replicas"], 1) {
        Some("more replicas need to be updated")
    } else if count(&status["availableReplicas"], 0) < updated {
        Some("updated replicas are still becoming available")
    } else if spec["strategy"]["blueGreen"].is_object() {
        let active = text(&status["blueGreen"]["activeSelector"]) == newest;
        match (active, stable.is_empty() || stable == newest) {
            (false, _) => Some("active service cutover pending"),
            (true, false) => Some("waiting for analysis to complete"),
            (true, true) => None,
        }
    } else if spec["strategy"]["canary"].is_object() {
        if count(&status["replicas"], 0) > updated {
            Some("old replicas are pending termination")
        } else {
            (stable != newest).then_some("steps are not done")
        }
    } else {
        None
    }
}

/// Whether the controller has seen the newest spec, of the Rollout and of the workload that it stands for. Old versions wrote a
/// digest in place of the generation.
fn is_observed(body: &Value) -> bool {
    let status = &body["status"];
    if !status.is_object() {
        return false;
    }
    let number = |value: &Value| value.as_i64().or_else(|| value.as_str()?.parse().ok());
    let generation = number(&body["metadata"]["generation"]);
    let seen = number(&status["observedGeneration"]).is_none_or(|seen| {
        let generation = generation.unwrap_or_default();
        seen >= generation
    });
    let wanted = &body["metadata"]["annotations"]["rollout.argoproj.io/workload-generation"];
    let workload = body["spec"]["workloadRef"].is_null()
        || body["metadata"]["annotations"].is_null()
        || number(wanted) == number(&status["workloadObservedGeneration"]);
    seen && workload
}

/// Runs and experiments are judged by their phase; one that has none has not begun.
pub(super) fn run(body: &Value) -> Option<Health> {
    let status = &body["status"];
    by_phase(text(&status["phase"]), text(&status["message"]))
}

fn by_phase(phase: &str, message: &str) -> Option<Health> {
    let status = match phase {
        "Healthy" | "Successful" | "Succeeded" => HealthStatus::Healthy,
        "" | "Pending" | "Running" | "Progressing" => HealthStatus::Progressing,
        "Degraded" | "Failed" | "Error" => HealthStatus::Degraded,
        "Paused" => HealthStatus::Suspended,
        _ => HealthStatus::Unknown,
    };
    told(status, message)
}

/// An ApplicationSet is well when it could make and update its Applications.
pub(super) fn application_set(body: &Value) -> Option<Health> {
    let conditions = || items(&body["status"]["conditions"]);
    let is = |kind: &str, status: &str| {
        conditions().find(|found| found["type"] == *kind && found["status"] == *status)
    };
    if let Some(failing) = is("ErrorOccurred", "True").or_else(|| is("ResourcesUpToDate", "False")) {
        return told(HealthStatus::Degraded, text(&failing["message"]));
    }
    if let Some(rolling) = is("RolloutProgressing", "True") {
        return told(HealthStatus::Progressing, text(&rolling["message"]));
    }
    match is("ResourcesUpToDate", "True") {
        Some(done) => told(HealthStatus::Healthy, text(&done["message"])),
        None => told(HealthStatus::Progressing, "Waiting for the status to be reported"),
    }
}

fn told(status: HealthStatus, message: &str) -> Option<Health> {
    Some(Health::new(status, message))
}

fn text(value: &Value) -> &str {
    value.as_str().unwrap_or_default()
}

fn items(value: &Value) -> impl Iterator<Item = &Value> {
    value.as_array().into_iter().flatten()
}
