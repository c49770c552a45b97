//! HorizontalPodAutoscalers: keeps the replicas of the target within bounds.
//!
//! **Invariant:** inside the bounds it never changes anything: there is no load to measure.
//! **Absent:** metrics, behaviours, targets other than Deployments, ReplicaSets and StatefulSets.

use serde_json::{Value, json};

use super::conditions::{self, Condition};
use super::context::{Context, Next, Outcome};
use super::fields::{count, is_deleting, name, number, put, text};
use super::owners::Kind;
use super::world::Key;
use super::{Change, Controller};

pub(super) const CONTROLLER: Controller = Controller { concerns, reconcile };

const KIND: Kind = Kind {
    group: "autoscaling",
    resource: "horizontalpodautoscalers",
    kind: "HorizontalPodAutoscaler",
};
const TARGETS: &[(&str, &str)] = &[
    ("Deployment", "deployments"),
    ("ReplicaSet", "replicasets"),
    ("StatefulSet", "statefulsets"),
];

fn concerns(change: &Change, context: &Context) -> Vec<Key> {
    let Some((kind, _)) = TARGETS
        .iter()
        .find(|(_, resource)| change.key.is("apps", resource))
    else {
        return KIND.own(change);
    };
    let scalers = context
        .world
        .list(KIND.group, KIND.resource, Some(&change.key.namespace));
    scalers
        .iter()
        .filter(|scaler| {
            let target = &scaler["spec"]["scaleTargetRef"];
            target["kind"] == **kind && target["name"] == change.key.name
        })
        .map(|scaler| Key::new(KIND.group, KIND.resource, &change.key.namespace, name(scaler)))
        .collect()
}

fn reconcile(context: &mut Context, key: &Key) -> Outcome {
    let Some(scaler) = context.get(key) else {
        return Ok(Next::Event);
    };
    if is_deleting(&scaler) {
        return Ok(Next::Event);
    }
    let wanted = &scaler["spec"]["scaleTargetRef"];
    let resource = TARGETS
        .iter()
        .find(|(kind, _)| wanted["kind"] == *kind)
        .map(|(_, resource)| *resource);
    let target_key = Key::new(
        "apps",
        resource.unwrap_or("-"),
        &key.namespace,
        text(wanted, "/name"),
    );
    let now = context.now();
    let mut list = conditions::of(&scaler);
    let mut status = json!({"observedGeneration": count(&scaler, "/metadata/generation")});
    let Some(target) = context.get(&target_key) else {
        let message =
            format!("the HPA controller was unable to get the target's current scale: {target_key}");
        let condition = Condition::new("AbleToScale", "False", "FailedGetScale", message);
        conditions::set(&mut list, &condition, now);
        status["desiredReplicas"] = 0.into();
        status["conditions"] = list.into();
        context.set_status(key, &scaler, status)?;
        return Ok(Next::Event);
    };
    let present = number(&target, "/spec/replicas").unwrap_or(1);
    let least = number(&scaler, "/spec/minReplicas").unwrap_or(1);
    let most = count(&scaler, "/spec/maxReplicas").max(least);
    // No replicas at all means that scaling is switched off, as in real clusters.
    let desired = if present == 0 {
        0
    } else {
        present.clamp(least, most)
    };
    if desired != present && !is_deleting(&target) {
        let mut next = Value::clone(&target);
        put(&mut next, &["spec", "replicas"], desired);
        context.update(&target_key, next)?;
    }
    for condition in all_well(present) {
        conditions::set(&mut list, &condition, now);
    }
    status["currentReplicas"] = count(&target, "/status/replicas").into();
    status["desiredReplicas"] = desired.into();
    status["conditions"] = list.into();
    context.set_status(key, &scaler, status)?;
    Ok(Next::Event)
}

/// The conditions of an autoscaler that finds its target.
fn all_well(present: i64) -> [Condition<'static>; 3] {
    let active = if present == 0 {
        "ScalingDisabled"
    } else {
        "ValidMetricFound"
    };
    let computed = "the HPA was able to compute the replica count";
    let in_range = "the desired count is within the acceptable range";
    [
        Condition::new(
            "AbleToScale",
            "True",
            "ReadyForNewScale",
            "recommended size matches current size",
        ),
        Condition::truth("ScalingActive", present != 0, active, computed),
        Condition::new("ScalingLimited", "False", "DesiredWithinRange", in_range),
    ]
}
