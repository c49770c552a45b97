//! Kinds of which Ready says all: true is healthy, false is an error that somebody should look at.

use plumb_model::Health;
use serde_json::Value;

use crate::{
    conditions::said,
    fields::{condition, degraded, healthy, progressing, text},
};

pub(crate) fn assess(body: &Value) -> Health {
    match condition(body, "Ready") {
        Some(ready) if ready["status"] == "True" => healthy(said(ready)),
        Some(ready) if ready["status"] == "False" => degraded(said(ready)),
        _ => progressing(format!("Waiting for {} to be ready", text(&body["kind"]))),
    }
}
