//! What Go code of the real server fills in, beyond the defaults of the schema.
//!
//! **Invariant:** what the object says stays; only absent fields are filled. Doing it twice is doing it once.
//! **Start at** [`on_create`]; one file per group of kinds.

mod autoscaling;
mod batch;
mod network;
mod pod;
mod secret;
mod service;
pub(crate) mod status;
mod storage;
mod workload;

use crate::{api::Api, resource::Resource, status_error::ApiError};
use serde_json::{Map, Value};

/// Sets what a new object gets from admission and storage; the last two say whether it came with labels, and whether nothing
/// is stored.
pub(crate) fn on_create(
    api: &Api,
    resource: &Resource,
    object: &mut Value,
    (labelled, dry_run): (bool, bool),
) -> Result<(), ApiError> {
    status::initial(resource, object);
    match (resource.group.as_str(), resource.plural.as_str()) {
        ("", "services") => service::begin(api, None, object, dry_run)?,
        ("", "namespaces") => namespace(object),
        ("", "pods") => pod::admit(api, object),
        ("batch", "jobs") => {
            batch::own_selector(object, labelled);
            // When it is read, it is filled in once more.
            batch::labels(object);
        }
        ("apps", "daemonsets") => workload::count_template(None, object),
        ("", "persistentvolumeclaims") => protect(object, "kubernetes.io/pvc-protection"),
        ("", "persistentvolumes") => protect(object, "kubernetes.io/pv-protection"),
        ("apiextensions.k8s.io", "customresourcedefinitions") => crate::crd::begin(object),
        _ => {}
    }
    Ok(())
}

/// Sets what a changed object gets from admission and storage.
pub(crate) fn on_update(
    api: &Api,
    resource: &Resource,
    current: &Value,
    object: &mut Value,
) -> Result<(), ApiError> {
    match (resource.group.as_str(), resource.plural.as_str()) {
        ("", "services") => {
            service::begin(api, Some(current), object, false)?;
            service::drop_dependent(current, object);
        }
        ("", "pods") => pod::tolerate(object),
        ("apps", "daemonsets") => workload::count_template(Some(current), object),
        _ => {}
    }
    Ok(())
}

/// Sets what an object with a new status keeps.
pub(crate) fn on_status(resource: &Resource, current: &Value, object: &mut Value) {
    if resource.is("apps", "daemonsets") {
        workload::keep_count(current, object);
    } else if resource.is("batch", "jobs") {
        batch::labels(object);
    }
}

/// Fills in what is absent.
pub(crate) fn fill(resource: &Resource, object: &mut Value) {
    if resource.custom.is_some() {
        return;
    }
    match (resource.group.as_str(), resource.plural.as_str()) {
        ("", "pods") => pod::pod(object),
        ("", "namespaces") => label_namespace(object),
        ("", "podtemplates") => pod::template(&mut object["template"]),
        ("", "replicationcontrollers") => workload::replication_controller(object),
        ("", "services") => service::spec(object),
        ("", "secrets") => secret::secret(object),
        ("", "persistentvolumeclaims") => storage::claim(object),
        ("", "persistentvolumes") => storage::volume(object),
        ("", "configmaps" | "serviceaccounts" | "endpoints" | "events") => {}
        ("apps", "deployments") => workload::deployment(object),
        ("apps", "replicasets") => workload::replica_set(object),
        ("apps", "statefulsets") => workload::stateful_set(object),
        ("apps", "daemonsets") => workload::daemon_set(object),
        ("batch", "jobs") => {
            batch::job(&mut object["spec"]);
            batch::labels(object);
        }
        ("batch", "cronjobs") => batch::cron_job(object),
        ("autoscaling", "horizontalpodautoscalers") => autoscaling::autoscaler(object),
        ("networking.k8s.io", "networkpolicies") => network::policy(object),
        ("rbac.authorization.k8s.io", "rolebindings" | "clusterrolebindings") => network::binding(object),
        ("storage.k8s.io", "storageclasses") => storage::class(object),
        ("storage.k8s.io", "csidrivers") => storage::driver(object),
        ("apiextensions.k8s.io", "customresourcedefinitions") => crate::crd::default_names(object),
        ("scheduling.k8s.io", "priorityclasses") => set(object, "preemptionPolicy", "PreemptLowerPriority"),
        ("admissionregistration.k8s.io", "mutatingwebhookconfigurations") => network::webhooks(object, true),
        ("admissionregistration.k8s.io", "validatingwebhookconfigurations") => {
            network::webhooks(object, false)
        }
        _ => {}
    }
}

/// Holds a volume or a claim until nobody uses it.
fn protect(object: &mut Value, finalizer: &str) {
    let list = &mut object["metadata"]["finalizers"];
    match list.as_array_mut() {
        Some(list) if list.iter().any(|item| item == finalizer) => {}
        Some(list) => list.push(finalizer.into()),
        None => *list = serde_json::json!([finalizer]),
    }
}

fn namespace(object: &mut Value) {
    label_namespace(object);
    set(
        &mut object["spec"],
        "finalizers",
        serde_json::json!(["kubernetes"]),
    );
}

fn label_namespace(object: &mut Value) {
    let name = object["metadata"]["name"].clone();
    if name.is_null() {
        return;
    }
    object["metadata"]["labels"]["kubernetes.io/metadata.name"] = name;
}

/// Sets a field of an object unless it is there.
fn set(object: &mut Value, field: &str, value: impl Into<Value>) {
    if object.is_null() {
        *object = Value::Object(Map::new());
    }
    if let Some(object) = object.as_object_mut()
        && object.get(field).is_none_or(Value::is_null)
    {
        object.insert(field.to_owned(), value.into());
    }
}

/// A field that is an object, made when it is missing.
fn object<'a>(parent: &'a mut Value, field: &str) -> &'a mut Value {
    set(parent, field, Map::new());
    &mut parent[field]
}

/// Items of a list; none when it is missing.
fn each<'a>(parent: &'a mut Value, field: &str) -> impl Iterator<Item = &'a mut Value> {
    parent
        .get_mut(field)
        .and_then(Value::as_array_mut)
        .into_iter()
        .flatten()
}

/// A field that is there and not null.
fn present<'a>(parent: &'a mut Value, field: &str) -> Option<&'a mut Value> {
    parent.get_mut(field).filter(|value| !value.is_null())
}
