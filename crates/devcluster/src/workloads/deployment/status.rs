//! What a Deployment says about itself.
//!
//! **Invariant:** the `Progressing` condition restarts its clock whenever the rollout gets anywhere; only standing
//! still for `progressDeadlineSeconds` makes it false. **Start at** [`report`].

use std::time::Duration;

use serde_json::{Value, json};

use super::{Fleet, Set};
use crate::workloads::conditions::{self, Condition, find};
use crate::workloads::context::{Context, Next, Outcome};
use crate::workloads::fields::{count, drop_zeros, items, number, stamp, text, time};

/// The value of `progressDeadlineSeconds` that stands for "never".
const NO_DEADLINE: i64 = i32::MAX as i64;

/// Writes the status; asks to be called again when the deadline could pass.
pub(super) fn report(context: &mut Context, fleet: &Fleet) -> Outcome {
    let now = context.now();
    let mut status = counters(fleet);
    let mut list = conditions::of(&fleet.deployment);
    let progress = progressing(fleet, &status, now);
    let least = fleet.wanted() - fleet.surge_and_unavailable().1;
    let enough = fleet.sets().map(Set::available).sum::<i64>() >= least;
    let is_first = |condition: &Condition<'_>| condition.reason == "NewReplicaSetCreated";
    if let Some((condition, restart)) = progress.as_ref().filter(|(condition, _)| is_first(condition)) {
        write(&mut list, condition, *restart, now);
    }
    let available = if enough {
        Condition::new(
            "Available",
            "True",
            "MinimumReplicasAvailable",
            "Deployment has minimum availability.",
        )
    } else {
        let message = "Deployment does not have minimum availability.";
        Condition::new("Available", "False", "MinimumReplicasUnavailable", message)
    };
    write(&mut list, &available, false, now);
    if let Some((condition, restart)) = progress.as_ref().filter(|(condition, _)| !is_first(condition)) {
        write(&mut list, condition, *restart, now);
    }
    status["conditions"] = list.into();
    drop_zeros(&mut status, &["terminatingReplicas"]);
    let next = deadline(fleet, &status, now);
    context.set_status(&fleet.key, &fleet.deployment, status)?;
    Ok(next)
}

/// Whether all pods are of the present template and available, and none is left of an older one.
pub(super) fn is_complete(fleet: &Fleet) -> bool {
    let wanted = fleet.wanted();
    let old: i64 = fleet.old.iter().map(Set::present).sum();
    let settled = |set: &Set| {
        set.present() == wanted
            && set.available() == wanted
            && count(&set.object, "/status/observedGeneration") >= count(&set.object, "/metadata/generation")
    };
    old == 0 && fleet.current.as_ref().is_some_and(settled)
}

fn counters(fleet: &Fleet) -> Value {
    let sum = |field: &str| fleet.sets().map(|set| count(&set.object, field)).sum::<i64>();
    let wanted_in_all: i64 = fleet.sets().map(Set::wanted).sum();
    let available = sum("/status/availableReplicas");
    let mut status = json!({
        "observedGeneration": count(&fleet.deployment, "/metadata/generation"),
        "replicas": sum("/status/replicas"),
        "updatedReplicas": fleet.current.as_ref().map_or(0, Set::present),
        "readyReplicas": sum("/status/readyReplicas"),
        "availableReplicas": available,
        "unavailableReplicas": (wanted_in_all - available).max(0),
        "terminatingReplicas": sum("/status/terminatingReplicas"),
    });
    if let Some(collisions) = fleet.deployment.pointer("/status/collisionCount") {
        status["collisionCount"] = collisions.clone();
    }
    status
}

/// The `Progressing` condition, and whether its clock starts anew; `None` leaves it as it is.
fn progressing(fleet: &Fleet, status: &Value, now: jiff::Timestamp) -> Option<(Condition<'static>, bool)> {
    let old = find(&fleet.deployment, "Progressing");
    let reason = old.map_or("", |condition| text(condition, "/reason"));
    if fleet.is_paused() {
        let paused = Condition::new(
            "Progressing",
            "Unknown",
            "DeploymentPaused",
            "Deployment is paused",
        );
        return (reason != "DeploymentPaused").then_some((paused, true));
    }
    if reason == "DeploymentPaused" {
        let message = "Deployment is resumed";
        return Some((
            Condition::new("Progressing", "Unknown", "DeploymentResumed", message),
            true,
        ));
    }
    let settled =
        reason == "NewReplicaSetAvailable" && count(status, "/replicas") == count(status, "/updatedReplicas");
    if settled || deadline_seconds(fleet) >= NO_DEADLINE {
        return None;
    }
    let name = fleet
        .current
        .as_ref()
        .map_or(fleet.key.name.as_str(), |set| set.key.name.as_str());
    if is_complete(fleet) {
        let message = format!("ReplicaSet \"{name}\" has successfully progressed.");
        return Some((
            Condition::new("Progressing", "True", "NewReplicaSetAvailable", message),
            false,
        ));
    }
    let message = format!("ReplicaSet \"{name}\" is progressing.");
    let is_new = old.is_none() || !text(old.unwrap_or(&Value::Null), "/message").contains(name);
    if is_new && fleet.current.is_some() {
        let message = format!("Created new replica set \"{name}\"");
        return Some((
            Condition::new("Progressing", "True", "NewReplicaSetCreated", message),
            true,
        ));
    }
    if moved(&fleet.deployment["status"], status) {
        return Some((
            Condition::new("Progressing", "True", "ReplicaSetUpdated", message),
            true,
        ));
    }
    let since = old.and_then(|condition| time(condition, "/lastUpdateTime"))?;
    let over = now.as_second() - since.as_second() >= deadline_seconds(fleet);
    (over && reason != "NewReplicaSetAvailable").then(|| {
        let message = format!("ReplicaSet \"{name}\" has timed out progressing.");
        (
            Condition::new("Progressing", "False", "ProgressDeadlineExceeded", message),
            false,
        )
    })
}

/// Whether the rollout got anywhere between two statuses.
fn moved(before: &Value, after: &Value) -> bool {
    let grew = |field: &str| count(after, field) > count(before, field);
    let old = |status: &Value| count(status, "/replicas") - count(status, "/updatedReplicas");
    grew("/updatedReplicas")
        || grew("/readyReplicas")
        || grew("/availableReplicas")
        || old(after) < old(before)
}

fn write(list: &mut Vec<Value>, condition: &Condition<'_>, restart: bool, now: jiff::Timestamp) {
    let changed = conditions::set(list, condition, now);
    if (changed || restart)
        && let Some(at) = list.iter().position(|entry| entry["type"] == condition.kind)
    {
        // What has changed goes to the end, as in the real controller.
        let mut entry = list.remove(at);
        entry["lastUpdateTime"] = stamp(now).into();
        list.push(entry);
    }
}

fn deadline_seconds(fleet: &Fleet) -> i64 {
    number(&fleet.deployment, "/spec/progressDeadlineSeconds").unwrap_or(600)
}

/// When a rollout that is under way could have stood still for too long.
fn deadline(fleet: &Fleet, status: &Value, now: jiff::Timestamp) -> Next {
    let progress = items(status, "/conditions")
        .iter()
        .find(|entry| entry["type"] == "Progressing");
    let Some(progress) = progress.filter(|_| deadline_seconds(fleet) < NO_DEADLINE) else {
        return Next::Event;
    };
    let waits = matches!(
        text(progress, "/reason"),
        "ReplicaSetUpdated" | "NewReplicaSetCreated" | "DeploymentResumed" | "FoundNewReplicaSet"
    );
    let Some(since) = time(progress, "/lastUpdateTime").filter(|_| waits) else {
        return Next::Event;
    };
    let left = since.as_millisecond() + deadline_seconds(fleet) * 1000 - now.as_millisecond();
    // Objects hold whole seconds, so the clock may be up to one second ahead of them.
    Next::After(Duration::from_millis(u64::try_from(left).unwrap_or(0).max(200)))
}
