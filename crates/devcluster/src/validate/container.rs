//! Containers of pods and pod templates.
//!
//! **Start at** [`container`] and [`probe`].

use super::{
    DNS_LABEL, is_dns_label,
    pod::{choice, port},
};
use crate::status_error::FieldError;
use serde_json::Value;
use std::collections::BTreeSet;

/// Checks a container but its probes.
pub(super) fn container(
    container: &Value,
    path: &str,
    volumes: &BTreeSet<&str>,
    errors: &mut Vec<FieldError>,
) {
    match container["name"].as_str().unwrap_or_default() {
        "" => errors.push(FieldError::required(format!("{path}.name"), "")),
        name if !is_dns_label(name) => {
            errors.push(FieldError::invalid(
                format!("{path}.name"),
                &container["name"],
                DNS_LABEL,
            ));
        }
        _ => {}
    }
    if container["image"].as_str().is_none_or(str::is_empty) {
        errors.push(FieldError::required(format!("{path}.image"), ""));
    }
    for (at, port) in items(container, "ports") {
        let path = format!("{path}.ports[{at}]");
        self::port(&port["containerPort"], &format!("{path}.containerPort"), errors);
        let protocols = ["SCTP", "TCP", "UDP"];
        choice(&port["protocol"], &format!("{path}.protocol"), &protocols, errors);
    }
    for (at, variable) in items(container, "env") {
        let path = format!("{path}.env[{at}]");
        if variable["name"].as_str().is_none_or(str::is_empty) {
            errors.push(FieldError::required(format!("{path}.name"), ""));
        }
        if !variable["valueFrom"].is_null() {
            source(variable, &format!("{path}.valueFrom"), errors);
        }
    }
    for (at, from) in items(container, "envFrom") {
        let sources = [("configMapRef", "name"), ("secretRef", "name")];
        let given: Vec<_> = sources
            .iter()
            .filter(|(kind, _)| !from[*kind].is_null())
            .collect();
        for (kind, name) in &given {
            if from[*kind][*name].as_str().is_none_or(str::is_empty) {
                errors.push(FieldError::required(
                    format!("{path}.envFrom[{at}].{kind}.{name}"),
                    "",
                ));
            }
        }
        let why = match given.len() {
            0 => "must specify one of: `configMapRef` or `secretRef`",
            1 => continue,
            _ => "may not have more than one field specified at a time",
        };
        errors.push(FieldError::invalid(format!("{path}.envFrom"), &"".into(), why));
    }
    for (at, mount) in items(container, "volumeMounts") {
        let path = format!("{path}.volumeMounts[{at}]");
        let name = mount["name"].as_str().unwrap_or_default();
        if name.is_empty() {
            errors.push(FieldError::required(format!("{path}.name"), ""));
        }
        if !volumes.contains(name) {
            errors.push(FieldError::not_found(format!("{path}.name"), &name.into()));
        }
        if mount["mountPath"].as_str().is_none_or(str::is_empty) {
            errors.push(FieldError::required(format!("{path}.mountPath"), ""));
        }
    }
    let policies = ["Always", "IfNotPresent", "Never"];
    choice(
        &container["imagePullPolicy"],
        &format!("{path}.imagePullPolicy"),
        &policies,
        errors,
    );
}

/// Checks where the value of a variable comes from.
fn source(variable: &Value, path: &str, errors: &mut Vec<FieldError>) {
    let from = &variable["valueFrom"];
    let kinds = [
        ("fieldRef", &["fieldPath"][..]),
        ("resourceFieldRef", &["resource"]),
        ("configMapKeyRef", &["name", "key"]),
        ("secretKeyRef", &["name", "key"]),
        ("fileKeyRef", &[]),
    ];
    let given: Vec<_> = kinds.iter().filter(|(kind, _)| !from[*kind].is_null()).collect();
    for (kind, fields) in &given {
        for field in *fields {
            if from[*kind][*field].as_str().is_none_or(str::is_empty) {
                errors.push(FieldError::required(format!("{path}.{kind}.{field}"), ""));
            }
        }
    }
    let why = match given.len() {
        0 => {
            "must specify one of: `fieldRef`, `resourceFieldRef`, `configMapKeyRef`, `secretKeyRef` or `fileKeyRef`"
        }
        _ if variable["value"].as_str().is_some_and(|text| !text.is_empty()) => {
            "may not be specified when `value` is not empty"
        }
        1 => return,
        _ => "may not have more than one field specified at a time",
    };
    errors.push(FieldError::invalid(path, &"".into(), why));
}

/// Checks a probe.
pub(super) fn probe(probe: &Value, path: &str, errors: &mut Vec<FieldError>) {
    let kinds = ["exec", "httpGet", "tcpSocket", "grpc", "sleep"];
    let mut given = kinds.iter().filter(|kind| !probe[**kind].is_null());
    match given.next() {
        None => errors.push(FieldError::required(path, "must specify a handler type")),
        Some(kind @ &("httpGet" | "tcpSocket")) => {
            let port = &probe[*kind]["port"];
            let number = port.as_i64().unwrap_or(0);
            if !port.is_string() && !(1..=65_535).contains(&number) {
                let why = "must be between 1 and 65535, inclusive";
                let field = format!("{path}.{kind}.port");
                errors.push(FieldError::invalid(field, &number.into(), why));
            }
        }
        Some(&"exec") if probe["exec"]["command"].as_array().is_none_or(Vec::is_empty) => {
            errors.push(FieldError::required(format!("{path}.exec.command"), ""));
        }
        Some(_) => {}
    }
    for more in given {
        let why = "may not specify more than 1 handler type";
        errors.push(FieldError::forbidden(format!("{path}.{more}"), why));
    }
}

fn items<'a>(container: &'a Value, field: &str) -> impl Iterator<Item = (usize, &'a Value)> {
    container[field].as_array().into_iter().flatten().enumerate()
}
