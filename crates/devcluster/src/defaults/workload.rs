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

/// Fills in a DaemonSet.
pub(super) fn daemon_set(workload: &mut Value) {
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

/// Counts the templates that a DaemonSet has had, in the annotation that the field became.
pub(super) fn template_generation(current: Option<&Value>, set: &mut Value) {
    const ANNOTATION: &str = "deprecated.daemonset.template.generation";
    let generation = current.map_or(1, |current| {
        let before = current["metadata"]["annotations"][ANNOTATION].as_str();
        let before: i64 = before.and_then(|text| text.parse().ok()).unwrap_or(1);
        before + i64::from(current["spec"]["template"] != set["spec"]["template"])
    });
    let annotations = object(object(set, "metadata"), "annotations");
    annotations[ANNOTATION] = generation.to_string().into();
}
