//! In which order objects are applied: what others need first goes first.

use plumb_model::Object;

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
