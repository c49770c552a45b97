//! What the real server refuses, in its words.
//!
//! **Invariant:** checks only; what may be missing was filled in before.
//! **Absent:** the rarer rules: a few hundred lines here stand for many thousand there.
//! **Start at** [`on_create`] and [`on_update`]; one file per group of kinds.

mod autoscaling;
mod config;
mod container;
mod definition;
mod metadata;
mod network;
mod pod;
mod warn;
mod workload;

use crate::{
    registry::update::Part,
    resource::Resource,
    status_error::{FieldError, FieldProblem},
};
use metadata::Eye;
use serde_json::Value;

pub(crate) use metadata::{label_key_problems, label_value_problem};
pub(crate) use network::families;
pub(crate) use warn::warnings;

/// Everything wrong with a new object.
#[must_use]
pub(crate) fn on_create(resource: &Resource, object: &Value) -> Vec<FieldError> {
    if resource.custom.is_some() {
        let mut errors = metadata::whole(resource, object, Eye::Machinery);
        errors.extend(schema(resource, object));
        errors.extend(scale(resource, object));
        return errors;
    }
    let mut errors = match resource.plural.as_str() {
        // Budgets have no rules for their metadata.
        "poddisruptionbudgets" => Vec::new(),
        "customresourcedefinitions" => metadata::whole(resource, object, Eye::Machinery),
        _ => metadata::whole(resource, object, Eye::Kind),
    };
    errors.extend(kind(resource, object));
    // The machinery, and then the schema, repeat what the rules above say better, so they speak only when those are silent.
    if errors.is_empty() {
        errors = metadata::whole(resource, object, Eye::Machinery);
    }
    if errors.is_empty() {
        errors = schema(resource, object);
    }
    errors
}

/// Everything wrong with a changed object.
#[must_use]
pub(crate) fn on_update(resource: &Resource, part: Part, current: &Value, object: &Value) -> Vec<FieldError> {
    let mut errors = metadata::whole(resource, object, Eye::Machinery);
    errors.extend(metadata::changed(current, object, Eye::Machinery));
    if resource.custom.is_some() {
        errors.extend(metadata::changed(current, object, Eye::Machinery));
        errors.extend(schema(resource, object));
        errors.extend(scale(resource, object));
        return errors;
    }
    errors.extend(match part {
        Part::Main => kind_update(resource, current, object),
        Part::Status => status_update(resource, current, object),
    });
    if errors.is_empty() {
        errors = schema(resource, object);
    }
    errors
}

/// The rules of a built-in kind for a change, each kind's in its own order.
fn kind_update(resource: &Resource, current: &Value, object: &Value) -> Vec<FieldError> {
    let whole = || metadata::whole(resource, object, Eye::Kind);
    let changed = || metadata::changed(current, object, Eye::Kind);
    let (kind, change) = (kind(resource, object), change(resource, current, object));
    let parts = match (resource.group.as_str(), resource.plural.as_str()) {
        ("", "configmaps" | "secrets" | "serviceaccounts") => vec![changed(), change, whole(), kind],
        ("", "persistentvolumeclaims" | "pods") | ("networking.k8s.io", "ingresses") => {
            vec![changed(), whole(), kind, change]
        }
        ("", "namespaces") => vec![whole(), changed()],
        // A changed Job goes through the rules of a new one first.
        ("batch", "jobs") => {
            let labels = workload::generated_labels(object);
            vec![whole(), labels, kind.clone(), changed(), kind, change]
        }
        ("rbac.authorization.k8s.io", _) => vec![whole(), kind, changed(), change],
        ("policy", "poddisruptionbudgets") => vec![kind],
        ("apiextensions.k8s.io", _) => vec![metadata::changed(current, object, Eye::Machinery), change, kind],
        ("", "services") | ("apps", "daemonsets") => vec![changed(), change, kind],
        _ => vec![changed(), kind, change],
    };
    parts.concat()
}

/// The rules of a built-in kind for a new status.
fn status_update(resource: &Resource, current: &Value, object: &Value) -> Vec<FieldError> {
    let mut errors = match resource.plural.as_str() {
        "poddisruptionbudgets" | "cronjobs" => return Vec::new(),
        _ => metadata::changed(current, object, Eye::Kind),
    };
    match (resource.group.as_str(), resource.plural.as_str()) {
        ("", "namespaces") => errors.extend(config::phase(object)),
        ("", "services") => errors.extend(network::balancer_status(object)),
        ("apps", _) => errors.extend(workload::status(object)),
        _ => {}
    }
    errors
}

/// What the schema finds wrong. Of built-in kinds Go decodes a missing status field as its zero, so those are fine.
fn schema(resource: &Resource, object: &Value) -> Vec<FieldError> {
    let mut errors = resource.typing.validate(object);
    if resource.custom.is_none() {
        errors.retain(|error| error.kind != FieldProblem::Required || !error.field.starts_with("status."));
    }
    errors
}

/// The wished count of a custom object must be a number, whatever its schema says.
fn scale(resource: &Resource, object: &Value) -> Vec<FieldError> {
    let Some(scale) = resource.custom.as_ref().and_then(|custom| custom.scale.as_ref()) else {
        return Vec::new();
    };
    let pointer = scale.spec.replace('.', "/");
    if let Some(count) = object
        .pointer(&pointer)
        .filter(|count| count.as_i64().is_some_and(|count| count < 0))
    {
        let why = "should be a non-negative integer";
        return vec![FieldError::invalid(scale.spec.as_str(), count, why)];
    }
    let Some(value) = object
        .pointer(&pointer)
        .filter(|value| !value.is_i64() && !value.is_null())
    else {
        return Vec::new();
    };
    let (shown, ty) = match value {
        Value::String(text) => (text.clone(), "string"),
        Value::Bool(_) => (value.to_string(), "bool"),
        Value::Number(_) => (value.to_string(), "float64"),
        Value::Array(_) => (value.to_string(), "[]interface {}"),
        _ => (value.to_string(), "map[string]interface {}"),
    };
    let path = scale.spec.as_str();
    let why = format!("{path} accessor error: {shown} is of the type {ty}, expected int64");
    vec![FieldError::invalid(path, &0.into(), why)]
}

fn kind(resource: &Resource, object: &Value) -> Vec<FieldError> {
    if resource.custom.is_some() {
        return Vec::new();
    }
    match (resource.group.as_str(), resource.plural.as_str()) {
        ("", "pods") => pod::pod(object),
        ("", "services") => network::service(object),
        ("", "configmaps") => config::keys(object, &["data", "binaryData"]),
        ("", "secrets") => config::secret(object),
        ("", "persistentvolumeclaims") => config::claim(object),
        ("apps", "deployments" | "replicasets" | "statefulsets" | "daemonsets") => {
            workload::selecting(object)
        }
        ("batch", "jobs") => workload::job(&object["spec"], "spec"),
        ("batch", "cronjobs") => workload::cron_job(object),
        ("networking.k8s.io", "ingresses") => network::ingress(object),
        ("autoscaling", "horizontalpodautoscalers") => autoscaling::autoscaler(object),
        ("rbac.authorization.k8s.io", "roles") => config::rules(object, true),
        ("rbac.authorization.k8s.io", "clusterroles") => config::rules(object, false),
        ("coordination.k8s.io", "leases") => config::lease(object),
        ("rbac.authorization.k8s.io", "rolebindings" | "clusterrolebindings") => config::binding(object),
        ("apiextensions.k8s.io", "customresourcedefinitions") => definition::check(object),
        _ => Vec::new(),
    }
}

fn change(resource: &Resource, current: &Value, object: &Value) -> Vec<FieldError> {
    if resource.custom.is_some() {
        return Vec::new();
    }
    match (resource.group.as_str(), resource.plural.as_str()) {
        ("", "pods") => pod::change(current, object),
        ("", "services") => network::service_change(current, object),
        ("", "configmaps" | "secrets") => config::change(current, object),
        ("apps", "deployments" | "replicasets" | "daemonsets") => {
            immutable(current, object, &["spec", "selector"])
        }
        ("apps", "statefulsets") => workload::stateful_set_change(current, object),
        ("batch", "jobs") => workload::job_change(current, object),
        ("rbac.authorization.k8s.io", "rolebindings" | "clusterrolebindings") => {
            config::binding_change(current, object)
        }
        ("", "persistentvolumeclaims") => config::claim_change(current, object),
        ("apiextensions.k8s.io", "customresourcedefinitions") => definition::change(current, object),
        _ => Vec::new(),
    }
}

/// Refuses a change of one field.
fn immutable(current: &Value, object: &Value, path: &[&str]) -> Vec<FieldError> {
    let at = |object: &Value| path.iter().fold(object.clone(), |value, key| value[*key].clone());
    let (old, new) = (at(current), at(object));
    if old == new {
        return Vec::new();
    }
    vec![FieldError::invalid(path.join("."), &new, "field is immutable")]
}

/// Is it a label of DNS: lower case letters, digits and inner dashes, at most 63?
fn is_dns_label(text: &str) -> bool {
    let alphanumeric = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit();
    !text.is_empty()
        && text.len() <= 63
        && text.chars().all(|c| alphanumeric(c) || c == '-')
        && text.starts_with(alphanumeric)
        && text.ends_with(alphanumeric)
}

/// Is it a name of DNS: such labels with dots between, at most 253?
fn is_dns_name(text: &str) -> bool {
    let alphanumeric = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit();
    let part = |part: &str| {
        !part.is_empty()
            && part.chars().all(|c| alphanumeric(c) || c == '-')
            && part.starts_with(alphanumeric)
            && part.ends_with(alphanumeric)
    };
    text.len() <= 253 && text.split('.').all(part)
}

const DNS_LABEL: &str = "a lowercase RFC 1123 label must consist of lower case alphanumeric characters or '-', and \
    must start and end with an alphanumeric character (e.g. 'my-name',  or '123-abc', regex used for validation is \
    '[a-z0-9]([-a-z0-9]*[a-z0-9])?')";
const DNS_NAME: &str = "a lowercase RFC 1123 subdomain must consist of lower case alphanumeric characters, '-' or \
    '.', and must start and end with an alphanumeric character (e.g. 'example.com', regex used for validation is \
    '[a-z0-9]([-a-z0-9]*[a-z0-9])?(\\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*')";
