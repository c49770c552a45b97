//! Objects and their health, kind by kind.

use plumb_model::{Health, HealthStatus, HealthStatus::*};
use serde_json::{Value, json};

use crate::{aggregate, assess};

/// Asserts status and message of each object of one kind: spec, status, expected.
fn check(api_version: &str, kind: &str, cases: &[(Value, Value, HealthStatus, &str)]) {
    for (spec, status, expected, message) in cases {
        let body = json!({
            "apiVersion": api_version, "kind": kind,
            "metadata": {"name": "web", "namespace": "default", "generation": 2},
            "spec": spec, "status": status,
        });
        assert_eq!(assess(&body), Some(Health::new(*expected, *message)), "{body}");
    }
}

fn says(kind: &str, status: &str, reason: &str) -> Value {
    json!({"conditions": [{"type": kind, "status": status, "reason": reason, "message": "because"}]})
}

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

#[test]
fn services_and_ingresses() {
    let address = || json!({"loadBalancer": {"ingress": [{"hostname": "h"}]}});
    let balancer = || json!({"type": "LoadBalancer"});
    check(
        "v1",
        "Service",
        &[
            (json!({"type": "ClusterIP"}), json!({}), Healthy, ""),
            (balancer(), json!({"loadBalancer": {}}), Progressing, ""),
            (balancer(), address(), Healthy, ""),
        ],
    );
    for group in ["networking.k8s.io/v1", "extensions/v1beta1"] {
        check(
            group,
            "Ingress",
            &[
                (
                    json!({}),
                    json!({"loadBalancer": {"ingress": []}}),
                    Progressing,
                    "",
                ),
                (json!({}), address(), Healthy, ""),
            ],
        );
    }
}

#[test]
fn volume_claims() {
    let phase = |phase: &str| json!({"phase": phase});
    check(
        "v1",
        "PersistentVolumeClaim",
        &[
            (json!({}), phase("Bound"), Healthy, ""),
            (json!({}), phase("Pending"), Progressing, ""),
            (json!({}), phase("Lost"), Degraded, ""),
            (json!({}), json!({}), Unknown, ""),
        ],
    );
}

#[test]
fn autoscalers() {
    check(
        "autoscaling/v2",
        "HorizontalPodAutoscaler",
        &[
            (json!({}), json!({}), Progressing, "Waiting to Autoscale"),
            (
                json!({}),
                says("AbleToScale", "True", "ReadyForNewScale"),
                Healthy,
                "because",
            ),
            (
                json!({}),
                says("AbleToScale", "False", "FailedGetScale"),
                Degraded,
                "because",
            ),
            (
                json!({}),
                says("ScalingActive", "False", "FailedGetResourceMetric"),
                Degraded,
                "because",
            ),
            (
                json!({}),
                says("ScalingActive", "False", "ScalingDisabled"),
                Progressing,
                "Waiting to Autoscale",
            ),
        ],
    );
    let first_version = json!({
        "apiVersion": "autoscaling/v1", "kind": "HorizontalPodAutoscaler",
        "metadata": {"annotations": {"autoscaling.alpha.kubernetes.io/conditions":
            r#"[{"type":"AbleToScale","status":"True","message":"fine"}]"#}},
    });
    assert_eq!(assess(&first_version), Some(Health::new(Healthy, "fine")));
}

#[test]
fn definitions_and_extensions_of_the_api() {
    check(
        "apiextensions.k8s.io/v1",
        "CustomResourceDefinition",
        &[
            (json!({}), json!({}), Progressing, "CRD is not established"),
            (
                json!({}),
                says("Established", "True", ""),
                Healthy,
                "CRD is healthy",
            ),
            (
                json!({}),
                says("NamesAccepted", "False", ""),
                Degraded,
                "CRD names have not been accepted: because",
            ),
            (
                json!({}),
                says("Terminating", "True", ""),
                Progressing,
                "CRD is terminating: because",
            ),
        ],
    );
    check(
        "apiregistration.k8s.io/v1",
        "APIService",
        &[
            (json!({}), json!({}), Progressing, "Waiting to be processed"),
            (
                json!({}),
                says("Available", "True", "Passed"),
                Healthy,
                "Passed: because",
            ),
            (
                json!({}),
                says("Available", "False", "Missing"),
                Progressing,
                "Missing: because",
            ),
        ],
    );
}

#[test]
fn disruption_budgets() {
    let observed = |reason: &str| {
        let mut status = says("DisruptionAllowed", "False", reason);
        status["observedGeneration"] = json!(2);
        status
    };
    check(
        "policy/v1",
        "PodDisruptionBudget",
        &[
            (json!({}), observed("InsufficientPods"), Healthy, ""),
            (json!({}), observed("SyncFailed"), Degraded, "because"),
            (
                json!({}),
                json!({}),
                Progressing,
                "Waiting for the latest generation to be observed",
            ),
        ],
    );
}

#[test]
fn secrets_and_certificates() {
    check(
        "bitnami.com/v1alpha1",
        "SealedSecret",
        &[
            (
                json!({}),
                Value::Null,
                Progressing,
                "Waiting for Sealed Secret to be decrypted",
            ),
            (json!({}), says("Synced", "False", ""), Degraded, "because"),
            (json!({}), says("Synced", "True", ""), Healthy, "because"),
        ],
    );
    for version in ["v1", "v1beta1"] {
        check(
            &format!("external-secrets.io/{version}"),
            "ExternalSecret",
            &[
                (
                    json!({}),
                    Value::Null,
                    Progressing,
                    "Waiting for ExternalSecret to be ready",
                ),
                (
                    json!({}),
                    says("Ready", "False", "SecretSyncedError"),
                    Degraded,
                    "because",
                ),
                (
                    json!({}),
                    says("Ready", "True", "SecretSynced"),
                    Healthy,
                    "because",
                ),
            ],
        );
    }
    let issuing = json!({"conditions": [
        {"type": "Ready", "status": "False", "message": "no"},
        {"type": "Issuing", "status": "True", "message": "soon"},
    ]});
    check(
        "cert-manager.io/v1",
        "Certificate",
        &[
            (json!({}), issuing, Progressing, "soon"),
            (json!({}), says("Ready", "False", ""), Degraded, "because"),
            (json!({}), says("Ready", "True", ""), Healthy, "because"),
        ],
    );
}

#[test]
fn other_kinds_are_told_from_their_conditions() {
    let observed = |seen: i64, mut status: Value| {
        status["observedGeneration"] = json!(seen);
        status
    };
    check(
        "example.com/v1",
        "Widget",
        &[
            (json!({}), says("Ready", "True", ""), Healthy, "because"),
            (json!({}), says("Ready", "False", ""), Progressing, "because"),
            (
                json!({}),
                says("Available", "Unknown", ""),
                Progressing,
                "because",
            ),
            (json!({}), says("Stalled", "True", ""), Degraded, "because"),
            (json!({}), says("Reconciling", "True", ""), Progressing, "because"),
            (json!({}), observed(2, json!({})), Healthy, ""),
            (
                json!({}),
                observed(2, says("Reconciling", "False", "")),
                Healthy,
                "",
            ),
            (
                json!({}),
                observed(1, says("Ready", "True", "")),
                Progressing,
                "Waiting for the latest generation to be observed",
            ),
            (
                json!({}),
                json!({"conditions": [{"type": "Ready", "status": "False", "reason": "Waiting"}]}),
                Progressing,
                "Waiting",
            ),
        ],
    );
}

#[test]
fn kinds_without_health_have_none() {
    for (api_version, kind, status) in [
        ("v1", "ConfigMap", Value::Null),
        ("v1", "Secret", Value::Null),
        ("v1", "Namespace", json!({"phase": "Active"})),
        ("v1", "Node", says("Ready", "False", "")),
        (
            "batch/v1",
            "CronJob",
            json!({"lastScheduleTime": "2026-08-01T10:00:00Z"}),
        ),
        ("rbac.authorization.k8s.io/v1", "Role", Value::Null),
        ("example.com/v1", "Widget", json!({"phase": "x"})),
    ] {
        let body =
            json!({"apiVersion": api_version, "kind": kind, "metadata": {"generation": 1}, "status": status});
        assert_eq!(assess(&body), None, "{kind}");
    }
    assert_eq!(assess(&Value::Null), None);
}

#[test]
fn what_is_being_deleted_is_on_its_way() {
    let body = json!({"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"deletionTimestamp": "2026-08-01T10:00:00Z"}});
    assert_eq!(assess(&body), Some(Health::new(Progressing, "Pending deletion")));
}

#[test]
fn the_worst_that_counts_is_the_whole() {
    let health = |status: HealthStatus| Health::new(status, status.to_string());
    for (parts, whole) in [
        (&[][..], Health::healthy()),
        (
            &[(Healthy, true), (Progressing, true), (Suspended, true)],
            health(Progressing),
        ),
        (&[(Degraded, false), (Suspended, true)], health(Suspended)),
        (&[(Degraded, true), (Unknown, true)], health(Unknown)),
        (&[(Missing, true), (Progressing, true)], health(Progressing)),
        (&[(Missing, true), (Healthy, false)], Health::healthy()),
        (&[(Missing, true), (Missing, true)], health(Missing)),
        (&[(Missing, false)], Health::healthy()),
    ] {
        let parts: Vec<(Health, bool)> = parts
            .iter()
            .map(|(status, counts)| (health(*status), *counts))
            .collect();
        assert_eq!(
            aggregate(parts.iter().map(|(health, counts)| (health, *counts))),
            whole,
            "{parts:?}"
        );
    }
}
