//! Kinds without a rule of their own: the conventions that most controllers keep to.

use plumb_model::{Health, HealthStatus};
use serde_json::Value;

use crate::fields::{condition, degraded, healthy, is_observed, number, progressing, suspended, text};

/// Conditions that say, when true, that something is wrong.
const FAILURES: &[&str] = &[
    "Stalled",
    "ACK.Terminal",
    "Failed",
    "Error",
    "Invalid",
    "Degraded",
    "NotReady",
    "ReconcileError",
    "ReconcileFailed",
];
/// Conditions that say, when true, that all is well, the one that says most first.
const SUCCESSES: &[&str] = &[
    "Ready",
    "Available",
    "Healthy",
    "Succeeded",
    "Complete",
    "Accepted",
    "Valid",
];
/// Conditions that say, when false, that something is wrong.
const NEEDED: &[&str] = &["Synced", "Accepted", "Valid", "ResolvedRefs"];
/// What reasons have in them where something does not pass by itself.
const FAILING_REASONS: &[&str] = &["Fail", "Error", "Invalid"];
/// The fields by which people stop a controller from doing anything about an object.
const PAUSES: &[&str] = &["suspend", "suspended", "paused", "pause"];
/// The fields that a kind without conditions tells by one word how it is.
const WORDS: &[&str] = &["health", "phase", "state", "status"];

/// Health from `observedGeneration`, the common conditions, and the common words for a phase; `None` where the object has none of
/// them. Objects of the core group keep to other conventions.
pub(crate) fn assess(group: &str, body: &Value) -> Option<Health> {
    if group.is_empty() {
        return None;
    }
    if PAUSES.iter().any(|field| body["spec"][field] == true) {
        return Some(suspended("It is paused"));
    }
    let observes = body["status"]["observedGeneration"].is_number();
    if observes && !is_observed(body) {
        return Some(progressing("Waiting for the latest generation to be observed"));
    }
    let has = |kind: &str, status: &str| condition(body, kind).filter(|found| found["status"] == *status);
    if let Some(failing) = FAILURES.iter().find_map(|kind| has(kind, "True")) {
        return Some(degraded(said(failing)));
    }
    if let Some(reconciling) = has("Reconciling", "True") {
        return Some(progressing(said(reconciling)));
    }
    let word = word(body);
    if let Some(word) = word.filter(|word| word.0 == HealthStatus::Degraded) {
        return Some(Health::new(word.0, word.1));
    }
    if let Some(missing) = NEEDED.iter().find_map(|kind| has(kind, "False")) {
        let waits = text(&missing["reason"]).contains("Pending");
        let told = if waits { progressing } else { degraded };
        return Some(told(said(missing)));
    }
    if let Some(success) = SUCCESSES.iter().find_map(|kind| condition(body, kind)) {
        return Some(by_success(body, success));
    }
    match word {
        Some((status, word)) => Some(Health::new(status, word)),
        None => observes.then(|| healthy("")),
    }
}

fn by_success(body: &Value, success: &Value) -> Health {
    let seen = &success["observedGeneration"];
    if seen.is_number() && number(seen) < number(&body["metadata"]["generation"]) {
        return progressing("Waiting for the latest generation to be observed");
    }
    if success["status"] == "True" {
        healthy(said(success))
    } else {
        unmet(success)
    }
}

/// Not ready is how every object begins: only the reason tells whether it will stay so.
fn unmet(condition: &Value) -> Health {
    let reason = text(&condition["reason"]);
    let fails = condition["status"] == "False" && FAILING_REASONS.iter().any(|part| reason.contains(part));
    if fails {
        degraded(said(condition))
    } else {
        progressing(said(condition))
    }
}

/// What the word for the phase means, where it means the same to all. `Running` is the end of a service and the middle of a
/// job: it means nothing by itself.
fn word(body: &Value) -> Option<(HealthStatus, &str)> {
    let word = WORDS.iter().find_map(|field| body["status"][field].as_str())?;
    let plain: String = word
        .chars()
        .filter(|letter| letter.is_alphanumeric())
        .map(|letter| letter.to_ascii_lowercase())
        .collect();
    let status = match plain.as_str() {
        "failed" | "failure" | "error" | "degraded" | "invalid" | "configerror" | "red" | "rejected" => {
            HealthStatus::Degraded
        }
        "pending" | "progressing" | "inprogress" | "creating" | "provisioning" | "initializing"
        | "installing" | "starting" | "deploying" | "updating" | "upgrading" | "restarting"
        | "reconciling" | "scheduled" | "applyingchanges" | "migratingdata" | "scalingup" | "scalingdown"
        | "terminating" | "yellow" => HealthStatus::Progressing,
        "ready" | "active" | "available" | "healthy" | "succeeded" | "successful" | "success"
        | "complete" | "completed" | "bound" | "installed" | "green" => HealthStatus::Healthy,
        "suspended" | "paused" => HealthStatus::Suspended,
        "notfound" => HealthStatus::Missing,
        "unknown" => HealthStatus::Unknown,
        _ => return None,
    };
    Some((status, word))
}

/// What a condition says, or else why it is so.
pub(crate) fn said(condition: &Value) -> &str {
    match text(&condition["message"]) {
        "" => text(&condition["reason"]),
        message => message,
    }
}
