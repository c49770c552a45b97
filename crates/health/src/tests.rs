//! Objects and their health, kind by kind.

mod checks;
mod conventions;
mod operators;
mod others;
mod rules;
mod workloads;

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

#[test]
fn what_stops_an_autoscaler_counts_wherever_it_stands() {
    for (reason, expected) in [
        ("FailedComputeMetricsReplicas", Degraded),
        ("FailedGetExternalMetric", Degraded),
        ("FailedGetObjectMetric", Degraded),
        ("FailedGetPodsMetric", Degraded),
        ("FailedGetResourceMetric", Degraded),
        ("InvalidSelector", Degraded),
        ("ScalingDisabled", Healthy),
    ] {
        let conditions = json!([
            {"type": "AbleToScale", "status": "True", "reason": "ReadyForNewScale", "message": "because"},
            {"type": "ScalingActive", "status": "False", "reason": reason, "message": "because"}]);
        check(
            "autoscaling/v2",
            "HorizontalPodAutoscaler",
            &[(json!({}), json!({"conditions": conditions}), expected, "because")],
        );
    }
}
