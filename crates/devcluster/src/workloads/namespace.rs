//! Namespaces: empties one that is being deleted, then lets it go.
//!
//! **Invariant:** the namespace goes only when nothing is left in it, whatever the type.

use serde_json::json;

use super::conditions::{self, Condition};
use super::context::{Context, Next, Outcome};
use super::fields::{is_deleting, items, text};
use super::owners::Kind;
use super::world::{Key, WorldError};
use super::{Change, ChangeKind, Controller};

pub(super) const CONTROLLER: Controller = Controller { concerns, reconcile };

const KIND: Kind = Kind {
    group: "",
    resource: "namespaces",
    kind: "Namespace",
};

fn concerns(change: &Change, context: &Context) -> Vec<Key> {
    if change.key.namespace.is_empty() {
        return KIND.own(change);
    }
    let key = Key::new("", "namespaces", "", &change.key.namespace);
    // Only what goes from, or still comes into, a namespace on its way out matters here.
    let matters = change.kind != ChangeKind::Modified && context.get(&key).is_some_and(|it| is_deleting(&it));
    if matters { vec![key] } else { Vec::new() }
}

fn reconcile(context: &mut Context, key: &Key) -> Outcome {
    let Some(namespace) = context.get(key) else {
        return Ok(Next::Event);
    };
    if !is_deleting(&namespace) {
        if text(&namespace, "/status/phase").is_empty() {
            context.set_status(key, &namespace, json!({"phase": "Active"}))?;
        }
        return Ok(Next::Event);
    }
    let mut left = 0_usize;
    for content in context.index.in_namespace(&key.name) {
        let Some(object) = context.get(&content) else {
            continue;
        };
        if !is_deleting(&object) {
            context.delete(&content, &object)?;
        }
        left += usize::from(context.get(&content).is_some());
    }
    if left == 0 {
        if items(&namespace, "/spec/finalizers")
            .iter()
            .any(|entry| entry == "kubernetes")
        {
            match context.world.finalize_namespace(&key.name) {
                Err(WorldError::NotFound(_)) | Ok(()) => {}
                Err(error) => return Err(error),
            }
        }
        return Ok(Next::Event);
    }
    let mut list = conditions::of(&namespace);
    let message = format!("Some resources are remaining: {left} objects");
    let condition = Condition::truth("NamespaceContentRemaining", true, "SomeResourcesRemain", message);
    conditions::set(&mut list, &condition, context.now());
    context.set_status(
        key,
        &namespace,
        json!({"phase": "Terminating", "conditions": list}),
    )?;
    Ok(Next::Event)
}
