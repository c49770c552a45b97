//! Does the object say what the path says, and what the server owns of its metadata.
//!
//! **Start at** [`check_kind`] and [`check_place`].

use crate::{
    resource::Resource,
    status_error::{ApiError, FieldError, Subject},
};
use serde_json::{Map, Value};

/// Checks `apiVersion` and `kind` against the path; fills in what is missing. Another kind of a custom object is found out
/// later ([`own_kind`]).
pub(crate) fn check_kind(resource: &Resource, object: &mut Value) -> Result<(), ApiError> {
    let Some(fields) = object.as_object_mut() else {
        return Err(ApiError::bad_request("the object provided is not an object"));
    };
    if resource.custom.is_none() {
        known_kind(resource, fields)?;
    }
    let expected = [
        ("apiVersion", resource.api_version()),
        ("kind", resource.kind.clone()),
    ];
    for (field, expected) in expected {
        match fields.get(field).and_then(Value::as_str).unwrap_or_default() {
            "" if field == "apiVersion" && resource.custom.is_some() && fields.contains_key(field) => {
                return Err(ApiError::bad_request(format!(
                    "the API version in the data () does not match the expected API version ({expected})"
                )));
            }
            // The real server fills these in too, for paths whose kind is known.
            "" => {
                fields.insert(field.to_owned(), expected.into());
            }
            found if found == expected => {}
            _ if field == "kind" && resource.custom.is_some() => {}
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
        .or_insert_with(|| Value::Object(Map::new()));
    if metadata.is_object() {
        return Ok(());
    }
    let (kind, version) = (&resource.kind, &resource.version);
    Err(ApiError::bad_request(format!(
        "{kind} in version \"{version}\" cannot be handled as a {kind}: json: cannot unmarshal {} into Go struct field \
         {kind}.metadata of type v1.ObjectMeta",
        crate::go::what(metadata)
    )))
}

/// Refuses another kind at the path of a custom one.
pub(crate) fn own_kind(resource: &Resource, object: &Value) -> Result<(), ApiError> {
    let found = object["kind"].as_str().unwrap_or_default();
    if resource.custom.is_none() || *found == *resource.kind {
        return Ok(());
    }
    let error = FieldError::invalid("kind", &found.into(), format!("must be {}", resource.kind));
    let about = Subject {
        group: &resource.group,
        resource: found,
        name: object["metadata"]["name"].as_str().unwrap_or_default(),
    };
    Err(ApiError::invalid(about, &[error]))
}

/// Checks namespace and (when given) name against the path; fills in what is missing.
pub(crate) fn check_place(
    resource: &Resource,
    namespace: &str,
    name: Option<&str>,
    object: &mut Value,
) -> Result<(), ApiError> {
    let Some(metadata) = object["metadata"].as_object_mut() else {
        return Ok(());
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
            _ => {
                return Err(ApiError::bad_request(
                    "the namespace of the provided object does not match the namespace sent on the request",
                ));
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

/// Refuses a built-in kind that does not exist.
fn known_kind(resource: &Resource, fields: &Map<String, Value>) -> Result<(), ApiError> {
    let text = |field: &str| {
        fields
            .get(field)
            .and_then(Value::as_str)
            .filter(|text| !text.is_empty())
    };
    let own = resource.api_version();
    let (version, kind) = (
        text("apiVersion").unwrap_or(&own),
        text("kind").unwrap_or(&resource.kind),
    );
    let known = plumb_schema::GroupVersionKind::from_api_version(version, kind)
        .is_ok_and(|kind| plumb_schema::Schemas::builtin().kind(&kind).is_some());
    if known || (version == own && *kind == *resource.kind) {
        return Ok(());
    }
    let short = version.rsplit('/').next().unwrap_or_default();
    Err(ApiError::bad_request(format!(
        "{kind} in version {short:?} cannot be handled as a {}: no kind {kind:?} is registered for version {version:?} \
         in scheme \"pkg/runtime/scheme.go:111\"",
        resource.kind
    )))
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
    if resource.is("apps", "deployments") && old["metadata"]["annotations"] != new["metadata"]["annotations"]
    {
        return true;
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
