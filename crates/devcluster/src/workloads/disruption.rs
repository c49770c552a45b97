//! PodDisruptionBudgets: says how many of its pods may go now.
//!
//! **Absent:** evictions; the server decides about those from this status.

use serde_json::json;

use super::conditions::{self, Condition};
use super::context::{Context, Next, Outcome};
use super::fields::{count, is_deleting, name, put, share, text};
use super::owners::Kind;
use super::pods::{is_active, is_ready};
use super::selector::selects;
use super::world::Key;
use super::{Change, Controller};

pub(super) const CONTROLLER: Controller = Controller { concerns, reconcile };

const KIND: Kind = Kind {
    group: "policy",
    resource: "poddisruptionbudgets",
    kind: "PodDisruptionBudget",
};

fn concerns(change: &Change, context: &Context) -> Vec<Key> {
    if !change.key.is("", "pods") {
        return KIND.own(change);
    }
    let budgets = context
        .world
        .list(KIND.group, KIND.resource, Some(&change.key.namespace));
    budgets
        .iter()
        .filter(|budget| selects(budget.pointer("/spec/selector"), &change.object))
        .map(|budget| Key::new(KIND.group, KIND.resource, &change.key.namespace, name(budget)))
        .collect()
}

fn reconcile(context: &mut Context, key: &Key) -> Outcome {
    let Some(budget) = context.get(key) else {
        return Ok(Next::Event);
    };
    if is_deleting(&budget) {
        return Ok(Next::Event);
    }
    let mut pods = context.world.list("", "pods", Some(&key.namespace));
    pods.retain(|pod| is_active(pod) && selects(budget.pointer("/spec/selector"), pod));
    let expected = pods.len() as i64;
    let healthy = pods.iter().filter(|pod| is_ready(pod)).count() as i64;
    let desired = match (
        budget.pointer("/spec/minAvailable"),
        budget.pointer("/spec/maxUnavailable"),
    ) {
        (_, Some(most)) => (expected - share(Some(most), "", expected, true)).max(0),
        (least, None) => share(least, "1", expected, true),
    };
    let allowed = if expected == 0 {
        0
    } else {
        (healthy - desired).max(0)
    };
    let reason = if allowed > 0 {
        "SufficientPods"
    } else {
        "InsufficientPods"
    };
    let mut list = conditions::of(&budget);
    conditions::set(
        &mut list,
        &Condition::truth("DisruptionAllowed", allowed > 0, reason, ""),
        context.now(),
    );
    for entry in &mut list {
        // The schema of this kind wants the field even when there is nothing to say.
        put(entry, &["message"], text(entry, "/message").to_owned());
        put(
            entry,
            &["observedGeneration"],
            count(&budget, "/metadata/generation"),
        );
    }
    let status = json!({
        "observedGeneration": count(&budget, "/metadata/generation"),
        "expectedPods": expected,
        "currentHealthy": healthy,
        "desiredHealthy": desired,
        "disruptionsAllowed": allowed,
        "conditions": list,
    });
    context.set_status(key, &budget, status)?;
    Ok(Next::Event)
}
