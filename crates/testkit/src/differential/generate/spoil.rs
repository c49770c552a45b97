//! Making an object wrong in one place.
//!
//! **Start at** [`spoil`].

use serde_json::{Value, json};

use super::super::random::Random;

/// Makes it wrong; or leaves it right, where what is hit may be anything.
///
/// Values within the specification of built-in kinds are only given wrong types: what else is wrong with them is for
/// rules in Go, of which the embedded cluster has few.
pub(super) fn spoil(random: &mut Random, object: &mut Value) {
    let kind = object["kind"].as_str().unwrap_or_default();
    let free = ["Widget", "ConfigMap", "ServiceAccount", "Lease"].contains(&kind);
    let choice = random.below(16);
    match if (10..=13).contains(&choice) && !free {
        14
    } else {
        choice
    } {
        0 => object["unknown"] = json!("x"),
        1 => set(&mut object["spec"], "unknown", json!({ "a": 1 })),
        2 => {
            object["metadata"]["name"] =
                json!(random.one(&["Upper", "with_underscore", "-dash", "", "a..b", "trailing-"]))
        }
        3 => {
            object["metadata"]["labels"] = json!({ random.one(&["ok", "bad key", "/x", "a/b/c"]): random.one(&["fine", "not fine", "-x"]) })
        }
        4 => object["metadata"]["annotations"] = json!({ "bad key": "x" }),
        5 => object["kind"] = json!(random.one(&["Other", ""])),
        6 => object["apiVersion"] = json!(random.one(&["v9", "example.com/v1", ""])),
        7 => object["metadata"]["namespace"] = json!("elsewhere"),
        8 => object["metadata"]["finalizers"] = json!([random.one(&["nodomain", "a/b/c", "example.com/ok"])]),
        9 => object["metadata"]["ownerReferences"] = owner(random),
        10 | 11 => change_leaf(random, object, false),
        12 | 13 => change_leaf(random, object, true),
        _ => change_type(random, object),
    }
}

fn owner(random: &mut Random) -> Value {
    let mut owner = json!({ "apiVersion": "v1", "kind": "ConfigMap", "name": "a", "uid": "11111111-1111-1111-1111-111111111111" });
    match random.below(5) {
        0 => owner["uid"] = json!(""),
        1 => owner["apiVersion"] = json!(""),
        2 => return json!([with(&owner, "controller"), with(&owner, "controller")]),
        3 => owner["blockOwnerDeletion"] = json!(true),
        _ => {}
    }
    json!([owner])
}

fn with(owner: &Value, field: &str) -> Value {
    let mut owner = owner.clone();
    owner[field] = json!(true);
    owner
}

fn set(object: &mut Value, field: &str, value: Value) {
    if object.is_null() {
        *object = json!({});
    }
    if let Some(object) = object.as_object_mut() {
        object.insert(field.to_owned(), value);
    }
}

/// The places of all values below what the kind itself says.
fn places(object: &Value, leaves: bool) -> Vec<String> {
    let mut found = Vec::new();
    for field in ["spec", "data", "stringData"] {
        if let Some(value) = object.get(field) {
            walk(value, &format!("/{field}"), leaves, &mut found);
        }
    }
    found
}

fn walk(value: &Value, path: &str, leaves: bool, found: &mut Vec<String>) {
    let inner = matches!(value, Value::Object(_) | Value::Array(_));
    if !inner || !leaves {
        found.push(path.to_owned());
    }
    match value {
        Value::Object(map) => {
            for (key, value) in map {
                walk(
                    value,
                    &format!("{path}/{}", key.replace('~', "~0").replace('/', "~1")),
                    leaves,
                    found,
                );
            }
        }
        Value::Array(list) => {
            for (at, value) in list.iter().enumerate() {
                walk(value, &format!("{path}/{at}"), leaves, found);
            }
        }
        _ => {}
    }
}

/// Gives one value another of its type, or takes it away.
fn change_leaf(random: &mut Random, object: &mut Value, remove: bool) {
    let places = places(object, !remove);
    if places.is_empty() {
        return;
    }
    let place = &places[random.below(places.len())];
    if remove {
        let (parent, key) = place.rsplit_once('/').unwrap_or(("", place));
        match object.pointer_mut(parent) {
            Some(Value::Object(map)) => drop(map.remove(&key.replace("~1", "/"))),
            Some(Value::Array(list)) => {
                if let Ok(at) = key.parse::<usize>() {
                    list.remove(at);
                }
            }
            _ => {}
        }
        return;
    }
    if let Some(value) = object.pointer_mut(place) {
        let other = match &*value {
            Value::Number(_) => json!(random.one(&[-1, 0, 70_000, 1])),
            Value::String(_) => json!(random.one(&["", "Wrong", "a b", "-x", "1", "ok"])),
            Value::Bool(flag) => json!(!*flag),
            other => other.clone(),
        };
        *value = other;
    }
}

/// Gives one value another type.
fn change_type(random: &mut Random, object: &mut Value) {
    let places = places(object, false);
    if places.is_empty() {
        return;
    }
    let place = places[random.below(places.len())].clone();
    if let Some(value) = object.pointer_mut(&place) {
        let others = [
            json!(7),
            json!("text"),
            json!(true),
            json!({}),
            json!([]),
            json!(1.5),
            Value::Null,
        ];
        *value = others[random.below(others.len())].clone();
    }
}
