//! Label and field selectors of lists and watches.
//!
//! **Invariant:** a selector that parses never fails later; refusals are worded as apimachinery words them.
//! **Start at** [`Selector::parse`].

use crate::{resource::Resource, status_error::ApiError};
use serde_json::Value;

/// What a list or watch is limited to.
#[derive(Debug, Clone, Default)]
pub(crate) struct Selector {
    labels: Vec<Requirement>,
    fields: Vec<(String, bool, String)>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
struct Requirement {
    key: String,
    test: Test,
}

#[derive(Debug, Clone, PartialEq, Eq)]
enum Test {
    In(Vec<String>),
    NotIn(Vec<String>),
    Exists,
    Missing,
    Greater(i64),
    Less(i64),
}

impl Selector {
    /// Reads the query parameters `labelSelector` and `fieldSelector` for a resource.
    pub(crate) fn parse(labels: &str, fields: &str, resource: &Resource) -> Result<Self, ApiError> {
        let labels = requirements(labels)
            .map_err(|why| ApiError::bad_request(format!("unable to parse requirement: {why}")))?;
        Ok(Self {
            labels,
            fields: field_terms(fields, resource)?,
        })
    }

    /// Reads a `LabelSelector` object (`matchLabels`, `matchExpressions`).
    #[must_use]
    pub(crate) fn from_object(selector: &Value) -> Self {
        let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
        let mut labels = Vec::new();
        for (key, value) in selector["matchLabels"].as_object().into_iter().flatten() {
            labels.push(Requirement {
                key: key.clone(),
                test: Test::In(vec![text(value)]),
            });
        }
        for term in selector["matchExpressions"].as_array().into_iter().flatten() {
            let values = || {
                term["values"]
                    .as_array()
                    .into_iter()
                    .flatten()
                    .map(text)
                    .collect()
            };
            let test = match term["operator"].as_str().unwrap_or_default() {
                "In" => Test::In(values()),
                "NotIn" => Test::NotIn(values()),
                "Exists" => Test::Exists,
                _ => Test::Missing,
            };
            labels.push(Requirement {
                key: text(&term["key"]),
                test,
            });
        }
        Self {
            labels,
            fields: Vec::new(),
        }
    }

    /// Does it let everything through?
    #[must_use]
    pub(crate) fn is_empty(&self) -> bool {
        self.labels.is_empty() && self.fields.is_empty()
    }

    /// Is the object selected?
    #[must_use]
    pub(crate) fn matches(&self, object: &Value) -> bool {
        let labels = &object["metadata"]["labels"];
        self.labels
            .iter()
            .all(|requirement| requirement.matches(labels[&requirement.key].as_str()))
            && self
                .fields
                .iter()
                .all(|(path, equal, value)| (field(object, path) == *value) == *equal)
    }
}

impl Requirement {
    fn matches(&self, value: Option<&str>) -> bool {
        let number = || value.and_then(|value| value.parse::<i64>().ok());
        match &self.test {
            Test::In(values) => value.is_some_and(|value| values.iter().any(|v| v == value)),
            Test::NotIn(values) => value.is_none_or(|value| values.iter().all(|v| v != value)),
            Test::Exists => value.is_some(),
            Test::Missing => value.is_none(),
            Test::Greater(limit) => number().is_some_and(|number| number > *limit),
            Test::Less(limit) => number().is_some_and(|number| number < *limit),
        }
    }
}

/// `a=b,c!=d,e in (f, g),h notin (i),j,!k,l>1`
fn requirements(text: &str) -> Result<Vec<Requirement>, String> {
    split_outside_parentheses(text)
        .into_iter()
        .map(requirement)
        .collect()
}

fn split_outside_parentheses(text: &str) -> Vec<&str> {
    let (mut parts, mut depth, mut start) = (Vec::new(), 0_i32, 0);
    for (at, c) in text.char_indices() {
        match c {
            '(' => depth += 1,
            ')' => depth -= 1,
            ',' if depth == 0 => {
                parts.push(&text[start..at]);
                start = at + 1;
            }
            _ => {}
        }
    }
    parts.push(&text[start..]);
    parts
        .into_iter()
        .map(str::trim)
        .filter(|part| !part.is_empty())
        .collect()
}

fn requirement(text: &str) -> Result<Requirement, String> {
    let make = |key: &str, test| {
        let key = key.trim();
        let ok = !key.is_empty()
            && key
                .chars()
                .all(|c| c.is_ascii_alphanumeric() || "-_./".contains(c));
        if ok {
            Ok(Requirement {
                key: key.to_owned(),
                test,
            })
        } else {
            Err(format!("found '{key}', expected: a label key"))
        }
    };
    if let Some(rest) = text.strip_suffix(')') {
        let (head, values) = rest
            .split_once('(')
            .ok_or_else(|| format!("found ')' in '{text}', expected: '('"))?;
        let values = values.split(',').map(|value| value.trim().to_owned()).collect();
        let head = head.trim();
        return match head.rsplit_once(char::is_whitespace) {
            Some((key, "in")) => make(key, Test::In(values)),
            Some((key, "notin")) => make(key, Test::NotIn(values)),
            _ => Err(format!("found '{head}', expected: in, notin")),
        };
    }
    if let Some(key) = text.strip_prefix('!') {
        return make(key, Test::Missing);
    }
    for (operator, equal) in [("!=", false), ("==", true), ("=", true)] {
        if let Some((key, value)) = text.split_once(operator) {
            let values = vec![value.trim().to_owned()];
            return make(
                key,
                if equal {
                    Test::In(values)
                } else {
                    Test::NotIn(values)
                },
            );
        }
    }
    for (operator, greater) in [('>', true), ('<', false)] {
        if let Some((key, value)) = text.split_once(operator) {
            let limit = value.trim().parse().map_err(|_| {
                format!("for 'Gt', 'Lt' operators, the value must be an integer, found '{value}'")
            })?;
            return make(
                key,
                if greater {
                    Test::Greater(limit)
                } else {
                    Test::Less(limit)
                },
            );
        }
    }
    make(text, Test::Exists)
}

fn field_terms(text: &str, resource: &Resource) -> Result<Vec<(String, bool, String)>, ApiError> {
    let mut terms = Vec::new();
    for term in text.split(',').filter(|term| !term.is_empty()) {
        let split = [("!=", false), ("==", true), ("=", true)]
            .into_iter()
            .find_map(|(operator, equal)| {
                term.split_once(operator)
                    .map(|(path, value)| (path, equal, value))
            });
        let Some((path, equal, value)) = split else {
            let why = format!("invalid selector: '{text}'; can't understand '{term}'");
            return Err(ApiError::bad_request(why));
        };
        if !supported(path, resource) {
            let why = if resource.group.is_empty() || resource.custom.is_some() {
                format!("field label not supported: {path}")
            } else {
                format!(
                    "{path:?} is not a known field selector: only \"metadata.name\", \"metadata.namespace\""
                )
            };
            return Err(ApiError::bad_request(why));
        }
        terms.push((path.to_owned(), equal, value.to_owned()));
    }
    Ok(terms)
}

fn supported(path: &str, resource: &Resource) -> bool {
    if path == "metadata.name" || path == "metadata.namespace" {
        return true;
    }
    if let Some(custom) = &resource.custom {
        return custom
            .selectable
            .iter()
            .any(|field| field.trim_start_matches('.') == path);
    }
    let known: &[&str] = match (resource.group.as_str(), resource.plural.as_str()) {
        ("", "pods") => &[
            "spec.nodeName",
            "spec.restartPolicy",
            "spec.schedulerName",
            "spec.serviceAccountName",
            "spec.hostNetwork",
            "status.phase",
            "status.podIP",
            "status.nominatedNodeName",
        ],
        ("" | "events.k8s.io", "events") => &[
            "involvedObject.kind",
            "involvedObject.namespace",
            "involvedObject.name",
            "involvedObject.uid",
            "involvedObject.apiVersion",
            "involvedObject.resourceVersion",
            "involvedObject.fieldPath",
            "reason",
            "reportingComponent",
            "source",
            "type",
        ],
        ("", "namespaces") => &["status.phase"],
        ("", "nodes") => &["spec.unschedulable"],
        ("", "secrets") => &["type"],
        ("", "services") => &["spec.clusterIP", "spec.type"],
        ("", "replicationcontrollers") | ("apps", "replicasets") => &["status.replicas"],
        ("batch", "jobs") => &["status.successful"],
        ("certificates.k8s.io", "certificatesigningrequests") => &["spec.signerName"],
        _ => &[],
    };
    known.contains(&path)
}

fn field(object: &Value, path: &str) -> String {
    let path = match path {
        "status.successful" => "status.succeeded",
        "source" => "source.component",
        path => path,
    };
    let value = path.split('.').fold(object, |value, key| &value[key]);
    match value {
        Value::String(text) => text.clone(),
        Value::Null if path == "spec.unschedulable" || path == "spec.hostNetwork" => "false".to_owned(),
        Value::Null if path.ends_with("replicas") || path.ends_with("succeeded") => "0".to_owned(),
        Value::Null => String::new(),
        other => other.to_string(),
    }
}

#[cfg(test)]
mod tests;
