//! Names, labels and annotations.
//!
//! **Start at** [`check`].

use super::{DNS_LABEL, DNS_NAME, is_dns_label, is_dns_name};
use crate::{
    resource::Resource,
    status_error::{FieldError, FieldProblem},
};
use serde_json::Value;

const SERVICE_NAME: &str = "a DNS-1035 label must consist of lower case alphanumeric characters or '-', start with \
    an alphabetic character, and end with an alphanumeric character (e.g. 'my-name',  or 'abc-123', regex used for \
    validation is '[a-z]([-a-z0-9]*[a-z0-9])?')";
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
    errors.extend(labels(object));
    errors
}

fn name(resource: &Resource, value: &Value) -> Vec<FieldError> {
    let name = value.as_str().unwrap_or_default();
    let refuse = |detail: &str| vec![FieldError::invalid("metadata.name", value, detail)];
    match (resource.group.as_str(), resource.plural.as_str()) {
        // Names with colons and such are fine here.
        ("rbac.authorization.k8s.io", _) if !name.contains(['/', '%']) && name != "." && name != ".." => {
            Vec::new()
        }
        ("", "namespaces") if is_dns_label(name) => Vec::new(),
        ("", "namespaces") => refuse(DNS_LABEL),
        ("", "services") if is_dns_label(name) && name.starts_with(|c: char| c.is_ascii_lowercase()) => {
            Vec::new()
        }
        ("", "services") => refuse(SERVICE_NAME),
        _ if is_dns_name(name) => Vec::new(),
        _ => refuse(DNS_NAME),
    }
}

/// Checks the labels and annotations of any object.
pub(super) fn labels(object: &Value) -> Vec<FieldError> {
    let mut errors = label_map(&object["metadata"]["labels"], "metadata.labels");
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

/// Checks a map of labels.
pub(super) fn label_map(labels: &Value, field: &str) -> Vec<FieldError> {
    let mut errors = Vec::new();
    for (key, value) in labels.as_object().into_iter().flatten() {
        errors.extend(qualified(key, field));
        let text = value.as_str().unwrap_or_default();
        if text.len() > 63 {
            errors.push(FieldError::invalid(
                field,
                value,
                "must be no more than 63 characters",
            ));
        } else if !text.is_empty() && !is_label_text(text) {
            errors.push(FieldError::invalid(field, value, LABEL_VALUE));
        }
    }
    errors
}

fn qualified(key: &str, field: &str) -> Option<FieldError> {
    let (prefix, name) = key
        .split_once('/')
        .map_or((None, key), |(prefix, name)| (Some(prefix), name));
    let value = Value::from(key);
    if prefix.is_some_and(|prefix| !is_dns_name(prefix)) {
        return Some(FieldError::invalid(
            field,
            &value,
            format!("prefix part {DNS_NAME}"),
        ));
    }
    if name.is_empty() {
        return Some(FieldError::invalid(field, &value, "name part must be non-empty"));
    }
    if name.len() > 63 {
        return Some(FieldError::invalid(
            field,
            &value,
            "name part must be no more than 63 characters",
        ));
    }
    (!is_label_text(name)).then(|| FieldError::invalid(field, &value, QUALIFIED))
}

fn is_label_text(text: &str) -> bool {
    let edge = |c: char| c.is_ascii_alphanumeric();
    text.starts_with(edge) && text.ends_with(edge) && text.chars().all(|c| edge(c) || "-_.".contains(c))
}
