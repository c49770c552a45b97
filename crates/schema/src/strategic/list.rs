//! Lists in a strategic merge patch.

use serde_json::{Map, Value};

use super::{DIRECTIVE, Merge, PatchError, object, plain, wrong};
use crate::TypeRef;

/// Merges the patch of a list.
pub(super) fn merge(
    live: Vec<Value>,
    patch: &[Value],
    item: TypeRef<'_>,
    merge: Merge<'_>,
    path: &str,
) -> Result<Vec<Value>, PatchError> {
    match merge {
        Merge::Replace => replace(patch, item, path),
        Merge::Set => {
            let mut out = live.clone();
            for value in patch {
                if !out.contains(value) {
                    out.push(value.clone());
                }
            }
            Ok(in_order(out, patch, &live, None))
        }
        Merge::Keyed(key) => {
            let before = live.clone();
            let merged = keyed(live, patch, item, key, path)?;
            Ok(in_order(merged, patch, &before, Some(key)))
        }
    }
}

/// The list as stated, directives inside items carried out on nothing.
fn replace(patch: &[Value], item: TypeRef<'_>, path: &str) -> Result<Vec<Value>, PatchError> {
    let stated = patch.iter().filter(|value| value.get(DIRECTIVE).is_none());
    stated
        .map(|value| match value {
            Value::Object(fields) => Ok(Value::Object(object(Map::new(), fields, item, path)?)),
            other => Ok(other.clone()),
        })
        .collect()
}

fn keyed(
    mut live: Vec<Value>,
    patch: &[Value],
    item: TypeRef<'_>,
    key: &str,
    path: &str,
) -> Result<Vec<Value>, PatchError> {
    if patch
        .iter()
        .any(|value| is(value, "replace") && value.as_object().is_some_and(|it| it.len() == 1))
    {
        // `- $patch: replace` beside the items: the list becomes these items.
        return replace(patch, item, path);
    }
    for value in patch {
        let Value::Object(fields) = value else {
            return Err(wrong(
                path,
                "an item of a list that merges by key must be an object",
            ));
        };
        let Some(name) = fields.get(key) else {
            return Err(wrong(
                path,
                &format!(
                    "map: {} does not contain declared merge key: {key}",
                    printed(value)
                ),
            ));
        };
        let same = |own: &Value| own.get(key) == Some(name);
        if is(value, "delete") {
            live.retain(|own| !same(own));
            continue;
        }
        let stated = match live.iter_mut().find(|own| same(own)) {
            Some(own) if is(value, "replace") => {
                *own = Value::Object(plain(fields));
                continue;
            }
            Some(own) => {
                if let Value::Object(before) = own {
                    *own = Value::Object(object(std::mem::take(before), fields, item, path)?);
                }
                continue;
            }
            None => match fresh(value) {
                Some(stated) => stated,
                None => continue,
            },
        };
        live.push(stated);
    }
    Ok(live)
}

/// A value where there was none: what holds a directive goes, and so do nulls.
pub(super) fn fresh(value: &Value) -> Option<Value> {
    match value {
        Value::Object(fields) if fields.contains_key(DIRECTIVE) => None,
        Value::Object(fields) => {
            let stated = fields.iter().filter(|(_, value)| !value.is_null());
            let stated = stated.filter_map(|(name, value)| Some((name.clone(), fresh(value)?)));
            Some(Value::Object(stated.collect()))
        }
        Value::Array(items) => Some(items.iter().filter_map(fresh).collect()),
        other => Some(other.clone()),
    }
}

/// The order in which the server leaves a list: items of the patch in its order, the others in theirs, and of one of
/// each that comes first which did before; what is new comes first.
fn in_order(merged: Vec<Value>, patch: &[Value], live: &[Value], key: Option<&str>) -> Vec<Value> {
    let name = |value: &Value| {
        key.map_or_else(
            || value.clone(),
            |key| value.get(key).cloned().unwrap_or_default(),
        )
    };
    let place = |list: &[Value], item: &Value| list.iter().position(|other| name(other) == name(item));
    let (mut stated, rest): (Vec<Value>, Vec<Value>) =
        merged.into_iter().partition(|item| place(patch, item).is_some());
    stated.sort_by_key(|item| place(patch, item));
    let (mut stated, mut rest) = (stated.into_iter().peekable(), rest.into_iter().peekable());
    let mut out = Vec::new();
    loop {
        let first = match (rest.peek(), stated.peek()) {
            (Some(left), Some(right)) => match (place(live, left), place(live, right)) {
                (Some(left), Some(right)) if left < right => rest.next(),
                _ => stated.next(),
            },
            (Some(_), None) => rest.next(),
            (None, _) => stated.next(),
        };
        match first {
            Some(item) => out.push(item),
            None => return out,
        }
    }
}

/// A value as Go prints it.
fn printed(value: &Value) -> String {
    match value {
        Value::Null => "<nil>".to_owned(),
        Value::String(text) => text.clone(),
        Value::Array(items) => format!("[{}]", items.iter().map(printed).collect::<Vec<_>>().join(" ")),
        Value::Object(fields) => {
            let fields = fields
                .iter()
                .map(|(name, value)| format!("{name}:{}", printed(value)));
            format!("map[{}]", fields.collect::<Vec<_>>().join(" "))
        }
        other => other.to_string(),
    }
}

fn is(value: &Value, directive: &str) -> bool {
    value.get(DIRECTIVE).is_some_and(|it| it == directive)
}

/// Brings a merged list into the server's order where none is stated: items of the patch come as the patch has them,
/// the others before the first of those that they stood before.
pub(super) fn arrange(list: &mut Vec<Value>, before: &[Value], patch: &[Value], key: Option<&str>) {
    let same = |a: &Value, b: &Value| match key {
        Some(key) => a.get(key).is_some() && a.get(key) == b.get(key),
        None => a == b,
    };
    let index = |list: &[Value], item: &Value| list.iter().position(|other| same(other, item));
    let (mut patched, rest): (Vec<Value>, Vec<Value>) = std::mem::take(list)
        .into_iter()
        .partition(|item| index(patch, item).is_some());
    patched.sort_by_key(|item| index(patch, item));
    let (mut patched, mut rest) = (patched.into_iter().peekable(), rest.into_iter().peekable());
    loop {
        let from_rest = match (patched.peek(), rest.peek()) {
            (Some(patched), Some(rest)) => match (index(before, rest), index(before, patched)) {
                (Some(rest), Some(patched)) => rest < patched,
                _ => false,
            },
            (None, Some(_)) => true,
            (Some(_), None) => false,
            (None, None) => return,
        };
        list.extend(if from_rest { rest.next() } else { patched.next() });
    }
}

/// Brings a list into the stated order. Items that the order does not name keep their place relative to the named
/// item before them.
pub(super) fn sort(list: &mut Vec<Value>, order: &[Value], patch: Option<&Value>, key: Option<&str>) {
    let name = |value: &Value| {
        key.map_or_else(
            || value.clone(),
            |key| value.get(key).cloned().unwrap_or_default(),
        )
    };
    let order: Vec<Value> = order.iter().map(name).collect();
    let place = |item: &Value| order.iter().position(|it| *it == name(item));
    let is_patched = |item: &Value| {
        patch
            .and_then(Value::as_array)
            .is_some_and(|it| it.iter().any(|it| name(it) == name(item)))
    };
    let mut named = Vec::new();
    let mut rest = Vec::new();
    for (at, item) in std::mem::take(list).into_iter().enumerate() {
        let side = if place(&item).is_some() || is_patched(&item) {
            &mut named
        } else {
            &mut rest
        };
        side.push((at, item));
    }
    named.sort_by_key(|(_, item): &(usize, Value)| place(item).unwrap_or(usize::MAX));
    // Merge both by the place they had, server-only items first.
    let (mut named, mut rest) = (named.into_iter().peekable(), rest.into_iter().peekable());
    loop {
        let from_rest = match (named.peek(), rest.peek()) {
            (Some((named, _)), Some((rest, _))) => rest < named,
            (None, Some(_)) => true,
            (Some(_), None) => false,
            (None, None) => return,
        };
        list.extend(if from_rest { rest.next() } else { named.next() }.map(|(_, item)| item));
    }
}
