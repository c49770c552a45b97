//! Merging a configuration into a live object.
//!
//! **Invariant:** live items that the configuration does not name keep their place among the others; items that it
//! names come in its order.

use std::collections::{BTreeSet, VecDeque};

use serde_json::{Map, Value};

use crate::fields::item_segment;
use crate::{ListKind, Segment, Shape, TypeRef};

/// Merges `config` into `live`; what `config` does not state stays.
pub(super) fn merge(live: &mut Value, config: &Value, ty: TypeRef<'_>) {
    let shape = ty.shape();
    let object = matches!(
        shape,
        Shape::Struct { .. } | Shape::Map { .. } | Shape::Any { .. }
    );
    match (live, config) {
        (Value::Object(live), Value::Object(config)) if object && !ty.is_atomic_object() => {
            if live.is_empty() || !config.is_empty() {
                objects(live, config, ty);
            }
        }
        // A stated null, where objects merge, states nothing.
        (Value::Object(live), Value::Null) if object && !ty.is_atomic_object() && !live.is_empty() => {}
        (Value::Array(live), Value::Null) if is_keyed(ty) && !live.is_empty() => {}
        (Value::Array(live), Value::Array(config)) if is_keyed(ty) => {
            if !config.is_empty() {
                lists(live, config, ty);
            }
        }
        (live, config) => *live = config.clone(),
    }
}

fn is_keyed(ty: TypeRef<'_>) -> bool {
    ty.list_kind() != ListKind::Atomic
}

fn objects(live: &mut Map<String, Value>, config: &Map<String, Value>, ty: TypeRef<'_>) {
    for (name, value) in config {
        match live.get_mut(name) {
            Some(own) => merge(own, value, ty.member(name)),
            None => {
                live.insert(name.clone(), value.clone());
            }
        }
    }
}

fn lists(live: &mut Vec<Value>, config: &[Value], ty: TypeRef<'_>) {
    let name = |item: &Value| item_segment(ty, item).ok();
    let pairs = || live.iter().zip(config);
    if live.len() == config.len() && pairs().all(|(a, b)| name(a).is_some_and(|a| Some(a) == name(b))) {
        // The usual case: the same items in the same order.
        live.iter_mut()
            .zip(config)
            .for_each(|(live, config)| merge(live, config, ty.item()));
        return;
    }
    let mut ours: VecDeque<(Option<Segment>, Value)> =
        live.drain(..).map(|item| (name(&item), item)).collect();
    let theirs: Vec<(Option<Segment>, &Value)> = config.iter().map(|item| (name(item), item)).collect();
    let stated: BTreeSet<&Segment> = theirs.iter().filter_map(|(name, _)| name.as_ref()).collect();
    let had: BTreeSet<Segment> = ours.iter().filter_map(|(name, _)| name.clone()).collect();
    let mut shared: VecDeque<&Segment> = theirs
        .iter()
        .filter_map(|(name, _)| name.as_ref())
        .filter(|name| had.contains(name))
        .collect();
    // Shared live items that were passed over, waiting for their place in the order of the configuration.
    let mut waiting: Vec<(Option<Segment>, Value)> = Vec::new();
    let mut cursor = theirs.iter().peekable();
    loop {
        match (ours.front(), cursor.peek()) {
            (None, None) => return,
            (Some((own, _)), next) => {
                let is_stated = own.as_ref().is_some_and(|own| stated.contains(own));
                let is_next = next.is_some_and(|(name, _)| name == own);
                let is_turn = shared.front().copied() == own.as_ref();
                if !is_stated || (!is_next && (!is_turn || next.is_none())) {
                    let passed = ours.pop_front();
                    match passed {
                        Some((_, item)) if !is_stated => live.push(item),
                        Some(passed) => waiting.push(passed),
                        None => {}
                    }
                    continue;
                }
            }
            (None, Some(_)) => {}
        }
        let Some((name, value)) = cursor.next() else {
            continue;
        };
        let from_front = ours.front().is_some_and(|(own, _)| own.is_some() && own == name);
        let own = if from_front {
            ours.pop_front()
        } else {
            take(&mut waiting, &mut ours, name.as_ref())
        };
        if shared.front().copied() == name.as_ref() {
            shared.pop_front();
        }
        live.push(match own {
            Some((_, mut item)) => {
                merge(&mut item, value, ty.item());
                item
            }
            None => (*value).clone(),
        });
    }
}

/// The live item of this name, out of those passed over or, failing that, those still to come.
fn take(
    waiting: &mut Vec<(Option<Segment>, Value)>,
    ours: &mut VecDeque<(Option<Segment>, Value)>,
    name: Option<&Segment>,
) -> Option<(Option<Segment>, Value)> {
    let name = name?;
    if let Some(at) = waiting.iter().position(|(own, _)| own.as_ref() == Some(name)) {
        return Some(waiting.remove(at));
    }
    let at = ours.iter().position(|(own, _)| own.as_ref() == Some(name))?;
    ours.remove(at)
}
