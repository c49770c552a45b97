//! Services: their fields, and the addresses and ports that the server hands out.
//!
//! **Start at** [`spec`] and [`begin`].

use super::{each, object, present, set};
use crate::{
    api::Api,
    status_error::{ApiError, FieldError, Subject},
};
use serde_json::{Value, json};
use std::collections::BTreeMap;

/// Fills in a Service.
pub(super) fn spec(service: &mut Value) {
    let spec = object(service, "spec");
    set(spec, "sessionAffinity", "None");
    set(spec, "type", "ClusterIP");
    if spec["sessionAffinity"] == "ClientIP" {
        set(
            object(object(spec, "sessionAffinityConfig"), "clientIP"),
            "timeoutSeconds",
            10_800,
        );
    }
    let kind = spec["type"].as_str().unwrap_or_default().to_owned();
    for port in each(spec, "ports") {
        set(port, "protocol", "TCP");
        let target = &port["targetPort"];
        if target.is_null() || *target == 0 || *target == "" {
            port["targetPort"] = port["port"].clone();
        }
    }
    if kind == "LoadBalancer" {
        let status = object(service, "status");
        if let Some(balancer) = present(status, "loadBalancer") {
            for entry in each(balancer, "ingress").filter(|entry| entry["ip"].is_string()) {
                set(entry, "ipMode", "VIP");
            }
        }
    }
    let spec = object(service, "spec");
    if kind == "ExternalName" {
        return;
    }
    set(spec, "internalTrafficPolicy", "Cluster");
    if kind == "NodePort" || kind == "LoadBalancer" {
        set(spec, "externalTrafficPolicy", "Cluster");
    }
    if kind == "LoadBalancer" {
        set(spec, "allocateLoadBalancerNodePorts", true);
    }
}

/// Hands out cluster addresses and node ports, or keeps those it has.
pub(super) fn begin(
    api: &Api,
    current: Option<&Value>,
    service: &mut Value,
    dry_run: bool,
) -> Result<(), ApiError> {
    if let Some(current) = current {
        keep_handed_out(&current["spec"], object(service, "spec"));
    }
    normalize(current.map(|current| &current["spec"]), object(service, "spec"));
    let errors = families(current.map(|current| &current["spec"]), object(service, "spec"));
    let name = service["metadata"]["name"]
        .as_str()
        .unwrap_or_default()
        .to_owned();
    if !errors.is_empty() {
        return Err(ApiError::invalid(about(&name), &errors));
    }
    let spec = object(service, "spec");
    if !is_addressed(spec) {
        return Ok(());
    }
    if is_empty(&spec["clusterIP"]) && name.is_empty() && !dry_run {
        // An address is noted with the name of the Service that has it.
        let shown = json!([""]);
        let why = format!(
            "failed to allocate IP: IPAddress.networking.k8s.io {:?} is invalid: spec.parentRef.name: Required value",
            free_address(api)
        );
        let error = FieldError::invalid("spec.clusterIPs", &shown, why);
        return Err(ApiError::invalid(about(""), &[error]));
    }
    if is_empty(&spec["clusterIP"]) {
        let address = free_address(api);
        spec["clusterIPs"] = json!([address]);
        spec["clusterIP"] = address.into();
    }
    if has_nodes(spec) && (spec["type"] == "NodePort" || spec["allocateLoadBalancerNodePorts"] != false) {
        for port in each(spec, "ports") {
            if port["nodePort"].as_i64().unwrap_or(0) == 0 {
                port["nodePort"] = free_port(api).into();
            }
        }
    }
    if is_checked(spec) && spec["healthCheckNodePort"].as_i64().unwrap_or(0) == 0 {
        spec["healthCheckNodePort"] = free_port(api).into();
    }
    Ok(())
}

fn about(name: &str) -> Subject<'_> {
    Subject {
        group: "",
        resource: "Service",
        name,
    }
}

/// What a client left out that the server handed out before.
fn keep_handed_out(old: &Value, new: &mut Value) {
    if is_addressed(old) && is_addressed(new) {
        for field in ["clusterIP", "clusterIPs"] {
            if is_empty(&new[field]) && !is_empty(&old[field]) {
                new[field] = old[field].clone();
            }
        }
    }
    if has_nodes(old) && has_nodes(new) {
        let used: Vec<i64> = nodes(old)
            .filter(|node| nodes(new).any(|it| it == *node))
            .collect();
        let name = |port: &Value| port["name"].as_str().unwrap_or_default().to_owned();
        let list = old["ports"].as_array().into_iter().flatten();
        let before: BTreeMap<String, i64> = list
            .map(|port| (name(port), port["nodePort"].as_i64().unwrap_or(0)))
            .collect();
        for port in each(new, "ports") {
            let node = before.get(&name(port)).copied().unwrap_or(0);
            if port["nodePort"].as_i64().unwrap_or(0) == 0 && node != 0 && !used.contains(&node) {
                port["nodePort"] = node.into();
            }
        }
    }
    if is_checked(old) && is_checked(new) && new["healthCheckNodePort"].as_i64().unwrap_or(0) == 0 {
        new["healthCheckNodePort"] = old["healthCheckNodePort"].clone();
    }
}

/// The one address and the list of addresses say the same.
fn normalize(old: Option<&Value>, new: &mut Value) {
    let Some(old) = old else {
        if !is_empty(&new["clusterIP"]) && is_empty(&new["clusterIPs"]) {
            new["clusterIPs"] = json!([new["clusterIP"]]);
        }
        return;
    };
    let same =
        |field: &str, new: &Value| old[field] == new[field] || is_empty(&old[field]) && is_empty(&new[field]);
    if same("clusterIP", new) {
        if is_empty(&new["clusterIPs"]) && !is_empty(&old["clusterIPs"]) {
            new["clusterIPs"] = old["clusterIPs"].clone();
        }
    } else if same("clusterIPs", new) && !is_empty(&new["clusterIP"]) {
        new["clusterIPs"] = json!([new["clusterIP"]]);
    }
}

/// Fills in families and their policy, and says what does not fit; this cluster has IPv4 alone.
fn families(old: Option<&Value>, spec: &mut Value) -> Vec<FieldError> {
    if !is_addressed(spec) {
        return Vec::new();
    }
    let selects = spec["selector"]
        .as_object()
        .is_some_and(|selector| !selector.is_empty());
    let free = spec["clusterIP"] == "None" && !selects;
    if is_empty(&spec["ipFamilyPolicy"]) {
        let before = old.map(|old| &old["ipFamilyPolicy"]).filter(|it| !is_empty(it));
        // Nobody knows of which family the endpoints will be that no selector chooses.
        let policy = if free { "RequireDualStack" } else { "SingleStack" };
        spec["ipFamilyPolicy"] = before.cloned().unwrap_or_else(|| policy.into());
    }
    let mut errors = crate::validate::families(spec);
    if !errors.is_empty() {
        return errors;
    }
    let single = spec["ipFamilyPolicy"] == "SingleStack";
    let count = |value: &Value| value.as_array().map_or(0, Vec::len);
    if let Some(old) = old
        && single
        && old["ipFamilies"] == spec["ipFamilies"]
        && count(&spec["ipFamilies"]) > 1
    {
        spec["ipFamilies"] = json!([spec["ipFamilies"][0]]);
    }
    let policy = spec["ipFamilyPolicy"].clone();
    let field = "spec.ipFamilyPolicy";
    if single && count(&spec["ipFamilies"]) == 2 {
        let why = "must be 'RequireDualStack' or 'PreferDualStack' when multiple IP families are specified";
        return vec![FieldError::invalid(field, &policy, why)];
    }
    if is_empty(&spec["ipFamilies"]) && spec["clusterIP"] != "None" && !is_empty(&spec["clusterIPs"]) {
        spec["ipFamilies"] = json!(["IPv4"]);
    }
    if free {
        set_if_empty(spec, "ipFamilies", json!(["IPv4"]));
        if count(&spec["ipFamilies"]) < 2 && !single {
            let other = if spec["ipFamilies"][0] == "IPv4" {
                "IPv6"
            } else {
                "IPv4"
            };
            spec["ipFamilies"] = json!([spec["ipFamilies"][0], other]);
        }
        return errors;
    }
    if policy == "RequireDualStack" {
        let why = "this cluster is not configured for dual-stack services";
        errors.push(FieldError::invalid(field, &policy, why));
    }
    for (at, family) in spec["ipFamilies"].as_array().into_iter().flatten().enumerate() {
        if family != "IPv4" {
            let field = format!("spec.ipFamilies[{at}]");
            errors.push(FieldError::invalid(
                field,
                family,
                "not configured on this cluster",
            ));
        }
    }
    if errors.is_empty() {
        set_if_empty(spec, "ipFamilies", json!(["IPv4"]));
    }
    errors
}

/// Drops what the old type needed and the new one does not, unless it was changed too.
pub(super) fn drop_dependent(current: &Value, service: &mut Value) {
    let old = &current["spec"];
    let new = object(service, "spec");
    let drop = |new: &mut Value, field: &str| {
        new.as_object_mut().map(|new| new.remove(field));
    };
    if is_addressed(old) && !is_addressed(new) {
        if old["clusterIP"] == new["clusterIP"] && old["clusterIPs"] == new["clusterIPs"] {
            drop(new, "clusterIP");
            drop(new, "clusterIPs");
        }
        for field in ["ipFamilies", "ipFamilyPolicy"] {
            if old[field] == new[field] {
                drop(new, field);
            }
        }
    }
    if has_nodes(old) && !has_nodes(new) && nodes(new).all(|node| nodes(old).any(|it| it == node)) {
        for port in each(new, "ports") {
            port.as_object_mut().map(|port| port.remove("nodePort"));
        }
    }
    let mut lost = Vec::new();
    if is_checked(old) && !is_checked(new) {
        lost.push("healthCheckNodePort");
    }
    if old["type"] == "LoadBalancer" && new["type"] != "LoadBalancer" {
        lost.extend(["allocateLoadBalancerNodePorts", "loadBalancerClass"]);
    }
    if is_open(old) && !is_open(new) {
        lost.push("externalTrafficPolicy");
    }
    for field in lost {
        if old[field] == new[field] {
            drop(new, field);
        }
    }
    if !is_addressed(new) {
        // It is not shown, though it may be stored.
        drop(new, "internalTrafficPolicy");
    }
    if new["type"] != "LoadBalancer" {
        service["status"]["loadBalancer"] = json!({});
    }
}

fn is_empty(value: &Value) -> bool {
    match value {
        Value::Null => true,
        Value::String(text) => text.is_empty(),
        Value::Array(list) => list.is_empty(),
        _ => false,
    }
}

fn set_if_empty(spec: &mut Value, field: &str, value: Value) {
    if is_empty(&spec[field]) {
        spec[field] = value;
    }
}

fn is_addressed(spec: &Value) -> bool {
    spec["type"] != "ExternalName"
}

fn has_nodes(spec: &Value) -> bool {
    spec["type"] == "NodePort" || spec["type"] == "LoadBalancer"
}

/// Can it be reached from outside?
fn is_open(spec: &Value) -> bool {
    has_nodes(spec) || spec["type"] == "ClusterIP" && !is_empty(&spec["externalIPs"])
}

/// Does a balancer ask a port of its own whether there is anybody on a node?
fn is_checked(spec: &Value) -> bool {
    spec["type"] == "LoadBalancer" && spec["externalTrafficPolicy"] == "Local"
}

fn nodes(spec: &Value) -> impl Iterator<Item = i64> {
    let ports = spec["ports"].as_array().into_iter().flatten();
    ports.filter_map(|port| port["nodePort"].as_i64().filter(|node| *node != 0))
}

/// An address of 10.96.0.0/16 that no service has.
fn free_address(api: &Api) -> String {
    let services = api.store.list("/services", None);
    loop {
        // Spread over the range, as the real allocator does, but the same in every run.
        let number = (api.next_address() + 1) * 7_919 % 65_000 + 10;
        let address = format!("10.96.{}.{}", number / 256, number % 256);
        if services
            .objects
            .iter()
            .all(|(_, service)| service["spec"]["clusterIP"] != *address)
        {
            return address;
        }
    }
}

fn free_port(api: &Api) -> i64 {
    let services = api.store.list("/services", None);
    loop {
        let port = 30_000 + i64::try_from((api.next_address() + 1) * 1_009 % 2_768).unwrap_or(0);
        if services
            .objects
            .iter()
            .all(|(_, service)| nodes(&service["spec"]).all(|node| node != port))
        {
            return port;
        }
    }
}
