//! Deployments: one ReplicaSet per pod template, and the move from one to the next.
//!
//! A look at a Deployment does at most one scaling step; the event of that step starts the next look.
//! **Invariant:** the template's hash names its ReplicaSet, so that going back to an old template finds the old one.
//! **Absent:** proportional scaling of several ReplicaSets during a rollout: the newest takes the difference.
//! **Start at** `reconcile`; steps: [`rollout`], status: [`status`].

mod rollout;
mod status;

use std::sync::Arc;

use serde_json::{Map, Value, json};

use super::context::{Context, Next, Outcome};
use super::digest::of_value;
use super::events::{Note, record};
use super::fields::{annotation, count, flag, is_deleting, number, put, share, text};
use super::owners::{Kind, reference_to};
use super::world::{Key, WorldError};
use super::{Change, Controller};

pub(super) const CONTROLLER: Controller = Controller { concerns, reconcile };

const KIND: Kind = Kind {
    group: "apps",
    resource: "deployments",
    kind: "Deployment",
};
const REVISION: &str = "deployment.kubernetes.io/revision";
const DESIRED: &str = "deployment.kubernetes.io/desired-replicas";
const MAX: &str = "deployment.kubernetes.io/max-replicas";
const HASH: &str = "pod-template-hash";
/// Annotations of a Deployment that its ReplicaSets do not repeat.
const NOT_COPIED: &[&str] = &[
    "kubectl.kubernetes.io/last-applied-configuration",
    REVISION,
    DESIRED,
    MAX,
];

/// A ReplicaSet of a Deployment.
#[derive(Debug, Clone)]
struct Set {
    key: Key,
    object: Arc<Value>,
}

impl Set {
    fn wanted(&self) -> i64 {
        number(&self.object, "/spec/replicas").unwrap_or(1)
    }

    fn present(&self) -> i64 {
        count(&self.object, "/status/replicas")
    }

    fn available(&self) -> i64 {
        count(&self.object, "/status/availableReplicas")
    }

    fn revision(&self) -> i64 {
        annotation(&self.object, REVISION)
            .and_then(|words| words.parse().ok())
            .unwrap_or(0)
    }
}

/// A Deployment with its ReplicaSets, oldest revision first.
struct Fleet {
    key: Key,
    deployment: Arc<Value>,
    current: Option<Set>,
    old: Vec<Set>,
}

impl Fleet {
    fn wanted(&self) -> i64 {
        number(&self.deployment, "/spec/replicas").unwrap_or(1)
    }

    fn is_recreate(&self) -> bool {
        text(&self.deployment, "/spec/strategy/type") == "Recreate"
    }

    fn is_paused(&self) -> bool {
        flag(&self.deployment, "/spec/paused")
    }

    /// How many pods there may be above and below the wish during a rollout.
    fn surge_and_unavailable(&self) -> (i64, i64) {
        if self.is_recreate() || self.wanted() == 0 {
            return (0, 0);
        }
        let field = |name: &str| {
            self.deployment
                .pointer(&format!("/spec/strategy/rollingUpdate/{name}"))
        };
        let surge = share(field("maxSurge"), "25%", self.wanted(), true);
        let unavailable = share(field("maxUnavailable"), "25%", self.wanted(), false);
        // Both zero could never move.
        if surge == 0 && unavailable == 0 {
            (0, 1)
        } else {
            (surge, unavailable.min(self.wanted()))
        }
    }

    fn sets(&self) -> impl Iterator<Item = &Set> {
        self.old.iter().chain(self.current.as_ref())
    }
}

fn concerns(change: &Change, _context: &Context) -> Vec<Key> {
    KIND.own_or_owner(change)
}

fn reconcile(context: &mut Context, key: &Key) -> Outcome {
    let Some(deployment) = context.get(key) else {
        return Ok(Next::Event);
    };
    if is_deleting(&deployment) {
        return Ok(Next::Event);
    }
    context.adopt(&deployment, "replicasets")?;
    let mut fleet = muster(context, key, deployment);
    if !fleet.is_paused() {
        rollout::step(context, &mut fleet)?;
    } else if let Some(set) = fleet.current.clone().or_else(|| fleet.old.last().cloned()) {
        rollout::scale(context, &fleet, &set, fleet.wanted())?;
    }
    // The step may have written the Deployment (its revision) and its ReplicaSets.
    let Some(deployment) = context.get(key) else {
        return Ok(Next::Event);
    };
    let fleet = muster(context, key, deployment);
    let next = status::report(context, &fleet)?;
    if !fleet.is_paused() && status::is_complete(&fleet) {
        rollout::drop_history(context, &fleet)?;
    }
    Ok(next)
}

/// Gathers the ReplicaSets of a Deployment.
fn muster(context: &Context, key: &Key, deployment: Arc<Value>) -> Fleet {
    let hash = of_value(&deployment["spec"]["template"]);
    let children = context.children(&deployment, "replicasets");
    let sets = children.into_iter().filter(|(_, object)| !is_deleting(object));
    let (mut current, mut old): (Vec<_>, Vec<_>) = sets
        .map(|(key, object)| Set { key, object })
        .partition(|set| super::fields::label(&set.object, HASH) == Some(hash.as_str()));
    old.sort_by_key(Set::revision);
    Fleet {
        key: key.clone(),
        deployment,
        current: current.pop(),
        old,
    }
}

/// Makes sure that the ReplicaSet of the present template exists and bears the newest revision.
fn ensure_current(context: &mut Context, fleet: &mut Fleet) -> Result<Set, WorldError> {
    let newest_old = fleet.old.last().map_or(0, Set::revision);
    let set = match fleet.current.take() {
        Some(set) if set.revision() > newest_old => set,
        Some(set) => raise_revision(context, set, newest_old + 1)?,
        None => create(context, fleet, newest_old + 1)?,
    };
    let revision = set.revision().to_string();
    if annotation(&fleet.deployment, REVISION) != Some(revision.as_str()) {
        let mut next = Value::clone(&fleet.deployment);
        put(&mut next, &["metadata", "annotations", REVISION], revision);
        fleet.deployment = context.annotate(&fleet.key, next)?;
    }
    fleet.current = Some(set.clone());
    Ok(set)
}

fn raise_revision(context: &mut Context, set: Set, revision: i64) -> Result<Set, WorldError> {
    let mut next = Value::clone(&set.object);
    put(
        &mut next,
        &["metadata", "annotations", REVISION],
        revision.to_string(),
    );
    let object = context.update(&set.key, next)?;
    Ok(Set { key: set.key, object })
}

fn create(context: &mut Context, fleet: &Fleet, revision: i64) -> Result<Set, WorldError> {
    let deployment = &fleet.deployment;
    let hash = of_value(&deployment["spec"]["template"]);
    let mut template = deployment["spec"]["template"].clone();
    put(&mut template, &["metadata", "labels", HASH], hash.as_str());
    let mut selector = deployment["spec"]["selector"].clone();
    put(&mut selector, &["matchLabels", HASH], hash.as_str());
    let name = format!("{}-{hash}", fleet.key.name);
    let key = Key::new("apps", "replicasets", &fleet.key.namespace, &name);
    let replicas = rollout::room_for_new(fleet, 0);
    let mut set = json!({
        "apiVersion": "apps/v1",
        "kind": "ReplicaSet",
        "metadata": {
            "name": name,
            "namespace": key.namespace,
            "labels": template["metadata"]["labels"],
            "annotations": copied_annotations(fleet, revision),
            "ownerReferences": [reference_to(deployment)],
        },
        "spec": {"replicas": replicas, "selector": selector, "template": template},
    });
    if let Some(seconds) = deployment["spec"].get("minReadySeconds") {
        set["spec"]["minReadySeconds"] = seconds.clone();
    }
    let object = context.create(&key, set)?;
    note_scaling(context, deployment, &name, 0, replicas);
    Ok(Set { key, object })
}

fn copied_annotations(fleet: &Fleet, revision: i64) -> Map<String, Value> {
    let own = fleet
        .deployment
        .pointer("/metadata/annotations")
        .and_then(Value::as_object);
    let mut annotations: Map<String, Value> = own
        .into_iter()
        .flatten()
        .filter(|(key, _)| !NOT_COPIED.contains(&key.as_str()))
        .map(|(key, value)| (key.clone(), value.clone()))
        .collect();
    annotations.insert(REVISION.to_owned(), revision.to_string().into());
    annotations.insert(DESIRED.to_owned(), fleet.wanted().to_string().into());
    let most = fleet.wanted() + fleet.surge_and_unavailable().0;
    annotations.insert(MAX.to_owned(), most.to_string().into());
    annotations
}

fn note_scaling(context: &mut Context, deployment: &Value, set: &str, from: i64, to: i64) {
    if from == to {
        return;
    }
    let way = if to > from { "up" } else { "down" };
    let message = format!("Scaled {way} replica set {set} from {from} to {to}");
    record(
        context,
        deployment,
        &Note {
            from: "deployment-controller",
            warning: false,
            reason: "ScalingReplicaSet",
            message,
        },
    );
}
