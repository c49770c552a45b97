//! Jobs and their schedules.
//!
//! **Start at** [`job`].

use super::{object, pod, present, set};
use serde_json::{Value, json};

/// Fills in the specification of a Job.
pub(super) fn job(spec: &mut Value) {
    if !spec.is_object() {
        return;
    }
    let given = |field: &str| spec.get(field).is_some_and(|value| !value.is_null());
    if !given("completions") && !given("parallelism") {
        set(spec, "completions", 1);
    }
    set(spec, "parallelism", 1);
    set(spec, "backoffLimit", 6);
    set(spec, "completionMode", "NonIndexed");
    set(spec, "suspend", false);
    set(spec, "manualSelector", false);
    let failed_only = spec.get("podFailurePolicy").is_some();
    set(
        spec,
        "podReplacementPolicy",
        if failed_only {
            "Failed"
        } else {
            "TerminatingOrFailed"
        },
    );
    if let Some(template) = present(spec, "template") {
        pod::template(template);
    }
}

/// A Job without labels has those of its pods.
pub(super) fn labels(job: &mut Value) {
    let labels = job["spec"]["template"]["metadata"]["labels"].clone();
    let own = &job["metadata"]["labels"];
    if labels.is_object() && own.as_object().is_none_or(serde_json::Map::is_empty) {
        job["metadata"]["labels"] = labels;
    }
}

/// Gives a new Job its selector, made from its uid.
pub(super) fn own_selector(job: &mut Value, labelled: bool) {
    if job["spec"]["manualSelector"] == true {
        return;
    }
    let metadata = &job["metadata"];
    let (uid, name) = (metadata["uid"].clone(), metadata["name"].clone());
    let spec = object(job, "spec");
    let labels = object(object(object(spec, "template"), "metadata"), "labels");
    for prefix in ["batch.kubernetes.io/", ""] {
        set(labels, &format!("{prefix}controller-uid"), uid.clone());
        set(labels, &format!("{prefix}job-name"), name.clone());
    }
    spec["selector"] = json!({ "matchLabels": { "batch.kubernetes.io/controller-uid": uid } });
    // Labels that were filled in are one map with those of the pods there.
    if !labelled {
        job["metadata"]["labels"] = job["spec"]["template"]["metadata"]["labels"].clone();
    }
}

/// Fills in a CronJob.
pub(super) fn cron_job(cron: &mut Value) {
    let spec = object(cron, "spec");
    set(spec, "concurrencyPolicy", "Allow");
    set(spec, "suspend", false);
    set(spec, "successfulJobsHistoryLimit", 3);
    set(spec, "failedJobsHistoryLimit", 1);
    let template = object(spec, "jobTemplate");
    object(template, "metadata");
    // The real server leaves the counts of a job to be filled in when the job is made.
    if let Some(pods) = present(object(template, "spec"), "template") {
        pod::template(pods);
    }
}
