//! A new object.
//!
//! **Invariant:** what is stored has a uid, a creation time, all defaults, and passed validation.
//! **Start at** [`Api::create`].

use super::{after_write, decode, drop_repeated_owners, identity, part, refuse};
use crate::{
    api::{Api, Call, now, subject},
    convert, crd, defaults, random,
    resource::Resource,
    status_error::{ApiError, Subject},
    store::Transaction,
    validate,
};
use serde_json::Value;
use std::sync::Arc;

impl Api {
    /// Stores a new object.
    pub(crate) fn create(
        &self,
        resource: &Resource,
        namespace: &str,
        object: Value,
        call: &mut Call,
    ) -> Result<Arc<Value>, ApiError> {
        let mut turn = self.store.write();
        self.create_in(&mut turn, resource, namespace, object, call)
    }

    /// As [`create`](Self::create), in a turn of writing that is already held.
    pub(crate) fn create_in(
        &self,
        turn: &mut Transaction<'_>,
        resource: &Resource,
        namespace: &str,
        mut object: Value,
        call: &mut Call,
    ) -> Result<Arc<Value>, ApiError> {
        identity::check_kind(resource, &mut object)?;
        // An apply brings its managed fields along; of anyone else they are not believed.
        let tracked = std::mem::take(&mut call.tracked);
        reset_status(resource, &mut object, call);
        decode(resource, &mut object, call)?;
        identity::check_place(resource, namespace, None, &mut object)?;
        if !tracked {
            resource.typing.drop_nulls(&mut object);
        }
        drop_repeated_owners(&mut object, call);
        let unsettled = is_unsettled(resource, &object, tracked);
        own_metadata(resource, &mut object, tracked)?;
        resource.typing.default(&mut object);
        // A generated name is tried on copies, which share nothing with each other.
        let labelled = object["metadata"].get("labels").is_some()
            || object["metadata"]["name"].as_str().is_none_or(str::is_empty);
        defaults::fill(resource, &mut object);
        // What admission and storage set belongs to nobody.
        if !tracked {
            resource.typing.track(None, &mut object, call, part(resource, ""));
        }
        self.name(&mut object);
        let name = object["metadata"]["name"].as_str().unwrap_or_default().to_owned();
        self.open_namespace(resource, namespace, &name)?;
        if resource.custom.is_some() && self.is_leaving(resource) {
            let why = "create not allowed while custom resource definition is terminating";
            return Err(ApiError::forbidden(subject(resource, &name), why));
        }
        defaults::on_create(self, resource, &mut object, (labelled, call.dry_run))?;
        identity::own_kind(resource, &object)?;
        refuse(resource, &object, &validate::on_create(resource, &object))?;
        call.warnings.extend(validate::warnings(resource, None, &object));
        let object = self.insert(turn, resource, object, call)?;
        if unsettled && !call.dry_run {
            self.unsettled(&object, true);
        }
        Ok(resource.view(&object))
    }

    fn insert(
        &self,
        turn: &mut Transaction<'_>,
        resource: &Resource,
        mut object: Value,
        call: &Call,
    ) -> Result<Arc<Value>, ApiError> {
        let text = |field: &str| object["metadata"][field].as_str().unwrap_or_default().to_owned();
        let (namespace, name) = (text("namespace"), text("name"));
        if let Some(present) = self.store.get(&resource.table, &namespace, &name) {
            let going = present["metadata"].get("deletionTimestamp").is_some();
            return Err(ApiError::already_exists(subject(resource, &name), going));
        }
        if call.dry_run {
            return Ok(Arc::new(object));
        }
        convert::to_storage(resource, &mut object);
        let key = (namespace.as_str().into(), name.as_str().into());
        let stored = turn.put(&resource.table, key, object);
        after_write(self, turn, resource, &stored);
        Ok(stored)
    }

    /// Is the definition of this type being deleted?
    fn is_leaving(&self, resource: &Resource) -> bool {
        let name = format!("{}.{}", resource.plural, resource.group);
        self.store
            .get(crd::TABLE, "", &name)
            .is_some_and(|definition| definition["metadata"].get("deletionTimestamp").is_some())
    }

    /// Thinks of a name, where a prefix is said instead.
    fn name(&self, object: &mut Value) {
        let metadata = &mut object["metadata"];
        if metadata["name"].as_str().unwrap_or_default().is_empty() {
            let prefix = metadata["generateName"].as_str().unwrap_or_default();
            if prefix.is_empty() {
                metadata.as_object_mut().map(|metadata| metadata.remove("name"));
            } else {
                metadata["name"] = format!("{prefix}{}", random::suffix()).into();
            }
        }
    }

    fn open_namespace(&self, resource: &Resource, namespace: &str, name: &str) -> Result<(), ApiError> {
        if !resource.namespaced {
            return Ok(());
        }
        let Some(object) = self.store.get("/namespaces", "", namespace) else {
            return Err(ApiError::not_found(Subject {
                group: "",
                resource: "namespaces",
                name: namespace,
            }));
        };
        if object["metadata"].get("deletionTimestamp").is_some() {
            return Err(ApiError::namespace_terminating(
                subject(resource, name),
                namespace,
            ));
        }
        Ok(())
    }
}

fn own_metadata(resource: &Resource, object: &mut Value, tracked: bool) -> Result<(), ApiError> {
    let Some(metadata) = object["metadata"].as_object_mut() else {
        return Ok(());
    };
    if metadata
        .get("resourceVersion")
        .and_then(Value::as_str)
        .is_some_and(|version| !version.is_empty())
    {
        return Err(ApiError::unknown(
            "resourceVersion should not be set on objects to be created",
        ));
    }
    for field in [
        "resourceVersion",
        "selfLink",
        "deletionTimestamp",
        "deletionGracePeriodSeconds",
        "generation",
    ] {
        metadata.remove(field);
    }
    if !tracked {
        metadata.remove("managedFields");
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
    metadata.insert("uid".to_owned(), random::uid().into());
    metadata.insert("creationTimestamp".to_owned(), now().into());
    if identity::counts_generations(resource) {
        metadata.insert("generation".to_owned(), 1.into());
    }
    Ok(())
}

/// Is an object stored in another form than the one it is shown in, so that the next write makes a new version of it though
/// nothing seems to change?
pub(super) fn is_unsettled(resource: &Resource, object: &Value, tracked: bool) -> bool {
    let metadata = &object["metadata"];
    if resource.custom.is_some() {
        // An apply stores empty maps that are not shown.
        let empty = |field: &str| metadata[field].as_object().is_some_and(serde_json::Map::is_empty);
        return tracked && (empty("labels") || empty("annotations"));
    }
    // Labels of a Job are filled in when it is read; a claim is found to be so.
    let unlabelled = || {
        metadata["labels"]
            .as_object()
            .is_none_or(serde_json::Map::is_empty)
    };
    resource.is("", "persistentvolumeclaims")
        || resource.is("batch", "jobs")
            && unlabelled()
            && object["spec"]["template"]["metadata"]["labels"]
                .as_object()
                .is_none_or(serde_json::Map::is_empty)
}

fn reset_status(resource: &Resource, object: &mut Value, call: &Call) {
    if resource.has_status()
        && !call.controller
        && let Some(object) = object.as_object_mut()
    {
        object.remove("status");
    }
}
