//! In which order objects are applied: what others need first goes first.

use plumb_model::{GroupKind, Object};

/// Kinds that others need, in the order they are applied; kinds not named go after all of these but the last ones.
const FIRST: [&str; 22] = [
    "Namespace",
    "CustomResourceDefinition",
    "NetworkPolicy",
    "ResourceQuota",
    "LimitRange",
    "PodDisruptionBudget",
    "ServiceAccount",
    "Secret",
    "ConfigMap",
    "StorageClass",
    "PersistentVolume",
    "PersistentVolumeClaim",
    "ClusterRole",
    "ClusterRoleBinding",
    "Role",
    "RoleBinding",
    "Service",
    "DaemonSet",
    "Pod",
    "ReplicaSet",
    "Deployment",
    "StatefulSet",
];

/// Kinds that act on what others create, and so go last.
const LAST: [&str; 3] = [
    "APIService",
    "ValidatingWebhookConfiguration",
    "MutatingWebhookConfiguration",
];

/// The place of a kind in the order. Equal places may go at once.
#[must_use]
pub fn rank(kind: &str) -> u32 {
    let position = |kinds: &[&str]| kinds.iter().position(|known| *known == kind);
    let index = match (position(&FIRST), position(&LAST)) {
        (Some(index), _) => index,
        (None, Some(index)) => FIRST.len() + 1 + index,
        (None, None) => FIRST.len(),
    };
    u32::try_from(index).unwrap_or(u32::MAX)
}

/// What has to be complete before anything else is sent: namespaces, then the kinds themselves, then the rest.
#[must_use]
pub fn barrier(kind: &str) -> u32 {
    match kind {
        "Namespace" => 0,
        "CustomResourceDefinition" => 1,
        _ if LAST.contains(&kind) => 3,
        _ => 2,
    }
}

/// The turn of an object within its wave, after what is deleted in it.
pub(crate) fn turn(object: &Object) -> u32 {
    // The cluster deletes a token whose account is not there yet, so it waits for all accounts.
    let is_token = object.id.kind == GroupKind::new("", "Secret")
        && object.body["type"] == "kubernetes.io/service-account-token";
    let before = u32::from(is_token);
    barrier(&object.id.kind.kind) + before + 4
}

/// The stage of kinds that others are written in, and that others are allowed by.
pub(crate) const DEFINITIONS: i32 = 0;
/// The stage of kinds whose objects others choose by name.
pub(crate) const CLASSES: i32 = 1;
/// The stage of what others are bound to.
const ROLES: i32 = 2;
/// The stage of all others.
const REST: i32 = 3;
/// The stage of what acts on what others create.
const HOOKED: i32 = 4;
/// The stage of what left Git.
pub(crate) const REMOVALS: i32 = 5;

/// The stage of a kind where what goes before what is told by sort of kind.
#[must_use]
pub fn stage(kind: &GroupKind) -> i32 {
    match (kind.group.as_str(), kind.kind.as_str()) {
        ("apiextensions.k8s.io", "CustomResourceDefinition") | ("", "Namespace") => DEFINITIONS,
        ("rbac.authorization.k8s.io", "ClusterRole") => DEFINITIONS,
        (_, kind) if kind.ends_with("Class") => CLASSES,
        ("rbac.authorization.k8s.io", "Role") => ROLES,
        (_, kind) if LAST.contains(&kind) => HOOKED,
        _ => REST,
    }
}

/// Puts objects in the order they are applied: by wave, then kind, then name.
pub fn sort(objects: &mut [&Object]) {
    objects.sort_by_key(|object| {
        (
            object.directives.wave,
            rank(&object.id.kind.kind),
            object.id.namespace.clone(),
            object.id.name.clone(),
        )
    });
}
