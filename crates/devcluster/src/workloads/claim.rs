//! PersistentVolumeClaims: binds each to a volume made for it, and drops the volume with the claim.
//!
//! **Invariant:** a volume belongs to one claim, named by `claimRef` and its uid.
//! **Absent:** storage classes (each provisions at once), resizing.

use serde_json::{Value, json};

use super::context::{Context, Next, Outcome};
use super::fault::FAIL;
use super::fields::{annotation, has_finalizer, is_deleting, put, text, uid};
use super::owners::Kind;
use super::world::{Key, WorldError};
use super::{Change, ChangeKind, Controller};

pub(super) const CONTROLLER: Controller = Controller { concerns, reconcile };

const KIND: Kind = Kind {
    group: "",
    resource: "persistentvolumeclaims",
    kind: "PersistentVolumeClaim",
};
const VOLUMES: &str = "persistentvolumes";

fn concerns(change: &Change, context: &Context) -> Vec<Key> {
    // The volume outlives its claim by one event, and its name is in the last state of the claim.
    if change.kind == ChangeKind::Deleted && change.key.is(KIND.group, KIND.resource) {
        let volume = text(&change.object, "/spec/volumeName");
        return if volume.is_empty() {
            Vec::new()
        } else {
            vec![Key::new("", VOLUMES, "", volume)]
        };
    }
    if change.kind == ChangeKind::Deleted && change.key.is("", "pods") {
        return claims_of(&change.object)
            .map(|claim| Key::new("", KIND.resource, &change.key.namespace, claim))
            .collect();
    }
    if change.key.is("", VOLUMES) {
        let mut keys = vec![change.key.clone()];
        if change.kind == ChangeKind::Added {
            keys.extend(waiting_for(context, &change.key.name));
        }
        return keys;
    }
    KIND.own(change)
}

fn reconcile(context: &mut Context, key: &Key) -> Outcome {
    let Some(object) = context.get(key) else {
        return Ok(Next::Event);
    };
    if is_deleting(&object) {
        return unprotect(context, key, &object);
    }
    if key.resource == VOLUMES {
        return volume(context, key, &object);
    }
    if text(&object, "/status/phase") == "Bound" {
        return Ok(Next::Event);
    }
    let named = text(&object, "/spec/volumeName");
    let wanted = Key::new("", VOLUMES, "", named);
    if annotation(&object, FAIL).is_some() || (!named.is_empty() && context.get(&wanted).is_none()) {
        context.set_status(key, &object, json!({"phase": "Pending"}))?;
        return Ok(Next::Event);
    }
    bind(context, key, &object)
}

/// Names of the claims that a pod mounts.
fn claims_of(pod: &Value) -> impl Iterator<Item = &str> {
    let volumes = pod["spec"]["volumes"].as_array().into_iter().flatten();
    volumes.filter_map(|volume| volume["persistentVolumeClaim"]["claimName"].as_str())
}

/// Lets a claim go that no pod mounts, and a volume that no claim has.
fn unprotect(context: &mut Context, key: &Key, object: &Value) -> Outcome {
    let (finalizer, used) = if key.resource == VOLUMES {
        let wanted = &object["spec"]["claimRef"];
        let claim = Key::new(
            "",
            KIND.resource,
            text(wanted, "/namespace"),
            text(wanted, "/name"),
        );
        let bound = context
            .get(&claim)
            .is_some_and(|claim| uid(&claim) == text(wanted, "/uid"));
        ("kubernetes.io/pv-protection", bound)
    } else {
        let pods = context.world.list("", "pods", Some(&key.namespace));
        let used = pods
            .iter()
            .any(|pod| claims_of(pod).any(|claim| claim == key.name));
        ("kubernetes.io/pvc-protection", used)
    };
    if !used && has_finalizer(object, finalizer) {
        context.release(key, object, finalizer)?;
    }
    Ok(Next::Event)
}

/// Claims that name a volume which was not there when they came.
fn waiting_for(context: &Context, volume: &str) -> Vec<Key> {
    let claims = context.world.list(KIND.group, KIND.resource, None);
    let waits =
        |claim: &Value| text(claim, "/spec/volumeName") == volume && text(claim, "/status/phase") != "Bound";
    claims
        .iter()
        .filter(|claim| waits(claim))
        .map(|claim| super::fields::key_of(KIND.group, KIND.resource, claim))
        .collect()
}

/// Says whether a volume is taken; deletes one that was made for a claim that is gone.
fn volume(context: &mut Context, key: &Key, volume: &Value) -> Outcome {
    let claim_ref = &volume["spec"]["claimRef"];
    let claim = Key::new(
        "",
        KIND.resource,
        text(claim_ref, "/namespace"),
        text(claim_ref, "/name"),
    );
    let owner = text(claim_ref, "/uid");
    let lives = context
        .get(&claim)
        .is_some_and(|claim| owner.is_empty() || uid(&claim) == owner);
    let phase = match (lives, owner.is_empty()) {
        (true, _) => "Bound",
        (false, true) => "Available",
        (false, false) if text(volume, "/spec/persistentVolumeReclaimPolicy") == "Delete" => {
            context.delete(key, volume)?;
            return Ok(Next::Event);
        }
        (false, false) => "Released",
    };
    context.set_status(key, volume, json!({"phase": phase}))?;
    Ok(Next::Event)
}

fn bind(context: &mut Context, key: &Key, claim: &Value) -> Outcome {
    let named = text(claim, "/spec/volumeName");
    let is_dynamic = named.is_empty();
    let name = if is_dynamic {
        format!("pvc-{}", uid(claim))
    } else {
        named.to_owned()
    };
    let volume_key = Key::new("", VOLUMES, "", &name);
    let volume = match context.get(&volume_key) {
        Some(volume) => volume,
        None => match context.create(&volume_key, draw_volume(&name, key, claim)) {
            Ok(volume) => volume,
            Err(WorldError::Exists(_)) => return Ok(Next::After(super::CONFLICT_RETRY)),
            Err(error) => return Err(error),
        },
    };
    if text(&volume, "/spec/claimRef/uid").is_empty() {
        let mut next = Value::clone(&volume);
        put(&mut next, &["spec", "claimRef"], reference(key, claim));
        context.update(&volume_key, next)?;
    }
    let mut next = claim.clone();
    put(&mut next, &["spec", "volumeName"], name.as_str());
    put(
        &mut next,
        &["metadata", "annotations", "pv.kubernetes.io/bind-completed"],
        "yes",
    );
    if is_dynamic {
        put(
            &mut next,
            &["metadata", "annotations", "pv.kubernetes.io/bound-by-controller"],
            "yes",
        );
    }
    let bound = if next == *claim {
        next.into()
    } else {
        context.update(key, next)?
    };
    let status = json!({
        "phase": "Bound",
        "accessModes": volume["spec"]["accessModes"],
        "capacity": volume["spec"]["capacity"],
    });
    context.set_status(key, &bound, status)?;
    Ok(Next::Event)
}

fn draw_volume(name: &str, key: &Key, claim: &Value) -> Value {
    let mut volume = json!({
        "apiVersion": "v1",
        "kind": "PersistentVolume",
        "metadata": {"name": name, "annotations": {"pv.kubernetes.io/provisioned-by": "plumb.dev/dev-cluster"}},
        "spec": {
            "accessModes": claim["spec"]["accessModes"],
            "capacity": {"storage": claim["spec"]["resources"]["requests"]["storage"]},
            "claimRef": reference(key, claim),
            "hostPath": {"path": format!("/var/plumb-dev/{name}"), "type": "DirectoryOrCreate"},
            "persistentVolumeReclaimPolicy": "Delete",
            "volumeMode": "Filesystem",
        },
        "status": {"phase": "Bound"},
    });
    for field in ["storageClassName", "volumeMode"] {
        if let Some(value) = claim["spec"].get(field) {
            volume["spec"][field] = value.clone();
        }
    }
    volume
}

fn reference(key: &Key, claim: &Value) -> Value {
    json!({"apiVersion": "v1", "kind": KIND.kind, "namespace": key.namespace, "name": key.name, "uid": uid(claim)})
}
