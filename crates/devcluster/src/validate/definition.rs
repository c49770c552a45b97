//! CustomResourceDefinitions.
//!
//! **Start at** [`check`].

use super::{immutable, pod::choice};
use crate::status_error::FieldError;
use serde_json::Value;

/// Checks a definition.
pub(super) fn check(definition: &Value) -> Vec<FieldError> {
    let mut errors = Vec::new();
    let spec = &definition["spec"];
    let text = |value: &'_ Value| value.as_str().unwrap_or_default().to_owned();
    let (group, plural) = (text(&spec["group"]), text(&spec["names"]["plural"]));
    let wanted = format!("{plural}.{group}");
    let name = &definition["metadata"]["name"];
    if *name != *wanted {
        errors.push(FieldError::invalid(
            "metadata.name",
            name,
            "must be spec.names.plural+\".\"+spec.group",
        ));
    }
    for (value, field) in [
        (&spec["group"], "spec.group"),
        (&spec["names"]["plural"], "spec.names.plural"),
        (&spec["names"]["kind"], "spec.names.kind"),
        (&spec["scope"], "spec.scope"),
    ] {
        if text(value).is_empty() {
            errors.push(FieldError::required(field, ""));
        }
    }
    choice(
        &spec["scope"],
        "spec.scope",
        &["Cluster", "Namespaced"],
        &mut errors,
    );
    let versions = spec["versions"].as_array().map(Vec::as_slice).unwrap_or_default();
    if versions
        .iter()
        .filter(|version| version["storage"] == true)
        .count()
        != 1
    {
        let detail = "must have exactly one version marked as storage version";
        errors.push(FieldError::invalid("spec.versions", &spec["versions"], detail));
    }
    for (at, version) in versions.iter().enumerate() {
        let schema = &version["schema"]["openAPIV3Schema"];
        let path = format!("spec.versions[{at}].schema.openAPIV3Schema");
        if schema.is_null() {
            errors.push(FieldError::required(path, "schemas are required"));
        } else if schema["type"] != "object" {
            errors.push(FieldError::required(
                format!("{path}.type"),
                "must not be empty at the root",
            ));
        } else if let Err(error) = plumb_schema::Type::from_structural(schema) {
            errors.push(FieldError::invalid(path, &error.path.into(), error.problem));
        } else {
            // What all versions share is kept in one place.
            let shared = versions.iter().all(|other| other["schema"] == version["schema"]);
            let path = if shared {
                "spec.validation.openAPIV3Schema".to_owned()
            } else {
                format!("spec.versions[{at}].schema.openAPIV3Schema")
            };
            if !shared || at == 0 {
                defaults(schema, &path, &mut errors);
            }
        }
    }
    errors
}

/// Checks that every default fits its own schema.
fn defaults(schema: &Value, path: &str, errors: &mut Vec<FieldError>) {
    if let Some(default) = schema.get("default") {
        let found = crate::typing::Typing::custom(schema).validate(default);
        errors.extend(found.into_iter().map(|error| FieldError {
            field: format!("{path}.default.{}", error.field),
            ..error
        }));
    }
    for (name, schema) in schema["properties"].as_object().into_iter().flatten() {
        defaults(schema, &format!("{path}.properties[{name}]"), errors);
    }
    if schema["items"].is_object() {
        defaults(&schema["items"], &format!("{path}.items"), errors);
    }
}

/// Refuses another group, scope or name.
pub(super) fn change(current: &Value, definition: &Value) -> Vec<FieldError> {
    let mut errors = immutable(current, definition, &["spec", "group"]);
    errors.extend(immutable(current, definition, &["spec", "scope"]));
    errors.extend(immutable(current, definition, &["spec", "names", "plural"]));
    errors.extend(immutable(current, definition, &["spec", "names", "kind"]));
    errors
}
