//! What the real server refuses, in its words.
//!
//! **Invariant:** checks only; what may be missing was filled in before.
//! **Absent:** the rarer rules: a few hundred lines here stand for many thousand there.
//! **Start at** [`on_create`] and [`on_update`]; one file per group of kinds.

mod config;
mod definition;
mod metadata;
mod network;
mod pod;
mod workload;

use crate::{
    resource::Resource,
    status_error::{FieldError, FieldProblem},
};
use serde_json::Value;

/// Everything wrong with a new object.
#[must_use]
pub(crate) fn on_create(resource: &Resource, object: &Value) -> Vec<FieldError> {
    let mut errors = metadata::check(resource, object);
    errors.extend(kind(resource, object));
    // The schema repeats what the rules above say better, so it speaks only when they are silent.
    if errors.is_empty() {
        errors = schema(resource, object);
    }
    errors
}

/// Everything wrong with a changed object.
#[must_use]
pub(crate) fn on_update(resource: &Resource, current: &Value, object: &Value) -> Vec<FieldError> {
    let mut errors = metadata::labels(object);
    errors.extend(kind(resource, object));
    errors.extend(change(resource, current, object));
    if errors.is_empty() {
        errors = schema(resource, object);
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

fn kind(resource: &Resource, object: &Value) -> Vec<FieldError> {
    if resource.custom.is_some() {
        return Vec::new();
    }
    match (resource.group.as_str(), resource.plural.as_str()) {
        ("", "pods") => pod::pod(object),
        ("", "services") => network::service(object),
        ("", "configmaps") => config::keys(object, &["data", "binaryData"]),
        ("", "secrets") => config::secret(object),
        ("apps", "deployments" | "replicasets" | "statefulsets" | "daemonsets") => {
            workload::selecting(object)
        }
        ("batch", "jobs") => workload::job(&object["spec"], "spec"),
        ("batch", "cronjobs") => workload::cron_job(object),
        ("networking.k8s.io", "ingresses") => network::ingress(object),
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
