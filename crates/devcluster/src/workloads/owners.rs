//! Owner references: who controls an object, and how a controller marks what it makes.
//!
//! **Invariant:** an owner is identified by its uid; kind and name only help to find it.

use serde_json::{Value, json};

use super::fields::{flag, items, name, text, uid};
use super::world::{Change, Key};

/// The reference that names the controller of an object.
pub(super) fn controller_of(object: &Value) -> Option<&Value> {
    items(object, "/metadata/ownerReferences")
        .iter()
        .find(|owner| flag(owner, "/controller"))
}

/// Whether the object is controlled by the owner with this uid.
pub(super) fn is_controlled_by(object: &Value, owner_uid: &str) -> bool {
    controller_of(object).is_some_and(|owner| owner["uid"] == owner_uid)
}

/// The uids of all owners.
pub(super) fn owner_uids(object: &Value) -> impl Iterator<Item = &str> {
    items(object, "/metadata/ownerReferences")
        .iter()
        .map(|owner| text(owner, "/uid"))
}

/// A reference that makes `owner` the controller of what carries it.
pub(super) fn reference_to(owner: &Value) -> Value {
    json!({
        "apiVersion": text(owner, "/apiVersion"),
        "kind": text(owner, "/kind"),
        "name": name(owner),
        "uid": uid(owner),
        "controller": true,
        "blockOwnerDeletion": true,
    })
}

/// The type that a controller looks after.
#[derive(Debug, Clone, Copy)]
pub(super) struct Kind {
    pub(super) group: &'static str,
    pub(super) resource: &'static str,
    pub(super) kind: &'static str,
}

impl Kind {
    /// The keys that a change concerns when a controller looks after this type and what it controls.
    pub(super) fn own_or_owner(self, change: &Change) -> Vec<Key> {
        if change.key.is(self.group, self.resource) {
            return vec![change.key.clone()];
        }
        let Some(owner) = controller_of(&change.object) else {
            return Vec::new();
        };
        let group = text(owner, "/apiVersion")
            .rsplit_once('/')
            .map_or("", |(group, _)| group);
        if owner["kind"] != self.kind || group != self.group {
            return Vec::new();
        }
        vec![Key::new(
            self.group,
            self.resource,
            &change.key.namespace,
            text(owner, "/name"),
        )]
    }

    /// The keys that a change concerns when a controller looks at this type alone.
    pub(super) fn own(self, change: &Change) -> Vec<Key> {
        if change.key.is(self.group, self.resource) {
            vec![change.key.clone()]
        } else {
            Vec::new()
        }
    }
}
