//! Names, labels and annotations.
//!
//! Both pairs of eyes of the real server look at a change one after the other, so that some problems are told several times.
//! **Start at** [`whole`] and [`changed`].

use super::{DNS_LABEL, DNS_NAME, is_dns_label, is_dns_name};
use crate::{
    resource::Resource,
    status_error::{FieldError, FieldProblem},
};
use serde_json::Value;
use std::collections::BTreeSet;

const LABEL_VALUE: &str = "a valid label must be an empty string or consist of alphanumeric characters, '-', '_' or \
    '.', and must start and end with an alphanumeric character (e.g. 'MyValue',  or 'my_value',  or '12345', regex \
    used for validation is '(([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9])?')";
const QUALIFIED: &str = "name part must consist of alphanumeric characters, '-', '_' or '.', and must start and end \
    with an alphanumeric character (e.g. 'MyName',  or 'my.name',  or '123-abc', regex used for validation is \
    '([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9]')";
const LARGEST_ANNOTATIONS: usize = 256 * 1024;

/// Who looks at the metadata: the machinery that all types share, or the rules of built-in kinds, which ask more of finalizers.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Eye {
    Machinery,
    Kind,
}

/// Everything wrong with the metadata of an object as it is.
pub(super) fn whole(resource: &Resource, object: &Value, eye: Eye) -> Vec<FieldError> {
    let metadata = &object["metadata"];
    let mut errors = name(resource, &metadata["name"], eye);
    errors.extend(label_map(&metadata["labels"], "metadata.labels"));
    errors.extend(annotations(&metadata["annotations"], "metadata.annotations"));
    errors.extend(owners(&metadata["ownerReferences"]));
    errors.extend(finalizers(&metadata["finalizers"]));
    if eye == Eye::Kind {
        errors.extend(unqualified_finalizers(&metadata["finalizers"]));
    }
    errors
}

/// Everything wrong with the metadata of a changed object.
pub(super) fn changed(current: &Value, object: &Value, eye: Eye) -> Vec<FieldError> {
    let metadata = &object["metadata"];
    let mut errors = new_finalizers(current, object);
    errors.extend(label_map(&metadata["labels"], "metadata.labels"));
    errors.extend(annotations(&metadata["annotations"], "metadata.annotations"));
    errors.extend(owners(&metadata["ownerReferences"]));
    if eye == Eye::Kind {
        errors.extend(unqualified_finalizers(&metadata["finalizers"]));
    }
    errors
}

fn name(resource: &Resource, value: &Value, eye: Eye) -> Vec<FieldError> {
    let name = value.as_str().unwrap_or_default();
    if name.is_empty() {
        let why = "name or generateName is required";
        return vec![FieldError::required("metadata.name", why)];
    }
    let refuse = |detail: &str| vec![FieldError::invalid("metadata.name", value, detail)];
    match (resource.group.as_str(), resource.plural.as_str()) {
        // The kind itself checks it, or any text will do that can be part of a path.
        _ if eye == Eye::Machinery && resource.custom.is_none() => path_segment(value, name),
        ("rbac.authorization.k8s.io", _) => path_segment(value, name),
        ("", "namespaces" | "services") | ("apps", "statefulsets") if is_dns_label(name) => Vec::new(),
        ("", "namespaces" | "services") | ("apps", "statefulsets") => refuse(DNS_LABEL),
        _ if is_dns_name(name) => Vec::new(),
        _ => refuse(DNS_NAME),
    }
}

fn path_segment(value: &Value, name: &str) -> Vec<FieldError> {
    let refuse = |why: String| vec![FieldError::invalid("metadata.name", value, why)];
    if [".", ".."].contains(&name) {
        return refuse(format!("may not be {name:?}"));
    }
    let found = ["/", "%"].into_iter().find(|part| name.contains(part));
    found.map_or_else(Vec::new, |part| refuse(format!("may not contain {part:?}")))
}

/// Checks a map of annotations.
pub(super) fn annotations(map: &Value, field: &str) -> Vec<FieldError> {
    let mut errors = Vec::new();
    let mut size = 0;
    for (key, value) in map.as_object().into_iter().flatten() {
        size += key.len() + value.as_str().map_or(0, str::len);
        let problems = label_key_problems(&key.to_lowercase()).into_iter();
        errors.extend(problems.map(|why| FieldError::invalid(field, &key.as_str().into(), why)));
    }
    if size > LARGEST_ANNOTATIONS {
        errors.push(FieldError {
            kind: FieldProblem::TooLong,
            field: field.to_owned(),
            value: None,
            detail: format!("may not be more than {LARGEST_ANNOTATIONS} bytes"),
        });
    }
    errors
}

fn finalizers(list: &Value) -> Vec<FieldError> {
    let field = "metadata.finalizers";
    let mut errors = Vec::new();
    let items = list.as_array().map(Vec::as_slice).unwrap_or_default();
    for item in items {
        let problems = label_key_problems(item.as_str().unwrap_or_default()).into_iter();
        errors.extend(problems.map(|why| FieldError::invalid(field, item, why)));
    }
    if ["orphan", "foregroundDeletion"]
        .iter()
        .all(|both| items.iter().any(|item| item == both))
    {
        let why = "finalizer orphan and foregroundDeletion cannot be both set";
        errors.push(FieldError::invalid(field, list, why));
    }
    errors
}

/// Built-in kinds want finalizers to say whose they are.
fn unqualified_finalizers(list: &Value) -> Vec<FieldError> {
    const STANDARD: [&str; 3] = ["kubernetes", "orphan", "foregroundDeletion"];
    let items = list.as_array().into_iter().flatten().enumerate();
    let strange = items.filter(|(_, item)| {
        let text = item.as_str().unwrap_or_default();
        !text.contains('/') && !STANDARD.contains(&text)
    });
    let why = "name is neither a standard finalizer name nor is it fully qualified";
    strange
        .map(|(at, item)| FieldError::invalid(format!("metadata.finalizers[{at}]"), item, why))
        .collect()
}

/// What is being deleted gets no new finalizers.
fn new_finalizers(current: &Value, object: &Value) -> Vec<FieldError> {
    if current["metadata"].get("deletionTimestamp").is_none() {
        return Vec::new();
    }
    let names = |object: &Value| -> BTreeSet<String> {
        let list = object["metadata"]["finalizers"].as_array().into_iter().flatten();
        list.filter_map(Value::as_str).map(str::to_owned).collect()
    };
    let (old, new) = (names(current), names(object));
    let added: Vec<_> = new.difference(&old).map(|name| format!("{name:?}")).collect();
    if added.is_empty() {
        return Vec::new();
    }
    let detail = format!(
        "no new finalizers can be added if the object is being deleted, found new finalizers []string{{{}}}",
        added.join(", ")
    );
    vec![FieldError::forbidden("metadata.finalizers", detail)]
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
