//! What happens to an object between a request and the store: one file per verb.
//!
//! create, update, patch and apply end in the same few steps: drop unknown fields, set what the server owns, fill in
//! defaults, validate, record who owns which field, store.
//!
//! **Invariant:** every write goes through here, from HTTP and from the controllers alike.
//! **Absent:** HTTP ([`crate::route`]), the look of each kind ([`crate::defaults`], [`crate::validate`]).
//! **Start at** [`create`] and [`update`].

pub(crate) mod create;
pub(crate) mod delete;
pub(crate) mod identity;
pub(crate) mod patch;
pub(crate) mod scale;
pub(crate) mod update;

use crate::{
    api::{Api, Call, FieldValidation, ROOT_AUTHORITY, kind_subject},
    crd, go,
    resource::Resource,
    status_error::{ApiError, FieldError, Subject},
    store::Transaction,
    typing::Part,
};
use serde_json::{Value, json};

/// Drops fields that the schema does not know, and says or refuses so, as the caller wishes; gives a built-in object the
/// form that Go gives it.
fn decode(resource: &Resource, object: &mut Value, call: &mut Call) -> Result<(), ApiError> {
    if resource.custom.is_some() && object["kind"] != *resource.kind {
        // Nobody knows what the fields of another kind are.
        return Ok(());
    }
    let mut unknown = resource.typing.prune(object);
    if resource.custom.is_some() {
        unknown.sort();
    }
    if resource.custom.is_none()
        && let Err(why) = go::decode(resource, object)
    {
        let (kind, version) = (&resource.kind, &resource.version);
        if let Some(applied) = &call.applied {
            let slash = if resource.group.is_empty() { "/" } else { "" };
            return Err(ApiError::unknown(format!(
                "failed to convert new object ({applied}) to proper version: unable to convert unstructured object to \
                 {slash}{}, Kind={kind}: {why}",
                resource.api_version()
            )));
        }
        return Err(if call.patched {
            patched_to_nonsense(object, &why)
        } else {
            ApiError::bad_request(format!(
                "{kind} in version \"{version}\" cannot be handled as a {kind}: {why}"
            ))
        });
    }
    if unknown.is_empty() {
        return Ok(());
    }
    let lines = unknown.iter().map(|path| format!("unknown field \"{path}\""));
    match call.validation {
        FieldValidation::Ignore => {}
        FieldValidation::Warn => call.warnings.extend(lines),
        FieldValidation::Strict => {
            let list: Vec<_> = lines.collect();
            let why = format!("strict decoding error: {}", list.join(", "));
            if call.patched {
                return Err(patched_to_nonsense(object, &why));
            }
            let (kind, version) = (&resource.kind, &resource.version);
            return Err(ApiError::bad_request(format!(
                "{kind} in version \"{version}\" cannot be handled as a {kind}: {why}"
            )));
        }
    }
    Ok(())
}

/// Drops owners that are named twice in the same words, and says so.
fn drop_repeated_owners(object: &mut Value, call: &mut Call) {
    let Some(owners) = object
        .pointer_mut("/metadata/ownerReferences")
        .and_then(Value::as_array_mut)
    else {
        return;
    };
    let mut kept: Vec<Value> = Vec::new();
    let mut repeated: Vec<String> = Vec::new();
    for owner in owners.drain(..) {
        if kept.contains(&owner) {
            repeated.push(owner["uid"].as_str().unwrap_or_default().to_owned());
        } else {
            kept.push(owner);
        }
    }
    *owners = kept;
    if !repeated.is_empty() {
        repeated.sort();
        repeated.dedup();
        call.warnings.push(format!(
            ".metadata.ownerReferences contains duplicate entries; API server dedups owner references in 1.20+, and \
             may reject such requests as early as 1.24; please fix your requests; duplicate UID(s) observed: {}",
            repeated.join(", ")
        ));
    }
}

/// A patch was fine by itself, but what it made is not.
fn patched_to_nonsense(object: &Value, why: &str) -> ApiError {
    let error = FieldError::invalid("patch", &object.to_string().into(), why);
    let about = Subject {
        group: "",
        resource: "",
        name: "",
    };
    ApiError::invalid(about, &[error])
}

/// The part of an object of this type that a path writes.
fn part<'a>(resource: &Resource, name: &'a str) -> Part<'a> {
    Part {
        name,
        has_status: resource.has_status(),
    }
}

/// Refuses an object with problems.
fn refuse(resource: &Resource, object: &Value, errors: &[FieldError]) -> Result<(), ApiError> {
    if errors.is_empty() {
        return Ok(());
    }
    let name = object["metadata"]["name"].as_str().unwrap_or_default();
    Err(ApiError::invalid(kind_subject(resource, name), errors))
}

/// What must follow a write in the same turn: the catalog after a CRD, the account of a new namespace.
fn after_write(api: &Api, turn: &mut Transaction<'_>, resource: &Resource, object: &Value) {
    if *resource.table == *crd::TABLE {
        establish(turn, resource, object);
        api.refresh_catalog();
    }
    if resource.is("", "namespaces") && object["metadata"].get("deletionTimestamp").is_none() {
        let namespace = object["metadata"]["name"].as_str().unwrap_or_default();
        let catalog = api.catalog();
        if let Some(maps) = catalog.find("", "v1", "configmaps")
            && api.store.get(&maps.table, namespace, ROOT_AUTHORITY).is_none()
            && let Some(map) = api.root_authority(namespace)
            && let Err(error) = api.create_in(turn, maps, namespace, map, &mut Call::controller())
        {
            tracing::warn!(%error, namespace, "the namespace has no ConfigMap with the authority");
        }
        if api.store.get("/serviceaccounts", namespace, "default").is_none() {
            let account = json!({
                "apiVersion": "v1", "kind": "ServiceAccount",
                "metadata": { "name": "default", "namespace": namespace },
            });
            if let Some(accounts) = catalog.find("", "v1", "serviceaccounts") {
                let made = api.create_in(turn, accounts, namespace, account, &mut Call::controller());
                if let Err(error) = made {
                    tracing::warn!(%error, namespace, "the namespace has no default service account");
                }
            }
        }
    }
}

/// Accepts the names of a definition, as a controller of the real server does a moment later.
fn establish(turn: &mut Transaction<'_>, resource: &Resource, definition: &Value) {
    let mut accepted = definition.clone();
    crd::accept(&mut accepted);
    if accepted == *definition {
        return;
    }
    let call = Call {
        manager: "kube-apiserver".to_owned(),
        ..Call::default()
    };
    let place = part(resource, "status");
    resource
        .typing
        .track(Some(definition), &mut accepted, &call, place);
    let name = definition["metadata"]["name"].as_str().unwrap_or_default();
    turn.put(&resource.table, ("".into(), name.into()), accepted);
}

/// What must follow when an object is gone: a CRD waits for its last object.
fn after_removal(api: &Api, turn: &mut Transaction<'_>, resource: &Resource) {
    if *resource.table == *crd::TABLE {
        api.refresh_catalog();
    } else if resource.custom.is_some() {
        delete::finish_definition(api, turn, &resource.group, &resource.plural);
    }
}
