//! Custom resource definitions: their status, and the types that they add.
//!
//! **Invariant:** a stored definition is accepted and established: names are checked before it is stored.
//! **Absent:** conversion webhooks, CEL rules.
//! **Start at** [`begin`], [`accept`] and [`add_to`].

use crate::{
    api::now,
    resource::{Catalog, Custom, Resource, ScalePaths, Subresource, table_name},
    table::Column,
    typing::Typing,
};
use serde_json::{Value, json};
use std::sync::Arc;

/// Table of the definitions.
pub(crate) const TABLE: &str = "apiextensions.k8s.io/customresourcedefinitions";
/// Holds a definition until its objects are gone.
pub(crate) const FINALIZER: &str = "customresourcecleanup.apiextensions.k8s.io";

const ALL: [&str; 8] = [
    "create",
    "delete",
    "deletecollection",
    "get",
    "list",
    "patch",
    "update",
    "watch",
];
const PART: [&str; 3] = ["get", "patch", "update"];

/// The status of a definition that was just stored: nobody has looked at its names yet.
pub(crate) fn begin(definition: &mut Value) {
    definition["status"] = json!({ "acceptedNames": { "kind": "", "plural": "" }, "conditions": null });
    note_storage(definition);
}

/// The storage version is remembered for as long as objects may be stored in it.
pub(crate) fn note_storage(definition: &mut Value) {
    let versions = definition["spec"]["versions"].as_array().into_iter().flatten();
    let mut storage = versions.filter(|version| version["storage"] == true);
    let Some(storage) = storage.next().map(|version| version["name"].clone()) else {
        return;
    };
    match definition["status"]["storedVersions"].as_array_mut() {
        Some(stored) if stored.contains(&storage) => {}
        Some(stored) => stored.push(storage),
        None => definition["status"]["storedVersions"] = json!([storage]),
    }
}

/// The status that the real server reaches a moment after a definition is stored.
pub(crate) fn accept(definition: &mut Value) {
    definition["status"]["acceptedNames"] = definition["spec"]["names"].clone();
    if !definition["status"]["conditions"].is_array() {
        definition["status"]["conditions"] = json!([
            condition("NamesAccepted", "NoConflicts", "no conflicts found"),
            condition(
                "Established",
                "InitialNamesAccepted",
                "the initial names have been accepted",
            ),
        ]);
    }
}

/// Says in its status that a definition is being deleted, and holds it until its objects are gone.
pub(crate) fn mark_terminating(definition: &mut Value) {
    hold(definition);
    let Some(conditions) = definition["status"]["conditions"].as_array_mut() else {
        return;
    };
    if conditions
        .iter()
        .all(|condition| condition["type"] != "Terminating")
    {
        let message = "CustomResourceDefinition marked for deletion; CustomResource deletion will begin soon";
        conditions.push(condition("Terminating", "InstanceDeletionPending", message));
    }
}

/// Keeps a definition that is being deleted until its objects are gone.
fn hold(definition: &mut Value) {
    let metadata = &mut definition["metadata"];
    let mut finalizers = metadata["finalizers"].as_array().cloned().unwrap_or_default();
    if !finalizers.iter().any(|item| item == FINALIZER) {
        finalizers.push(FINALIZER.into());
        metadata["finalizers"] = finalizers.into();
    }
}

fn condition(kind: &str, reason: &str, message: &str) -> Value {
    json!({
        "type": kind, "status": "True", "reason": reason, "message": message, "lastTransitionTime": now(),
    })
}

/// Fills in names and the strategy of conversion.
pub(crate) fn default_names(definition: &mut Value) {
    let Some(spec) = definition["spec"].as_object_mut() else {
        return;
    };
    spec.entry("conversion")
        .or_insert_with(|| json!({ "strategy": "None" }));
    if let Some(names) = spec.get_mut("names").and_then(Value::as_object_mut) {
        let kind = names
            .get("kind")
            .and_then(Value::as_str)
            .unwrap_or_default()
            .to_owned();
        names
            .entry("singular")
            .or_insert_with(|| kind.to_lowercase().into());
        names
            .entry("listKind")
            .or_insert_with(|| format!("{kind}List").into());
    }
}

/// Adds the served versions of a definition.
pub(crate) fn add_to(catalog: &mut Catalog, definition: &Value) {
    let spec = &definition["spec"];
    let group = spec["group"].as_str().unwrap_or_default();
    let versions = || spec["versions"].as_array().into_iter().flatten();
    let storage = versions().find(|version| version["storage"] == true);
    let storage = storage
        .and_then(|version| version["name"].as_str())
        .unwrap_or_default();
    for version in versions().filter(|version| version["served"] == true) {
        catalog.add(Arc::new(resource(spec, version, storage)));
    }
    catalog.sort_versions(group);
}

fn resource(spec: &Value, version: &Value, storage: &str) -> Resource {
    let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
    let names = &spec["names"];
    let (group, plural, kind) = (text(&spec["group"]), text(&names["plural"]), text(&names["kind"]));
    let parts = &version["subresources"];
    let scale = parts.get("scale").map(|scale| ScalePaths {
        spec: text(&scale["specReplicasPath"]),
        status: text(&scale["statusReplicasPath"]),
        selector: scale["labelSelectorPath"].as_str().map(str::to_owned),
    });
    let status = parts.get("status").is_some();
    let (columns, column_paths) = columns(version);
    let custom = Custom {
        schema: version["schema"]["openAPIV3Schema"].clone(),
        storage_version: storage.to_owned(),
        status,
        scale,
        column_paths,
        selectable: strings(&version["selectableFields"], "jsonPath"),
        deprecation: deprecation(&group, version, &kind),
    };
    Resource {
        version: text(&version["name"]),
        singular: text(&names["singular"]),
        list_kind: text(&names["listKind"]),
        namespaced: spec["scope"] == "Namespaced",
        verbs: ALL.to_vec(),
        short_names: strings(&names["shortNames"], ""),
        categories: strings(&names["categories"], ""),
        subresources: subresources(&kind, &custom),
        columns: columns.into(),
        table: table_name(&group, &plural),
        typing: Typing::custom(&custom.schema),
        custom: Some(custom),
        group,
        plural,
        kind,
    }
}

/// What clients of a deprecated version are warned with.
fn deprecation(group: &str, version: &Value, kind: &str) -> Option<String> {
    let own = version["deprecationWarning"].as_str().map(str::to_owned);
    let name = version["name"].as_str().unwrap_or_default();
    (version["deprecated"] == true)
        .then(|| own.unwrap_or_else(|| format!("{group}/{name} {kind} is deprecated")))
}

fn subresources(kind: &str, custom: &Custom) -> Vec<Subresource> {
    let part = |name: &str, group: &str, version: &str, kind: &str| Subresource {
        name: name.to_owned(),
        group: group.to_owned(),
        version: version.to_owned(),
        kind: kind.to_owned(),
        verbs: PART.to_vec(),
    };
    let scale = custom
        .scale
        .iter()
        .map(|_| part("scale", "autoscaling", "v1", "Scale"));
    let status = custom.status.then(|| part("status", "", "", kind));
    scale.chain(status).collect()
}

fn columns(version: &Value) -> (Vec<Column>, Vec<String>) {
    let name = Column::new("Name", "string", "name", 0);
    let mut columns = vec![name];
    let mut paths = Vec::new();
    match version["additionalPrinterColumns"]
        .as_array()
        .filter(|columns| !columns.is_empty())
    {
        Some(own) => {
            for column in own {
                let text = |field: &str| column[field].as_str().unwrap_or_default();
                let priority = column["priority"].as_i64().unwrap_or(0);
                columns.push(Column::new(text("name"), text("type"), text("format"), priority));
                paths.push(text("jsonPath").to_owned());
            }
        }
        None => {
            columns.push(Column::new("Age", "date", "", 0));
            paths.push(".metadata.creationTimestamp".to_owned());
        }
    }
    (columns, paths)
}

fn strings(list: &Value, field: &str) -> Vec<String> {
    let items = list.as_array().into_iter().flatten();
    let item = |item: &Value| {
        if field.is_empty() {
            item.as_str()
        } else {
            item[field].as_str()
        }
        .map(str::to_owned)
    };
    items.filter_map(item).collect()
}
