//! Pods and what makes them.

use plumb_model::HealthStatus::*;
use serde_json::{Value, json};

use super::{check, says};

#[test]
fn deployments() {
    let three = || json!({"replicas": 3});
    check(
        "apps/v1",
        "Deployment",
        &[
            (
                three(),
                json!({"observedGeneration": 2, "replicas": 3, "updatedReplicas": 3, "availableReplicas": 3}),
                Healthy,
                "",
            ),
            (
                json!({"paused": true}),
                json!({}),
                Suspended,
                "Deployment is paused",
            ),
            (
                three(),
                json!({"observedGeneration": 1}),
                Progressing,
                "Waiting for rollout to finish: observed deployment generation less than desired generation",
            ),
            (
                three(),
                json!({"observedGeneration": 2, "replicas": 3, "updatedReplicas": 1}),
                Progressing,
                "Waiting for rollout to finish: 1 out of 3 new replicas have been updated...",
            ),
            (
                three(),
                json!({"observedGeneration": 2, "replicas": 4, "updatedReplicas": 3}),
                Progressing,
                "Waiting for rollout to finish: 1 old replicas are pending termination...",
            ),
            (
                three(),
                json!({"observedGeneration": 2, "replicas": 3, "updatedReplicas": 3, "availableReplicas": 2}),
                Progressing,
                "Waiting for rollout to finish: 2 of 3 updated replicas are available...",
            ),
            (
                three(),
                json!({"observedGeneration": 2, "conditions": [
                    {"type": "Progressing", "status": "False", "reason": "ProgressDeadlineExceeded"},
                ]}),
                Degraded,
                "Deployment \"web\" exceeded its progress deadline",
            ),
            (
                json!({"replicas": 0}),
                json!({"observedGeneration": 2}),
                Healthy,
                "",
            ),
        ],
    );
}

#[test]
fn daemon_sets() {
    let counts = |updated: i64, available: i64| {
        json!({"observedGeneration": 2, "desiredNumberScheduled": 3,
               "updatedNumberScheduled": updated, "numberAvailable": available})
    };
    check(
        "apps/v1",
        "DaemonSet",
        &[
            (json!({}), counts(3, 3), Healthy, ""),
            (
                json!({}),
                counts(2, 3),
                Progressing,
                "Waiting for daemon set \"web\" rollout to finish: 2 out of 3 new pods have been updated...",
            ),
            (
                json!({}),
                counts(3, 1),
                Progressing,
                "Waiting for daemon set \"web\" rollout to finish: 1 of 3 updated pods are available...",
            ),
            (
                json!({"updateStrategy": {"type": "OnDelete"}}),
                counts(0, 0),
                Healthy,
                "daemon set 0 out of 3 new pods have been updated",
            ),
            (
                json!({}),
                json!({}),
                Progressing,
                "Waiting for rollout to finish: observed daemon set generation less than desired generation",
            ),
        ],
    );
}

#[test]
fn stateful_sets() {
    let ready = |updated: i64| {
        json!({"observedGeneration": 2, "readyReplicas": 3, "updatedReplicas": updated, "currentReplicas": 3,
               "currentRevision": "a", "updateRevision": if updated < 3 { "b" } else { "a" }})
    };
    let partition = |partition: i64| json!({"replicas": 3, "updateStrategy": {"type": "RollingUpdate", "rollingUpdate": {"partition": partition}}});
    check(
        "apps/v1",
        "StatefulSet",
        &[
            (
                json!({"replicas": 3}),
                ready(3),
                Healthy,
                "statefulset rolling update complete 3 pods at revision a...",
            ),
            (
                json!({"replicas": 3}),
                ready(1),
                Progressing,
                "waiting for statefulset rolling update to complete 1 pods at revision b...",
            ),
            (
                json!({"replicas": 5}),
                ready(3),
                Progressing,
                "Waiting for 2 pods to be ready...",
            ),
            (
                partition(1),
                ready(1),
                Progressing,
                "Waiting for partitioned roll out to finish: 1 out of 2 new pods have been updated...",
            ),
            (
                partition(2),
                ready(1),
                Healthy,
                "partitioned roll out complete: 1 new pods have been updated...",
            ),
            (
                json!({"replicas": 3, "updateStrategy": {"type": "OnDelete"}}),
                ready(0),
                Healthy,
                "statefulset has 3 ready pods",
            ),
            (
                json!({"replicas": 0}),
                json!({}),
                Progressing,
                "Waiting for statefulset spec update to be observed...",
            ),
        ],
    );
}

#[test]
fn replica_sets() {
    let three = || json!({"replicas": 3});
    check(
        "apps/v1",
        "ReplicaSet",
        &[
            (
                three(),
                json!({"observedGeneration": 2, "availableReplicas": 3}),
                Healthy,
                "",
            ),
            (
                three(),
                json!({"observedGeneration": 2, "availableReplicas": 1}),
                Progressing,
                "Waiting for rollout to finish: 1 out of 3 new replicas are available...",
            ),
            (
                three(),
                json!({"observedGeneration": 2, "conditions": [
                    {"type": "ReplicaFailure", "status": "True", "message": "quota"},
                ]}),
                Degraded,
                "quota",
            ),
            (
                three(),
                json!({"observedGeneration": 1}),
                Progressing,
                "Waiting for rollout to finish: observed replica set generation less than desired generation",
            ),
        ],
    );
}

#[test]
fn pods() {
    let always = || json!({"restartPolicy": "Always"});
    let never = || json!({"restartPolicy": "Never"});
    let ready = |status: &str| json!([{"type": "Ready", "status": status}]);
    let ended = |ended: Value| json!({"phase": "Failed", "containerStatuses": [{"name": "c", "state": {"terminated": ended}}]});
    check(
        "v1",
        "Pod",
        &[
            (
                always(),
                json!({"phase": "Running", "conditions": ready("True")}),
                Healthy,
                "",
            ),
            (
                always(),
                json!({"phase": "Running", "conditions": ready("False")}),
                Progressing,
                "",
            ),
            (
                always(),
                json!({"phase": "Running", "conditions": ready("False"), "message": "m",
                       "containerStatuses": [{"lastState": {"terminated": {"exitCode": 1}}}]}),
                Degraded,
                "m",
            ),
            (
                always(),
                json!({"phase": "Pending", "containerStatuses": [
                    {"state": {"waiting": {"reason": "ImagePullBackOff", "message": "no such image"}}},
                    {"state": {"waiting": {"reason": "ContainerCreating", "message": "soon"}}},
                    {"state": {"waiting": {"reason": "ErrImagePull", "message": "denied"}}},
                ]}),
                Degraded,
                "no such image, denied",
            ),
            (
                never(),
                json!({"phase": "Pending", "containerStatuses": [{"state": {"waiting": {"reason": "ErrImagePull"}}}]}),
                Progressing,
                "",
            ),
            (
                never(),
                json!({"phase": "Running", "conditions": ready("True")}),
                Progressing,
                "",
            ),
            (never(), json!({"phase": "Succeeded"}), Healthy, ""),
            (
                never(),
                ended(json!({"exitCode": 3})),
                Degraded,
                "container \"c\" failed with exit code 3",
            ),
            (
                never(),
                ended(json!({"exitCode": 137, "reason": "OOMKilled"})),
                Degraded,
                "OOMKilled",
            ),
            (
                never(),
                ended(json!({"exitCode": 1, "message": "oops"})),
                Degraded,
                "oops",
            ),
            (
                never(),
                json!({"phase": "Failed", "message": "evicted"}),
                Degraded,
                "evicted",
            ),
            (never(), json!({}), Unknown, ""),
        ],
    );
}

#[test]
fn jobs() {
    check(
        "batch/v1",
        "Job",
        &[
            (json!({}), json!({"active": 1}), Progressing, ""),
            (json!({}), says("Complete", "True", ""), Healthy, "because"),
            (json!({}), says("Failed", "True", ""), Degraded, "because"),
            (json!({}), says("Suspended", "True", ""), Suspended, "because"),
            (json!({}), says("Suspended", "False", ""), Progressing, ""),
        ],
    );
}
