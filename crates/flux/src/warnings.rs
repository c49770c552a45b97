//! What custom resources ask for that is read but changes nothing here: told, so that nobody trusts in it.

use serde_json::Value;

/// Lines for people about what a Kustomization asks for that is not done; the unit is sound all the same.
#[must_use]
pub fn warnings(kustomization: &Value) -> Vec<String> {
    lines(
        &kustomization["spec"],
        &[(
            "ignoreMissingComponents",
            "not supported yet; a missing component is an error",
        )],
    )
}

/// Lines for people about what a GitRepository asks for that is not done.
#[must_use]
pub fn source_warnings(git_repository: &Value) -> Vec<String> {
    lines(
        &git_repository["spec"],
        &[
            (
                "ignore",
                "not supported yet; the files that it leaves out are read where a folder lists them",
            ),
            ("recurseSubmodules", "not supported yet; submodules are not read"),
        ],
    )
}

fn lines(spec: &Value, fields: &[(&str, &str)]) -> Vec<String> {
    fields
        .iter()
        .filter(|(key, _)| is_set(&spec[key]))
        .map(|(key, what)| format!("spec.{key}: {what}"))
        .collect()
}

fn is_set(value: &Value) -> bool {
    match value {
        Value::Null | Value::Bool(false) => false,
        Value::Array(items) => !items.is_empty(),
        _ => true,
    }
}
