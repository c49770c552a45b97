//! Rows of pods and pod templates.
//!
//! **Start at** [`pods`]; the STATUS column is [`status`].

use super::{age, containers, count, items, labels, name, own_age, size, text};
use serde_json::Value;

/// NAME READY STATUS RESTARTS AGE IP NODE NOMINATED-NODE READINESS-GATES
pub(super) fn pods(pod: &Value) -> Vec<Value> {
    let statuses = &pod["status"]["containerStatuses"];
    let ready = items(statuses).filter(|status| status["ready"] == true).count();
    let total = size(&pod["spec"]["containers"]);
    vec![
        name(pod),
        format!("{ready}/{total}").into(),
        status(pod).into(),
        restarts(pod).into(),
        own_age(pod),
        text(&pod["status"]["podIP"], "<none>"),
        text(&pod["spec"]["nodeName"], "<none>"),
        text(&pod["status"]["nominatedNodeName"], "<none>"),
        gates(pod).into(),
    ]
}

/// NAME CONTAINERS IMAGES POD-LABELS
pub(super) fn templates(template: &Value) -> Vec<Value> {
    let [names, images] = containers(&template["template"]["spec"]);
    vec![
        name(template),
        names,
        images,
        labels(&template["template"]["metadata"]["labels"], "<none>"),
    ]
}

/// The one word that tells how a pod is.
fn status(pod: &Value) -> String {
    let state = &pod["status"];
    let word = |value: &Value| value.as_str().filter(|text| !text.is_empty()).map(str::to_owned);
    let mut reason = word(&state["reason"])
        .or_else(|| word(&state["phase"]))
        .unwrap_or_default();
    if items(&state["conditions"]).any(|c| c["type"] == "PodScheduled" && c["reason"] == "SchedulingGated") {
        reason = "SchedulingGated".to_owned();
    }
    match initializing(pod) {
        Some(init) => reason = init,
        None => {
            let mut running = false;
            for container in items(&state["containerStatuses"])
                .collect::<Vec<_>>()
                .into_iter()
                .rev()
            {
                let now = &container["state"];
                if let Some(waiting) = word(&now["waiting"]["reason"]) {
                    reason = waiting;
                } else if now.get("terminated").is_some() {
                    reason = terminated(&now["terminated"]);
                } else if container["ready"] == true && now.get("running").is_some() {
                    running = true;
                }
            }
            if reason == "Completed" && running {
                let ready =
                    items(&state["conditions"]).any(|c| c["type"] == "Ready" && c["status"] == "True");
                reason = if ready { "Running" } else { "NotReady" }.to_owned();
            }
        }
    }
    if pod["metadata"].get("deletionTimestamp").is_some() {
        reason = if state["reason"] == "NodeLost" {
            "Unknown"
        } else {
            "Terminating"
        }
        .to_owned();
    }
    reason
}

fn initializing(pod: &Value) -> Option<String> {
    let total = size(&pod["spec"]["initContainers"]);
    for (at, container) in items(&pod["status"]["initContainerStatuses"]).enumerate() {
        let state = &container["state"];
        if state["terminated"]["exitCode"] == 0 || container["started"] == true {
            continue;
        }
        if state.get("terminated").is_some() {
            return Some(format!("Init:{}", terminated(&state["terminated"])));
        }
        return match state["waiting"]["reason"].as_str() {
            Some(reason) if !reason.is_empty() && reason != "PodInitializing" => {
                Some(format!("Init:{reason}"))
            }
            _ => Some(format!("Init:{at}/{total}")),
        };
    }
    None
}

fn terminated(state: &Value) -> String {
    match (
        state["reason"].as_str(),
        count(&state["signal"]),
        count(&state["exitCode"]),
    ) {
        (Some(reason), ..) if !reason.is_empty() => reason.to_owned(),
        (_, 0, code) => format!("ExitCode:{code}"),
        (_, signal, _) => format!("Signal:{signal}"),
    }
}

fn restarts(pod: &Value) -> String {
    let total: i64 = items(&pod["status"]["containerStatuses"])
        .map(|status| count(&status["restartCount"]))
        .sum();
    let ended = items(&pod["status"]["containerStatuses"])
        .filter_map(|status| status["lastState"]["terminated"]["finishedAt"].as_str())
        .max();
    match ended {
        Some(time) if total > 0 => format!("{total} ({} ago)", age(&time.into())),
        _ => total.to_string(),
    }
}

fn gates(pod: &Value) -> String {
    let gates = &pod["spec"]["readinessGates"];
    let total = size(gates);
    if total == 0 {
        return "<none>".to_owned();
    }
    let conditions = &pod["status"]["conditions"];
    let is_true = |gate: &&Value| {
        items(conditions).any(|c| c["type"] == gate["conditionType"] && c["status"] == "True")
    };
    format!("{}/{total}", items(gates).filter(is_true).count())
}
