//! An APIService is healthy when it is available.

use plumb_model::Health;
use serde_json::Value;

use crate::fields::{condition, healthy, progressing, text};

pub(crate) fn assess(body: &Value) -> Health {
    let Some(available) = condition(body, "Available") else {
        return progressing("Waiting to be processed");
    };
    let message = format!("{}: {}", text(&available["reason"]), text(&available["message"]));
    if available["status"] == "True" {
        healthy(message)
    } else {
        progressing(message)
    }
}
