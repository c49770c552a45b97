//! What the Prometheus operator runs is healthy when all instances are available.

use plumb_model::Health;
use serde_json::Value;

use crate::{
    conditions::said,
    fields::{condition, degraded, healthy, progressing},
};

pub(crate) fn assess(body: &Value) -> Health {
    match condition(body, "Available") {
        None => progressing("Waiting for initialization"),
        Some(found) if found["status"] == "True" => healthy("All instances are available"),
        Some(found) if found["reason"] == "SomePodsNotReady" => progressing(said(found)),
        Some(found) => degraded(said(found)),
    }
}
