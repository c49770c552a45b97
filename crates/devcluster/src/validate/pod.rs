//! Pods and pod templates.
//!
//! **Start at** [`spec`].

use super::{DNS_LABEL, container, is_dns_label, metadata::label_map};
use crate::status_error::FieldError;
use serde_json::Value;
use std::collections::{BTreeMap, BTreeSet};

/// Checks a pod.
pub(super) fn pod(pod: &Value) -> Vec<FieldError> {
    spec(&pod["spec"], "spec")
}

/// Checks a pod specification at a path.
pub(super) fn spec(spec: &Value, path: &str) -> Vec<FieldError> {
    let mut errors = Vec::new();
    let volumes = volumes(spec, path, &mut errors);
    if spec["containers"].as_array().is_none_or(Vec::is_empty) {
        errors.push(FieldError::required(format!("{path}.containers"), ""));
    }
    let mut names = BTreeSet::new();
    for list in ["containers", "initContainers"] {
        for (at, container) in spec[list].as_array().into_iter().flatten().enumerate() {
            let path = format!("{path}.{list}[{at}]");
            container::container(container, &path, &volumes, &mut errors);
            let name = container["name"].as_str().unwrap_or_default();
            if !name.is_empty() && !names.insert(name) {
                errors.push(FieldError::duplicate(format!("{path}.name"), &container["name"]));
            }
            let first = list == "initContainers" && container["restartPolicy"] != "Always";
            for field in ["lifecycle", "livenessProbe", "readinessProbe", "startupProbe"] {
                if container[field].is_null() {
                    continue;
                }
                if first {
                    let why = "may not be set for init containers without restartPolicy=Always";
                    errors.push(FieldError::forbidden(format!("{path}.{field}"), why));
                } else if field != "lifecycle" {
                    container::probe(&container[field], &format!("{path}.{field}"), &mut errors);
                }
            }
        }
    }
    let policies = ["Always", "OnFailure", "Never"];
    choice(
        &spec["restartPolicy"],
        &format!("{path}.restartPolicy"),
        &policies,
        &mut errors,
    );
    let dns = ["ClusterFirstWithHostNet", "ClusterFirst", "Default", "None"];
    choice(
        &spec["dnsPolicy"],
        &format!("{path}.dnsPolicy"),
        &dns,
        &mut errors,
    );
    errors.extend(label_map(&spec["nodeSelector"], &format!("{path}.nodeSelector")));
    for (at, toleration) in spec["tolerations"].as_array().into_iter().flatten().enumerate() {
        tolerates(toleration, &format!("{path}.tolerations[{at}]"), &mut errors);
    }
    errors
}

fn tolerates(toleration: &Value, path: &str, errors: &mut Vec<FieldError>) {
    let text = |field: &str| toleration[field].as_str().unwrap_or_default();
    let operator = Value::from(text("operator"));
    if text("key").is_empty() && operator != "Exists" {
        let why =
            "operator must be Exists when `key` is empty, which means \"match all values and all keys\"";
        errors.push(FieldError::invalid(format!("{path}.operator"), &operator, why));
    }
    if !toleration["tolerationSeconds"].is_null() && text("effect") != "NoExecute" {
        let why = "effect must be 'NoExecute' when `tolerationSeconds` is set";
        let effect = Value::from(text("effect"));
        errors.push(FieldError::invalid(format!("{path}.effect"), &effect, why));
    }
    match text("operator") {
        "" | "Equal" => {}
        "Exists" if text("value").is_empty() => {}
        "Exists" => {
            let why = "value must be empty when `operator` is 'Exists'";
            errors.push(FieldError::invalid(
                format!("{path}.operator"),
                &toleration["value"],
                why,
            ));
        }
        _ => {
            let field = format!("{path}.operator");
            errors.push(FieldError::not_supported(field, &operator, &["Equal", "Exists"]));
        }
    }
}

/// Sources of volumes, in the order in which they are looked at.
const SOURCES: [&str; 29] = [
    "emptyDir",
    "hostPath",
    "gitRepo",
    "gcePersistentDisk",
    "awsElasticBlockStore",
    "secret",
    "nfs",
    "iscsi",
    "glusterfs",
    "flocker",
    "persistentVolumeClaim",
    "rbd",
    "cinder",
    "cephfs",
    "quobyte",
    "downwardAPI",
    "fc",
    "azureFile",
    "configMap",
    "vsphereVolume",
    "photonPersistentDisk",
    "portworxVolume",
    "azureDisk",
    "storageos",
    "projected",
    "scaleIO",
    "csi",
    "ephemeral",
    "image",
];

/// Checks the volumes; gives the names of those that are fine.
fn volumes<'a>(spec: &'a Value, path: &str, errors: &mut Vec<FieldError>) -> BTreeSet<&'a str> {
    let (mut names, mut fine) = (BTreeSet::new(), BTreeSet::new());
    for (at, volume) in spec["volumes"].as_array().into_iter().flatten().enumerate() {
        let path = format!("{path}.volumes[{at}]");
        let before = errors.len();
        let mut given = SOURCES.iter().filter(|source| !volume[**source].is_null());
        if let Some(first) = given.next() {
            let needed = [
                ("secret", "secretName"),
                ("configMap", "name"),
                ("persistentVolumeClaim", "claimName"),
            ];
            for (_, field) in needed.iter().filter(|(source, _)| source == first) {
                if volume[*first][*field].as_str().is_none_or(str::is_empty) {
                    errors.push(FieldError::required(format!("{path}.{first}.{field}"), ""));
                }
            }
        }
        for more in given {
            let why = "may not specify more than 1 volume type";
            errors.push(FieldError::forbidden(format!("{path}.{more}"), why));
        }
        let field = format!("{path}.name");
        match volume["name"].as_str().unwrap_or_default() {
            "" => errors.push(FieldError::required(field, "")),
            name if !is_dns_label(name) => {
                errors.push(FieldError::invalid(field, &volume["name"], DNS_LABEL));
            }
            name if !names.insert(name) => errors.push(FieldError::duplicate(field, &volume["name"])),
            name => {
                if errors.len() == before {
                    fine.insert(name);
                }
            }
        }
    }
    fine
}

/// Ports that several containers have: first those of one number, then those of one name.
pub(super) fn port_warnings(spec: &Value, path: &str) -> Vec<String> {
    let mut ports = Vec::new();
    for list in ["initContainers", "containers"] {
        for (at, container) in spec[list].as_array().into_iter().flatten().enumerate() {
            for (number, port) in container["ports"].as_array().into_iter().flatten().enumerate() {
                ports.push((format!("{path}.{list}[{at}].ports[{number}]"), port));
            }
        }
    }
    let mut warnings = Vec::new();
    let mut names = BTreeMap::new();
    for (at, (place, port)) in ports.iter().enumerate() {
        for (first, other) in &ports[..at] {
            if port["containerPort"] != other["containerPort"] || port["protocol"] != other["protocol"] {
                continue;
            }
            let how = if port["hostIP"] == other["hostIP"] && port["hostPort"] == other["hostPort"] {
                "duplicate"
            } else if port["hostPort"].is_null() || other["hostPort"].is_null() {
                "overlapping"
            } else if port["hostPort"] == other["hostPort"]
                && port["hostIP"].is_null() != other["hostIP"].is_null()
            {
                "dangerously ambiguous"
            } else {
                continue;
            };
            warnings.push(format!("{place}: {how} port definition with {first}"));
        }
    }
    for (place, port) in &ports {
        let Some(name) = port["name"].as_str().filter(|name| !name.is_empty()) else {
            continue;
        };
        match names.get(name) {
            Some(first) => warnings.push(format!(
                "{place}: duplicate port name {name:?} with {first}, services and probes that select ports by name will \
                 use {first}"
            )),
            None => drop(names.insert(name, place)),
        }
    }
    warnings
}

/// Checks a port number.
pub(super) fn port(value: &Value, field: &str, errors: &mut Vec<FieldError>) {
    match value.as_i64() {
        None | Some(0) => errors.push(FieldError::required(field, "")),
        Some(number) if !(1..=65_535).contains(&number) => {
            errors.push(FieldError::invalid(
                field,
                value,
                "must be between 1 and 65535, inclusive",
            ));
        }
        Some(_) => {}
    }
}

/// Checks a word that must be one of a few.
pub(super) fn choice(value: &Value, field: &str, known: &[&str], errors: &mut Vec<FieldError>) {
    if let Some(text) = value.as_str().filter(|text| !text.is_empty())
        && !known.contains(&text)
    {
        errors.push(FieldError::not_supported(field, value, known));
    }
}

/// Refuses most changes of a pod that exists.
pub(super) fn change(current: &Value, pod: &Value) -> Vec<FieldError> {
    let fixed = |pod: &Value| {
        let mut spec = pod["spec"].clone();
        for list in ["containers", "initContainers"] {
            for container in spec
                .get_mut(list)
                .and_then(Value::as_array_mut)
                .into_iter()
                .flatten()
            {
                container["image"] = Value::Null;
            }
        }
        for field in [
            "activeDeadlineSeconds",
            "tolerations",
            "nodeName",
            "schedulingGates",
            "ephemeralContainers",
        ] {
            spec.as_object_mut().map(|spec| spec.remove(field));
        }
        spec
    };
    let count = |pod: &Value, list: &str| pod["spec"][list].as_array().map_or(0, Vec::len);
    for list in ["containers", "initContainers"] {
        if count(current, list) != count(pod, list) {
            let why = "pod updates may not add or remove containers";
            return vec![FieldError::forbidden(format!("spec.{list}"), why)];
        }
    }
    let deadline = |pod: &Value| pod["spec"]["activeDeadlineSeconds"].as_i64();
    let field = "spec.activeDeadlineSeconds";
    let mut errors = Vec::new();
    match (deadline(current), deadline(pod)) {
        (Some(old), Some(new)) if old < new => {
            let why = "must be less than or equal to previous value";
            return vec![FieldError::invalid(field, &new.into(), why)];
        }
        (Some(_), None) => {
            let why = "must not update from a positive integer to nil value";
            errors.push(FieldError::invalid(field, &Value::Null, why));
        }
        _ => {}
    }
    errors.extend(kept_tolerations(current, pod));
    if fixed(current) == fixed(pod) {
        return errors;
    }
    let detail = "pod updates may not change fields other than \
        `spec.containers[*].image`,`spec.initContainers[*].image`,`spec.activeDeadlineSeconds`,`spec.tolerations` \
        (only additions to existing tolerations),`spec.terminationGracePeriodSeconds` (allow it to be set to 1 if it \
        was previously negative)";
    errors.push(FieldError::forbidden("spec", detail));
    errors
}

/// Tolerations may be added, and last longer or shorter.
fn kept_tolerations(current: &Value, pod: &Value) -> Vec<FieldError> {
    let list = |pod: &Value| -> Vec<Value> {
        let items = pod["spec"]["tolerations"].as_array().into_iter().flatten();
        items
            .map(|item| {
                let mut item = item.clone();
                item.as_object_mut().map(|item| item.remove("tolerationSeconds"));
                item
            })
            .collect()
    };
    let new = list(pod);
    if list(current).iter().any(|old| !new.contains(old)) {
        let why = "existing toleration can not be modified except its tolerationSeconds";
        return vec![FieldError::forbidden("spec.tolerations", why)];
    }
    let mut errors = Vec::new();
    for (at, toleration) in pod["spec"]["tolerations"]
        .as_array()
        .into_iter()
        .flatten()
        .enumerate()
    {
        tolerates(toleration, &format!("spec.tolerations[{at}]"), &mut errors);
    }
    errors
}
