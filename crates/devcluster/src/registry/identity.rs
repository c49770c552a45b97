//! Does the object say what the path says, and what the server owns of its metadata.
//!
//! **Start at** [`check`].

use crate::{resource::Resource, status_error::ApiError};
use serde_json::Value;

/// Checks `apiVersion`, `kind`, namespace and (when given) name against the path; fills in what is missing.
pub(crate) fn check(
    resource: &Resource,
    namespace: &str,
    name: Option<&str>,
    object: &mut Value,
) -> Result<(), ApiError> {
    let Some(fields) = object.as_object_mut() else {
        return Err(ApiError::bad_request("the object provided is not an object"));
    };
    let expected = [
        ("apiVersion", resource.api_version()),
        ("kind", resource.kind.clone()),
    ];
    for (field, expected) in expected {
        match fields.get(field).and_then(Value::as_str).unwrap_or_default() {
            // The real server fills these in too, for paths whose kind is known.
            "" => {
                fields.insert(field.to_owned(), expected.into());
            }
            found if found == expected => {}
            found if field == "apiVersion" => {
                return Err(ApiError::bad_request(format!(
                    "the API version in the data ({found}) does not match the expected API version ({expected})"
                )));
            }
            found => {
                return Err(ApiError::bad_request(format!(
                    "the kind in the data ({found}) does not match the expected kind ({expected})"
                )));
            }
        }
    }
    let metadata = fields
        .entry("metadata")
        .or_insert_with(|| Value::Object(serde_json::Map::new()));
    let Some(metadata) = metadata.as_object_mut() else {
        return Err(ApiError::bad_request("metadata is not an object"));
    };
    if resource.namespaced {
        match metadata
            .get("namespace")
            .and_then(Value::as_str)
            .unwrap_or_default()
        {
            "" => {
                metadata.insert("namespace".to_owned(), namespace.into());
            }
            found if found == namespace => {}
            found => {
                return Err(ApiError::bad_request(format!(
                    "the namespace of the provided object does not match the namespace sent on the request \
                     ({found} does not match {namespace})"
                )));
            }
        }
    } else {
        metadata.remove("namespace");
    }
    let Some(name) = name else { return Ok(()) };
    match metadata.get("name").and_then(Value::as_str).unwrap_or_default() {
        "" => {
            metadata.insert("name".to_owned(), name.into());
            Ok(())
        }
        found if found == name => Ok(()),
        found => Err(ApiError::bad_request(format!(
            "the name of the object ({found}) does not match the name on the URL ({name})"
        ))),
    }
}

/// Does `metadata.generation` count changes of this type's objects?
#[must_use]
pub(crate) fn counts_generations(resource: &Resource) -> bool {
    const KINDS: [&str; 20] = [
        "customresourcedefinitions",
        "cronjobs",
        "daemonsets",
        "deployments",
        "flowschemas",
        "ingressclasses",
        "ingresses",
        "jobs",
        "mutatingadmissionpolicies",
        "mutatingwebhookconfigurations",
        "networkpolicies",
        "poddisruptionbudgets",
        "pods",
        "priorityclasses",
        "prioritylevelconfigurations",
        "replicasets",
        "replicationcontrollers",
        "statefulsets",
        "validatingadmissionpolicies",
        "validatingwebhookconfigurations",
    ];
    resource.custom.is_some() || KINDS.contains(&resource.plural.as_str())
}

/// Is there a change that raises the generation?
#[must_use]
pub(crate) fn wish_changed(resource: &Resource, old: &Value, new: &Value) -> bool {
    if let Some(custom) = &resource.custom {
        return without(old, custom.status) != without(new, custom.status);
    }
    if resource.is("", "pods") {
        // A Pod that gets its node is as it was wished.
        let wish = |pod: &Value| {
            let mut spec = pod["spec"].clone();
            spec.as_object_mut().map(|spec| spec.remove("nodeName"));
            spec
        };
        return wish(old) != wish(new);
    }
    match old.get("spec").or_else(|| new.get("spec")) {
        Some(_) => old.get("spec") != new.get("spec"),
        None => without(old, true) != without(new, true),
    }
}

fn without(object: &Value, status: bool) -> Vec<(&String, &Value)> {
    let fields = object.as_object().into_iter().flatten();
    fields
        .filter(|(key, _)| *key != "metadata" && !(status && *key == "status"))
        .collect()
}
