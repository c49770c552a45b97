//! Services and ingresses.
//!
//! **Start at** the function of the kind.

use super::{DNS_LABEL, DNS_NAME, is_dns_label, is_dns_name, metadata::label_map, pod::choice};
use crate::status_error::FieldError;
use serde_json::Value;
use std::collections::BTreeSet;

/// Checks a Service.
pub(super) fn service(service: &Value) -> Vec<FieldError> {
    let mut errors = Vec::new();
    let spec = &service["spec"];
    let ports = spec["ports"].as_array().map(Vec::as_slice).unwrap_or_default();
    let headless = spec["clusterIP"] == "None";
    if ports.is_empty() && !headless && spec["type"] != "ExternalName" {
        errors.push(FieldError::required("spec.ports", ""));
    }
    by_type(spec, headless, &mut errors);
    let mut names = BTreeSet::new();
    for (at, entry) in ports.iter().enumerate() {
        service_port(entry, at, ports.len() > 1, &mut names, &mut errors);
    }
    errors.extend(label_map(&spec["selector"], "spec.selector"));
    let affinities = ["ClientIP", "None"];
    choice(
        &spec["sessionAffinity"],
        "spec.sessionAffinity",
        &affinities,
        &mut errors,
    );
    errors.extend(families(spec));
    let types = ["ClusterIP", "ExternalName", "LoadBalancer", "NodePort"];
    choice(&spec["type"], "spec.type", &types, &mut errors);
    if spec["type"] == "ClusterIP" {
        let taken = |port: &Value| port["nodePort"].as_i64().is_some_and(|port| port != 0);
        for (at, _) in ports.iter().enumerate().filter(|(_, port)| taken(port)) {
            let field = format!("spec.ports[{at}].nodePort");
            let why = "may not be used when `type` is 'ClusterIP'";
            errors.push(FieldError::forbidden(field, why));
        }
    }
    twice(ports, &mut errors);
    if spec["type"] != "LoadBalancer" && !spec["allocateLoadBalancerNodePorts"].is_null() {
        let why = "may only be used when `type` is 'LoadBalancer'";
        errors.push(FieldError::forbidden("spec.allocateLoadBalancerNodePorts", why));
    }
    traffic(spec, &mut errors);
    errors
}

/// What the type of a Service asks for, and does not allow.
fn by_type(spec: &Value, headless: bool, errors: &mut Vec<FieldError>) {
    match spec["type"].as_str() {
        Some(kind @ ("LoadBalancer" | "NodePort")) if headless => {
            let why = format!("may not be set to 'None' for {kind} services");
            errors.push(FieldError::invalid("spec.clusterIPs[0]", &"None".into(), why));
        }
        Some("ExternalName") => {
            for field in ["clusterIPs", "ipFamilies", "ipFamilyPolicy"] {
                if !spec[field].is_null() {
                    let why = "may not be set for ExternalName services";
                    errors.push(FieldError::forbidden(format!("spec.{field}"), why));
                }
            }
            let name = &spec["externalName"];
            match name.as_str().unwrap_or_default().trim_end_matches('.') {
                "" => errors.push(FieldError::required("spec.externalName", "")),
                text if !is_dns_name(text) => {
                    errors.push(FieldError::invalid("spec.externalName", &text.into(), DNS_NAME));
                }
                _ => {}
            }
        }
        _ => {}
    }
}

fn service_port<'a>(
    entry: &'a Value,
    at: usize,
    several: bool,
    names: &mut BTreeSet<&'a str>,
    errors: &mut Vec<FieldError>,
) {
    let path = format!("spec.ports[{at}]");
    let name = entry["name"].as_str().unwrap_or_default();
    if name.is_empty() {
        if several {
            errors.push(FieldError::required(format!("{path}.name"), ""));
        }
    } else {
        if !is_dns_label(name) {
            errors.push(FieldError::invalid(
                format!("{path}.name"),
                &entry["name"],
                DNS_LABEL,
            ));
        }
        if !names.insert(name) {
            errors.push(FieldError::duplicate(format!("{path}.name"), &entry["name"]));
        }
    }
    number(&entry["port"], format!("{path}.port"), errors);
    let protocols = ["SCTP", "TCP", "UDP"];
    choice(
        &entry["protocol"],
        &format!("{path}.protocol"),
        &protocols,
        errors,
    );
    if !entry["targetPort"].is_string() {
        number(&entry["targetPort"], format!("{path}.targetPort"), errors);
    }
}

/// A port of a Service; one that is missing is 0.
fn number(value: &Value, field: String, errors: &mut Vec<FieldError>) {
    let number = value.as_i64().unwrap_or(0);
    if !(1..=65_535).contains(&number) {
        let why = "must be between 1 and 65535, inclusive";
        errors.push(FieldError::invalid(field, &number.into(), why));
    }
}

fn twice(ports: &[Value], errors: &mut Vec<FieldError>) {
    let mut nodes = BTreeSet::new();
    for (at, port) in ports.iter().enumerate() {
        let node = port["nodePort"].as_i64().unwrap_or(0);
        if node != 0 && !nodes.insert((node, port["protocol"].as_str())) {
            let field = format!("spec.ports[{at}].nodePort");
            errors.push(FieldError::duplicate(field, &port["nodePort"]));
        }
    }
    let mut numbers = BTreeSet::new();
    for (at, port) in ports.iter().enumerate() {
        if !numbers.insert((port["port"].as_i64(), port["protocol"].as_str())) {
            let value = serde_json::json!({ "port": port["port"], "protocol": port["protocol"] });
            errors.push(FieldError::duplicate(format!("spec.ports[{at}]"), &value));
        }
    }
}

fn traffic(spec: &Value, errors: &mut Vec<FieldError>) {
    let external = &spec["externalTrafficPolicy"];
    let open = ["LoadBalancer", "NodePort"]
        .iter()
        .any(|kind| spec["type"] == *kind)
        || spec["type"] == "ClusterIP"
            && spec["externalIPs"]
                .as_array()
                .is_some_and(|list| !list.is_empty());
    let field = "spec.externalTrafficPolicy";
    if open {
        choice(external, field, &["Cluster", "Local"], errors);
    } else if external.as_str().is_some_and(|text| !text.is_empty()) {
        let why = "may only be set for externally-accessible services";
        errors.push(FieldError::invalid(field, external, why));
    }
    let checked = spec["type"] == "LoadBalancer" && *external == "Local";
    let health = &spec["healthCheckNodePort"];
    if !checked && health.as_i64().is_some_and(|port| port != 0) {
        let why = "may only be set when `type` is 'LoadBalancer' and `externalTrafficPolicy` is 'Local'";
        errors.push(FieldError::invalid("spec.healthCheckNodePort", health, why));
    }
    choice(
        &spec["internalTrafficPolicy"],
        "spec.internalTrafficPolicy",
        &["Cluster", "Local"],
        errors,
    );
}

/// Checks the addresses of a Service and their families against each other.
pub(crate) fn families(spec: &Value) -> Vec<FieldError> {
    let mut errors = Vec::new();
    if spec["type"] == "ExternalName" {
        return errors;
    }
    let address = spec["clusterIP"].as_str().unwrap_or_default();
    let list = &spec["clusterIPs"];
    let addresses = list.as_array().map(Vec::as_slice).unwrap_or_default();
    let field = "spec.clusterIPs";
    if address.is_empty() {
        if !addresses.is_empty() {
            let why = "must be empty when `clusterIP` is not specified";
            errors.push(FieldError::invalid(field, list, why));
        }
    } else if addresses.is_empty() {
        errors.push(FieldError::required(field, ""));
    } else if addresses[0] != *address {
        let why = "first value must match `clusterIP`";
        errors.push(FieldError::invalid(field, list, why));
    }
    let mut seen = BTreeSet::new();
    for (at, family) in spec["ipFamilies"].as_array().into_iter().flatten().enumerate() {
        let field = format!("spec.ipFamilies[{at}]");
        choice(family, &field, &["IPv4", "IPv6"], &mut errors);
        if !seen.insert(family.as_str()) {
            errors.push(FieldError::duplicate(field, family));
        }
    }
    let policies = ["PreferDualStack", "RequireDualStack", "SingleStack"];
    choice(
        &spec["ipFamilyPolicy"],
        "spec.ipFamilyPolicy",
        &policies,
        &mut errors,
    );
    if addresses.len() > 1 && addresses[0] == "None" {
        let why = "'None' must be the first and only value";
        errors.push(FieldError::invalid(field, list, why));
    }
    errors
}

/// Checks what a balancer says of itself.
pub(super) fn balancer_status(service: &Value) -> Vec<FieldError> {
    let entries = service["status"]["loadBalancer"]["ingress"].as_array();
    if service["spec"]["type"] == "LoadBalancer" || entries.is_none_or(Vec::is_empty) {
        return Vec::new();
    }
    let why = "may only be used when `spec.type` is 'LoadBalancer'";
    vec![FieldError::forbidden("status.loadBalancer.ingress", why)]
}

/// Refuses a change of the addresses that the server handed out.
pub(super) fn service_change(current: &Value, service: &Value) -> Vec<FieldError> {
    let (old, new) = (&current["spec"], &service["spec"]);
    let headless = |spec: &Value| spec["clusterIP"] == "None";
    if old["type"] == "ExternalName" || new["type"] == "ExternalName" || headless(old) && headless(new) {
        return Vec::new();
    }
    let addresses = |spec: &Value| spec["clusterIPs"].as_array().cloned().unwrap_or_default();
    let (before, after) = (addresses(old), addresses(new));
    let shown = Value::from(after.clone());
    let mut errors = Vec::new();
    if after.is_empty() && !before.is_empty() {
        let why = "primary clusterIP can not be unset";
        errors.push(FieldError::invalid("spec.clusterIPs[0]", &shown, why));
    }
    for (at, (before, after)) in before.iter().zip(&after).enumerate() {
        if before != after {
            let field = format!("spec.clusterIPs[{at}]");
            errors.push(FieldError::invalid(field, &shown, "may not change once set"));
        }
    }
    if headless(old) == headless(new) && old["ipFamilies"][0] != new["ipFamilies"][0] {
        let why = "may not change once set";
        errors.push(FieldError::invalid("spec.ipFamilies[0]", &new["ipFamilies"], why));
    }
    errors
}

/// Checks an Ingress.
pub(super) fn ingress(ingress: &Value) -> Vec<FieldError> {
    let mut errors = Vec::new();
    let spec = &ingress["spec"];
    let rules = spec["rules"].as_array().map(Vec::as_slice).unwrap_or_default();
    if rules.is_empty() && spec["defaultBackend"].is_null() {
        let detail = "either `defaultBackend` or `rules` must be specified";
        errors.push(FieldError::invalid("spec", &serde_json::json!({}), detail));
    }
    if !spec["defaultBackend"].is_null() {
        backend(&spec["defaultBackend"], "spec.defaultBackend", &mut errors);
    }
    for (at, rule) in rules.iter().enumerate() {
        let path = format!("spec.rules[{at}].http.paths");
        let entries = rule["http"]["paths"]
            .as_array()
            .map(Vec::as_slice)
            .unwrap_or_default();
        if rule.get("http").is_some() && entries.is_empty() {
            errors.push(FieldError::required(path.clone(), ""));
        }
        for (at, entry) in entries.iter().enumerate() {
            http_path(entry, &format!("{path}[{at}]"), &mut errors);
        }
    }
    errors
}

fn http_path(entry: &Value, path: &str, errors: &mut Vec<FieldError>) {
    let kind = &entry["pathType"];
    if kind.is_null() {
        let why = "pathType must be specified";
        return errors.push(FieldError::required(format!("{path}.pathType"), why));
    }
    let text = entry["path"].as_str().unwrap_or_default();
    let types = ["Exact", "ImplementationSpecific", "Prefix"];
    if !types.iter().any(|known| kind == known) {
        errors.push(FieldError::not_supported(
            format!("{path}.pathType"),
            kind,
            &types,
        ));
    } else if !text.starts_with('/') && (kind != "ImplementationSpecific" || !text.is_empty()) {
        let detail = "must be an absolute path";
        errors.push(FieldError::invalid(format!("{path}.path"), &text.into(), detail));
    }
    backend(&entry["backend"], &format!("{path}.backend"), errors);
}

/// Checks where requests go.
fn backend(backend: &Value, path: &str, errors: &mut Vec<FieldError>) {
    let empty = Value::from("");
    let (resource, service) = (&backend["resource"], &backend["service"]);
    if !resource.is_null() && !service.is_null() {
        let why = "cannot set both resource and service backends";
        return errors.push(FieldError::invalid(path, &empty, why));
    }
    if !resource.is_null() {
        for field in ["kind", "name"] {
            if resource[field].as_str().is_none_or(str::is_empty) {
                errors.push(FieldError::required(format!("{path}.resource.{field}"), ""));
            }
        }
        return;
    }
    if service.is_null() {
        let why = "resource or service backend is required";
        return errors.push(FieldError::invalid(path, &empty, why));
    }
    match service["name"].as_str().unwrap_or_default() {
        "" => errors.push(FieldError::required(format!("{path}.service.name"), "")),
        name if !is_dns_label(name) => {
            let field = format!("{path}.service.name");
            errors.push(FieldError::invalid(field, &service["name"], DNS_LABEL));
        }
        _ => {}
    }
    let name = service["port"]["name"].as_str().unwrap_or_default();
    let number = service["port"]["number"].as_i64().unwrap_or(0);
    match (name.is_empty(), number) {
        (false, 0) => {}
        (false, _) => {
            let why = "cannot set both port name & port number";
            errors.push(FieldError::invalid(path, &empty, why));
        }
        (true, 0) => errors.push(FieldError::required(path, "port name or number is required")),
        (true, _) => self::number(
            &service["port"]["number"],
            format!("{path}.service.port.number"),
            errors,
        ),
    }
}
