//! Shows a stored object in another version of its API, and takes it back.
//!
//! Custom resources convert with strategy `None`: only `apiVersion` changes. Of the built-in types two have more than
//! one form here: events (`events.k8s.io/v1` beside core) and autoscalers (`autoscaling/v1` beside v2).
//!
//! **Invariant:** to a version and back loses nothing that both versions can say.
//! **Start at** [`to_version`] and [`to_storage`].

use crate::resource::Resource;
use serde_json::{Map, Value, json};

const EVENT_FIELDS: [(&str, &str); 6] = [
    ("involvedObject", "regarding"),
    ("message", "note"),
    ("reportingComponent", "reportingController"),
    ("source", "deprecatedSource"),
    ("firstTimestamp", "deprecatedFirstTimestamp"),
    ("lastTimestamp", "deprecatedLastTimestamp"),
];

/// The `apiVersion` under which objects of this type are kept.
#[must_use]
pub(crate) fn storage_version(resource: &Resource) -> String {
    match (
        &resource.custom,
        resource.group.as_str(),
        resource.plural.as_str(),
    ) {
        (Some(custom), group, _) => crate::resource::api_version(group, &custom.storage_version),
        (None, "events.k8s.io", _) => "v1".to_owned(),
        (None, "autoscaling", "horizontalpodautoscalers") => "autoscaling/v2".to_owned(),
        _ => resource.api_version(),
    }
}

/// Rewrites a stored object to the version of `resource`.
pub(crate) fn to_version(resource: &Resource, object: &mut Value) {
    object["apiVersion"] = resource.api_version().into();
    if resource.custom.is_some() {
        // Each version shows what its own schema has.
        resource.typing.prune(object);
        resource.typing.default(object);
    }
    match (resource.group.as_str(), resource.version.as_str()) {
        ("events.k8s.io", _) => rename(object, EVENT_FIELDS),
        ("autoscaling", "v1") => autoscaler_to_v1(object),
        _ => {}
    }
}

/// Rewrites an object of the version of `resource` to the one in which it is kept.
pub(crate) fn to_storage(resource: &Resource, object: &mut Value) {
    let version = storage_version(resource);
    if object["apiVersion"] == *version {
        return;
    }
    object["apiVersion"] = version.into();
    match (resource.group.as_str(), resource.version.as_str()) {
        ("events.k8s.io", _) => rename(object, EVENT_FIELDS.map(|(core, new)| (new, core))),
        ("autoscaling", "v1") => autoscaler_to_v2(object),
        _ => {}
    }
}

fn rename(object: &mut Value, fields: [(&str, &str); 6]) {
    let Some(object) = object.as_object_mut() else {
        return;
    };
    for (from, to) in fields {
        if let Some(value) = object.remove(from) {
            object.insert(to.to_owned(), value);
        }
    }
}

fn autoscaler_to_v1(object: &mut Value) {
    let is_cpu = |metric: &Value| metric["resource"]["name"] == "cpu";
    if let Some(spec) = object["spec"].as_object_mut() {
        let metrics = spec.remove("metrics").unwrap_or_default();
        let cpu = metrics
            .as_array()
            .into_iter()
            .flatten()
            .find(|metric| is_cpu(metric));
        if let Some(target) = cpu.and_then(|metric| metric["resource"]["target"].get("averageUtilization")) {
            spec.insert("targetCPUUtilizationPercentage".to_owned(), target.clone());
        }
        spec.remove("behavior");
    }
    if let Some(status) = object.get_mut("status").and_then(Value::as_object_mut) {
        let metrics = status.remove("currentMetrics").unwrap_or_default();
        let cpu = metrics
            .as_array()
            .into_iter()
            .flatten()
            .find(|metric| is_cpu(metric));
        if let Some(current) = cpu.and_then(|metric| metric["resource"]["current"].get("averageUtilization"))
        {
            status.insert("currentCPUUtilizationPercentage".to_owned(), current.clone());
        }
        status.remove("conditions");
    }
}

fn autoscaler_to_v2(object: &mut Value) {
    if let Some(spec) = object["spec"].as_object_mut()
        && let Some(target) = spec.remove("targetCPUUtilizationPercentage")
    {
        let target = json!({ "type": "Utilization", "averageUtilization": target });
        let metric = json!({ "type": "Resource", "resource": { "name": "cpu", "target": target } });
        spec.insert("metrics".to_owned(), json!([metric]));
    }
    if let Some(status) = object.get_mut("status").and_then(Value::as_object_mut)
        && let Some(current) = status.remove("currentCPUUtilizationPercentage")
    {
        let mut value = Map::new();
        value.insert("averageUtilization".to_owned(), current);
        let metric = json!({ "type": "Resource", "resource": { "name": "cpu", "current": value } });
        status.insert("currentMetrics".to_owned(), json!([metric]));
    }
}
