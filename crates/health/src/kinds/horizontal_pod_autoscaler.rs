//! A HorizontalPodAutoscaler is healthy when it is able to scale.

use plumb_model::Health;
use serde_json::Value;

use crate::fields::{degraded, healthy, items, progressing, text};

/// Conditions and reasons that stop it from scaling.
const FAILURES: &[(&str, &str)] = &[
    ("AbleToScale", "FailedGetScale"),
    ("AbleToScale", "FailedUpdateScale"),
    ("ScalingActive", "FailedGetResourceMetric"),
    ("ScalingActive", "InvalidSelector"),
];

pub(crate) fn assess(body: &Value) -> Health {
    // Version v1 has its conditions in an annotation.
    let annotated: Value = body["metadata"]["annotations"]["autoscaling.alpha.kubernetes.io/conditions"]
        .as_str()
        .and_then(|text| serde_json::from_str(text).ok())
        .unwrap_or_default();
    let all = items(&body["status"]["conditions"]).chain(items(&annotated));
    for condition in all {
        let kind = text(&condition["type"]);
        let message = text(&condition["message"]);
        if FAILURES.contains(&(kind, text(&condition["reason"]))) {
            return degraded(message);
        }
        if matches!(kind, "AbleToScale" | "ScalingLimited") && condition["status"] == "True" {
            return healthy(message);
        }
    }
    progressing("Waiting to Autoscale")
}
