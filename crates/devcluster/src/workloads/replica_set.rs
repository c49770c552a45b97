//! ReplicaSets: as many pods as asked for.
//!
//! **Invariant:** it creates or deletes exactly the difference between the active pods and the wish.
//! **Start at** `reconcile`.

use serde_json::{Value, json};

use super::context::{Context, Next, Outcome};
use super::events::{Note, record};
use super::fields::{count, drop_zeros, is_deleting, number};
use super::owners::Kind;
use super::pods::{by_loss, create_named, from_template, is_active, tally};
use super::selector::contains;
use super::world::{Key, WorldError};
use super::{Change, Controller};

pub(super) const CONTROLLER: Controller = Controller { concerns, reconcile };

const KIND: Kind = Kind {
    group: "apps",
    resource: "replicasets",
    kind: "ReplicaSet",
};

fn concerns(change: &Change, _context: &Context) -> Vec<Key> {
    KIND.own_or_owner(change)
}

fn reconcile(context: &mut Context, key: &Key) -> Outcome {
    let Some(set) = context.get(key) else {
        return Ok(Next::Event);
    };
    if is_deleting(&set) {
        return Ok(Next::Event);
    }
    context.adopt(&set, "pods")?;
    let scaled = scale(context, key, &set);
    let next = report(context, key, &set)?;
    scaled.map(|()| next)
}

/// Creates what is missing or deletes what is too much.
fn scale(context: &mut Context, key: &Key, set: &Value) -> Result<(), WorldError> {
    let wanted = number(set, "/spec/replicas").unwrap_or(1);
    let mut active = context.children(set, "pods");
    active.retain(|(_, pod)| is_active(pod));
    let present = i64::try_from(active.len()).unwrap_or(i64::MAX);
    for _ in present..wanted {
        let pod = from_template(&set["spec"]["template"], set, key);
        let name = create_named(context, &key.namespace, &format!("{}-", key.name), pod)?;
        note(context, set, "SuccessfulCreate", format!("Created pod: {name}"));
    }
    by_loss(&mut active);
    for (pod_key, pod) in active.iter().take(usize::try_from(present - wanted).unwrap_or(0)) {
        context.delete(pod_key, pod)?;
        note(
            context,
            set,
            "SuccessfulDelete",
            format!("Deleted pod: {}", pod_key.name),
        );
    }
    Ok(())
}

fn report(context: &mut Context, key: &Key, set: &Value) -> Outcome {
    let mut pods = context.children(set, "pods");
    let terminating = pods.iter().filter(|(_, pod)| is_deleting(pod)).count();
    pods.retain(|(_, pod)| is_active(pod));
    let tally = tally(
        pods.iter().map(|(_, pod)| &**pod),
        count(set, "/spec/minReadySeconds"),
        context.now(),
    );
    let labels = &set["spec"]["template"]["metadata"]["labels"];
    let labelled = pods
        .iter()
        .filter(|(_, pod)| contains(&pod["metadata"]["labels"], labels))
        .count();
    let mut status = json!({
        "replicas": pods.len(),
        "fullyLabeledReplicas": labelled,
        "readyReplicas": tally.ready,
        "availableReplicas": tally.available,
        "terminatingReplicas": terminating,
        "observedGeneration": count(set, "/metadata/generation"),
    });
    drop_zeros(&mut status, &["replicas", "terminatingReplicas"]);
    context.set_status(key, set, status)?;
    Ok(tally.next)
}

fn note(context: &mut Context, set: &Value, reason: &str, message: String) {
    record(
        context,
        set,
        &Note {
            from: "replicaset-controller",
            warning: false,
            reason,
            message,
        },
    );
}
