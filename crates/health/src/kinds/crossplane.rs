//! What Crossplane manages is healthy when it is as asked and ready.

use plumb_model::Health;
use serde_json::Value;

use crate::{
    conditions::said,
    fields::{condition, degraded, healthy, items, progressing},
};

/// Conditions that say, when false, that the cloud refused something.
const NEEDED: [&str; 2] = ["LastAsyncOperation", "Synced"];
/// Conditions that say, when true, that all is done.
const DONE: [&str; 6] = [
    "Ready",
    "Healthy",
    "Offered",
    "Established",
    "ValidPipeline",
    "RevisionHealthy",
];

pub(crate) fn assess(body: &Value) -> Health {
    let status = &body["status"];
    // Configurations are there to be read, and nobody tells of them but who uses them.
    if status.is_null() || status["users"].is_number() {
        return healthy("");
    }
    let has = |kind: &&str, status: &str| condition(body, kind).filter(|found| found["status"] == *status);
    if let Some(refused) = NEEDED.iter().find_map(|kind| has(kind, "False")) {
        return degraded(said(refused));
    }
    if let Some(done) = DONE.iter().find_map(|kind| has(kind, "True")) {
        return healthy(said(done));
    }
    let first = items(&status["conditions"]).next();
    progressing(first.map_or("Provisioning ...", said))
}
