//! A Job is healthy when it has completed.

use plumb_model::Health;
use serde_json::Value;

use crate::fields::{degraded, healthy, items, progressing, suspended, text};

pub(crate) fn assess(body: &Value) -> Health {
    let holds = |kind: &str| {
        items(&body["status"]["conditions"])
            .find(|found| found["type"] == *kind && found["status"] != "False")
    };
    if let Some(failed) = holds("Failed") {
        degraded(text(&failed["message"]))
    } else if let Some(paused) = holds("Suspended") {
        suspended(text(&paused["message"]))
    } else if let Some(complete) = holds("Complete") {
        healthy(text(&complete["message"]))
    } else {
        progressing("")
    }
}
