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
    status_error::{ApiError, FieldError, Subject},
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
        identity::check(target.resource, target.namespace, Some(target.name), &mut new)?;
        self.finish_update(&mut turn, target, &current, new, call)
    }

    fn change(&self, target: Target<'_>, object: &mut Value, patch: Patch) -> Result<(), ApiError> {
        match patch {
            Patch::Json(operations) => {
                let patch: json_patch::Patch = serde_json::from_value(operations)
                    .map_err(|error| ApiError::bad_request(format!("error decoding patch: {error}")))?;
                // The real server says no more, and clients show what it says.
                json_patch::patch(object, &patch).map_err(|_| {
                    ApiError::unprocessable("the server rejected our request due to an error in our request")
                })
            }
            Patch::Merge(patch) => {
                json_patch::merge(object, &patch);
                Ok(())
            }
            Patch::Strategic(patch) => {
                if target.resource.custom.is_some() {
                    return Err(ApiError::unsupported_media_type(
                        "application/json-patch+json, application/merge-patch+json, application/apply-patch+yaml",
                    ));
                }
                target.resource.typing.strategic(object, &patch)
            }
            Patch::Apply(_) => Err(ApiError::internal("an apply does not merge")),
        }
    }

    fn apply(&self, target: Target<'_>, mut config: Value, call: &mut Call) -> Result<Applied, ApiError> {
        let resource = target.resource;
        for field in ["apiVersion", "kind"] {
            if config[field].as_str().unwrap_or_default().is_empty() {
                return Err(ApiError::bad_request(format!(
                    "Object '{field}' is missing in the applied configuration"
                )));
            }
        }
        if call.manager.is_empty() {
            let error = FieldError::required("fieldManager", "is required for apply patch");
            let about = Subject {
                group: "meta.k8s.io",
                resource: "PatchOptions",
                name: "",
            };
            return Err(ApiError::invalid(about, &[error]));
        }
        identity::check(resource, target.namespace, Some(target.name), &mut config)?;
        if config["metadata"]["managedFields"]
            .as_array()
            .is_some_and(|fields| !fields.is_empty())
        {
            return Err(ApiError::bad_request("metadata.managedFields must be nil"));
        }
        super::drop_unknown(resource, &mut config, call)?;
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
        if merged["metadata"].get("resourceVersion").is_none() {
            merged["metadata"]["resourceVersion"] = live["metadata"]["resourceVersion"].clone();
        }
        call.tracked = true;
        self.finish_update(&mut turn, target, &live, merged, call)
            .map(|object| (object, false))
    }

    fn apply_new(
        &self,
        turn: &mut crate::store::Transaction<'_>,
        target: Target<'_>,
        config: Value,
        call: &mut Call,
    ) -> Result<Applied, ApiError> {
        let resource = target.resource;
        if target.part != Part::Main {
            return Err(ApiError::not_found(subject(resource, target.name)));
        }
        if let Some(uid) = config["metadata"]["uid"].as_str().filter(|uid| !uid.is_empty()) {
            let why = format!(
                "uid mismatch: the provided object specified uid {uid}, and no existing object was found"
            );
            return Err(ApiError::conflict(subject(resource, target.name), &why));
        }
        let merged = resource.typing.apply(None, &config, call, part(resource, ""))?;
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
