//! Deployments, jobs and their like.
//!
//! **Start at** [`selecting`] and [`job`].

use super::{config, immutable, metadata, pod};
use crate::{
    selector::Selector,
    status_error::{FieldError, FieldProblem},
};
use serde_json::Value;

/// Checks a kind whose selector must choose the pods of its own template.
pub(super) fn selecting(object: &Value) -> Vec<FieldError> {
    let is_new = object["metadata"]["resourceVersion"].is_null();
    let spec = &object["spec"];
    let mut errors = Vec::new();
    if spec["replicas"].as_i64().is_some_and(|replicas| replicas < 0) {
        let detail = "must be greater than or equal to 0";
        errors.push(FieldError::invalid("spec.replicas", &spec["replicas"], detail));
    }
    let selector = &spec["selector"];
    let template = &spec["template"];
    if object["kind"] == "DaemonSet" {
        // There, a selector that is missing only selects nothing.
    } else if selector.is_null() {
        errors.push(FieldError::required("spec.selector", ""));
    } else if size(&selector["matchLabels"]) + size(&selector["matchExpressions"]) == 0 {
        errors.push(FieldError::invalid(
            "spec.selector",
            selector,
            "empty selector is invalid for deployment",
        ));
    }
    if !selects(selector, template) {
        let labels = template["metadata"]["labels"].clone();
        let detail = "`selector` does not match template `labels`";
        errors.push(FieldError::invalid(
            "spec.template.metadata.labels",
            &labels,
            detail,
        ));
    }
    let update = &spec["updateStrategy"];
    if object["kind"] == "StatefulSet" && update["type"] == "OnDelete" && !update["rollingUpdate"].is_null() {
        let rolling = &update["rollingUpdate"];
        // It is shown as the struct within the server, with its fields in their order.
        let (partition, unavailable) = (&rolling["partition"], &rolling["maxUnavailable"]);
        errors.push(FieldError {
            kind: FieldProblem::Invalid,
            field: "spec.updateStrategy.rollingUpdate".to_owned(),
            value: None,
            detail: format!(
                "{{\"Partition\":{partition},\"MaxUnavailable\":{unavailable}}}: only allowed for updateStrategy \
                 'RollingUpdate'"
            ),
        });
    }
    // Those of a set that is there do not change, and are not looked at again.
    if is_new {
        for (at, claim) in spec["volumeClaimTemplates"]
            .as_array()
            .into_iter()
            .flatten()
            .enumerate()
        {
            let path = format!("spec.volumeClaimTemplates[{at}].spec");
            errors.extend(config::claim_spec(&claim["spec"], &path));
        }
    }
    let mut template = template.clone();
    mount_claims(spec, &mut template);
    errors.extend(self::template(&template, "spec.template"));
    if object["kind"] == "Deployment"
        && spec["strategy"]["type"] == "Recreate"
        && !spec["strategy"]["rollingUpdate"].is_null()
    {
        let why = "may not be specified when strategy `type` is 'Recreate'";
        errors.push(FieldError::forbidden("spec.strategy.rollingUpdate", why));
    }
    let policy = &template["spec"]["restartPolicy"];
    if policy.as_str().is_some_and(|policy| policy != "Always") {
        errors.push(FieldError::not_supported(
            "spec.template.spec.restartPolicy",
            policy,
            &["Always"],
        ));
    }
    errors
}

/// The claims of a StatefulSet are volumes of its pods, before those that the template names.
fn mount_claims(spec: &Value, template: &mut Value) {
    let claims = spec["volumeClaimTemplates"].as_array().into_iter().flatten();
    let names: Vec<Value> = claims.map(|claim| claim["metadata"]["name"].clone()).collect();
    if names.is_empty() || !template["spec"].is_object() {
        return;
    }
    let own = template["spec"]["volumes"].as_array().into_iter().flatten();
    let own = own.filter(|volume| !names.contains(&volume["name"])).cloned();
    let own: Vec<Value> = own.collect();
    let claim =
        |name: &Value| serde_json::json!({ "name": name, "persistentVolumeClaim": { "claimName": name } });
    template["spec"]["volumes"] = names.iter().map(claim).chain(own).collect();
}

/// Checks the counts in the status of such a kind.
pub(super) fn status(object: &Value) -> Vec<FieldError> {
    let status = &object["status"];
    let replicas = status["replicas"].as_i64().unwrap_or(0);
    let counts = ["updatedReplicas", "readyReplicas", "availableReplicas"].into_iter();
    let wrong = counts.filter(|field| {
        object["kind"] != "DaemonSet" && status[*field].as_i64().is_some_and(|count| count > replicas)
    });
    let why = "cannot be greater than status.replicas";
    wrong
        .map(|field| FieldError::invalid(format!("status.{field}"), &status[field], why))
        .collect()
}

/// A selector that is not there selects nothing; an empty one selects all.
fn selects(selector: &Value, template: &Value) -> bool {
    !selector.is_null() && Selector::from_object(selector).matches(template)
}

fn size(value: &Value) -> usize {
    value
        .as_object()
        .map(serde_json::Map::len)
        .or_else(|| value.as_array().map(Vec::len))
        .unwrap_or(0)
}

fn template(template: &Value, path: &str) -> Vec<FieldError> {
    let within = &template["metadata"];
    let mut errors = metadata::label_map(&within["labels"], &format!("{path}.labels"));
    errors.extend(metadata::annotations(
        &within["annotations"],
        &format!("{path}.annotations"),
    ));
    errors.extend(pod::spec(&template["spec"], &format!("{path}.spec")));
    errors
}

/// Checks the specification of a Job at a path.
pub(super) fn job(spec: &Value, path: &str) -> Vec<FieldError> {
    let mut errors = template(&spec["template"], &format!("{path}.template"));
    let policy = &spec["template"]["spec"]["restartPolicy"];
    if !matches!(policy.as_str(), Some("OnFailure" | "Never")) {
        let field = format!("{path}.template.spec.restartPolicy");
        errors.push(FieldError::required(
            field,
            "valid values: \"OnFailure\", \"Never\"",
        ));
    }
    errors.extend(selector_of_job(spec, path));
    errors
}

/// A Job that is there has a selector, and its template has the labels.
fn selector_of_job(spec: &Value, path: &str) -> Vec<FieldError> {
    let mut errors = Vec::new();
    if path != "spec" {
        return errors;
    }
    if spec["selector"].is_null() {
        errors.push(FieldError::required("spec.selector", ""));
    }
    if !selects(&spec["selector"], &spec["template"]) {
        let labels = &spec["template"]["metadata"]["labels"];
        let why = "`selector` does not match template `labels`";
        errors.push(FieldError::invalid("spec.template.metadata.labels", labels, why));
    }
    errors
}

/// The labels that the server gave the pods of a Job must stay.
pub(super) fn generated_labels(job: &Value) -> Vec<FieldError> {
    let spec = &job["spec"];
    if spec["manualSelector"] == true || spec["selector"].is_null() {
        return Vec::new();
    }
    let labels = &spec["template"]["metadata"]["labels"];
    let (uid, name) = (&job["metadata"]["uid"], &job["metadata"]["name"]);
    let expected = [
        ("controller-uid", uid),
        ("job-name", name),
        ("batch.kubernetes.io/controller-uid", uid),
        ("batch.kubernetes.io/job-name", name),
    ];
    let mut errors = Vec::new();
    for (label, value) in expected {
        let field = format!("spec.template.metadata.labels[{label}]");
        let wanted = format!("must be '{}'", value.as_str().unwrap_or_default());
        match labels.get(label) {
            None => errors.push(FieldError::required(field, wanted)),
            Some(found) if found != value => errors.push(FieldError::invalid(field, found, wanted)),
            Some(_) => {}
        }
    }
    let generated: serde_json::Map<String, Value> = expected
        .iter()
        .map(|(label, value)| ((*label).to_owned(), (*value).clone()))
        .collect();
    let generated = serde_json::json!({ "metadata": { "labels": generated } });
    if !selects(&spec["selector"], &generated) {
        let why = "`selector` not auto-generated";
        errors.push(FieldError::invalid("spec.selector", &spec["selector"], why));
    }
    errors
}

/// Checks a CronJob.
pub(super) fn cron_job(cron: &Value) -> Vec<FieldError> {
    let spec = &cron["spec"];
    let mut errors = Vec::new();
    let schedule = spec["schedule"].as_str().unwrap_or_default();
    if schedule.is_empty() {
        errors.push(FieldError::required("spec.schedule", ""));
    } else if !schedule.starts_with('@') && schedule.split_whitespace().count() != 5 {
        let detail = format!(
            "expected exactly 5 fields, found {}: [{schedule}]",
            schedule.split_whitespace().count()
        );
        errors.push(FieldError::invalid("spec.schedule", &spec["schedule"], detail));
    }
    errors.extend(job(&spec["jobTemplate"]["spec"], "spec.jobTemplate.spec"));
    errors
}

/// Refuses what may not change in a Job.
pub(super) fn job_change(current: &Value, job: &Value) -> Vec<FieldError> {
    let mut errors = Vec::new();
    for path in [
        ["spec", "completions"],
        ["spec", "selector"],
        ["spec", "template"],
        ["spec", "completionMode"],
    ] {
        // While it is suspended, the real server lets the scheduling fields of the template change.
        let free = path[1] == "template" && current["spec"]["suspend"] == true;
        if !free {
            errors.extend(immutable(current, job, &path));
        }
    }
    errors
}

/// Refuses what may not change in a StatefulSet.
pub(super) fn stateful_set_change(current: &Value, set: &Value) -> Vec<FieldError> {
    const FREE: [&str; 8] = [
        "replicas",
        "ordinals",
        "template",
        "updateStrategy",
        "revisionHistoryLimit",
        "persistentVolumeClaimRetentionPolicy",
        "minReadySeconds",
        "status",
    ];
    let fixed = |set: &Value| {
        let mut spec = set["spec"].clone();
        if let Some(spec) = spec.as_object_mut() {
            spec.retain(|key, _| !FREE.contains(&key.as_str()));
        }
        spec
    };
    if fixed(current) == fixed(set) {
        return Vec::new();
    }
    let detail = "updates to statefulset spec for fields other than 'replicas', 'ordinals', 'template', \
                  'updateStrategy', 'revisionHistoryLimit', 'persistentVolumeClaimRetentionPolicy' and \
                  'minReadySeconds' are forbidden";
    vec![FieldError::forbidden("spec", detail)]
}
