//! Moves what earlier tools own into our name, so that a field that leaves Git really goes.
//!
//! Server-side apply removes a field only where nobody else owns it. So what `kubectl apply`, an earlier tool or our
//! own plain writes own becomes part of what we applied; the apply that follows then drops whatever Git does not state.

#[cfg(test)]
mod tests;

use std::sync::Arc;

use plumb_model::Object;
use plumb_schema::{
    FieldSet, Schemas, TypeRef,
    apply::{Claim, Operation, set_claims},
};
use serde_json::{Value, json};

use super::Run;
use crate::{
    ClusterError,
    ownership::{self, LAST_APPLIED},
    place::Place,
    read,
    wire::Backoff,
    write,
};

/// Most tries while others write to the object at the same time.
const TRIES: u32 = 5;

impl Run<'_> {
    /// Whether there was anything to move.
    pub(super) async fn take_over(&self, object: &Object, place: &Place) -> Result<bool, ClusterError> {
        let (wire, at) = (&self.cluster.writer, place.target());
        let manager = self.plan.field_manager();
        let ty = Schemas::builtin().kind(&object.gvk);
        let stated = FieldSet::of(object.applied(), ty.unwrap_or_else(TypeRef::deduced));
        let mut backoff = Backoff::quick();
        let mut attempt = 0;
        loop {
            attempt += 1;
            let Some(live) = read::get(wire, at.info, at.version, (at.namespace, at.name)).await? else {
                return Ok(false);
            };
            let Some(patch) = patch(&live, manager, object, &stated) else {
                return Ok(false);
            };
            match write::json_patch(wire, at, &patch, manager).await {
                Ok(answer) => {
                    place.learn(&Arc::new(answer.body), None);
                    return Ok(true);
                }
                Err(ClusterError::Conflict { .. }) if attempt < TRIES => backoff.wait(None).await,
                Err(error) => return Err(error),
            }
        }
    }
}

/// The operations that move the fields of earlier tools into the entry of `manager`; `None` where there are none.
pub(super) fn patch(live: &Value, manager: &str, object: &Object, stated: &FieldSet) -> Option<Value> {
    let (moved, mut kept) = ownership::predecessors(live, manager);
    let annotated = live["metadata"]["annotations"][LAST_APPLIED].is_string();
    if moved.is_empty() && !annotated {
        return None;
    }
    let mut operations = vec![json!({
        "op": "replace", "path": "/metadata/resourceVersion", "value": live["metadata"]["resourceVersion"],
    })];
    if !moved.is_empty() {
        let mut claim = match kept.iter().position(|claim| ownership::is_own(claim, manager)) {
            Some(at) => kept.remove(at),
            None => Claim {
                manager: manager.to_owned(),
                operation: Operation::Apply,
                api_version: object.gvk.api_version(),
                subresource: String::new(),
                time: None,
                fields: FieldSet::new(),
            },
        };
        let left_alone = ownership::left_alone(stated, live, object.directives.spoken_to);
        for other in moved {
            claim.fields = claim.fields.union(&other.fields.without(&left_alone));
            claim.time = claim.time.max(other.time);
        }
        kept.push(claim);
        let mut carrier = json!({"metadata": {}});
        set_claims(&mut carrier, kept);
        let fields = carrier["metadata"]["managedFields"].take();
        operations.push(json!({"op": "replace", "path": "/metadata/managedFields", "value": fields}));
    }
    if annotated {
        let path = format!("/metadata/annotations/{}", LAST_APPLIED.replace('/', "~1"));
        operations.push(json!({"op": "remove", "path": path}));
    }
    Some(Value::from(operations))
}
