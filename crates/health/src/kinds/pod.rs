//! A Pod is healthy when it is ready, or has done its work.

use plumb_model::Health;
use serde_json::Value;

use crate::fields::{condition, degraded, healthy, items, progressing, text, unknown};

pub(crate) fn assess(body: &Value) -> Health {
    let status = &body["status"];
    let restarts = body["spec"]["restartPolicy"] == "Always";
    if restarts && let Some(failing) = waiting_in_error(status) {
        return failing;
    }
    let message = text(&status["message"]);
    match text(&status["phase"]) {
        "Pending" => progressing(message),
        "Succeeded" => healthy(message),
        "Failed" => degraded(failure(status)),
        // A Pod that is to end is on its way until it has.
        "Running" if !restarts => progressing(message),
        "Running" => running(body, message),
        _ => unknown(message),
    }
}

fn running(body: &Value, message: &str) -> Health {
    if condition(body, "Ready").is_some_and(|ready| ready["status"] == "True") {
        return healthy(message);
    }
    let has_crashed = items(&body["status"]["containerStatuses"])
        .any(|container| container["lastState"]["terminated"].is_object());
    if has_crashed {
        degraded(message)
    } else {
        progressing(message)
    }
}

/// Containers that wait for a reason that does not pass by itself, such as an image that cannot be had.
fn waiting_in_error(status: &Value) -> Option<Health> {
    let messages: Vec<&str> = items(&status["containerStatuses"])
        .map(|container| &container["state"]["waiting"])
        .filter(|waiting| {
            let reason = text(&waiting["reason"]);
            reason.starts_with("Err") || reason.ends_with("Error") || reason.ends_with("BackOff")
        })
        .map(|waiting| text(&waiting["message"]))
        .collect();
    (!messages.is_empty()).then(|| degraded(messages.join(", ")))
}

fn failure(status: &Value) -> String {
    let own = text(&status["message"]);
    if !own.is_empty() {
        return own.to_owned();
    }
    items(&status["initContainerStatuses"])
        .chain(items(&status["containerStatuses"]))
        .find_map(container_failure)
        .unwrap_or_default()
}

fn container_failure(container: &Value) -> Option<String> {
    let ended = &container["state"]["terminated"];
    let code = ended["exitCode"].as_i64()?;
    match (text(&ended["message"]), text(&ended["reason"])) {
        ("", "OOMKilled") => Some("OOMKilled".to_owned()),
        ("", _) if code != 0 => Some(format!(
            "container {:?} failed with exit code {code}",
            text(&container["name"])
        )),
        ("", _) => None,
        (message, _) => Some(message.to_owned()),
    }
}
