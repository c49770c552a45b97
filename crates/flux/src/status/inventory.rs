//! The objects that a Kustomization has in the cluster, as `<namespace>_<name>_<group>_<Kind>`.

use plumb_model::{GroupKind, ObjectId};
use serde_json::{Value, json};

/// One entry.
pub(super) fn entry(id: &ObjectId, version: &str) -> Value {
    // Names of RBAC objects hold colons, which the id must not.
    let name = id.name.replace(':', "__");
    let namespace = id.namespace.as_deref().unwrap_or_default();
    json!({
        "id": format!("{namespace}_{name}_{}_{}", id.kind.group, id.kind.kind),
        "v": version,
    })
}

/// The object of an entry and its version.
pub(crate) fn read(entry: &Value) -> Option<(ObjectId, String)> {
    let (namespace, rest) = entry["id"].as_str()?.split_once('_')?;
    let (rest, kind) = rest.rsplit_once('_')?;
    let (name, group) = rest.rsplit_once('_')?;
    let id = ObjectId {
        kind: GroupKind {
            group: group.to_owned(),
            kind: kind.to_owned(),
        },
        namespace: Some(namespace.to_owned()).filter(|namespace| !namespace.is_empty()),
        name: name.replace("__", ":"),
    };
    Some((id, entry["v"].as_str()?.to_owned()))
}
