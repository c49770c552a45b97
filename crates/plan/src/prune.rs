//! What left Git: whether it goes, and when.
//!
//! **Invariant:** only what the unit's inventory says it had, and what still carries its marks, is ever deleted; the
//! live object may keep itself.

use std::{
    cmp::Reverse,
    collections::{BTreeMap, BTreeSet},
    sync::Arc,
};

use plumb_model::{Live, ObjectId, Order, Propagation, Removal, SyncPhase, SyncStatus};
use serde_json::Value;

use crate::{
    Action, Awaiting, Input, Verdict, order,
    task::{State, Task},
};

/// An object that left Git and is still there.
struct Left<'a> {
    id: &'a ObjectId,
    version: &'a String,
    live: Option<&'a Arc<Value>>,
    removal: Removal,
    /// Its own word on pruning, whatever the unit's.
    allowed: bool,
    last: bool,
    extraneous: bool,
    wave: i32,
}

/// The tasks and verdicts of what left Git; `highest` is the last wave of the objects that are in Git.
pub(crate) fn consider(
    input: &Input<'_>,
    left: &[(&ObjectId, &String)],
    highest: i32,
) -> (Vec<Task>, Vec<Verdict>) {
    let mut found: Vec<Left<'_>> = left
        .iter()
        .filter_map(|(id, version)| look(input, id, version))
        .collect();
    // What was applied last goes first.
    found.sort_by_key(|left| (Reverse(order::rank(&left.id.kind.kind)), left.id));
    let waves = waves(input, &found, highest);
    let (mut tasks, mut verdicts) = (Vec::new(), Vec::new());
    for left in found {
        let keeps = left.removal == Removal::Forbidden;
        if keeps && input.unit.sync.conduct.order == Order::Stages {
            // It is let go for good.
            continue;
        }
        verdicts.push(verdict(&left));
        if (input.scope.prune || left.allowed) && !keeps {
            let wave = waves.get(left.id).copied().unwrap_or_default();
            tasks.push(task(input, &left, wave));
        }
    }
    (tasks, verdicts)
}

fn look<'a>(input: &Input<'a>, id: &'a ObjectId, version: &'a String) -> Option<Left<'a>> {
    let seen = input.observed.objects.get(id)?;
    let live = match &seen.live {
        Live::Absent | Live::UnknownKind => return None,
        Live::Present { body, .. } => Some(body),
        _ => None,
    };
    let said = live.map(|body| (input.directives)(body)).unwrap_or_default();
    let unit = &input.unit.sync.conduct;
    Some(Left {
        id,
        version,
        live,
        removal: match input.revision {
            Some(_) => said.prune.unwrap_or(unit.prune),
            None => said.delete,
        },
        allowed: said.prune == Some(Removal::Allowed),
        last: unit.prune_last || said.prune_last,
        extraneous: said.ignore_extraneous,
        wave: said.wave,
    })
}

/// The wave in which each object goes: mirrored, so that what came last goes first.
fn waves(input: &Input<'_>, found: &[Left<'_>], highest: i32) -> BTreeMap<ObjectId, i32> {
    let distinct: BTreeSet<i32> = found.iter().map(|left| left.wave).collect();
    let mirrored: BTreeMap<i32, i32> = distinct
        .iter()
        .copied()
        .zip(distinct.iter().rev().copied())
        .collect();
    let highest = mirrored
        .keys()
        .copied()
        .max()
        .unwrap_or_default()
        .max(highest)
        .max(0);
    found
        .iter()
        .map(|left| {
            let wave = match input.unit.sync.conduct.order {
                _ if input.revision.is_none() => left.wave.saturating_neg(),
                Order::Stages => order::REMOVALS,
                Order::Waves if left.last => highest.saturating_add(1),
                Order::Waves => mirrored[&left.wave],
            };
            (left.id.clone(), wave)
        })
        .collect()
}

fn verdict(left: &Left<'_>) -> Verdict {
    Verdict {
        id: left.id.clone(),
        version: left.version.clone(),
        sync: if left.extraneous {
            SyncStatus::Synced
        } else {
            SyncStatus::OutOfSync
        },
        drift: Vec::new(),
        requires_pruning: true,
        problem: None,
    }
}

fn task(input: &Input<'_>, left: &Left<'_>, wave: i32) -> Task {
    let going = left
        .live
        .is_some_and(|body| body["metadata"]["deletionTimestamp"].is_string());
    let confirmed = input.course.is_some_and(|course| course.confirmed) || input.revision.is_none();
    let (action, state) = if going {
        (None, State::Waits(Awaiting::Deletion))
    } else {
        let action = Action::Delete {
            live: left.live.cloned(),
            propagation: propagation(input),
        };
        let state = if left.removal == Removal::Confirmed && !confirmed {
            State::Waits(Awaiting::Confirmation)
        } else {
            State::Due
        };
        (Some(action), state)
    };
    let rank = order::rank(&left.id.kind.kind);
    Task {
        phase: SyncPhase::Sync,
        wave,
        // Before what is applied in the wave; namespaces and definitions after what is in them.
        turn: 3 - order::barrier(&left.id.kind.kind).min(3),
        rank: u32::MAX - rank,
        id: left.id.clone(),
        version: left.version.clone(),
        hook: false,
        action,
        state,
    }
}

fn propagation(input: &Input<'_>) -> Propagation {
    match &input.unit.deletion {
        Some(deletion) => deletion.propagation,
        None => input.unit.sync.conduct.propagation,
    }
}
