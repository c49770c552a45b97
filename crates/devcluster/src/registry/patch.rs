//! A change said as a difference: JSON patch, merge patch, strategic merge patch, server-side apply.
//!
//! **Invariant:** a patch is computed on the stored object in the same turn in which its result is stored, so it can
//! only conflict when it names a version itself.
//! **Start at** [`Api::patch`].

use super::{
    identity, part, refuse,
    update::{Part, Target},
};
use crate::{
    api::{Api, Call, subject},
    status_error::{ApiError, FieldError},
};
use serde_json::Value;
use std::sync::Arc;

/// The kinds of patch, each with its body.
#[derive(Debug, Clone)]
pub(crate) enum Patch {
    /// RFC 6902.
    Json(Value),
    /// RFC 7386.
    Merge(Value),
    /// Merge with the list keys of the schema.
    Strategic(Value),
    /// Server-side apply.
    Apply(Value),
}

/// An answer to apply: the object, and whether it is new.
pub(crate) type Applied = (Arc<Value>, bool);

impl Api {
    /// Changes an object by a patch.
    pub(crate) fn patch(
        &self,
        target: Target<'_>,
        patch: Patch,
        call: &mut Call,
    ) -> Result<Applied, ApiError> {
        match patch {
            Patch::Apply(config) => self.apply(target, config, call),
            patch => self.merge(target, patch, call).map(|object| (object, false)),
        }
    }

    fn merge(&self, target: Target<'_>, patch: Patch, call: &mut Call) -> Result<Arc<Value>, ApiError> {
        let mut turn = self.store.write();
        let current = self.get(target.resource, target.namespace, target.name)?;
        let mut new = (*current).clone();
        self.change(target, &mut new, patch)?;
        identity::check_kind(target.resource, &mut new)?;
        identity::check_place(target.resource, target.namespace, Some(target.name), &mut new)?;
        call.patched = true;
        self.finish_update(&mut turn, target, &current, new, call)
    }

    fn change(&self, target: Target<'_>, object: &mut Value, patch: Patch) -> Result<(), ApiError> {
        match patch {
            Patch::Json(operations) => {
                if !operations.is_array() {
                    let what = crate::go::what(&operations);
                    return Err(ApiError::bad_request(format!(
                        "error decoding patch: json: cannot unmarshal {what} into Go value of type \
                         []handlers.jsonPatchOp"
                    )));
                }
                let patch: json_patch::Patch =
                    serde_json::from_value(operations).map_err(|_| ApiError::unprocessable())?;
                let mut changed = object.clone();
                for operation in patch.0 {
                    let operation = lenient(operation, &changed);
                    json_patch::patch(&mut changed, &[operation]).map_err(|_| ApiError::unprocessable())?;
                }
                *object = changed;
                Ok(())
            }
            Patch::Merge(patch) if !patch.is_object() => Err(ApiError::bad_request(format!(
                "error decoding patch: json: cannot unmarshal {} into Go value of type map[string]interface {{}}",
                crate::go::what(&patch)
            ))),
            Patch::Merge(patch) => {
                json_patch::merge(object, &patch);
                Ok(())
            }
            Patch::Strategic(patch) => target.resource.typing.strategic(object, &patch),
            Patch::Apply(_) => Err(ApiError::internal("an apply does not merge")),
        }
    }

    fn apply(&self, target: Target<'_>, mut config: Value, call: &mut Call) -> Result<Applied, ApiError> {
        let resource = target.resource;
        let text = |field: &str| config[field].as_str().unwrap_or_default();
        let (version, kind) = (text("apiVersion"), text("kind"));
        let known = plumb_schema::GroupVersionKind::from_api_version(version, kind)
            .is_ok_and(|kind| plumb_schema::Schemas::builtin().kind(&kind).is_some());
        let own = version == resource.api_version() && *kind == *resource.kind;
        if version.is_empty()
            || kind.is_empty()
            || (resource.custom.is_none() && !known && !own)
            || (resource.custom.is_some()
                && !own
                && (version == resource.api_version() || !version.contains('/')))
        {
            let slash = if version.contains('/') { "" } else { "/" };
            return Err(ApiError::bad_request(format!(
                "invalid object type: {slash}{version}, Kind={kind}"
            )));
        }
        identity::check_kind(resource, &mut config)?;
        let text = |field: &str| config["metadata"][field].as_str().unwrap_or_default().to_owned();
        let slash = if resource.group.is_empty() { "/" } else { "" };
        call.applied = Some(format!(
            "{}/{}; {slash}{}, Kind={}",
            text("namespace"),
            text("name"),
            resource.api_version(),
            resource.kind
        ));
        if config["metadata"]["managedFields"]
            .as_array()
            .is_some_and(|fields| !fields.is_empty())
        {
            return Err(ApiError::bad_request("metadata.managedFields must be nil"));
        }
        if config["metadata"]["name"] == "" {
            return Err(ApiError::bad_request(format!(
                "the name of the object ({} based on URL) was undeterminable: name must be provided",
                target.name
            )));
        }
        let mut turn = self.store.write();
        let live = self
            .store
            .get(&resource.table, target.namespace, target.name)
            .map(|live| resource.view(&live));
        let Some(live) = live else {
            return self.apply_new(&mut turn, target, config, call);
        };
        let mut merged = resource.typing.apply(
            Some(&live),
            &config,
            call,
            part(resource, target.part.subresource()),
        )?;
        if merged != *live
            && let Err(why) = self.other_versions(resource, &live, &merged, call)
        {
            return Err(ApiError::unknown(why));
        }
        identity::check_place(resource, target.namespace, Some(target.name), &mut merged)?;
        if merged["metadata"].get("resourceVersion").is_none() {
            merged["metadata"]["resourceVersion"] = live["metadata"]["resourceVersion"].clone();
        }
        call.tracked = true;
        self.finish_update(&mut turn, target, &live, merged, call)
            .map(|object| (object, false))
    }

    /// Managers that wrote in another version of a custom kind are told of a change in that version: says what it lacks.
    pub(super) fn other_versions(
        &self,
        resource: &crate::resource::Resource,
        old: &Value,
        new: &Value,
        call: &Call,
    ) -> Result<(), String> {
        if resource.custom.is_none() {
            return Ok(());
        }
        let own = resource.api_version();
        for entry in old["metadata"]["managedFields"].as_array().into_iter().flatten() {
            let version = entry["apiVersion"].as_str().unwrap_or_default();
            let applier = entry["operation"] == "Apply" && call.applied.is_some();
            if version == own || applier && entry["manager"] == *call.manager {
                continue;
            }
            let short = version.rsplit('/').next().unwrap_or_default();
            let catalog = self.catalog();
            let Some(other) = catalog.find(&resource.group, short, &resource.plural) else {
                continue;
            };
            for (which, object) in [("old", old), ("new", new)] {
                let mut shown = object.clone();
                if let Some(path) = other.typing.prune(&mut shown).first() {
                    return Err(format!(
                        "failed to convert {which} object: .{path}: field not declared in schema"
                    ));
                }
            }
        }
        Ok(())
    }

    fn apply_new(
        &self,
        turn: &mut crate::store::Transaction<'_>,
        target: Target<'_>,
        config: Value,
        call: &mut Call,
    ) -> Result<Applied, ApiError> {
        let resource = target.resource;
        if target.part != Part::Main && !super::update::creates(resource) {
            return Err(ApiError::not_found(subject(resource, target.name)));
        }
        if let Some(uid) = config["metadata"]["uid"].as_str().filter(|uid| !uid.is_empty()) {
            let why = format!(
                "uid mismatch: the provided object specified uid {uid}, and no existing object was found"
            );
            return Err(ApiError::conflict(subject(resource, target.name), &why));
        }
        let mut merged = resource.typing.apply(None, &config, call, part(resource, ""))?;
        identity::check_place(resource, target.namespace, Some(target.name), &mut merged)?;
        if merged["metadata"]["name"].as_str().is_none() {
            return refuse(
                resource,
                &merged,
                &[FieldError::required("metadata.name", "name is required")],
            )
            .map(|()| (Arc::new(merged), false));
        }
        call.tracked = true;
        self.create_in(turn, resource, target.namespace, merged, call)
            .map(|object| (object, true))
    }
}

/// The library of the real server takes a `replace` of an absent field for an `add`.
fn lenient(operation: json_patch::PatchOperation, object: &Value) -> json_patch::PatchOperation {
    use json_patch::{AddOperation, PatchOperation};
    let PatchOperation::Replace(replace) = operation else {
        return operation;
    };
    let parent = replace.path.as_str().rsplit_once('/').map(|(parent, _)| parent);
    let absent = object.pointer(replace.path.as_str()).is_none();
    if absent
        && parent
            .and_then(|parent| object.pointer(parent))
            .is_some_and(Value::is_object)
    {
        return PatchOperation::Add(AddOperation {
            path: replace.path,
            value: replace.value,
        });
    }
    PatchOperation::Replace(replace)
}
