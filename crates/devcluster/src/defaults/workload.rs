//! Deployments and what else keeps pods running.
//!
//! **Start at** the function of the kind.

use super::{each, object, pod, present, set, storage};
use serde_json::Value;

/// Fills in a Deployment.
pub(super) fn deployment(deployment: &mut Value) {
    let spec = object(deployment, "spec");
    set(spec, "replicas", 1);
    set(spec, "revisionHistoryLimit", 10);
    set(spec, "progressDeadlineSeconds", 600);
    let strategy = object(spec, "strategy");
    set(strategy, "type", "RollingUpdate");
    if strategy["type"] == "RollingUpdate" {
        let rolling = object(strategy, "rollingUpdate");
        set(rolling, "maxUnavailable", "25%");
        set(rolling, "maxSurge", "25%");
    }
    pod::template(&mut spec["template"]);
}

/// Fills in a ReplicaSet.
pub(super) fn replica_set(workload: &mut Value) {
    let spec = object(workload, "spec");
    set(spec, "replicas", 1);
    if let Some(template) = present(spec, "template") {
        pod::template(template);
    }
}

/// Fills in a ReplicationController.
pub(super) fn replication_controller(controller: &mut Value) {
    let spec = object(controller, "spec");
    set(spec, "replicas", 1);
    if let Some(template) = present(spec, "template") {
        pod::template(template);
        let labels = template["metadata"]["labels"].clone();
        if !labels.is_null() {
            set(spec, "selector", labels);
        }
    }
}

/// Fills in a StatefulSet.
pub(super) fn stateful_set(workload: &mut Value) {
    let spec = object(workload, "spec");
    set(spec, "replicas", 1);
    set(spec, "revisionHistoryLimit", 10);
    set(spec, "podManagementPolicy", "OrderedReady");
    let strategy = object(spec, "updateStrategy");
    set(strategy, "type", "RollingUpdate");
    if strategy["type"] == "RollingUpdate" {
        set(object(strategy, "rollingUpdate"), "partition", 0);
    }
    let retention = object(spec, "persistentVolumeClaimRetentionPolicy");
    set(retention, "whenDeleted", "Retain");
    set(retention, "whenScaled", "Retain");
    pod::template(&mut spec["template"]);
    for claim in each(spec, "volumeClaimTemplates") {
        set(claim, "apiVersion", "v1");
        set(claim, "kind", "PersistentVolumeClaim");
        storage::claim(claim);
        set(object(claim, "status"), "phase", "Pending");
    }
}

/// Counts the changes of a DaemonSet's template; a field of old versions that is shown as an annotation.
const TEMPLATE_GENERATION: &str = "deprecated.daemonset.template.generation";

/// Counts a new template of a DaemonSet.
pub(super) fn count_template(current: Option<&Value>, workload: &mut Value) {
    let count = |object: &Value| {
        let text = object["metadata"]["annotations"][TEMPLATE_GENERATION].as_str();
        text.and_then(|text| text.parse::<i64>().ok()).unwrap_or(0)
    };
    let next = match current {
        None => count(workload).max(1),
        Some(current) if current["spec"]["template"] == workload["spec"]["template"] => count(current),
        Some(current) => count(current) + 1,
    };
    workload["metadata"]["annotations"][TEMPLATE_GENERATION] = next.to_string().into();
}

/// Keeps the count where only the status is written.
pub(super) fn keep_count(current: &Value, workload: &mut Value) {
    let count = &current["metadata"]["annotations"][TEMPLATE_GENERATION];
    workload["metadata"]["annotations"][TEMPLATE_GENERATION] = count.clone();
}

/// Fills in a DaemonSet.
pub(super) fn daemon_set(workload: &mut Value) {
    set(
        object(object(workload, "metadata"), "annotations"),
        TEMPLATE_GENERATION,
        "0",
    );
    let spec = object(workload, "spec");
    set(spec, "revisionHistoryLimit", 10);
    let strategy = object(spec, "updateStrategy");
    set(strategy, "type", "RollingUpdate");
    if strategy["type"] == "RollingUpdate" {
        let rolling = object(strategy, "rollingUpdate");
        set(rolling, "maxUnavailable", 1);
        set(rolling, "maxSurge", 0);
    }
    pod::template(&mut spec["template"]);
}
