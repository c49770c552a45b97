//! The steps from old pods to new ones.
//!
//! **Invariant:** during a rolling update there are never more pods than the wish plus `maxSurge`, and healthy old
//! pods go only while the wish less `maxUnavailable` stays available. **Start at** [`step`].

use serde_json::Value;

use super::{DESIRED, Fleet, MAX, Set, ensure_current, note_scaling};
use crate::workloads::context::Context;
use crate::workloads::fields::{annotation, count, number, put};
use crate::workloads::pods::is_finished;
use crate::workloads::world::WorldError;

/// Takes the next step, if one may be taken now.
pub(super) fn step(context: &mut Context, fleet: &mut Fleet) -> Result<(), WorldError> {
    if fleet.is_recreate() {
        return recreate(context, fleet);
    }
    let current = ensure_current(context, fleet)?;
    let room = room_for_new(fleet, current.wanted());
    if scale(context, fleet, &current, room)? {
        return Ok(());
    }
    retire(context, fleet, &current)
}

/// How many replicas the new ReplicaSet may have now, given that it has `present`.
pub(super) fn room_for_new(fleet: &Fleet, present: i64) -> i64 {
    let wanted = fleet.wanted();
    if present >= wanted || fleet.is_recreate() {
        return wanted;
    }
    let most = wanted + fleet.surge_and_unavailable().0;
    // Pods of an old ReplicaSet that it has yet to delete count too.
    let total = fleet
        .old
        .iter()
        .map(|set| set.wanted().max(set.present()))
        .sum::<i64>()
        + present;
    present + (most - total).clamp(0, wanted - present)
}

/// Gives a ReplicaSet another size; says whether it had to.
pub(super) fn scale(
    context: &mut Context,
    fleet: &Fleet,
    set: &Set,
    replicas: i64,
) -> Result<bool, WorldError> {
    let wanted = fleet.wanted().to_string();
    let resized = set.wanted() != replicas;
    if !resized && (replicas == 0 || annotation(&set.object, DESIRED) == Some(wanted.as_str())) {
        return Ok(false);
    }
    let mut next = Value::clone(&set.object);
    put(&mut next, &["spec", "replicas"], replicas);
    put(&mut next, &["metadata", "annotations", DESIRED], wanted);
    let most = fleet.wanted() + fleet.surge_and_unavailable().0;
    put(&mut next, &["metadata", "annotations", MAX], most.to_string());
    context.update(&set.key, next)?;
    note_scaling(context, &fleet.deployment, &set.key.name, set.wanted(), replicas);
    Ok(resized)
}

/// Deletes old ReplicaSets beyond `revisionHistoryLimit`, oldest first.
pub(super) fn drop_history(context: &mut Context, fleet: &Fleet) -> Result<(), WorldError> {
    let limit = number(&fleet.deployment, "/spec/revisionHistoryLimit").unwrap_or(10);
    let surplus = fleet
        .old
        .len()
        .saturating_sub(usize::try_from(limit).unwrap_or(0));
    for set in &fleet.old[..surplus] {
        if set.wanted() == 0 && set.present() == 0 {
            context.delete(&set.key, &set.object)?;
        }
    }
    Ok(())
}

/// Takes the old pods down, waits until they are gone, and only then makes new ones.
fn recreate(context: &mut Context, fleet: &mut Fleet) -> Result<(), WorldError> {
    let mut running = false;
    for set in &fleet.old {
        scale(context, fleet, set, 0)?;
        running |= context
            .children(&set.object, "pods")
            .iter()
            .any(|(_, pod)| !is_finished(pod));
    }
    if running {
        return Ok(());
    }
    let current = ensure_current(context, fleet)?;
    let wanted = fleet.wanted();
    scale(context, fleet, &current, wanted).map(|_| ())
}

/// Takes old pods down: first those that do not work anyway, then as many as may be missing.
fn retire(context: &mut Context, fleet: &Fleet, current: &Set) -> Result<(), WorldError> {
    let total: i64 = fleet.sets().map(Set::wanted).sum();
    let least = fleet.wanted() - fleet.surge_and_unavailable().1;
    let new_unavailable = (current.wanted() - current.available()).max(0);
    let mut removable = total - least - new_unavailable;
    let mut sizes: Vec<i64> = fleet.old.iter().map(Set::wanted).collect();
    for (set, size) in fleet.old.iter().zip(&mut sizes) {
        // A status older than the size says nothing about which pods work.
        let settled =
            count(&set.object, "/status/observedGeneration") >= count(&set.object, "/metadata/generation");
        let broken = if settled {
            (*size - set.available()).max(0)
        } else {
            0
        };
        let cut = broken.min(removable.max(0));
        *size -= cut;
        removable -= cut;
    }
    let available: i64 = fleet.sets().map(|set| set.available().min(set.wanted())).sum();
    let mut spare = (available - least).min(removable).max(0);
    for size in &mut sizes {
        let cut = (*size).min(spare);
        *size -= cut;
        spare -= cut;
    }
    for (set, size) in fleet.old.iter().zip(sizes) {
        if size != set.wanted() {
            scale(context, fleet, set, size)?;
        }
    }
    Ok(())
}
