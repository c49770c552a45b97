//! DaemonSets: one pod on the one node.
//!
//! **Invariant:** there is never a second active pod. **Absent:** further nodes, taints, affinity, `maxSurge`.
//! **Start at** `reconcile`.

use serde_json::{Value, json};

use super::context::{Context, Next, Outcome};
use super::fields::{count, drop_zeros, is_deleting, label, put, text};
use super::node;
use super::owners::Kind;
use super::pods::{create_named, from_template, is_active, tally};
use super::revisions;
use super::selector::contains;
use super::world::{Key, WorldError};
use super::{Change, Controller};

pub(super) const CONTROLLER: Controller = Controller { concerns, reconcile };

const KIND: Kind = Kind {
    group: "apps",
    resource: "daemonsets",
    kind: "DaemonSet",
};
const REVISION: &str = "controller-revision-hash";

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
    let revision = revisions::ensure(context, key, &set)?;
    let node = context.get(&Key::new("", "nodes", "", node::NAME));
    let selector = &set["spec"]["template"]["spec"]["nodeSelector"];
    let wanted = i64::from(node.is_some_and(|node| contains(&node["metadata"]["labels"], selector)));
    let moved = step(context, key, &set, (wanted, &revision.hash));
    let next = report(context, key, &set, (wanted, &revision.hash))?;
    revisions::drop_history(context, &set, &[revision.name.as_str()])?;
    moved.map(|()| next)
}

fn step(context: &mut Context, key: &Key, set: &Value, goal: (i64, &str)) -> Result<(), WorldError> {
    let (wanted, hash) = goal;
    let pods = context.children(set, "pods");
    let in_place = text(set, "/spec/updateStrategy/type") == "OnDelete";
    let mut kept = 0;
    for (pod_key, pod) in &pods {
        let is_good = is_active(pod) && (in_place || label(pod, REVISION) == Some(hash));
        if is_good && kept < wanted {
            kept += 1;
        } else if !is_deleting(pod) {
            context.delete(pod_key, pod)?;
        }
    }
    // The old pod must be off the node before the new one comes.
    let gone = pods
        .iter()
        .all(|(key, pod)| !is_deleting(pod) || context.get(key).is_none());
    if kept < wanted && gone {
        let mut pod = from_template(&set["spec"]["template"], set, key);
        put(&mut pod, &["metadata", "labels", REVISION], hash);
        put(
            &mut pod,
            &["metadata", "labels", "pod-template-generation"],
            count(set, "/metadata/generation").to_string(),
        );
        create_named(context, &key.namespace, &format!("{}-", key.name), pod)?;
    }
    Ok(())
}

fn report(context: &mut Context, key: &Key, set: &Value, goal: (i64, &str)) -> Outcome {
    let (wanted, hash) = goal;
    let mut pods = context.children(set, "pods");
    pods.retain(|(_, pod)| is_active(pod));
    let tally = tally(
        pods.iter().map(|(_, pod)| &**pod),
        count(set, "/spec/minReadySeconds"),
        context.now(),
    );
    let updated = pods
        .iter()
        .filter(|(_, pod)| label(pod, REVISION) == Some(hash))
        .count();
    let mut status = json!({
        "observedGeneration": count(set, "/metadata/generation"),
        "desiredNumberScheduled": wanted,
        "currentNumberScheduled": pods.len(),
        "numberMisscheduled": 0,
        "numberReady": tally.ready,
        "numberAvailable": tally.available,
        "numberUnavailable": (wanted - tally.available).max(0),
        "updatedNumberScheduled": updated,
    });
    drop_zeros(
        &mut status,
        &[
            "desiredNumberScheduled",
            "currentNumberScheduled",
            "numberMisscheduled",
            "numberReady",
        ],
    );
    context.set_status(key, set, status)?;
    Ok(tally.next)
}
