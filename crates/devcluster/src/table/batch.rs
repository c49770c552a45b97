//! Rows of jobs, their schedules, and autoscalers.
//!
//! **Start at** the function of the kind.

use super::{age, between, containers, count, items, labels, name, own_age, size, text};
use serde_json::Value;

/// NAME STATUS COMPLETIONS DURATION AGE CONTAINERS IMAGES SELECTOR
pub(super) fn jobs(job: &Value) -> Vec<Value> {
    let [names, images] = containers(&job["spec"]["template"]["spec"]);
    let (spec, status) = (&job["spec"], &job["status"]);
    let succeeded = count(&status["succeeded"]);
    let completions = match (spec["completions"].as_i64(), spec["parallelism"].as_i64()) {
        (Some(wanted), _) => format!("{succeeded}/{wanted}"),
        (None, Some(many)) if many > 1 => format!("{succeeded}/1 of {many}"),
        _ => format!("{succeeded}/1"),
    };
    let duration = match (status.get("startTime"), status.get("completionTime")) {
        (None, _) => String::new(),
        (Some(start), end) => between(start, end),
    };
    vec![
        name(job),
        job_status(job).into(),
        completions.into(),
        duration.into(),
        own_age(job),
        names,
        images,
        labels(&spec["selector"], "<none>"),
    ]
}

fn job_status(job: &Value) -> &'static str {
    let has =
        |kind: &str| items(&job["status"]["conditions"]).any(|c| c["type"] == kind && c["status"] == "True");
    if has("Complete") {
        "Complete"
    } else if has("Failed") {
        "Failed"
    } else if job["metadata"].get("deletionTimestamp").is_some() {
        "Terminating"
    } else if has("Suspended") {
        "Suspended"
    } else if has("FailureTarget") {
        "FailureTarget"
    } else if has("SuccessCriteriaMet") {
        "SuccessCriteriaMet"
    } else {
        "Running"
    }
}

/// NAME SCHEDULE TIMEZONE SUSPEND ACTIVE LAST-SCHEDULE AGE CONTAINERS IMAGES SELECTOR
pub(super) fn cron_jobs(cron: &Value) -> Vec<Value> {
    let template = &cron["spec"]["jobTemplate"]["spec"];
    let [names, images] = containers(&template["template"]["spec"]);
    let last = match cron["status"].get("lastScheduleTime") {
        Some(time) => age(time),
        None => "<none>".to_owned(),
    };
    vec![
        name(cron),
        cron["spec"]["schedule"].clone(),
        text(&cron["spec"]["timeZone"], "<none>"),
        // A word, as kubectl prints it.
        if cron["spec"]["suspend"] == true {
            "True"
        } else {
            "False"
        }
        .into(),
        size(&cron["status"]["active"]).into(),
        last.into(),
        own_age(cron),
        names,
        images,
        labels(&template["selector"], "<none>"),
    ]
}

/// NAME REFERENCE TARGETS MINPODS MAXPODS REPLICAS AGE
pub(super) fn autoscalers(scaler: &Value) -> Vec<Value> {
    let spec = &scaler["spec"];
    let target = &spec["scaleTargetRef"];
    let word = |value: &Value| value.as_str().unwrap_or_default().to_owned();
    let minimum = spec["minReplicas"]
        .as_i64()
        .map_or_else(|| "<unset>".to_owned(), |number| number.to_string());
    vec![
        name(scaler),
        format!("{}/{}", word(&target["kind"]), word(&target["name"])).into(),
        targets(scaler).into(),
        minimum.into(),
        count(&spec["maxReplicas"]).into(),
        count(&scaler["status"]["currentReplicas"]).into(),
        own_age(scaler),
    ]
}

fn targets(scaler: &Value) -> String {
    if let Some(percent) = scaler["spec"]["targetCPUUtilizationPercentage"].as_i64() {
        return format!("cpu: <unknown>/{percent}%");
    }
    let one = |metric: &Value| {
        let source = &metric["resource"];
        let label = source["name"]
            .as_str()
            .map(|name| format!("{name}: "))
            .unwrap_or_default();
        let target = &source["target"];
        let goal = match (
            target["averageUtilization"].as_i64(),
            target["averageValue"].as_str(),
        ) {
            (Some(percent), _) => format!("{percent}%"),
            (None, Some(value)) => value.to_owned(),
            _ => "<unknown>".to_owned(),
        };
        format!("{label}<unknown>/{goal}")
    };
    let list: Vec<_> = items(&scaler["spec"]["metrics"]).map(one).collect();
    match list.len() {
        0 => "<none>".to_owned(),
        1 | 2 => list.join(", "),
        many => format!("{} + {} more...", list[..2].join(", "), many - 2),
    }
}
