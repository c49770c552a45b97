//! ControllerRevisions: the templates that a StatefulSet or DaemonSet has had.
//!
//! **Invariant:** a revision is named after the hash of its template, so that equal templates share one.

use std::sync::Arc;

use serde_json::{Value, json};

use super::context::Context;
use super::digest::of_value;
use super::fields::{count, key_of, number, put};
use super::owners::reference_to;
use super::world::{Key, WorldError};

/// The revision of the present template.
pub(super) struct Revision {
    /// Name of the object.
    pub(super) name: String,
    /// The hash in the name.
    pub(super) hash: String,
}

/// Makes sure that the present template of `owner` is stored as its newest revision.
pub(super) fn ensure(context: &mut Context, key: &Key, owner: &Value) -> Result<Revision, WorldError> {
    let template = &owner["spec"]["template"];
    let hash = of_value(template);
    let revision = Revision {
        name: format!("{}-{hash}", key.name),
        hash,
    };
    let known = context.children(owner, "controllerrevisions");
    let newest = known
        .iter()
        .map(|(_, object)| count(object, "/revision"))
        .max()
        .unwrap_or(0);
    if let Some((at, object)) = known.iter().find(|(at, _)| at.name == revision.name) {
        if count(object, "/revision") < newest {
            let mut next = Value::clone(object);
            put(&mut next, &["revision"], newest + 1);
            context.update(at, next)?;
        }
        return Ok(revision);
    }
    let at = Key::new("apps", "controllerrevisions", &key.namespace, &revision.name);
    let object = json!({
        "apiVersion": "apps/v1",
        "kind": "ControllerRevision",
        "metadata": {
            "name": revision.name,
            "namespace": key.namespace,
            "labels": template["metadata"]["labels"],
            "ownerReferences": [reference_to(owner)],
        },
        "data": {"spec": {"template": template}},
        "revision": newest + 1,
    });
    match context.create(&at, object) {
        Ok(_) | Err(WorldError::Exists(_)) => Ok(revision),
        Err(error) => Err(error),
    }
}

/// The template stored under the name of a revision.
pub(super) fn template(context: &Context, owner: &Value, name: &str) -> Option<Value> {
    let key = key_of(
        "apps",
        "controllerrevisions",
        &json!({"metadata": {
            "namespace": super::fields::namespace(owner), "name": name,
        }}),
    );
    context.get(&key)?.pointer("/data/spec/template").cloned()
}

/// Deletes the oldest revisions beyond `revisionHistoryLimit` that are not among those in use.
pub(super) fn drop_history(context: &mut Context, owner: &Value, used: &[&str]) -> Result<(), WorldError> {
    let limit = number(owner, "/spec/revisionHistoryLimit").unwrap_or(10);
    let mut idle: Vec<(Key, Arc<Value>)> = context.children(owner, "controllerrevisions");
    idle.retain(|(key, _)| !used.contains(&key.name.as_str()));
    idle.sort_by_key(|(_, object)| count(object, "/revision"));
    let surplus = idle.len().saturating_sub(usize::try_from(limit).unwrap_or(0));
    for (key, object) in &idle[..surplus] {
        context.delete(key, object)?;
    }
    Ok(())
}
