//! A changed object, or a changed status.
//!
//! **Invariant:** nobody changes what the server owns; a write that changes nothing makes no new version; the last
//! finalizer of an object that is being deleted takes the object with it.
//! **Start at** [`Api::update`]; patches join at [`Api::finish_update`].

use super::{
    after_removal, after_write, create, decode, drop_repeated_owners, identity, part, patch::Applied, refuse,
};
use crate::{
    api::{Api, Call, subject},
    convert, crd, defaults,
    resource::Resource,
    status_error::{ApiError, FieldError},
    store::Transaction,
    validate,
};
use serde_json::{Value, json};
use std::sync::Arc;

/// Which part of an object a write is about.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Part {
    /// All but the status, where status has a path of its own.
    Main,
    /// The status alone.
    Status,
}

impl Part {
    /// The name that managed fields carry.
    #[must_use]
    pub(crate) fn subresource(self) -> &'static str {
        match self {
            Self::Main => "",
            Self::Status => "status",
        }
    }
}

/// Which object a write is about.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Target<'a> {
    /// Its type, in the version that the caller speaks.
    pub(crate) resource: &'a Resource,
    /// Its namespace; empty for types without.
    pub(crate) namespace: &'a str,
    /// Its name.
    pub(crate) name: &'a str,
    /// Which part of it.
    pub(crate) part: Part,
}

impl<'a> Target<'a> {
    /// The object itself.
    #[must_use]
    pub(crate) fn new(resource: &'a Resource, namespace: &'a str, name: &'a str) -> Self {
        Self {
            resource,
            namespace,
            name,
            part: Part::Main,
        }
    }

    /// Its status.
    #[must_use]
    pub(crate) fn status(self) -> Self {
        Self {
            part: Part::Status,
            ..self
        }
    }
}

impl Api {
    /// Replaces an object, or its status.
    pub(crate) fn update(
        &self,
        target: Target<'_>,
        mut new: Value,
        call: &mut Call,
    ) -> Result<Applied, ApiError> {
        identity::check_kind(target.resource, &mut new)?;
        decode(target.resource, &mut new, call)?;
        if new["metadata"]["name"].as_str().is_none_or(str::is_empty) {
            return Err(ApiError::bad_request(format!(
                "the name of the object ({} based on URL) was undeterminable: name must be provided",
                target.name
            )));
        }
        identity::check_place(target.resource, target.namespace, Some(target.name), &mut new)?;
        drop_repeated_owners(&mut new, call);
        let mut turn = self.store.write();
        match self.get(target.resource, target.namespace, target.name) {
            Ok(current) => self
                .finish_update(&mut turn, target, &current, new, call)
                .map(|object| (object, false)),
            Err(_) if creates(target.resource) => {
                // There is nothing that a uid could be of, and no version to be at.
                if let Some(metadata) = new["metadata"].as_object_mut() {
                    metadata.remove("resourceVersion");
                }
                preconditions_of_uid(target, &Value::Null, &new)?;
                self.create_in(&mut turn, target.resource, target.namespace, new, call)
                    .map(|object| (object, true))
            }
            Err(error) => Err(error),
        }
    }

    /// The common end of update, patch and apply: `new` is what `current` shall become.
    pub(crate) fn finish_update(
        &self,
        turn: &mut Transaction<'_>,
        target: Target<'_>,
        current: &Arc<Value>,
        mut new: Value,
        call: &mut Call,
    ) -> Result<Arc<Value>, ApiError> {
        let resource = target.resource;
        preconditions(target, current, &new)?;
        decode(resource, &mut new, call)?;
        identity::own_kind(resource, &new)?;
        let tracked = std::mem::take(&mut call.tracked);
        let unsettled = resource.custom.is_some() && create::is_unsettled(resource, &new, tracked);
        if !tracked {
            resource.typing.drop_nulls(&mut new);
        }
        let fits = resource.custom.is_none() || resource.typing.fits(&new);
        keep_system_metadata(current, &mut new, tracked);
        keep_other_part(target, current, &mut new);
        if target.part == Part::Main {
            resource.typing.default(&mut new);
            defaults::fill(resource, &mut new);
        }
        if !tracked {
            let name = if call.subresource.is_empty() {
                target.part.subresource()
            } else {
                call.subresource
            };
            if !fits || self.other_versions(resource, current, &new, call).is_err() {
                // Nobody knows any more who owns what.
                if let Some(metadata) = new["metadata"].as_object_mut() {
                    metadata.remove("managedFields");
                }
            } else {
                resource
                    .typing
                    .track(Some(current), &mut new, call, part(resource, name));
            }
        }
        match target.part {
            Part::Main => defaults::on_update(self, resource, current, &mut new)?,
            Part::Status => defaults::on_status(resource, current, &mut new),
        }
        if *resource.table == *crd::TABLE {
            crd::note_storage(&mut new);
        }
        if resource.is("", "namespaces") && call.subresource != "finalize" && !call.controller {
            // They go by the path `finalize` only.
            set_or_remove(&mut new["spec"], "finalizers", current["spec"].get("finalizers"));
        }
        if resource.is("", "persistentvolumeclaims") || resource.is("", "namespaces") {
            defaults::status::initial(resource, &mut new);
        }
        let mut before = Arc::clone(current);
        if call.subresource == "resize" {
            // By way of this path, and no other, the resources of containers may change.
            let mut resized = Value::clone(&before);
            take_resources(&mut resized, &new);
            before = Arc::new(resized);
        }
        let errors = validate::on_update(resource, target.part, &before, &new);
        refuse(resource, &new, &errors)?;
        if target.part == Part::Main
            && identity::counts_generations(resource)
            && identity::wish_changed(resource, current, &new)
        {
            let generation = current["metadata"]["generation"].as_i64().unwrap_or(0) + 1;
            new["metadata"]["generation"] = generation.into();
        }
        if target.part == Part::Main {
            let warnings = validate::warnings(resource, Some(current), &new);
            call.warnings.extend(warnings);
        }
        let same =
            same_but_for_times(&new, current) && !is_released(&new) && !self.shows_less(target, current);
        if same && call.dry_run {
            return Ok(current.clone());
        }
        if !call.dry_run && self.unsettled(&new, unsettled) == unsettled && same {
            return Ok(current.clone());
        }
        self.store_update(turn, target, new, call)
    }

    /// Does the version that is written show less than what is stored? Then any write drops the rest.
    fn shows_less(&self, target: Target<'_>, current: &Value) -> bool {
        let resource = target.resource;
        if resource.custom.is_none() {
            return false;
        }
        let mut shown = current.clone();
        convert::to_storage(resource, &mut shown);
        let stored = self.store.get(&resource.table, target.namespace, target.name);
        stored.is_some_and(|stored| *stored != shown)
    }

    fn store_update(
        &self,
        turn: &mut Transaction<'_>,
        target: Target<'_>,
        mut new: Value,
        call: &Call,
    ) -> Result<Arc<Value>, ApiError> {
        let resource = target.resource;
        if call.dry_run {
            return Ok(Arc::new(new));
        }
        convert::to_storage(resource, &mut new);
        let key = (target.namespace.into(), target.name.into());
        let stored = if is_released(&new) {
            let last = Arc::new(new);
            // Watches are told what was stored last, not what the last write made of it.
            let stored = self.store.get(&resource.table, target.namespace, target.name);
            turn.remove(
                &resource.table,
                &key,
                Value::clone(&stored.unwrap_or_else(|| last.clone())),
            );
            self.unsettled(&last, false);
            after_removal(self, turn, resource);
            // The answer tells the version before the end.
            last
        } else {
            let stored = turn.put(&resource.table, key, new);
            after_write(self, turn, resource, &stored);
            stored
        };
        Ok(resource.view(&stored))
    }
}

/// Is nothing left that holds back an object that is being deleted?
#[must_use]
pub(crate) fn is_released(object: &Value) -> bool {
    let metadata = &object["metadata"];
    let none = |list: &Value| list.as_array().is_none_or(Vec::is_empty);
    metadata.get("deletionTimestamp").is_some()
        && none(&metadata["finalizers"])
        && metadata["deletionGracePeriodSeconds"].as_i64().unwrap_or(0) == 0
        && (object["kind"] != "Namespace" || none(&object["spec"]["finalizers"]))
}

/// Is an object made where one that is not there is replaced?
#[must_use]
pub(super) fn creates(resource: &Resource) -> bool {
    const KINDS: [&str; 10] = [
        "clusterrolebindings",
        "clusterroles",
        "endpoints",
        "events",
        "leases",
        "limitranges",
        "rolebindings",
        "roles",
        "runtimeclasses",
        "services",
    ];
    resource.custom.is_none() && KINDS.contains(&resource.plural.as_str())
}

/// Types whose objects are only replaced by who says which version of them.
const CONDITIONAL: [&str; 15] = [
    "apiservices",
    "csidrivers",
    "csinodes",
    "csistoragecapacities",
    "customresourcedefinitions",
    "leases",
    "mutatingadmissionpolicies",
    "mutatingadmissionpolicybindings",
    "mutatingwebhookconfigurations",
    "poddisruptionbudgets",
    "runtimeclasses",
    "validatingadmissionpolicies",
    "validatingadmissionpolicybindings",
    "validatingwebhookconfigurations",
    "volumeattachments",
];

fn preconditions_of_uid(target: Target<'_>, current: &Value, new: &Value) -> Result<(), ApiError> {
    let text =
        |object: &'_ Value, field: &str| object["metadata"][field].as_str().unwrap_or_default().to_owned();
    let (uid, expected) = (text(current, "uid"), text(new, "uid"));
    let about = subject(target.resource, target.name);
    if !expected.is_empty() && uid != expected {
        let resource = target.resource;
        let group = if resource.custom.is_some() {
            format!("{}/", resource.group)
        } else {
            String::new()
        };
        let place = [target.namespace, target.name].map(|part| {
            if part.is_empty() {
                String::new()
            } else {
                format!("/{part}")
            }
        });
        let why = format!(
            "StorageError: invalid object, Code: 4, Key: /registry/{group}{}{}, ResourceVersion: 0, AdditionalErrorMsg: \
             Precondition failed: UID in precondition: {expected}, UID in object meta: {uid}",
            resource.plural,
            place.concat()
        );
        return Err(ApiError::conflict(about, &why));
    }
    Ok(())
}

fn preconditions(target: Target<'_>, current: &Value, new: &Value) -> Result<(), ApiError> {
    preconditions_of_uid(target, current, new)?;
    let text =
        |object: &'_ Value, field: &str| object["metadata"][field].as_str().unwrap_or_default().to_owned();
    let about = subject(target.resource, target.name);
    let expected = text(new, "resourceVersion");
    if expected.is_empty() {
        if target.resource.custom.is_some() || CONDITIONAL.contains(&target.resource.plural.as_str()) {
            let error = FieldError::invalid(
                "metadata.resourceVersion",
                &json!(0),
                "must be specified for an update",
            );
            return Err(ApiError::invalid(about, &[error]));
        }
    } else if expected != text(current, "resourceVersion") {
        return Err(ApiError::outdated(about));
    }
    Ok(())
}

/// What the server owns stays as it is; whoever leaves managed fields out keeps the stored ones.
fn keep_system_metadata(current: &Value, new: &mut Value, tracked: bool) {
    const OWNED: [&str; 9] = [
        "uid",
        "creationTimestamp",
        "deletionTimestamp",
        "deletionGracePeriodSeconds",
        "generation",
        "selfLink",
        "name",
        "namespace",
        "resourceVersion",
    ];
    let old = &current["metadata"];
    let Some(metadata) = new["metadata"].as_object_mut() else {
        return;
    };
    for field in OWNED {
        match old.get(field) {
            Some(value) => metadata.insert(field.to_owned(), value.clone()),
            None => metadata.remove(field),
        };
    }
    if !tracked
        && metadata.get("managedFields").is_none()
        && let Some(fields) = old.get("managedFields")
    {
        metadata.insert("managedFields".to_owned(), fields.clone());
    }
    for field in ["labels", "annotations", "finalizers", "ownerReferences"] {
        let empty = match metadata.get(field) {
            Some(Value::Object(map)) => map.is_empty(),
            Some(Value::Array(list)) => list.is_empty(),
            Some(Value::Null) => true,
            _ => false,
        };
        if empty {
            metadata.remove(field);
        }
    }
}

fn keep_other_part(target: Target<'_>, current: &Value, new: &mut Value) {
    match target.part {
        Part::Main if target.resource.has_status() => set_or_remove(new, "status", current.get("status")),
        Part::Main => {}
        Part::Status => {
            let mut merged = current.clone();
            set_or_remove(&mut merged, "status", new.get("status"));
            if target.resource.custom.is_some() {
                set_or_remove(
                    &mut merged["metadata"],
                    "managedFields",
                    new["metadata"].get("managedFields"),
                );
            } else {
                // Of built-in types only the specification stays as it is, and the labels of Deployments.
                defaults::fill(target.resource, new);
                merged["metadata"] = new["metadata"].take();
                if target.resource.is("apps", "deployments") {
                    let labels = current["metadata"].get("labels");
                    set_or_remove(&mut merged["metadata"], "labels", labels);
                } else if target.resource.is("", "pods") {
                    let class = current["status"].get("qosClass");
                    set_or_remove(&mut merged["status"], "qosClass", class);
                }
                // Labels of a Job are filled in when it is read, and so have no owner then.
                if !target.resource.is("batch", "jobs") {
                    defaults::fill(target.resource, &mut merged);
                }
            }
            *new = merged;
        }
    }
}

fn take_resources(pod: &mut Value, from: &Value) {
    for list in ["containers", "initContainers"] {
        let containers = pod["spec"][list].as_array_mut().into_iter().flatten();
        for (container, other) in containers.zip(from["spec"][list].as_array().into_iter().flatten()) {
            set_or_remove(container, "resources", other.get("resources"));
        }
    }
}

fn set_or_remove(object: &mut Value, field: &str, value: Option<&Value>) {
    let Some(object) = object.as_object_mut() else {
        return;
    };
    match value {
        Some(value) => object.insert(field.to_owned(), value.clone()),
        None => object.remove(field),
    };
}

/// Times in managed fields alone make no new version.
fn same_but_for_times(new: &Value, current: &Value) -> bool {
    let (Some(new_fields), Some(old_fields)) = (new.as_object(), current.as_object()) else {
        return false;
    };
    if new_fields.len() != old_fields.len() {
        return false;
    }
    let rest_same =
        |new: &serde_json::Map<String, Value>, old: &serde_json::Map<String, Value>, but: &str| {
            new.iter()
                .filter(|(key, _)| *key != but)
                .all(|(key, value)| old.get(key) == Some(value))
                && old
                    .keys()
                    .filter(|key| *key != but)
                    .all(|key| new.contains_key(key))
        };
    let (Some(new_metadata), Some(old_metadata)) =
        (new["metadata"].as_object(), current["metadata"].as_object())
    else {
        return false;
    };
    rest_same(new_fields, old_fields, "metadata")
        && rest_same(new_metadata, old_metadata, "managedFields")
        && timeless(new_metadata.get("managedFields")) == timeless(old_metadata.get("managedFields"))
}

fn timeless(entries: Option<&Value>) -> Vec<Vec<(&String, &Value)>> {
    let entries = entries.and_then(Value::as_array).into_iter().flatten();
    let fields = |entry| {
        Value::as_object(entry)
            .into_iter()
            .flatten()
            .filter(|(key, _)| *key != "time")
            .collect()
    };
    entries.map(fields).collect()
}
