//! Services: their fields, and the addresses and ports that the server hands out.
//!
//! **Start at** [`spec`] and [`allocate`].

use super::{each, object, set};
use crate::api::Api;
use serde_json::{Value, json};

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
pub(super) fn allocate(api: &Api, current: Option<&Value>, service: &mut Value) {
    let spec = object(service, "spec");
    let kind = spec["type"].as_str().unwrap_or_default().to_owned();
    if kind == "ExternalName" {
        return;
    }
    let text = |value: &Value| value.as_str().filter(|text| !text.is_empty()).map(str::to_owned);
    let kept = current.and_then(|current| text(&current["spec"]["clusterIP"]));
    let address = text(&spec["clusterIP"])
        .or(kept)
        .unwrap_or_else(|| free_address(api));
    set(spec, "clusterIPs", json!([address]));
    let selects = spec["selector"]
        .as_object()
        .is_some_and(|selector| !selector.is_empty());
    if address == "None" && !selects {
        // Nobody knows of which family the endpoints will be.
        set(spec, "ipFamilies", json!(["IPv4", "IPv6"]));
        set(spec, "ipFamilyPolicy", "RequireDualStack");
    }
    set(spec, "ipFamilies", json!(["IPv4"]));
    set(spec, "ipFamilyPolicy", "SingleStack");
    spec["clusterIP"] = address.into();
    if kind == "NodePort" || kind == "LoadBalancer" && spec["allocateLoadBalancerNodePorts"] != false {
        let taken: Vec<_> = current.into_iter().flat_map(ports).collect();
        for port in each(spec, "ports") {
            if port["nodePort"].as_i64().unwrap_or(0) == 0 {
                let before = taken
                    .iter()
                    .find(|(number, _)| port["port"] == *number)
                    .map(|(_, node)| *node);
                port["nodePort"] = before.unwrap_or_else(|| free_port(api)).into();
            }
        }
    }
}

fn ports(service: &Value) -> impl Iterator<Item = (i64, i64)> {
    let ports = service["spec"]["ports"].as_array().into_iter().flatten();
    ports.filter_map(|port| Some((port["port"].as_i64()?, port["nodePort"].as_i64()?)))
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
            .all(|(_, service)| ports(service).all(|(_, node)| node != port))
        {
            return port;
        }
    }
}
