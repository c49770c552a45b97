//! Services and ingresses.
//!
//! **Start at** the function of the kind.

use super::pod::{choice, port};
use crate::status_error::FieldError;
use serde_json::Value;
use std::collections::BTreeSet;

/// Checks a Service.
pub(super) fn service(service: &Value) -> Vec<FieldError> {
    let mut errors = Vec::new();
    let spec = &service["spec"];
    let types = ["ClusterIP", "ExternalName", "LoadBalancer", "NodePort"];
    choice(&spec["type"], "spec.type", &types, &mut errors);
    let ports = spec["ports"].as_array().map(Vec::as_slice).unwrap_or_default();
    let headless = spec["clusterIP"] == "None";
    if spec["type"] == "ExternalName" {
        if spec["externalName"].as_str().is_none_or(str::is_empty) {
            errors.push(FieldError::required("spec.externalName", ""));
        }
    } else if ports.is_empty() && !headless {
        errors.push(FieldError::required("spec.ports", ""));
    }
    let (mut names, mut numbers) = (BTreeSet::new(), BTreeSet::new());
    for (at, entry) in ports.iter().enumerate() {
        let path = format!("spec.ports[{at}]");
        let name = entry["name"].as_str().unwrap_or_default();
        if name.is_empty() && ports.len() > 1 {
            errors.push(FieldError::required(format!("{path}.name"), ""));
        } else if !name.is_empty() && !names.insert(name) {
            errors.push(FieldError::duplicate(format!("{path}.name"), &entry["name"]));
        }
        port(&entry["port"], &format!("{path}.port"), &mut errors);
        choice(
            &entry["protocol"],
            &format!("{path}.protocol"),
            &["SCTP", "TCP", "UDP"],
            &mut errors,
        );
        if !numbers.insert((entry["port"].as_i64(), entry["protocol"].as_str())) {
            let value = serde_json::json!({ "port": entry["port"], "protocol": entry["protocol"] });
            errors.push(FieldError::duplicate(path, &value));
        }
    }
    if headless
        && ["LoadBalancer", "NodePort"]
            .iter()
            .any(|kind| spec["type"] == *kind)
    {
        let why = format!(
            "may not be set to 'None' for {} services",
            spec["type"].as_str().unwrap_or_default()
        );
        errors.push(FieldError::invalid("spec.clusterIPs[0]", &"None".into(), why));
    }
    if spec["type"] != "LoadBalancer" && !service["status"]["loadBalancer"]["ingress"].is_null() {
        let why = "may only be used when `spec.type` is 'LoadBalancer'";
        errors.push(FieldError::forbidden("status.loadBalancer.ingress", why));
    }
    choice(
        &spec["sessionAffinity"],
        "spec.sessionAffinity",
        &["ClientIP", "None"],
        &mut errors,
    );
    errors
}

/// Refuses a change of the address that the server handed out.
pub(super) fn service_change(current: &Value, service: &Value) -> Vec<FieldError> {
    let (old, new) = (&current["spec"], &service["spec"]);
    if old["type"] == "ExternalName" || new["type"] == "ExternalName" || old["clusterIP"] == new["clusterIP"]
    {
        return Vec::new();
    }
    let shown = serde_json::json!([new["clusterIP"]]);
    vec![FieldError::invalid(
        "spec.clusterIPs[0]",
        &shown,
        "may not change once set",
    )]
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
            let path = format!("{path}[{at}]");
            let types = ["Exact", "ImplementationSpecific", "Prefix"];
            choice(
                &entry["pathType"],
                &format!("{path}.pathType"),
                &types,
                &mut errors,
            );
            let text = entry["path"].as_str().unwrap_or_default();
            if !text.starts_with('/') && (entry["pathType"] != "ImplementationSpecific" || !text.is_empty()) {
                let detail = "must be an absolute path";
                errors.push(FieldError::invalid(format!("{path}.path"), &text.into(), detail));
            }
        }
    }
    errors
}
