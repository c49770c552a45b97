//! StatefulSets: numbered pods with their own claims, one after another.
//!
//! **Invariant:** under `OrderedReady` a pod is made only when all before it are ready, and pods go from the highest
//! number down, one at a time. **Absent:** `maxUnavailable` above one, deleting claims with the set.
//! **Start at** `reconcile`.

use std::collections::BTreeMap;
use std::sync::Arc;

use serde_json::{Value, json};

use super::context::{Context, Next, Outcome};
use super::events::{Note, record};
use super::fields::{count, is_deleting, items, label, name, number, put, text};
use super::owners::Kind;
use super::pods::{from_template, is_active, is_finished, tally, until_available};
use super::revisions::{self, Revision};
use super::world::{Key, WorldError};
use super::{Change, Controller};

pub(super) const CONTROLLER: Controller = Controller { concerns, reconcile };

const KIND: Kind = Kind {
    group: "apps",
    resource: "statefulsets",
    kind: "StatefulSet",
};
const REVISION: &str = "controller-revision-hash";

/// A StatefulSet with its pods by number.
struct Crew {
    key: Key,
    set: Arc<Value>,
    pods: BTreeMap<i64, (Key, Arc<Value>)>,
    update: Revision,
    current: String,
}

impl Crew {
    fn wanted(&self) -> std::ops::Range<i64> {
        let start = count(&self.set, "/spec/ordinals/start");
        start..start + number(&self.set, "/spec/replicas").unwrap_or(1)
    }

    fn is_ordered(&self) -> bool {
        text(&self.set, "/spec/podManagementPolicy") != "Parallel"
    }

    fn min_ready(&self) -> i64 {
        count(&self.set, "/spec/minReadySeconds")
    }

    fn partition(&self) -> i64 {
        count(&self.set, "/spec/updateStrategy/rollingUpdate/partition")
    }
}

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
    let update = revisions::ensure(context, key, &set)?;
    let current = match text(&set, "/status/currentRevision") {
        "" => update.name.clone(),
        name => name.to_owned(),
    };
    let pods = muster(context, &set);
    let mut crew = Crew {
        key: key.clone(),
        set,
        pods,
        update,
        current,
    };
    let moved = step(context, &crew);
    crew.pods = muster(context, &crew.set);
    let next = report(context, &mut crew)?;
    revisions::drop_history(
        context,
        &crew.set,
        &[crew.update.name.as_str(), crew.current.as_str()],
    )?;
    moved.map(|()| next)
}

fn muster(context: &Context, set: &Value) -> BTreeMap<i64, (Key, Arc<Value>)> {
    let number = |key: &Key| {
        key.name
            .rsplit_once('-')
            .and_then(|(_, number)| number.parse().ok())
    };
    let pods = context.children(set, "pods").into_iter();
    pods.filter_map(|(key, pod)| number(&key).map(|number| (number, (key, pod))))
        .collect()
}

/// Does what may be done now: fills gaps from below, then removes from above, then replaces from above.
fn step(context: &mut Context, crew: &Crew) -> Result<(), WorldError> {
    let now = context.now();
    let is_well =
        |pod: &Value| is_active(pod) && tally(std::iter::once(pod), crew.min_ready(), now).available == 1;
    for ordinal in crew.wanted() {
        match crew.pods.get(&ordinal) {
            None => create(context, crew, ordinal)?,
            Some((key, pod)) if is_finished(pod) && !is_deleting(pod) => context.delete(key, pod)?,
            Some((_, pod)) if is_well(pod) => continue,
            Some(_) => {}
        }
        if crew.is_ordered() {
            return Ok(());
        }
    }
    for (_, (key, pod)) in crew
        .pods
        .iter()
        .rev()
        .filter(|(ordinal, _)| !crew.wanted().contains(ordinal))
    {
        if !is_deleting(pod) {
            context.delete(key, pod)?;
            note(
                context,
                crew,
                "SuccessfulDelete",
                format!("delete Pod {}", key.name),
            );
        }
        if crew.is_ordered() {
            return Ok(());
        }
    }
    if text(&crew.set, "/spec/updateStrategy/type") == "OnDelete" {
        return Ok(());
    }
    for (ordinal, (key, pod)) in crew.pods.iter().rev() {
        if *ordinal < crew.partition() || !crew.wanted().contains(ordinal) {
            continue;
        }
        if label(pod, REVISION) != Some(crew.update.name.as_str()) {
            return context.delete(key, pod);
        }
        if !is_well(pod) {
            return Ok(());
        }
    }
    Ok(())
}

fn create(context: &mut Context, crew: &Crew, ordinal: i64) -> Result<(), WorldError> {
    let name = format!("{}-{ordinal}", crew.key.name);
    let key = Key::new("", "pods", &crew.key.namespace, &name);
    let old = (ordinal < crew.partition())
        .then(|| revisions::template(context, &crew.set, &crew.current))
        .flatten();
    let revision = if old.is_some() {
        &crew.current
    } else {
        &crew.update.name
    };
    let template = old.as_ref().unwrap_or(&crew.set["spec"]["template"]);
    let mut pod = from_template(template, &crew.set, &key);
    put(&mut pod, &["metadata", "labels", REVISION], revision.as_str());
    put(
        &mut pod,
        &["metadata", "labels", "statefulset.kubernetes.io/pod-name"],
        name.as_str(),
    );
    put(
        &mut pod,
        &["metadata", "labels", "apps.kubernetes.io/pod-index"],
        ordinal.to_string(),
    );
    put(&mut pod, &["spec", "hostname"], name.as_str());
    let mut volumes = items(&pod, "/spec/volumes").to_vec();
    for claim in items(&crew.set, "/spec/volumeClaimTemplates") {
        let claim_name = ensure_claim(context, crew, claim, &name)?;
        let template_name = super::fields::name(claim);
        volumes.retain(|volume| volume["name"] != template_name);
        volumes.push(json!({"name": template_name, "persistentVolumeClaim": {"claimName": claim_name}}));
    }
    if !volumes.is_empty() {
        put(&mut pod, &["spec", "volumes"], volumes);
    }
    if let Some(service) = crew.set.pointer("/spec/serviceName") {
        put(&mut pod, &["spec", "subdomain"], service.clone());
    }
    context.create(&key, pod)?;
    note(context, crew, "SuccessfulCreate", format!("create Pod {name}"));
    Ok(())
}

/// Makes the claim of a pod, unless an earlier pod of that number has left it.
fn ensure_claim(
    context: &mut Context,
    crew: &Crew,
    template: &Value,
    pod: &str,
) -> Result<String, WorldError> {
    let claim_name = format!("{}-{pod}", name(template));
    let key = Key::new("", "persistentvolumeclaims", &crew.key.namespace, &claim_name);
    if context.get(&key).is_some() {
        return Ok(claim_name);
    }
    let mut claim = template.clone();
    put(&mut claim, &["apiVersion"], "v1");
    put(&mut claim, &["kind"], "PersistentVolumeClaim");
    put(&mut claim, &["metadata", "name"], claim_name.as_str());
    put(&mut claim, &["metadata", "namespace"], key.namespace.as_str());
    let labels = crew
        .set
        .pointer("/spec/selector/matchLabels")
        .and_then(Value::as_object);
    for (label, value) in labels.into_iter().flatten() {
        put(&mut claim, &["metadata", "labels", label], value.clone());
    }
    if let Some(fields) = claim.as_object_mut() {
        fields.remove("status");
    }
    context.create(&key, claim)?;
    Ok(claim_name)
}

fn report(context: &mut Context, crew: &mut Crew) -> Outcome {
    let pods = || crew.pods.values().map(|(_, pod)| &**pod);
    let now = context.now();
    let tally = tally(pods(), crew.min_ready(), now);
    let of = |revision: &str| {
        pods()
            .filter(|pod| label(pod, REVISION) == Some(revision))
            .count() as i64
    };
    let total = crew.pods.len() as i64;
    let updated = of(&crew.update.name);
    let wanted = crew.wanted().end - crew.wanted().start;
    let is_done = updated == total && tally.ready == total && total == wanted;
    let current = if is_done {
        crew.update.name.clone()
    } else {
        crew.current.clone()
    };
    let mut status = json!({
        "observedGeneration": count(&crew.set, "/metadata/generation"),
        "replicas": total,
        "readyReplicas": tally.ready,
        "availableReplicas": tally.available,
        "currentReplicas": of(&current),
        "updatedReplicas": updated,
        "currentRevision": current,
        "updateRevision": crew.update.name,
        "collisionCount": 0,
    });
    super::fields::drop_zeros(&mut status, &["replicas", "collisionCount", "availableReplicas"]);
    let waits = pods().filter(|pod| super::pods::is_ready(pod));
    let next = waits
        .map(|pod| until_available(pod, crew.min_ready(), now))
        .filter(|wait| !wait.is_zero())
        .min();
    crew.current = current;
    context.set_status(&crew.key, &crew.set, status)?;
    Ok(next.map_or(Next::Event, Next::After))
}

fn note(context: &mut Context, crew: &Crew, reason: &str, message: String) {
    record(
        context,
        &crew.set,
        &Note {
            from: "statefulset-controller",
            warning: false,
            reason,
            message,
        },
    );
}
