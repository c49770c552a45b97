//! Networks, volumes, extensions and secrets.

use plumb_model::{Health, HealthStatus::*};
use serde_json::{Value, json};

use crate::assess;

use super::{check, says};

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
            (json!({}), json!({}), Progressing, "Status conditions not found"),
            (
                json!({}),
                says("Established", "False", "Installing"),
                Progressing,
                "CRD is being installed",
            ),
            (
                json!({}),
                says("Established", "False", "Broken"),
                Degraded,
                "CRD is not established",
            ),
            (
                json!({}),
                says("NamesAccepted", "True", ""),
                Degraded,
                "CRD is not established",
            ),
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
    check(
        "policy/v1",
        "PodDisruptionBudget",
        &[
            (
                json!({}),
                says("DisruptionAllowed", "False", "InsufficientPods"),
                Healthy,
                "PodDisruptionBudget has InsufficientPods",
            ),
            (
                json!({}),
                says("DisruptionAllowed", "False", "SyncFailed"),
                Degraded,
                "PodDisruptionBudget has SyncFailed",
            ),
            (json!({}), json!({}), Progressing, "Waiting for status"),
        ],
    );
}

#[test]
fn cron_jobs() {
    let (early, late) = ("2026-08-01T10:00:00Z", "2026-08-01T11:00:00Z");
    let ran = |scheduled: &str, succeeded: &str, active: Value| json!({"lastScheduleTime": scheduled, "lastSuccessfulTime": succeeded, "active": active});
    check(
        "batch/v1",
        "CronJob",
        &[
            (
                json!({"suspend": true}),
                ran(late, early, json!([])),
                Healthy,
                "CronJob is Suspended",
            ),
            (json!({}), Value::Null, Progressing, "Waiting for CronJob"),
            (
                json!({}),
                json!({}),
                Healthy,
                "CronJob has not been scheduled yet",
            ),
            (
                json!({}),
                json!({"lastScheduleTime": early}),
                Healthy,
                "The CronJob never completed successfully. It may not be healthy",
            ),
            (
                json!({}),
                ran(late, early, json!([{"name": "web"}])),
                Healthy,
                "The job is running. Its last execution may not have been successful",
            ),
            (
                json!({}),
                ran(late, early, json!([])),
                Degraded,
                "CronJob has not completed its last execution successfully",
            ),
            (
                json!({}),
                ran(early, late, Value::Null),
                Healthy,
                "CronJob has completed its last execution successfully",
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
