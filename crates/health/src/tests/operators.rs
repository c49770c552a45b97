//! Kinds of widely used operators.

use plumb_model::HealthStatus::*;
use serde_json::{Value, json};

use super::{check, says};

#[test]
fn what_crossplane_manages() {
    let both = |synced: &str, ready: &str| {
        json!({"conditions": [
        {"type": "Ready", "status": ready, "message": "ready"}, {"type": "Synced", "status": synced, "message": "synced"}]})
    };
    for group in ["s3.aws.crossplane.io/v1", "rds.aws.upbound.io/v1"] {
        check(
            group,
            "Thing",
            &[
                (json!({}), both("True", "True"), Healthy, "ready"),
                (json!({}), both("False", "True"), Degraded, "synced"),
                (json!({}), both("True", "False"), Progressing, "ready"),
                (json!({}), json!({}), Progressing, "Provisioning ..."),
                (json!({}), Value::Null, Healthy, ""),
                (json!({}), json!({"users": 2}), Healthy, ""),
            ],
        );
    }
}

#[test]
fn what_strimzi_and_the_prometheus_operator_run() {
    check(
        "kafka.strimzi.io/v1beta2",
        "Kafka",
        &[
            (
                json!({}),
                says("NotReady", "True", "Creating"),
                Progressing,
                "because",
            ),
            (json!({}), says("NotReady", "True", "Wrong"), Degraded, "because"),
            (json!({}), says("Ready", "True", ""), Healthy, "because"),
            (
                json!({}),
                Value::Null,
                Progressing,
                "Waiting for Kafka to be ready",
            ),
        ],
    );
    check(
        "monitoring.coreos.com/v1",
        "Prometheus",
        &[
            (json!({}), Value::Null, Progressing, "Waiting for initialization"),
            (
                json!({}),
                says("Available", "False", "SomePodsNotReady"),
                Progressing,
                "because",
            ),
            (
                json!({}),
                says("Available", "False", "NoPodReady"),
                Degraded,
                "because",
            ),
            (
                json!({}),
                says("Available", "True", ""),
                Healthy,
                "All instances are available",
            ),
        ],
    );
}

#[test]
fn clusters_of_machines_and_of_databases() {
    let ready = |severity: &str| {
        json!({"phase": "Provisioning",
            "conditions": [{"type": "Ready", "status": "False", "severity": severity, "message": "because"}]})
    };
    check(
        "cluster.x-k8s.io/v1beta1",
        "Cluster",
        &[
            (json!({}), ready("Info"), Progressing, "Provisioning"),
            (json!({}), ready("Error"), Degraded, "because"),
            (json!({}), json!({"phase": "Provisioned"}), Healthy, "Provisioned"),
            (
                json!({"paused": true}),
                ready("Error"),
                Suspended,
                "Cluster is paused",
            ),
        ],
    );
    let phase = |phase: &str| json!({"phase": phase, "phaseReason": "because"});
    check(
        "postgresql.cnpg.io/v1",
        "Cluster",
        &[
            (json!({}), phase("Cluster in healthy state"), Healthy, "because"),
            (json!({}), phase("Setting up primary"), Progressing, "because"),
            (json!({}), phase("Failing over"), Degraded, "because"),
            (json!({}), phase("Something new"), Unknown, "because"),
        ],
    );
}

#[test]
fn gateways_and_routes() {
    let condition =
        |kind: &str, status: &str| json!([{"type": kind, "status": status, "message": "because"}]);
    let listener = |kind: &str, status: &str| {
        json!({"conditions": condition("Accepted", "True"),
            "listeners": [{"name": "http", "conditions": condition(kind, status)}]})
    };
    check(
        "gateway.networking.k8s.io/v1",
        "Gateway",
        &[
            (json!({}), listener("Programmed", "True"), Healthy, ""),
            (
                json!({}),
                listener("Programmed", "Unknown"),
                Progressing,
                "http: because",
            ),
            (
                json!({}),
                listener("ResolvedRefs", "False"),
                Degraded,
                "http: because",
            ),
            (json!({}), json!({}), Progressing, "Waiting for Gateway status"),
        ],
    );
    let parent = |generation: i64, status: &str| {
        json!({"parents": [{"parentRef": {"name": "web"}, "conditions": [
            {"type": "Accepted", "status": status, "message": "because", "observedGeneration": generation}]}]})
    };
    check(
        "gateway.networking.k8s.io/v1",
        "HTTPRoute",
        &[
            (json!({}), parent(2, "True"), Healthy, ""),
            (json!({}), parent(2, "False"), Degraded, "web: because"),
            (
                json!({}),
                parent(1, "True"),
                Progressing,
                "Waiting for HTTPRoute status",
            ),
        ],
    );
}

#[test]
fn what_gloo_validates() {
    let by = |state: Value| json!({"statuses": {"gloo-system": {"state": state, "reason": "because"}}});
    check(
        "gloo.solo.io/v1",
        "Upstream",
        &[
            (json!({}), by(json!("Warning")), Degraded, "because"),
            (json!({}), by(json!(2)), Degraded, "because"),
            (
                json!({}),
                json!({"state": 1}),
                Healthy,
                "The resource has been validated",
            ),
            (
                json!({}),
                by(json!("Pending")),
                Suspended,
                "The resource has not yet been validated",
            ),
            (json!({}), json!({}), Progressing, "Update in progress"),
        ],
    );
}
