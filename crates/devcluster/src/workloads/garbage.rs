//! Garbage collection by owner reference.
//!
//! Background: what no living owner holds is deleted. Foreground: an owner that is being deleted with
//! `foregroundDeletion` waits until the dependents that block it are gone. Orphan: an owner that is being deleted with
//! `orphan` lets its dependents go first.
//! **Invariant:** an object with a living owner that does not wait for it is never deleted here.
//! **Start at** `reconcile`.

use serde_json::Value;

use super::context::{Context, Next, Outcome};
use super::fields::{flag, has_finalizer, is_deleting, items, put, text, uid};
use super::owners::owner_uids;
use super::world::{Key, WorldError};
use super::{Change, ChangeKind, Controller};

pub(super) const CONTROLLER: Controller = Controller { concerns, reconcile };

const FOREGROUND: &str = "foregroundDeletion";
const ORPHAN: &str = "orphan";

fn concerns(change: &Change, context: &Context) -> Vec<Key> {
    let object = &change.object;
    if change.kind == ChangeKind::Deleted {
        let mut keys = context.index.dependents(uid(object));
        keys.extend(waiting_owners(context, object));
        return keys;
    }
    let has_duty =
        is_deleting(object) && (has_finalizer(object, FOREGROUND) || has_finalizer(object, ORPHAN));
    let is_alone = owner_uids(object).any(|owner| !is_solid(context, owner));
    let mut keys = Vec::new();
    if has_duty || is_alone {
        keys.push(change.key.clone());
    }
    if has_duty {
        keys.extend(context.index.dependents(uid(object)));
    }
    // A dependent that no longer blocks lets its owner go.
    keys.extend(waiting_owners(context, object));
    keys
}

fn reconcile(context: &mut Context, key: &Key) -> Outcome {
    let Some(object) = context.get(key) else {
        return Ok(Next::Event);
    };
    if is_deleting(&object) {
        if has_finalizer(&object, ORPHAN) {
            abandon(context, key, &object)?;
        } else if has_finalizer(&object, FOREGROUND) {
            await_dependents(context, key, &object)?;
        }
        return Ok(Next::Event);
    }
    let owners: Vec<&str> = owner_uids(&object).collect();
    if owners.is_empty() {
        return Ok(Next::Event);
    }
    let solid: Vec<&str> = owners
        .iter()
        .copied()
        .filter(|owner| is_solid(context, owner))
        .collect();
    if solid.len() == owners.len() {
        return Ok(Next::Event);
    }
    if !solid.is_empty() {
        let keep = |owner: &Value| solid.contains(&text(owner, "/uid"));
        strip(context, key, &object, keep)?;
        return Ok(Next::Event);
    }
    let is_awaited = owners.iter().any(|owner| context.index.living(owner).is_some());
    if is_awaited && context.index.has_dependents(uid(&object)) && !has_finalizer(&object, FOREGROUND) {
        // The wait goes down the tree: this object too must wait for its own dependents.
        let mut next = Value::clone(&object);
        let mut finalizers = items(&object, "/metadata/finalizers").to_vec();
        finalizers.push(FOREGROUND.into());
        put(&mut next, &["metadata", "finalizers"], finalizers);
        let next = context.update(key, next)?;
        context.delete(key, &next)?;
        return Ok(Next::Event);
    }
    context.delete(key, &object)?;
    Ok(Next::Event)
}

/// Whether an owner lives and does not wait for its dependents to go.
fn is_solid(context: &Context, owner: &str) -> bool {
    context
        .index
        .living(owner)
        .and_then(|key| context.get(key))
        .is_some_and(|object| {
            uid(&object) == owner && !(is_deleting(&object) && has_finalizer(&object, FOREGROUND))
        })
}

/// Owners that wait for this object to go.
fn waiting_owners(context: &Context, object: &Value) -> Vec<Key> {
    owner_uids(object)
        .filter_map(|owner| context.index.living(owner))
        .filter(|key| {
            context
                .get(key)
                .is_some_and(|owner| is_deleting(&owner) && has_finalizer(&owner, FOREGROUND))
        })
        .cloned()
        .collect()
}

/// Takes the references to an owner from all its dependents, then lets the owner go.
fn abandon(context: &mut Context, key: &Key, owner: &Value) -> Result<(), WorldError> {
    let gone = uid(owner);
    for dependent in context.index.dependents(gone) {
        if let Some(object) = context.get(&dependent) {
            strip(context, &dependent, &object, |reference| reference["uid"] != gone)?;
        }
    }
    context.release(key, owner, ORPHAN)
}

/// Lets the owner go when no dependent that blocks it is left.
fn await_dependents(context: &mut Context, key: &Key, owner: &Value) -> Result<(), WorldError> {
    let owner_uid = uid(owner);
    let blocks = |object: &Value| {
        items(object, "/metadata/ownerReferences")
            .iter()
            .any(|reference| reference["uid"] == owner_uid && flag(reference, "/blockOwnerDeletion"))
    };
    let dependents = context.index.dependents(owner_uid);
    let blocked = dependents
        .iter()
        .any(|it| context.get(it).is_some_and(|object| blocks(&object)));
    if blocked {
        Ok(())
    } else {
        context.release(key, owner, FOREGROUND)
    }
}

/// Keeps only some owner references.
fn strip(
    context: &mut Context,
    key: &Key,
    object: &Value,
    keep: impl Fn(&Value) -> bool,
) -> Result<(), WorldError> {
    let mut owners = items(object, "/metadata/ownerReferences").to_vec();
    let before = owners.len();
    owners.retain(keep);
    if owners.len() == before {
        return Ok(());
    }
    let mut next = object.clone();
    if let (true, Some(metadata)) = (owners.is_empty(), next["metadata"].as_object_mut()) {
        metadata.remove("ownerReferences");
    } else {
        put(&mut next, &["metadata", "ownerReferences"], owners);
    }
    context.update(key, next)?;
    Ok(())
}
