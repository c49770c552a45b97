//! Label and field selectors of lists and watches.
//!
//! **Invariant:** a selector that parses never fails later; refusals are worded as apimachinery words them.
//! **Start at** [`Selector::parse`].

mod labels;

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
    /// Reads the query parameters `labelSelector` and `fieldSelector`.
    pub(crate) fn parse(labels: &str, fields: &str) -> Result<Self, ApiError> {
        let labels = labels::parse(labels).map_err(ApiError::bad_request)?;
        Ok(Self {
            labels,
            fields: field_terms(fields)?,
        })
    }

    /// Refuses fields that objects of this type are not selected by.
    pub(crate) fn check(&self, resource: &Resource) -> Result<(), ApiError> {
        for (path, ..) in &self.fields {
            if !supported(path, resource) {
                const OWN_WORDS: [&str; 8] = [
                    "certificatesigningrequests",
                    "events",
                    "namespaces",
                    "nodes",
                    "pods",
                    "replicationcontrollers",
                    "secrets",
                    "services",
                ];
                let why = if resource.custom.is_some() || OWN_WORDS.contains(&resource.plural.as_str()) {
                    format!("field label not supported: {path}")
                } else if resource.plural == "jobs" {
                    format!("field label {path:?} not supported for Job")
                } else {
                    format!(
                        "{path:?} is not a known field selector: only \"metadata.name\", \"metadata.namespace\""
                    )
                };
                return Err(ApiError::bad_request(why));
            }
        }
        Ok(())
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

    /// Is it for one name, and no other?
    #[must_use]
    pub(crate) fn names_one(&self) -> bool {
        self.fields
            .iter()
            .any(|(path, equal, _)| *equal && path == "metadata.name")
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

fn field_terms(text: &str) -> Result<Vec<(String, bool, String)>, ApiError> {
    let mut terms = Vec::new();
    let mut parts: Vec<&str> = text.split(',').filter(|term| !term.is_empty()).collect();
    parts.sort_unstable();
    for term in parts {
        let split = [("!=", false), ("==", true), ("=", true)]
            .into_iter()
            .filter_map(|(operator, equal)| {
                let (path, value) = term.split_once(operator)?;
                Some((path, equal, value))
            })
            .min_by_key(|(path, ..)| path.len());
        let Some((path, equal, value)) = split else {
            let why = format!("invalid selector: '{text}'; can't understand '{term}'");
            return Err(ApiError::bad_request(why));
        };
        if value.contains('=') {
            let why = "invalid field selector: unescaped character in value: 61";
            return Err(ApiError::bad_request(why));
        }
        terms.push((path.to_owned(), equal, value.to_owned()));
    }
    Ok(terms)
}

fn supported(path: &str, resource: &Resource) -> bool {
    if path == "metadata.name" || path == "metadata.namespace" && !resource.is("", "namespaces") {
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
