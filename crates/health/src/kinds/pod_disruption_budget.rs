//! A PodDisruptionBudget is healthy when its controller can keep it, however many disruptions it allows.

use plumb_model::Health;
use serde_json::Value;

use crate::fields::{condition, degraded, healthy, is_observed, progressing, text};

pub(crate) fn assess(body: &Value) -> Health {
    if !is_observed(body) {
        return progressing("Waiting for the latest generation to be observed");
    }
    match condition(body, "DisruptionAllowed") {
        Some(failed) if failed["reason"] == "SyncFailed" => degraded(text(&failed["message"])),
        _ => healthy(""),
    }
}
