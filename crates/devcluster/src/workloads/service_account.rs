//! The `default` ServiceAccount of every namespace.
//!
//! **Absent:** token Secrets (real clusters no longer make them) and the root CA ConfigMap.

use serde_json::json;

use super::context::{Context, Next, Outcome};
use super::fields::is_deleting;
use super::world::{Key, WorldError};
use super::{Change, ChangeKind, Controller};

pub(super) const CONTROLLER: Controller = Controller { concerns, reconcile };

fn concerns(change: &Change, _context: &Context) -> Vec<Key> {
    let is_lost = change.kind == ChangeKind::Deleted && change.key.name == "default";
    if is_lost && change.key.is("", "serviceaccounts") {
        return vec![Key::new("", "namespaces", "", &change.key.namespace)];
    }
    if change.key.is("", "namespaces") {
        vec![change.key.clone()]
    } else {
        Vec::new()
    }
}

fn reconcile(context: &mut Context, key: &Key) -> Outcome {
    let account = Key::new("", "serviceaccounts", &key.name, "default");
    let lives = context.get(key).is_some_and(|namespace| !is_deleting(&namespace));
    if !lives || context.get(&account).is_some() {
        return Ok(Next::Event);
    }
    let object = json!({
        "apiVersion": "v1",
        "kind": "ServiceAccount",
        "metadata": {"name": "default", "namespace": key.name},
    });
    match context.create(&account, object) {
        Ok(_) | Err(WorldError::Exists(_)) => Ok(Next::Event),
        Err(error) => Err(error),
    }
}
