//! Objects as the rows that `kubectl get` prints.
//!
//! The columns of built-in types are the recorded ones; each group of kinds has a file that fills in the cells.
//! Custom resources say their columns themselves.
//!
//! **Invariant:** a row has exactly one cell per column.
//! **Start at** [`of`]; the registry of kinds is [`cells`].

mod age;
mod batch;
mod cluster;
mod custom;
mod network;
mod pod;
mod policy;
mod storage;
mod workload;

use crate::{request::Form, resource::Resource, show};
pub(crate) use age::{age, between};
use serde_json::{Value, json};
use std::sync::Arc;

/// One column.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Column {
    name: String,
    kind: String,
    format: String,
    priority: i64,
}

impl Column {
    /// A column.
    #[must_use]
    pub(crate) fn new(name: &str, kind: &str, format: &str, priority: i64) -> Self {
        let [name, kind, format] = [name, kind, format].map(str::to_owned);
        Self {
            name,
            kind,
            format,
            priority,
        }
    }

    /// Reads `name|type|format|priority`.
    #[must_use]
    pub(crate) fn parse(text: &str) -> Option<Self> {
        let [name, kind, format, priority] = text.split('|').collect::<Vec<_>>().try_into().ok()?;
        Some(Self::new(name, kind, format, priority.parse().ok()?))
    }

    /// The columns of types that have none of their own.
    #[must_use]
    pub(crate) fn usual() -> Arc<[Self]> {
        [
            Self::new("Name", "string", "name", 0),
            Self::new("Created At", "date", "", 0),
        ]
        .into()
    }

    /// The type of its cells.
    #[must_use]
    pub(crate) fn kind(&self) -> &str {
        &self.kind
    }

    fn definition(&self) -> Value {
        json!({
            "name": self.name, "type": self.kind, "format": self.format, "description": "", "priority": self.priority,
        })
    }
}

/// The table of some objects of one type.
#[must_use]
pub(crate) fn of(
    resource: &Resource,
    objects: &[Arc<Value>],
    metadata: &Value,
    (columns, form): (bool, Form),
) -> Value {
    let rows: Vec<_> = objects
        .iter()
        .map(|object| {
            let mut cells = cells(resource, object);
            cells.resize(resource.columns.len(), Value::Null);
            let object = match form {
                Form::FullTable => Value::clone(object),
                _ => show::partial(object, true),
            };
            json!({ "cells": cells, "object": object })
        })
        .collect();
    let definitions: Vec<_> = resource
        .columns
        .iter()
        .filter(|_| columns)
        .map(Column::definition)
        .collect();
    json!({
        "kind": "Table", "apiVersion": "meta.k8s.io/v1", "metadata": metadata,
        "columnDefinitions": if columns { definitions.into() } else { Value::Null },
        // Without a printer of its own, a type has no rows rather than an empty list of them.
        "rows": if rows.is_empty() && resource.columns == Column::usual() { Value::Null } else { rows.into() },
    })
}

/// Metadata alone is that of a DaemonSet within the server, where this is a field.
pub(crate) fn drop_template_generation(object: &mut Value) {
    let annotations = object.pointer_mut("/metadata/annotations");
    if let Some(annotations) = annotations.and_then(Value::as_object_mut)
        && annotations
            .remove("deprecated.daemonset.template.generation")
            .is_some()
        && annotations.is_empty()
        && let Some(metadata) = object["metadata"].as_object_mut()
    {
        metadata.remove("annotations");
    }
}

/// The table of a `Scale`.
#[must_use]
pub(crate) fn of_scale(scale: &Value) -> Value {
    let columns = [
        Column::new("Name", "string", "", 0),
        Column::new("Desired", "integer", "", 0),
        Column::new("Available", "integer", "", 0),
        Column::new("Age", "string", "", 0),
    ];
    let metadata = &scale["metadata"];
    let count = |part: &str| scale[part]["replicas"].as_i64().unwrap_or(0);
    let cells = json!([
        metadata["name"],
        count("spec"),
        count("status"),
        age(&metadata["creationTimestamp"])
    ]);
    json!({
        "kind": "Table", "apiVersion": "meta.k8s.io/v1",
        "metadata": { "resourceVersion": metadata["resourceVersion"] },
        "columnDefinitions": columns.iter().map(Column::definition).collect::<Vec<_>>(),
        "rows": [{ "cells": cells, "object": show::partial(scale, true) }],
    })
}

/// The cells of one object.
fn cells(resource: &Resource, object: &Value) -> Vec<Value> {
    if let Some(custom) = &resource.custom {
        return custom::cells(&custom.column_paths, &resource.columns, object);
    }
    let fill: fn(&Value) -> Vec<Value> = match resource.plural.as_str() {
        "pods" => pod::pods,
        "podtemplates" => pod::templates,
        "replicationcontrollers" | "replicasets" => workload::replica_sets,
        "deployments" => workload::deployments,
        "daemonsets" => workload::daemon_sets,
        "statefulsets" => workload::stateful_sets,
        "controllerrevisions" => workload::revisions,
        "jobs" => batch::jobs,
        "cronjobs" => batch::cron_jobs,
        "horizontalpodautoscalers" => batch::autoscalers,
        "services" => network::services,
        "endpoints" => network::endpoints,
        "endpointslices" => network::endpoint_slices,
        "ingresses" => network::ingresses,
        "ingressclasses" => network::ingress_classes,
        "networkpolicies" => network::policies,
        "servicecidrs" => network::ranges,
        "persistentvolumes" => storage::volumes,
        "persistentvolumeclaims" => storage::claims,
        "storageclasses" => storage::classes,
        "csidrivers" => storage::drivers,
        "configmaps" => cluster::config_maps,
        "secrets" => cluster::secrets,
        "serviceaccounts" | "deviceclasses" | "resourceclaimtemplates" => cluster::named,
        "namespaces" => cluster::namespaces,
        "nodes" => cluster::nodes,
        "events" => cluster::events,
        "leases" => cluster::leases,
        "priorityclasses" => cluster::priorities,
        "runtimeclasses" => cluster::runtimes,
        "apiservices" => cluster::api_services,
        "resourcequotas" => policy::quotas,
        "poddisruptionbudgets" => policy::disruption_budgets,
        "rolebindings" | "clusterrolebindings" => policy::bindings,
        "mutatingwebhookconfigurations" | "validatingwebhookconfigurations" => policy::webhooks,
        _ => {
            return resource
                .columns
                .iter()
                .map(|column| usual_cell(&column.name, object))
                .collect();
        }
    };
    fill(object)
}

/// What a column means that many types have.
fn usual_cell(column: &str, object: &Value) -> Value {
    match column {
        "Name" => name(object),
        "Age" => own_age(object),
        "Created At" => object["metadata"]["creationTimestamp"].clone(),
        _ => Value::Null,
    }
}

/// The object's name.
fn name(object: &Value) -> Value {
    object["metadata"]["name"].clone()
}

/// The object's age.
fn own_age(object: &Value) -> Value {
    age(&object["metadata"]["creationTimestamp"]).into()
}

/// A text field, or a word in its place.
fn text(value: &Value, missing: &str) -> Value {
    match value.as_str() {
        Some(text) if !text.is_empty() => text.into(),
        _ => missing.into(),
    }
}

/// A number, 0 when it is missing.
fn count(value: &Value) -> i64 {
    value.as_i64().unwrap_or(0)
}

/// How many entries a list or map has.
fn size(value: &Value) -> usize {
    value
        .as_array()
        .map(Vec::len)
        .or_else(|| value.as_object().map(serde_json::Map::len))
        .unwrap_or(0)
}

/// Items of a list.
fn items(value: &Value) -> impl Iterator<Item = &Value> {
    value.as_array().into_iter().flatten()
}

/// `key=value` of every entry of a map, or a word when there are none.
fn labels(value: &Value, missing: &str) -> Value {
    let text = crate::registry::scale::selector_text(value);
    if text.is_empty() {
        missing.into()
    } else {
        text.into()
    }
}

/// Names and images of the containers of a pod specification.
fn containers(spec: &Value) -> [Value; 2] {
    ["name", "image"].map(|field| {
        let names: Vec<_> = items(&spec["containers"])
            .filter_map(|container| container[field].as_str())
            .collect();
        names.join(",").into()
    })
}
