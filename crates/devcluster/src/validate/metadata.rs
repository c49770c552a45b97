//! Names, labels and annotations.
//!
//! **Start at** [`check`].

use super::{DNS_LABEL, DNS_NAME, is_dns_label, is_dns_name};
use crate::{
    resource::Resource,
    status_error::{FieldError, FieldProblem},
};
use serde_json::Value;

const LABEL_VALUE: &str = "a valid label must be an empty string or consist of alphanumeric characters, '-', '_' or \
    '.', and must start and end with an alphanumeric character (e.g. 'MyValue',  or 'my_value',  or '12345', regex \
    used for validation is '(([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9])?')";
const QUALIFIED: &str = "name part must consist of alphanumeric characters, '-', '_' or '.', and must start and end \
    with an alphanumeric character (e.g. 'MyName',  or 'my.name',  or '123-abc', regex used for validation is \
    '([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9]')";
const LARGEST_ANNOTATIONS: usize = 256 * 1024;

/// Checks the metadata of a new object.
pub(super) fn check(resource: &Resource, object: &Value) -> Vec<FieldError> {
    let mut errors = name(resource, &object["metadata"]["name"]);
    errors.extend(labels(resource, object));
    errors
}

fn name(resource: &Resource, value: &Value) -> Vec<FieldError> {
    let name = value.as_str().unwrap_or_default();
    if name.is_empty() {
        let why = "name or generateName is required";
        return vec![FieldError::required("metadata.name", why)];
    }
    let refuse = |detail: &str| vec![FieldError::invalid("metadata.name", value, detail)];
    match (resource.group.as_str(), resource.plural.as_str()) {
        // Names with colons and such are fine here.
        ("rbac.authorization.k8s.io", _) if !name.contains(['/', '%']) && name != "." && name != ".." => {
            Vec::new()
        }
        ("", "namespaces" | "services") | ("apps", "statefulsets") if is_dns_label(name) => Vec::new(),
        ("", "namespaces" | "services") | ("apps", "statefulsets") => refuse(DNS_LABEL),
        _ if is_dns_name(name) => Vec::new(),
        _ => refuse(DNS_NAME),
    }
}

/// Checks the labels and annotations of any object.
pub(super) fn labels(resource: &Resource, object: &Value) -> Vec<FieldError> {
    let mut errors = label_map(&object["metadata"]["labels"], "metadata.labels");
    let finalizers = object["metadata"]["finalizers"].as_array().into_iter().flatten();
    for (at, finalizer) in finalizers.enumerate() {
        errors.extend(finalizer_problems(resource, at, finalizer));
    }
    errors.extend(owners(&object["metadata"]["ownerReferences"]));
    let annotations = object["metadata"]["annotations"].as_object();
    let mut size = 0;
    for (key, value) in annotations.into_iter().flatten() {
        size += key.len() + value.as_str().map_or(0, str::len);
        errors.extend(qualified(key, "metadata.annotations"));
    }
    if size > LARGEST_ANNOTATIONS {
        let detail = format!("may not be more than {LARGEST_ANNOTATIONS} bytes");
        let (kind, field) = (FieldProblem::TooLong, "metadata.annotations".to_owned());
        errors.push(FieldError {
            kind,
            field,
            value: None,
            detail,
        });
    }
    errors
}

fn finalizer_problems(resource: &Resource, at: usize, finalizer: &Value) -> Vec<FieldError> {
    const OLD: [&str; 3] = ["kubernetes", "orphan", "foregroundDeletion"];
    let field = "metadata.finalizers";
    let text = finalizer.as_str().unwrap_or_default();
    let problems = label_key_problems(text);
    if !problems.is_empty() {
        let problems = problems.iter();
        return problems
            .map(|why| FieldError::invalid(field, finalizer, why.as_str()))
            .collect();
    }
    // Custom objects may have what they like.
    if resource.custom.is_some() || text.contains('/') || OLD.contains(&text) {
        return Vec::new();
    }
    let why = "name is neither a standard finalizer name nor is it fully qualified";
    vec![FieldError::invalid(format!("{field}[{at}]"), finalizer, why)]
}

fn owners(owners: &Value) -> Vec<FieldError> {
    let mut errors = Vec::new();
    let mut controller: Option<&Value> = None;
    let field = "metadata.ownerReferences";
    for owner in owners.as_array().into_iter().flatten() {
        for name in ["apiVersion", "kind", "name", "uid"] {
            if owner[name].as_str().is_some_and(str::is_empty) || owner[name].is_null() {
                let what = if name == "apiVersion" { "version " } else { "" };
                let why = format!("{what}must not be empty");
                errors.push(FieldError::invalid(format!("{field}.{name}"), &owner[name], why));
            }
        }
        if owner["controller"] == true {
            if let Some(first) = controller {
                let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
                let why = format!(
                    "Only one reference can have Controller set to true. Found \"true\" in references for {}/{} and {}/{}",
                    text(&first["kind"]),
                    text(&first["name"]),
                    text(&owner["kind"]),
                    text(&owner["name"])
                );
                errors.push(FieldError::invalid(field, owners, why));
            }
            controller = Some(owner);
        }
    }
    errors
}

/// Checks a map of labels.
pub(super) fn label_map(labels: &Value, field: &str) -> Vec<FieldError> {
    let mut errors = Vec::new();
    for (key, value) in labels.as_object().into_iter().flatten() {
        errors.extend(qualified(key, field));
        if let Some(why) = label_value_problem(value.as_str().unwrap_or_default()) {
            errors.push(FieldError::invalid(field, value, why));
        }
    }
    errors
}

/// What is wrong with the value of a label.
#[must_use]
pub(crate) fn label_value_problem(text: &str) -> Option<&'static str> {
    if text.len() > 63 {
        Some("must be no more than 63 bytes")
    } else if !text.is_empty() && !is_label_text(text) {
        Some(LABEL_VALUE)
    } else {
        None
    }
}

fn qualified(key: &str, field: &str) -> Vec<FieldError> {
    let value = Value::from(key);
    let problems = label_key_problems(key).into_iter();
    problems
        .map(|why| FieldError::invalid(field, &value, why))
        .collect()
}

/// What is wrong with the key of a label or annotation.
#[must_use]
pub(crate) fn label_key_problems(key: &str) -> Vec<String> {
    let mut problems = Vec::new();
    let parts: Vec<&str> = key.split('/').collect();
    let name = match parts.as_slice() {
        [name] => name,
        [prefix, name] => {
            if prefix.is_empty() {
                problems.push("prefix part must be non-empty".to_owned());
            } else if !is_dns_name(prefix) {
                problems.push(format!("prefix part {DNS_NAME}"));
            }
            name
        }
        _ => {
            return vec![format!(
                "a valid label key {} with an optional DNS subdomain prefix and '/' (e.g. 'example.com/MyName')",
                QUALIFIED.trim_start_matches("name part ")
            )];
        }
    };
    if name.is_empty() {
        problems.push("name part must be non-empty".to_owned());
    } else if name.len() > 63 {
        problems.push("name part must be no more than 63 bytes".to_owned());
    }
    if !is_label_text(name) {
        problems.push(QUALIFIED.to_owned());
    }
    problems
}

fn is_label_text(text: &str) -> bool {
    let edge = |c: char| c.is_ascii_alphanumeric();
    text.starts_with(edge) && text.ends_with(edge) && text.chars().all(|c| edge(c) || "-_.".contains(c))
}
