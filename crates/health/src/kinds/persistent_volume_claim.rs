//! A PersistentVolumeClaim is healthy when it is bound.

use plumb_model::Health;
use serde_json::Value;

use crate::fields::{degraded, healthy, progressing, text, unknown};

pub(crate) fn assess(body: &Value) -> Health {
    match text(&body["status"]["phase"]) {
        "Bound" => healthy(""),
        "Pending" => progressing(""),
        "Lost" => degraded(""),
        _ => unknown(""),
    }
}
