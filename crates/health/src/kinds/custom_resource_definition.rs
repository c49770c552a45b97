//! A CustomResourceDefinition is healthy when the server serves its kind.

use plumb_model::Health;
use serde_json::Value;

use crate::fields::{condition, degraded, healthy, items, progressing, text};

pub(crate) fn assess(body: &Value) -> Health {
    let says = |kind: &str, status: &str| condition(body, kind).filter(|found| found["status"] == *status);
    if let Some(terminating) = says("Terminating", "True") {
        return progressing(format!("CRD is terminating: {}", text(&terminating["message"])));
    }
    if let Some(refused) = says("NamesAccepted", "False") {
        return degraded(format!(
            "CRD names have not been accepted: {}",
            text(&refused["message"])
        ));
    }
    if says("Established", "True").is_none() {
        return match condition(body, "Established") {
            Some(found) if found["reason"] == "Installing" => progressing("CRD is being installed"),
            None if items(&body["status"]["conditions"]).next().is_none() => {
                progressing("Status conditions not found")
            }
            _ => degraded("CRD is not established"),
        };
    }
    match says("NonStructuralSchema", "True") {
        Some(violations) => degraded(format!(
            "Schema violations found: {}",
            text(&violations["message"])
        )),
        None => healthy("CRD is healthy"),
    }
}
