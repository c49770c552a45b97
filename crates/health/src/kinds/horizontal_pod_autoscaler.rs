//! A HorizontalPodAutoscaler is healthy when it is able to scale.

use plumb_model::Health;
use serde_json::Value;

use crate::fields::{degraded, healthy, items, progressing, text};

/// Conditions and reasons that stop it from scaling.
const FAILURES: &[(&str, &str)] = &[
    ("AbleToScale", "FailedGetScale"),
    ("AbleToScale", "FailedUpdateScale"),
    ("ScalingActive", "FailedComputeMetricsReplicas"),
    ("ScalingActive", "FailedGetExternalMetric"),
    ("ScalingActive", "FailedGetObjectMetric"),
    ("ScalingActive", "FailedGetPodsMetric"),
    ("ScalingActive", "FailedGetResourceMetric"),
    ("ScalingActive", "InvalidSelector"),
];

pub(crate) fn assess(body: &Value) -> Health {
    // Version v1 has its conditions in an annotation.
    let annotated: Value = body["metadata"]["annotations"]["autoscaling.alpha.kubernetes.io/conditions"]
        .as_str()
        .and_then(|text| serde_json::from_str(text).ok())
        .unwrap_or_default();
    let all = || items(&body["status"]["conditions"]).chain(items(&annotated));
    let stops =
        |condition: &&Value| FAILURES.contains(&(text(&condition["type"]), text(&condition["reason"])));
    let works = |condition: &&Value| {
        matches!(text(&condition["type"]), "AbleToScale" | "ScalingLimited") && condition["status"] == "True"
    };
    // What stops it counts, wherever it stands among the conditions.
    if let Some(stopped) = all().find(stops) {
        return degraded(text(&stopped["message"]));
    }
    match all().find(works) {
        Some(working) => healthy(text(&working["message"])),
        None => progressing("Waiting to Autoscale"),
    }
}
