//! The end of an object: at once, or when its finalizers and its grace period are over.
//!
//! **Invariant:** an object with finalizers never goes away by itself. Who owns what is no concern here: a
//! propagation policy only becomes a finalizer that the garbage collector reads.
//! **Start at** [`Api::delete`].

use super::{after_removal, update::Target, update::is_released};
use crate::{
    api::{Api, Call, now, now_plus, subject},
    convert, crd,
    resource::Resource,
    status_error::{ApiError, Subject, success},
    store::Transaction,
};
use serde_json::{Value, json};
use std::{sync::Arc, time::Duration};

const PROTECTED: [&str; 3] = ["default", "kube-system", "kube-public"];
/// Types whose deletion answers with the object instead of a `Status`.
const ANSWER_WITH_OBJECT: [&str; 8] = [
    "pods",
    "services",
    "serviceaccounts",
    "persistentvolumes",
    "persistentvolumeclaims",
    "podtemplates",
    "resourcequotas",
    "resourceclaims",
];

/// What the caller says about a deletion.
#[derive(Debug, Clone, Default)]
pub(crate) struct DeleteOptions {
    /// `Foreground`, `Background`, `Orphan`.
    pub(crate) propagation: Option<String>,
    /// How long a pod may take.
    pub(crate) grace: Option<i64>,
    /// Only the object with this uid.
    pub(crate) uid: Option<String>,
    /// Only the object in this version.
    pub(crate) version: Option<String>,
}

impl DeleteOptions {
    /// Reads a `DeleteOptions` object, as in bodies.
    pub(crate) fn read(&mut self, body: &Value) {
        let text = |value: &Value| value.as_str().map(str::to_owned);
        if let Some(policy) = text(&body["propagationPolicy"]) {
            self.propagation = Some(policy);
        } else if let Some(orphan) = body["orphanDependents"].as_bool() {
            self.propagation = Some(if orphan { "Orphan" } else { "Background" }.to_owned());
        }
        self.grace = body["gracePeriodSeconds"].as_i64().or(self.grace);
        self.uid = text(&body["preconditions"]["uid"]).or(self.uid.take());
        self.version = text(&body["preconditions"]["resourceVersion"]).or(self.version.take());
    }
}

impl Api {
    /// Deletes one object; answers with the object, or with a `Status` when it is gone.
    pub(crate) fn delete(
        &self,
        target: Target<'_>,
        options: &DeleteOptions,
        call: &mut Call,
    ) -> Result<Arc<Value>, ApiError> {
        let mut turn = self.store.write();
        self.delete_in(&mut turn, target, options, call)
    }

    pub(crate) fn delete_in(
        &self,
        turn: &mut Transaction<'_>,
        target: Target<'_>,
        options: &DeleteOptions,
        call: &mut Call,
    ) -> Result<Arc<Value>, ApiError> {
        let resource = target.resource;
        let Some(stored) = self.store.get(&resource.table, target.namespace, target.name) else {
            return Err(ApiError::not_found(subject(resource, target.name)));
        };
        preconditions(target, &stored, options)?;
        if resource.is("", "namespaces") {
            check_namespace(target)?;
            let held = stored["spec"]["finalizers"].as_array();
            if stored["metadata"].get("deletionTimestamp").is_some() && held.is_some_and(|it| !it.is_empty())
            {
                return Ok(answer(target, &stored, false));
            }
        }
        // What is written by way of a version keeps only what that version has.
        let stored = match &resource.custom {
            Some(_) => {
                let mut shown = (*resource.view(&stored)).clone();
                convert::to_storage(resource, &mut shown);
                Arc::new(shown)
            }
            None => stored,
        };
        let marked = mark(resource, &stored, options, call);
        let released = is_released(&marked);
        let finalizers = |object: &Value| {
            object["metadata"]["finalizers"]
                .as_array()
                .cloned()
                .unwrap_or_default()
        };
        let (held, left) = (finalizers(&stored), finalizers(&marked));
        if call.dry_run && released && (!held.is_empty() || held != left) {
            // It was to be changed before it goes. Of that nothing comes back but what Go has before anything is set.
            let (group, version, kind) = (&resource.group, &resource.version, &resource.kind);
            let zero = crate::go::zero((group, version, kind)).filter(|_| resource.custom.is_none());
            let mut nothing = zero.unwrap_or_else(|| json!({}));
            nothing["apiVersion"] = resource.api_version().into();
            nothing["kind"] = kind.as_str().into();
            return Ok(Arc::new(nothing));
        }
        if call.dry_run {
            let gone = released && !resource.is("", "pods");
            let last = if gone { stored } else { Arc::new(marked) };
            return Ok(answer(target, &last, released));
        }
        let key = (target.namespace.into(), target.name.into());
        if released {
            if resource.is("", "pods") && marked != *stored {
                // Pods are marked before they go.
                let marked = turn.put(&resource.table, key.clone(), marked);
                turn.remove(&resource.table, &key, (*marked).clone());
                return Ok(answer(target, &marked, true));
            }
            let last = turn.remove(&resource.table, &key, (*stored).clone());
            self.unsettled(&last, false);
            after_removal(self, turn, resource);
            return Ok(answer(target, &last, true));
        }
        if marked == *stored {
            return Ok(answer(target, &stored, false));
        }
        let marked = turn.put(&resource.table, key, marked);
        self.unsettled(&marked, false);
        if *resource.table == *crd::TABLE {
            self.delete_custom_objects(turn, &marked);
        }
        Ok(answer(target, &marked, false))
    }

    /// Deletes the objects of a CRD that is being deleted, then the CRD when none is left.
    fn delete_custom_objects(&self, turn: &mut Transaction<'_>, definition: &Value) {
        let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
        let (group, plural) = (
            text(&definition["spec"]["group"]),
            text(&definition["spec"]["names"]["plural"]),
        );
        let versions = definition["spec"]["versions"].as_array().into_iter().flatten();
        let mut stored = versions.filter(|version| version["storage"] == true);
        let version = stored
            .next()
            .map(|version| text(&version["name"]))
            .unwrap_or_default();
        let catalog = self.catalog();
        // As they are stored, so that they keep all they have.
        let resource = catalog
            .find(&group, &version, &plural)
            .or_else(|| catalog.preferred(&group, &plural));
        if let Some(resource) = resource {
            for ((namespace, name), _) in self.store.list(&resource.table, None).objects {
                let target = Target::new(resource, &namespace, &name);
                let options = DeleteOptions::default();
                if let Err(error) = self.delete_in(turn, target, &options, &mut Call::controller()) {
                    tracing::debug!(%error, %name, "not deleted with its definition");
                }
            }
        }
        finish_definition(self, turn, &group, &plural);
    }
}

/// Takes the finalizer from a CRD that is being deleted once it has no objects.
pub(super) fn finish_definition(api: &Api, turn: &mut Transaction<'_>, group: &str, plural: &str) {
    let name = format!("{plural}.{group}");
    let Some(definition) = api.store.get(crd::TABLE, "", &name) else {
        return;
    };
    let table = crate::resource::table_name(group, plural);
    if definition["metadata"].get("deletionTimestamp").is_none()
        || !api.store.list(&table, None).objects.is_empty()
    {
        return;
    }
    let mut last = (*definition).clone();
    remove_finalizer(&mut last, crd::FINALIZER);
    let (table, key) = (crd::TABLE.into(), ("".into(), name.as_str().into()));
    if is_released(&last) {
        turn.remove(&table, &key, last);
    } else {
        turn.put(&table, key, last);
    }
    api.refresh_catalog();
}

/// Takes one finalizer from an object.
pub(crate) fn remove_finalizer(object: &mut Value, finalizer: &str) {
    let Some(metadata) = object["metadata"].as_object_mut() else {
        return;
    };
    if let Some(list) = metadata.get_mut("finalizers").and_then(Value::as_array_mut) {
        list.retain(|item| item != finalizer);
        if list.is_empty() {
            metadata.remove("finalizers");
        }
    }
}

fn preconditions(target: Target<'_>, stored: &Value, options: &DeleteOptions) -> Result<(), ApiError> {
    let about = subject(target.resource, target.name);
    let about = Subject {
        resource: &target.resource.kind,
        ..about
    };
    for (wanted, field, what, how) in [
        (&options.uid, "uid", "UID", "deleted and then recreated"),
        (&options.version, "resourceVersion", "ResourceVersion", "modified"),
    ] {
        let found = stored["metadata"][field].as_str().unwrap_or_default();
        if let Some(wanted) = wanted.as_ref().filter(|wanted| *wanted != found) {
            if target.resource.is("", "namespaces") {
                let about = subject(target.resource, target.name);
                let why = format!(
                    "Precondition failed: {what} in precondition: {wanted}, {what} in object meta: {found}"
                );
                return Err(ApiError::conflict(about, &why));
            }
            let why = format!(
                "the {what} in the precondition ({wanted}) does not match the {what} in record ({found}). The object \
                 might have been {how}"
            );
            return Err(ApiError::conflict(about, &why));
        }
    }
    Ok(())
}

fn check_namespace(target: Target<'_>) -> Result<(), ApiError> {
    let about = subject(target.resource, target.name);
    if PROTECTED.contains(&target.name) {
        return Err(ApiError::forbidden(about, "this namespace may not be deleted"));
    }
    Ok(())
}

/// The object as deletion leaves it: with its time of deletion and the finalizers of the policy.
fn mark(resource: &Resource, stored: &Value, options: &DeleteOptions, call: &Call) -> Value {
    let mut object = stored.clone();
    set_policy(resource, &mut object, options, call);
    let grace = grace(resource, &object, options, call);
    let metadata = &mut object["metadata"];
    if metadata.get("deletionTimestamp").is_none() {
        let time = if grace > 0 {
            now_plus(Duration::from_secs(grace.unsigned_abs()))
        } else {
            now()
        };
        metadata["deletionTimestamp"] = time.into();
        if *resource.table == *crd::TABLE {
            crd::mark_terminating(&mut object);
            return object;
        }
        if !resource.is("", "namespaces") {
            metadata["deletionGracePeriodSeconds"] = grace.into();
        }
        if let Some(generation) = metadata["generation"]
            .as_i64()
            .filter(|generation| *generation > 0)
        {
            metadata["generation"] = (generation + 1).into();
        }
    } else if metadata["deletionGracePeriodSeconds"]
        .as_i64()
        .is_some_and(|before| grace < before)
    {
        metadata["deletionGracePeriodSeconds"] = grace.into();
    }
    if resource.is("", "namespaces") {
        object["status"]["phase"] = "Terminating".into();
    }
    object
}

/// Says that the pods of a job will stay, unless the caller has said what shall become of them.
pub(crate) fn warn_of_pods(resource: &Resource, options: &DeleteOptions, call: &mut Call) {
    if options.propagation.is_none() && resource.is("batch", "jobs") {
        let warning = "child pods are preserved by default when jobs are deleted; set \
                       propagationPolicy=Background to remove them or set propagationPolicy=Orphan to suppress \
                       this warning";
        call.warnings.push(warning.to_owned());
    }
}

fn set_policy(resource: &Resource, object: &mut Value, options: &DeleteOptions, call: &Call) {
    let held = object["metadata"]["finalizers"].as_array();
    let chosen = |finalizer: &&str| held.is_some_and(|held| held.iter().any(|item| item == finalizer));
    if options.propagation.is_none() && ["orphan", "foregroundDeletion"].iter().any(chosen) {
        // What was chosen before stays.
        return;
    }
    let policy = options.propagation.as_deref().or_else(|| {
        // batch/v1 keeps the pods of a job unless told otherwise, and says so.
        (resource.is("batch", "jobs") && !call.controller).then_some("Orphan")
    });
    let wanted = match policy {
        None => return,
        Some("Foreground") => Some("foregroundDeletion"),
        Some("Orphan") => Some("orphan"),
        Some(_) => None,
    };
    for finalizer in ["foregroundDeletion", "orphan"] {
        remove_finalizer(object, finalizer);
    }
    if let Some(finalizer) = wanted {
        match object["metadata"]
            .get_mut("finalizers")
            .and_then(Value::as_array_mut)
        {
            Some(list) => list.push(finalizer.into()),
            None => object["metadata"]["finalizers"] = json!([finalizer]),
        }
    }
}

/// Seconds that a running pod gets to end; everything else goes at once.
fn grace(resource: &Resource, object: &Value, options: &DeleteOptions, call: &Call) -> i64 {
    let finished = matches!(object["status"]["phase"].as_str(), Some("Succeeded" | "Failed"));
    let scheduled = object["spec"]["nodeName"]
        .as_str()
        .is_some_and(|node| !node.is_empty());
    if !resource.is("", "pods") || finished || !scheduled || call.controller {
        return 0;
    }
    options
        .grace
        .or_else(|| object["spec"]["terminationGracePeriodSeconds"].as_i64())
        .unwrap_or(30)
        .max(0)
}

fn answer(target: Target<'_>, object: &Arc<Value>, gone: bool) -> Arc<Value> {
    let resource = target.resource;
    if gone && !(resource.custom.is_none() && ANSWER_WITH_OBJECT.contains(&resource.plural.as_str())) {
        let uid = object["metadata"]["uid"].as_str().unwrap_or_default();
        return Arc::new(success(subject(resource, target.name), uid));
    }
    resource.view(object)
}
