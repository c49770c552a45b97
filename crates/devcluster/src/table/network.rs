//! Rows of services and what leads to them.
//!
//! **Start at** the function of the kind.

use super::{count, items, labels, name, own_age, size, text};
use serde_json::Value;

/// NAME TYPE CLUSTER-IP EXTERNAL-IP PORT(S) AGE SELECTOR
pub(super) fn services(service: &Value) -> Vec<Value> {
    let spec = &service["spec"];
    let ports: Vec<_> = items(&spec["ports"])
        .map(|port| {
            let node = count(&port["nodePort"]);
            let node = if node > 0 {
                format!(":{node}")
            } else {
                String::new()
            };
            format!(
                "{}{node}/{}",
                count(&port["port"]),
                port["protocol"].as_str().unwrap_or("TCP")
            )
        })
        .collect();
    vec![
        name(service),
        text(&spec["type"], "<none>"),
        text(&spec["clusterIP"], "<none>"),
        external(service).into(),
        if ports.is_empty() {
            "<none>".into()
        } else {
            ports.join(",").into()
        },
        own_age(service),
        labels(&spec["selector"], "<none>"),
    ]
}

fn external(service: &Value) -> String {
    let spec = &service["spec"];
    let own = words(&spec["externalIPs"]);
    let balancers: Vec<_> = items(&service["status"]["loadBalancer"]["ingress"])
        .filter_map(|ingress| ingress["ip"].as_str().or_else(|| ingress["hostname"].as_str()))
        .collect();
    match spec["type"].as_str() {
        Some("ExternalName") => spec["externalName"].as_str().unwrap_or_default().to_owned(),
        Some("LoadBalancer") => {
            let all: Vec<_> = balancers.into_iter().chain(own).collect();
            if all.is_empty() {
                "<pending>".to_owned()
            } else {
                all.join(",")
            }
        }
        _ if own.is_empty() => "<none>".to_owned(),
        _ => own.join(","),
    }
}

fn words(list: &Value) -> Vec<&str> {
    items(list).filter_map(Value::as_str).collect()
}

/// NAME ENDPOINTS AGE
pub(super) fn endpoints(object: &Value) -> Vec<Value> {
    let mut list = Vec::new();
    for subset in items(&object["subsets"]) {
        for address in items(&subset["addresses"]) {
            let ip = address["ip"].as_str().unwrap_or_default();
            if size(&subset["ports"]) == 0 {
                list.push(ip.to_owned());
            }
            list.extend(items(&subset["ports"]).map(|port| format!("{ip}:{}", count(&port["port"]))));
        }
    }
    vec![name(object), some_of(&list, 3, "<none>"), own_age(object)]
}

/// NAME ADDRESSTYPE PORTS ENDPOINTS AGE
pub(super) fn endpoint_slices(slice: &Value) -> Vec<Value> {
    let ports: Vec<_> = items(&slice["ports"])
        .map(|port| count(&port["port"]).to_string())
        .collect();
    let addresses: Vec<_> = items(&slice["endpoints"])
        .flat_map(|e| words(&e["addresses"]))
        .map(str::to_owned)
        .collect();
    vec![
        name(slice),
        slice["addressType"].clone(),
        some_of(&ports, 3, "<unset>"),
        some_of(&addresses, 3, "<unset>"),
        own_age(slice),
    ]
}

fn some_of(list: &[String], limit: usize, none: &str) -> Value {
    match list.len() {
        0 => none.into(),
        many if many > limit => format!("{} + {} more...", list[..limit].join(","), many - limit).into(),
        _ => list.join(",").into(),
    }
}

/// NAME CLASS HOSTS ADDRESS PORTS AGE
pub(super) fn ingresses(ingress: &Value) -> Vec<Value> {
    let spec = &ingress["spec"];
    let hosts: Vec<_> = items(&spec["rules"])
        .filter_map(|rule| rule["host"].as_str())
        .map(str::to_owned)
        .collect();
    let addresses: Vec<_> = items(&ingress["status"]["loadBalancer"]["ingress"])
        .filter_map(|entry| entry["ip"].as_str().or_else(|| entry["hostname"].as_str()))
        .collect();
    vec![
        name(ingress),
        text(&spec["ingressClassName"], "<none>"),
        some_of(&hosts, 3, "*"),
        addresses.join(",").into(),
        if size(&spec["tls"]) > 0 { "80, 443" } else { "80" }.into(),
        own_age(ingress),
    ]
}

/// NAME CONTROLLER PARAMETERS AGE
pub(super) fn ingress_classes(class: &Value) -> Vec<Value> {
    let parameters = &class["spec"]["parameters"];
    let shown = match parameters.get("kind").and_then(Value::as_str) {
        None => "<none>".to_owned(),
        Some(kind) => {
            let group = parameters["apiGroup"]
                .as_str()
                .map(|group| format!(".{group}"))
                .unwrap_or_default();
            format!(
                "{kind}{group}/{}",
                parameters["name"].as_str().unwrap_or_default()
            )
        }
    };
    vec![
        name(class),
        class["spec"]["controller"].clone(),
        shown.into(),
        own_age(class),
    ]
}

/// NAME POD-SELECTOR AGE
pub(super) fn policies(policy: &Value) -> Vec<Value> {
    vec![
        name(policy),
        labels(&policy["spec"]["podSelector"], "<none>"),
        own_age(policy),
    ]
}

/// NAME CIDRS AGE
pub(super) fn ranges(range: &Value) -> Vec<Value> {
    vec![
        name(range),
        words(&range["spec"]["cidrs"]).join(",").into(),
        own_age(range),
    ]
}
