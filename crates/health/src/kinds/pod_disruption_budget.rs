//! A PodDisruptionBudget is healthy when its controller can keep it, however many disruptions it allows.

use plumb_model::Health;
use serde_json::Value;

use crate::fields::{degraded, healthy, items, progressing, text};

pub(crate) fn assess(body: &Value) -> Health {
    let says = |condition: &Value| format!("PodDisruptionBudget has {}", text(&condition["reason"]));
    let conditions = || items(&body["status"]["conditions"]);
    // Too few Pods to lose any is what a budget is for.
    let fails =
        |condition: &&Value| condition["status"] == "False" && condition["reason"] != "InsufficientPods";
    match (conditions().find(fails), conditions().last()) {
        (Some(failing), _) => degraded(says(failing)),
        (None, Some(last)) => healthy(says(last)),
        (None, None) => progressing("Waiting for status"),
    }
}
