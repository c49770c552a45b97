//! ConfigMaps, Secrets, bindings and claims.
//!
//! **Start at** the function of the kind.

use super::immutable;
use crate::status_error::{FieldError, FieldProblem};
use base64::{Engine as _, engine::general_purpose::STANDARD};
use plumb_schema::quantity::Quantity;
use serde_json::Value;

const KEY: &str = "a valid config key must consist of alphanumeric characters, '-', '_' or '.' (e.g. 'key.name',  or \
    'KEY_NAME',  or 'key-name', regex used for validation is '[-._a-zA-Z0-9]+')";
const LARGEST: usize = 1024 * 1024;

/// Checks the keys and the size of maps of data.
pub(super) fn keys(object: &Value, fields: &[&str]) -> Vec<FieldError> {
    let mut errors = Vec::new();
    let mut size = 0;
    for field in fields {
        for (key, value) in object[*field].as_object().into_iter().flatten() {
            size += value.as_str().map_or(0, str::len);
            let known = |c: char| c.is_ascii_alphanumeric() || "-_.".contains(c);
            if key.is_empty() || !key.chars().all(known) {
                errors.push(FieldError::invalid(
                    format!("{field}[{key}]"),
                    &key.as_str().into(),
                    KEY,
                ));
            }
        }
    }
    if size > LARGEST {
        let detail = format!("may not be more than {LARGEST} bytes");
        errors.push(FieldError {
            kind: FieldProblem::TooLong,
            field: String::new(),
            value: None,
            detail,
        });
    }
    errors
}

/// Checks a Secret.
pub(super) fn secret(secret: &Value) -> Vec<FieldError> {
    let mut errors = keys(secret, &["data"]);
    let needed: &[&str] = match secret["type"].as_str().unwrap_or_default() {
        "kubernetes.io/tls" => &["tls.crt", "tls.key"],
        "kubernetes.io/dockerconfigjson" => &[".dockerconfigjson"],
        "kubernetes.io/dockercfg" => &[".dockercfg"],
        "kubernetes.io/ssh-auth" => &["ssh-privatekey"],
        // One of them is enough.
        "kubernetes.io/basic-auth"
            if ["username", "password"]
                .iter()
                .all(|key| secret["data"].get(*key).is_none()) =>
        {
            &["username", "password"]
        }
        _ => &[],
    };
    for key in needed {
        if secret["data"].get(*key).is_none() {
            errors.push(FieldError::required(format!("data[{key}]"), ""));
        }
    }
    for (key, value) in secret["data"].as_object().into_iter().flatten() {
        // The value itself is not repeated: it may be a secret in clear.
        if value.as_str().is_some_and(|text| STANDARD.decode(text).is_err()) {
            let detail = "must be base64".to_owned();
            let (kind, field) = (FieldProblem::TypeInvalid, format!("data[{key}]"));
            errors.push(FieldError {
                kind,
                field,
                value: None,
                detail,
            });
        }
    }
    errors
}

/// Refuses changes of what was declared immutable, and of a Secret's type.
pub(super) fn change(current: &Value, object: &Value) -> Vec<FieldError> {
    let mut errors = immutable(current, object, &["type"]);
    if current["immutable"] != true {
        return errors;
    }
    if object["immutable"] != true {
        errors.push(FieldError::forbidden(
            "immutable",
            "field is immutable when `immutable` is set",
        ));
    }
    for field in ["data", "binaryData"] {
        if current[field] != object[field] {
            errors.push(FieldError::forbidden(
                field,
                "field is immutable when `immutable` is set",
            ));
        }
    }
    errors
}

/// Checks a RoleBinding or ClusterRoleBinding.
pub(super) fn binding(binding: &Value) -> Vec<FieldError> {
    const GROUP: &str = "rbac.authorization.k8s.io";
    let mut errors = Vec::new();
    let given = |value: &Value| Value::from(value.as_str().unwrap_or_default());
    let role = &binding["roleRef"];
    if role["apiGroup"] != GROUP {
        let group = given(&role["apiGroup"]);
        errors.push(FieldError::not_supported("roleRef.apiGroup", &group, &[GROUP]));
    }
    let kinds: &[&str] = if binding["kind"] == "RoleBinding" {
        &["Role", "ClusterRole"]
    } else {
        &["ClusterRole"]
    };
    if !kinds.iter().any(|kind| role["kind"] == *kind) {
        errors.push(FieldError::not_supported(
            "roleRef.kind",
            &given(&role["kind"]),
            kinds,
        ));
    }
    if role["name"].as_str().is_none_or(str::is_empty) {
        errors.push(FieldError::required("roleRef.name", ""));
    }
    for (at, subject) in binding["subjects"].as_array().into_iter().flatten().enumerate() {
        let path = format!("subjects[{at}]");
        if subject["name"].as_str().is_none_or(str::is_empty) {
            errors.push(FieldError::required(format!("{path}.name"), ""));
        }
        let group = given(&subject["apiGroup"]);
        let field = format!("{path}.apiGroup");
        match subject["kind"].as_str().unwrap_or_default() {
            "ServiceAccount" => {
                if group != "" {
                    errors.push(FieldError::not_supported(field, &group, &[""]));
                }
                let homeless = subject["namespace"].as_str().is_none_or(str::is_empty);
                if homeless && binding["kind"] == "ClusterRoleBinding" {
                    errors.push(FieldError::required(format!("{path}.namespace"), ""));
                }
            }
            "User" | "Group" if group == GROUP => {}
            "User" | "Group" => errors.push(FieldError::not_supported(field, &group, &[GROUP])),
            other => {
                let kinds = ["ServiceAccount", "User", "Group"];
                errors.push(FieldError::not_supported(
                    format!("{path}.kind"),
                    &other.into(),
                    &kinds,
                ));
            }
        }
    }
    errors
}

/// Refuses another role for a binding.
pub(super) fn binding_change(current: &Value, binding: &Value) -> Vec<FieldError> {
    if current["roleRef"] == binding["roleRef"] {
        return Vec::new();
    }
    let role = &binding["roleRef"];
    // It is shown as the struct within the server, which has no names for JSON.
    let shown =
        serde_json::json!({ "APIGroup": role["apiGroup"], "Kind": role["kind"], "Name": role["name"] });
    vec![FieldError::invalid("roleRef", &shown, "cannot change roleRef")]
}

/// Checks the rules of a Role or ClusterRole.
pub(super) fn rules(role: &Value, namespaced: bool) -> Vec<FieldError> {
    let mut errors = Vec::new();
    let none = |value: &Value| value.as_array().is_none_or(Vec::is_empty);
    for (at, rule) in role["rules"].as_array().into_iter().flatten().enumerate() {
        let path = format!("rules[{at}]");
        if none(&rule["verbs"]) {
            let why = "verbs must contain at least one value";
            errors.push(FieldError::required(format!("{path}.verbs"), why));
        }
        if !none(&rule["nonResourceURLs"]) {
            let field = format!("{path}.nonResourceURLs");
            let urls = &rule["nonResourceURLs"];
            if namespaced {
                let why = "namespaced rules cannot apply to non-resource URLs";
                errors.push(FieldError::invalid(field.clone(), urls, why));
            }
            if ["apiGroups", "resources", "resourceNames"]
                .iter()
                .any(|field| !none(&rule[*field]))
            {
                let why = "rules cannot apply to both regular resources and non-resource URLs";
                errors.push(FieldError::invalid(field, urls, why));
            }
            continue;
        }
        for (field, what) in [("apiGroups", "api group"), ("resources", "resource")] {
            if none(&rule[field]) {
                let why = format!("resource rules must supply at least one {what}");
                errors.push(FieldError::required(format!("{path}.{field}"), why));
            }
        }
    }
    errors
}

/// Checks a Lease.
pub(super) fn lease(lease: &Value) -> Vec<FieldError> {
    let mut errors = Vec::new();
    let mut at_least = |field: &str, least: i64, why: &str| {
        let value = &lease["spec"][field];
        if value.as_i64().is_some_and(|value| value < least) {
            errors.push(FieldError::invalid(format!("spec.{field}"), value, why));
        }
    };
    at_least("leaseDurationSeconds", 1, "must be greater than 0");
    at_least("leaseTransitions", 0, "must be greater than or equal to 0");
    errors
}

/// Checks a claim.
pub(super) fn claim(claim: &Value) -> Vec<FieldError> {
    claim_spec(&claim["spec"], "spec")
}

/// Checks the specification of a claim at a path.
pub(super) fn claim_spec(spec: &Value, path: &str) -> Vec<FieldError> {
    let mut errors = Vec::new();
    let modes = spec["accessModes"]
        .as_array()
        .map(Vec::as_slice)
        .unwrap_or_default();
    let field = format!("{path}.accessModes");
    if modes.is_empty() {
        let why = "at least 1 access mode is required";
        errors.push(FieldError::required(field.clone(), why));
    }
    let known = [
        "ReadOnlyMany",
        "ReadWriteMany",
        "ReadWriteOnce",
        "ReadWriteOncePod",
    ];
    for mode in modes {
        if mode.as_str().is_none_or(|mode| !known.contains(&mode)) {
            errors.push(FieldError::not_supported(field.clone(), mode, &known));
        }
    }
    let field = format!("{path}.resources[storage]");
    match spec["resources"]["requests"].get("storage") {
        None => errors.push(FieldError::required(field, "")),
        Some(room) if room == "0" || room.as_str().is_some_and(|room| room.starts_with('-')) => {
            errors.push(FieldError::invalid(field, room, "must be greater than zero"));
        }
        Some(_) => {}
    }
    errors
}

/// Refuses all changes of a claim but more room and a first volume.
pub(super) fn claim_change(current: &Value, claim: &Value) -> Vec<FieldError> {
    let bound = claim["status"]["phase"] == "Bound";
    let fixed = |claim: &Value| {
        let mut spec = claim["spec"].clone();
        if let Some(spec) = spec.as_object_mut() {
            if current["spec"].get("storageClassName").is_none() {
                spec.remove("storageClassName");
            }
            // Only what is bound may grow.
            if bound {
                spec.remove("resources");
                spec.remove("volumeAttributesClassName");
            }
            if current["spec"].get("volumeName").is_none() {
                spec.remove("volumeName");
            }
        }
        spec
    };
    let mut errors = Vec::new();
    if fixed(current) != fixed(claim) {
        let detail = "spec is immutable after creation except resources.requests and volumeAttributesClassName for \
                      bound claims";
        errors.push(FieldError::forbidden("spec", detail));
    }
    let amount = |value: &Value| Quantity::parse(value.as_str().unwrap_or("0")).ok();
    let room = |claim: &Value| amount(&claim["spec"]["resources"]["requests"]["storage"]);
    let (old, new) = (room(current), room(claim));
    if new < old && new <= amount(&current["status"]["capacity"]["storage"]) {
        errors.push(FieldError::forbidden(
            "spec.resources.requests.storage",
            "field can not be less than status.capacity",
        ));
    }
    if current["spec"]["volumeMode"] != claim["spec"]["volumeMode"] {
        let mode = &claim["spec"]["volumeMode"];
        errors.push(FieldError::invalid("volumeMode", mode, "field is immutable"));
    }
    errors
}

/// Checks the phase of a Namespace, which tells whether it is being deleted.
pub(super) fn phase(namespace: &Value) -> Vec<FieldError> {
    let phase = &namespace["status"]["phase"];
    let (wanted, when) = match namespace["metadata"].get("deletionTimestamp") {
        None => ("Active", "`deletionTimestamp` is empty"),
        Some(_) => ("Terminating", "`deletionTimestamp` is not empty"),
    };
    if *phase == wanted {
        return Vec::new();
    }
    let why = format!("may only be '{wanted}' if {when}");
    vec![FieldError::invalid("status.Phase", phase, why)]
}
