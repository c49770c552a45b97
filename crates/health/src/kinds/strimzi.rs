//! What Strimzi manages is healthy when it is ready; an error is a condition of its own.

use plumb_model::Health;
use serde_json::Value;

use super::ready;
use crate::{
    conditions::said,
    fields::{condition, degraded, progressing},
};

pub(crate) fn assess(body: &Value) -> Health {
    match condition(body, "NotReady").filter(|found| found["status"] == "True") {
        Some(creating) if creating["reason"] == "Creating" => progressing(said(creating)),
        Some(failing) => degraded(said(failing)),
        None => ready::assess(body),
    }
}
