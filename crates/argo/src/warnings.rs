//! What an Application asks for that is read but changes nothing here: told, so that nobody trusts in it.

use serde_json::Value;

use crate::unit::{source, sync};
use plumb_model::spec::Field;

/// Sync options that are done here always, or that need nothing done.
const KEPT: &[&str] = &[
    "ApplyOutOfSyncOnly=true",
    "ApplyOutOfSyncOnly=false",
    "ClientSideApplyMigration=false",
    "ClientSideApplyMigration=true",
    "CreateNamespace=true",
    "CreateNamespace=false",
    "Delete=confirm",
    "Delete=false",
    "Delete=true",
    "FailOnSharedResource=false",
    "FailOnSharedResource=true",
    "Prune=confirm",
    "Prune=false",
    "Prune=true",
    "PruneLast=false",
    "PruneLast=true",
    "PrunePropagationPolicy=background",
    "PrunePropagationPolicy=foreground",
    "PrunePropagationPolicy=orphan",
    "Replace=false",
    "Replace=true",
    "RespectIgnoreDifferences=false",
    "RespectIgnoreDifferences=true",
    "ServerSideApply=true",
    "SkipDryRunOnMissingResource=true",
    "SkipDryRunOnMissingResource=false",
    "Validate=false",
    "Validate=true",
];

/// Sync options that are known but not done, and what is done instead.
const NOT_DONE: &[(&str, &str)] = &[(
    "ServerSideApply=false",
    "objects are applied on the server's side",
)];

/// Lines for people about what an Application asks for that is not done; the unit is sound all the same.
#[must_use]
pub fn warnings(object: &Value) -> Vec<String> {
    let spec = &object["spec"];
    let mut lines: Vec<String> = sync::options(object).filter_map(option).collect();
    let mut tell = |set: bool, field: &str, what: &str| {
        if set {
            lines.push(format!("spec.{field}: {what}"));
        }
    };
    let is_set = |field: &str| {
        field
            .split('.')
            .fold(Field::root(spec), |field, key| field.get(key))
            .is_set()
    };
    tell(
        is_set("syncPolicy.managedNamespaceMetadata"),
        "syncPolicy.managedNamespaceMetadata",
        "not supported yet; the namespace is created without labels or annotations",
    );
    tell(
        spec["project"]
            .as_str()
            .is_some_and(|project| !matches!(project, "" | "default")),
        "project",
        "what the project forbids is not enforced yet",
    );
    let source = source::chosen(&Field {
        value: spec,
        path: "spec".to_owned(),
    });
    let kustomize = source.get("kustomize");
    for (key, what) in [
        ("version", "the built-in kustomize is used"),
        ("kubeVersion", "not supported yet"),
        ("apiVersions", "not supported yet"),
        (
            "ignoreMissingComponents",
            "not supported yet; a missing component is an error",
        ),
    ] {
        let field = kustomize.get(key);
        if field.is_set() && *field.value != Value::Bool(false) {
            lines.push(format!("{}: {what}", field.path));
        }
    }
    lines
}

fn option(option: &str) -> Option<String> {
    if KEPT.contains(&option) {
        return None;
    }
    let said = NOT_DONE.iter().find(|(known, _)| *known == option);
    Some(match said {
        Some((known, instead)) => {
            format!("spec.syncPolicy.syncOptions: {known} is not supported yet; {instead}")
        }
        None => format!("spec.syncPolicy.syncOptions: {option:?} is not a sync option that is known"),
    })
}
