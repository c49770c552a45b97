//! Pods and pod templates.
//!
//! **Start at** [`spec`].

use super::{each, object, present, set};
use crate::{
    api::{Api, ROOT_AUTHORITY},
    random,
};
use serde_json::{Value, json};

const MODE: i64 = 0o644;
const TOKEN_PATH: &str = "/var/run/secrets/kubernetes.io/serviceaccount";

/// Fills in a pod template.
pub(super) fn template(template: &mut Value) {
    if template.is_null() {
        return;
    }
    object(template, "metadata");
    spec(object(template, "spec"));
}

/// Fills in a pod specification.
pub(super) fn spec(spec: &mut Value) {
    if !spec.is_object() {
        return;
    }
    set(spec, "restartPolicy", "Always");
    set(spec, "terminationGracePeriodSeconds", 30);
    set(spec, "dnsPolicy", "ClusterFirst");
    set(spec, "securityContext", json!({}));
    set(spec, "schedulerName", "default-scheduler");
    // The old name of the field is served beside the new one.
    if let Some(account) = present(spec, "serviceAccountName").cloned() {
        set(spec, "serviceAccount", account);
    } else if let Some(account) = present(spec, "serviceAccount").cloned() {
        set(spec, "serviceAccountName", account);
    }
    let host_network = spec["hostNetwork"] == true;
    for list in ["initContainers", "containers", "ephemeralContainers"] {
        for container in each(spec, list) {
            self::container(container, host_network);
        }
    }
    for volume in each(spec, "volumes") {
        self::volume(volume);
    }
    for constraint in each(spec, "topologySpreadConstraints") {
        set(constraint, "nodeAffinityPolicy", "Honor");
        set(constraint, "nodeTaintsPolicy", "Ignore");
    }
}

fn container(container: &mut Value, host_network: bool) {
    set(container, "terminationMessagePath", "/dev/termination-log");
    set(container, "terminationMessagePolicy", "File");
    let policy = if image_is_latest(container["image"].as_str().unwrap_or_default()) {
        "Always"
    } else {
        "IfNotPresent"
    };
    set(container, "imagePullPolicy", policy);
    set(container, "resources", json!({}));
    for port in each(container, "ports") {
        set(port, "protocol", "TCP");
        if host_network {
            let number = port["containerPort"].clone();
            set(port, "hostPort", number);
        }
    }
    for variable in each(container, "env") {
        if let Some(source) = present(variable, "valueFrom")
            && let Some(reference) = present(source, "fieldRef")
        {
            set(reference, "apiVersion", "v1");
        }
    }
    for probe in ["livenessProbe", "readinessProbe", "startupProbe"] {
        if let Some(probe) = present(container, probe) {
            self::probe(probe);
        }
    }
    for hook in ["postStart", "preStop"] {
        if let Some(hook) = present(container, "lifecycle").and_then(|lifecycle| present(lifecycle, hook))
            && let Some(get) = present(hook, "httpGet")
        {
            set(get, "path", "/");
            set(get, "scheme", "HTTP");
        }
    }
}

/// What is filled in for pods and not for templates.
pub(super) fn pod(pod: &mut Value) {
    spec(&mut pod["spec"]);
    set(&mut pod["spec"], "enableServiceLinks", true);
    for list in ["initContainers", "containers"] {
        each(&mut pod["spec"], list).for_each(requests_from_limits);
    }
}

/// A limit without a request is a request too.
fn requests_from_limits(container: &mut Value) {
    let Some(limits) = container["resources"]
        .get("limits")
        .and_then(Value::as_object)
        .cloned()
    else {
        return;
    };
    if limits.is_empty() {
        return;
    }
    let requests = object(&mut container["resources"], "requests");
    for (name, amount) in limits {
        set(requests, &name, amount);
    }
}

fn probe(probe: &mut Value) {
    for (field, value) in [
        ("timeoutSeconds", 1),
        ("periodSeconds", 10),
        ("successThreshold", 1),
        ("failureThreshold", 3),
    ] {
        set(probe, field, value);
    }
    if let Some(get) = present(probe, "httpGet") {
        set(get, "path", "/");
        set(get, "scheme", "HTTP");
    }
    if let Some(grpc) = present(probe, "grpc") {
        set(grpc, "service", "");
    }
}

fn volume(volume: &mut Value) {
    let sources = ["secret", "configMap", "downwardAPI", "projected"];
    let fields = volume.as_object().map_or(0, serde_json::Map::len);
    if fields <= 1 {
        set(volume, "emptyDir", json!({}));
    }
    for source in sources {
        if let Some(source) = present(volume, source) {
            set(source, "defaultMode", MODE);
            for item in each(source, "items") {
                field_reference(item);
            }
        }
    }
    if let Some(projected) = present(volume, "projected") {
        for source in each(projected, "sources") {
            if let Some(token) = present(source, "serviceAccountToken") {
                set(token, "expirationSeconds", 3600);
            }
            if let Some(downward) = present(source, "downwardAPI") {
                for item in each(downward, "items") {
                    field_reference(item);
                }
            }
        }
    }
    if let Some(path) = present(volume, "hostPath") {
        set(path, "type", "");
    }
    if let Some(template) =
        present(volume, "ephemeral").and_then(|ephemeral| present(ephemeral, "volumeClaimTemplate"))
    {
        set(object(template, "spec"), "volumeMode", "Filesystem");
    }
}

fn field_reference(item: &mut Value) {
    if let Some(reference) = present(item, "fieldRef") {
        set(reference, "apiVersion", "v1");
    }
}

/// An image without tag and digest, or with the tag `latest`.
fn image_is_latest(image: &str) -> bool {
    if image.contains('@') {
        return false;
    }
    let name = image.rsplit('/').next().unwrap_or(image);
    name.split_once(':').is_none_or(|(_, tag)| tag == "latest")
}

/// What admission adds to a pod itself: account, tolerations, priority.
pub(super) fn admit(api: &Api, pod: &mut Value) {
    let class = quality(&pod["spec"]);
    pod["status"]["qosClass"] = class.into();
    let spec = &mut pod["spec"];
    set(spec, "serviceAccountName", "default");
    let account = spec["serviceAccountName"].clone();
    set(spec, "serviceAccount", account);
    set(spec, "preemptionPolicy", "PreemptLowerPriority");
    set(spec, "priority", 0);
    tolerate(pod);
    mount_token(api, pod);
}

/// Keeps a pod for a while on a node that is not well, unless it says how long itself.
pub(super) fn tolerate(pod: &mut Value) {
    let list = list_of(&mut pod["spec"], "tolerations");
    let given = list.clone();
    for key in ["node.kubernetes.io/not-ready", "node.kubernetes.io/unreachable"] {
        let fits = |value: &Value, wanted: &str| {
            let text = value.as_str().unwrap_or_default();
            text.is_empty() || text == wanted
        };
        if !given
            .iter()
            .any(|it| fits(&it["key"], key) && fits(&it["effect"], "NoExecute"))
        {
            let toleration =
                json!({ "key": key, "operator": "Exists", "effect": "NoExecute", "tolerationSeconds": 300 });
            list.push(toleration);
        }
    }
}

/// Gives a pod the token of its account, unless one of them does not want it.
fn mount_token(api: &Api, pod: &mut Value) {
    let account = pod["spec"]["serviceAccountName"].as_str().unwrap_or_default();
    let namespace = pod["metadata"]["namespace"].as_str().unwrap_or_default();
    let account = api.store.get("/serviceaccounts", namespace, account);
    let wanted = |object: &Value| object["automountServiceAccountToken"].as_bool();
    let by_account = account.as_deref().and_then(wanted);
    if !wanted(&pod["spec"]).or(by_account).unwrap_or(true) {
        return;
    }
    let name = format!("kube-api-access-{}", random::suffix());
    let mount = json!({ "name": name, "readOnly": true, "mountPath": TOKEN_PATH });
    let mut mounted = false;
    for list in ["initContainers", "containers"] {
        for container in each(&mut pod["spec"], list) {
            let mounts = list_of(container, "volumeMounts");
            if mounts.iter().all(|mount| mount["mountPath"] != TOKEN_PATH) {
                mounts.push(mount.clone());
                mounted = true;
            }
        }
    }
    if mounted {
        let sources = json!([
            { "serviceAccountToken": { "expirationSeconds": 3607, "path": "token" } },
            { "configMap": { "name": ROOT_AUTHORITY, "items": [{ "key": "ca.crt", "path": "ca.crt" }] } },
            { "downwardAPI": { "items": [
                { "path": "namespace", "fieldRef": { "apiVersion": "v1", "fieldPath": "metadata.namespace" } },
            ] } },
        ]);
        let volume = json!({ "name": name, "projected": { "sources": sources, "defaultMode": MODE } });
        list_of(&mut pod["spec"], "volumes").push(volume);
    }
}

/// A field that is a list, made when it is missing.
fn list_of<'a>(parent: &'a mut Value, field: &str) -> &'a mut Vec<Value> {
    if !parent[field].is_array() {
        parent[field] = json!([]);
    }
    parent[field].as_array_mut().expect("it was just made a list")
}

fn quality(spec: &Value) -> &'static str {
    let containers = || {
        ["containers", "initContainers"]
            .iter()
            .flat_map(|list| spec[*list].as_array().into_iter().flatten())
    };
    let amounts = |container: &Value, kind: &str| {
        ["cpu", "memory"].map(|name| container["resources"][kind].get(name).cloned())
    };
    let none = |container: &Value| {
        ["limits", "requests"]
            .iter()
            .all(|kind| amounts(container, kind).iter().all(Option::is_none))
    };
    if containers().all(none) {
        "BestEffort"
    } else if containers().all(|container| {
        let limits = amounts(container, "limits");
        limits.iter().all(Option::is_some) && limits == amounts(container, "requests")
    }) {
        "Guaranteed"
    } else {
        "Burstable"
    }
}
