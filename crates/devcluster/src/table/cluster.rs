//! Rows of configuration, namespaces, nodes, events, and of all kinds that show little.
//!
//! **Start at** the function of the kind.

use super::{age, count, items, name, own_age, size, text};
use serde_json::Value;

/// NAME AGE
pub(super) fn named(object: &Value) -> Vec<Value> {
    vec![name(object), own_age(object)]
}

/// NAME DATA AGE
pub(super) fn config_maps(map: &Value) -> Vec<Value> {
    vec![
        name(map),
        (size(&map["data"]) + size(&map["binaryData"])).into(),
        own_age(map),
    ]
}

/// NAME TYPE DATA AGE
pub(super) fn secrets(secret: &Value) -> Vec<Value> {
    vec![
        name(secret),
        text(&secret["type"], "Opaque"),
        size(&secret["data"]).into(),
        own_age(secret),
    ]
}

/// NAME STATUS AGE
pub(super) fn namespaces(namespace: &Value) -> Vec<Value> {
    vec![
        name(namespace),
        text(&namespace["status"]["phase"], ""),
        own_age(namespace),
    ]
}

/// NAME STATUS ROLES AGE VERSION INTERNAL-IP EXTERNAL-IP OS-IMAGE KERNEL-VERSION CONTAINER-RUNTIME
pub(super) fn nodes(node: &Value) -> Vec<Value> {
    let status = &node["status"];
    let ready = items(&status["conditions"]).find(|condition| condition["type"] == "Ready");
    let mut words = vec![match ready.and_then(|condition| condition["status"].as_str()) {
        Some("True") => "Ready",
        Some(_) => "NotReady",
        None => "Unknown",
    }];
    if node["spec"]["unschedulable"] == true {
        words.push("SchedulingDisabled");
    }
    let labels = node["metadata"]["labels"].as_object().into_iter().flatten();
    let roles: Vec<_> = labels
        .filter_map(|(key, _)| key.strip_prefix("node-role.kubernetes.io/"))
        .filter(|r| !r.is_empty())
        .collect();
    let address = |kind: &str| {
        let found = items(&status["addresses"]).find(|address| address["type"] == kind);
        found.map_or_else(|| "<none>".into(), |address| text(&address["address"], "<none>"))
    };
    let info = &status["nodeInfo"];
    vec![
        name(node),
        words.join(",").into(),
        if roles.is_empty() {
            "<none>".into()
        } else {
            roles.join(",").into()
        },
        own_age(node),
        text(&info["kubeletVersion"], ""),
        address("InternalIP"),
        address("ExternalIP"),
        text(&info["osImage"], "<unknown>"),
        kernel(info),
        text(&info["containerRuntimeVersion"], "<unknown>"),
    ]
}

/// The version of the kernel, and what it runs on.
fn kernel(info: &Value) -> Value {
    match (info["kernelVersion"].as_str(), info["architecture"].as_str()) {
        (Some(version), Some(architecture)) if !version.is_empty() && !architecture.is_empty() => {
            format!("{version} ({architecture})").into()
        }
        (version, _) => version
            .filter(|version| !version.is_empty())
            .unwrap_or("<unknown>")
            .into(),
    }
}

/// LAST-SEEN TYPE REASON OBJECT SUBOBJECT SOURCE MESSAGE FIRST-SEEN COUNT NAME
pub(super) fn events(event: &Value) -> Vec<Value> {
    let either = |core: &str, new: &str| {
        if event.get(core).is_some() {
            &event[core]
        } else {
            &event[new]
        }
    };
    let object = either("involvedObject", "regarding");
    let word = |value: &Value| value.as_str().unwrap_or_default().to_owned();
    let source = either("source", "deprecatedSource");
    let source = match (source["component"].as_str(), source["host"].as_str()) {
        (Some(component), Some(host)) if !host.is_empty() => format!("{component}, {host}"),
        (Some(component), _) if !component.is_empty() => component.to_owned(),
        _ => word(either("reportingComponent", "reportingController")),
    };
    let created = &event["metadata"]["creationTimestamp"];
    let time = |values: [&'_ Value; 2]| {
        let known = values
            .into_iter()
            .find(|value| value.is_string())
            .unwrap_or(created);
        age(known)
    };
    vec![
        time([
            either("lastTimestamp", "deprecatedLastTimestamp"),
            &event["eventTime"],
        ])
        .into(),
        event["type"].clone(),
        event["reason"].clone(),
        format!(
            "{}/{}",
            word(&object["kind"]).to_lowercase(),
            word(&object["name"])
        )
        .into(),
        text(&object["fieldPath"], ""),
        source.into(),
        word(either("message", "note")).trim().into(),
        time([
            either("firstTimestamp", "deprecatedFirstTimestamp"),
            &event["eventTime"],
        ])
        .into(),
        count(either("count", "deprecatedCount")).max(1).into(),
        name(event),
    ]
}

/// NAME HOLDER AGE
pub(super) fn leases(lease: &Value) -> Vec<Value> {
    vec![
        name(lease),
        text(&lease["spec"]["holderIdentity"], ""),
        own_age(lease),
    ]
}

/// NAME VALUE GLOBAL-DEFAULT AGE PREEMPTIONPOLICY
pub(super) fn priorities(class: &Value) -> Vec<Value> {
    vec![
        name(class),
        count(&class["value"]).into(),
        class["globalDefault"].as_bool().unwrap_or(false).into(),
        own_age(class),
        text(&class["preemptionPolicy"], "PreemptLowerPriority"),
    ]
}

/// NAME HANDLER AGE
pub(super) fn runtimes(class: &Value) -> Vec<Value> {
    vec![name(class), class["handler"].clone(), own_age(class)]
}

/// NAME SERVICE AVAILABLE AGE
pub(super) fn api_services(service: &Value) -> Vec<Value> {
    let backend = &service["spec"]["service"];
    let shown = match (backend["namespace"].as_str(), backend["name"].as_str()) {
        (Some(namespace), Some(name)) => format!("{namespace}/{name}"),
        _ => "Local".to_owned(),
    };
    let available =
        items(&service["status"]["conditions"]).find(|condition| condition["type"] == "Available");
    let available = available.map_or_else(|| "Unknown".into(), |condition| condition["status"].clone());
    vec![name(service), shown.into(), available, own_age(service)]
}
