//! Clusters and machines of the Cluster API: the phase says how far they are, conditions what is wrong.

use plumb_model::Health;
use serde_json::Value;

use crate::{
    conditions::said,
    fields::{condition, degraded, healthy, progressing, suspended, text},
};

pub(crate) fn assess(body: &Value) -> Health {
    if body["spec"]["paused"] == true {
        return suspended(format!("{} is paused", text(&body["kind"])));
    }
    // On the way to being ready, Ready is false with severity Info.
    let failing =
        condition(body, "Ready").filter(|ready| ready["status"] == "False" && ready["severity"] != "Info");
    if let Some(ready) = failing {
        return degraded(said(ready));
    }
    match text(&body["status"]["phase"]) {
        phase @ ("Provisioned" | "Running") => healthy(phase),
        "Failed" => degraded(text(&body["status"]["failureMessage"])),
        "" => progressing("Waiting for the first status"),
        phase => progressing(phase),
    }
}
