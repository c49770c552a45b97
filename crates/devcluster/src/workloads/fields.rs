//! Reads and writes fields of API objects that are plain JSON values.
//!
//! **Invariant:** a field that is missing or of the wrong type reads as empty, never as an error: the server has
//! already checked the object. **Absent:** owner references ([`super::owners`]) and conditions
//! ([`super::conditions`]).

use jiff::Timestamp;
use serde_json::{Map, Value};

use super::world::Key;

/// The string at a JSON pointer, or an empty one.
pub(super) fn text<'a>(object: &'a Value, pointer: &str) -> &'a str {
    object
        .pointer(pointer)
        .and_then(Value::as_str)
        .unwrap_or_default()
}

/// The number at a JSON pointer.
pub(super) fn number(object: &Value, pointer: &str) -> Option<i64> {
    object.pointer(pointer).and_then(Value::as_i64)
}

/// The number at a JSON pointer, or zero.
pub(super) fn count(object: &Value, pointer: &str) -> i64 {
    number(object, pointer).unwrap_or(0)
}

/// Whether the value at a JSON pointer is `true`.
pub(super) fn flag(object: &Value, pointer: &str) -> bool {
    object.pointer(pointer).and_then(Value::as_bool).unwrap_or(false)
}

/// The list at a JSON pointer, or an empty one.
pub(super) fn items<'a>(object: &'a Value, pointer: &str) -> &'a [Value] {
    object
        .pointer(pointer)
        .and_then(Value::as_array)
        .map_or(&[], Vec::as_slice)
}

pub(super) fn uid(object: &Value) -> &str {
    text(object, "/metadata/uid")
}

pub(super) fn name(object: &Value) -> &str {
    text(object, "/metadata/name")
}

pub(super) fn namespace(object: &Value) -> &str {
    text(object, "/metadata/namespace")
}

/// An annotation; pointers cannot name it because its key holds slashes.
pub(super) fn annotation<'a>(object: &'a Value, key: &str) -> Option<&'a str> {
    object.get("metadata")?.get("annotations")?.get(key)?.as_str()
}

pub(super) fn label<'a>(object: &'a Value, key: &str) -> Option<&'a str> {
    object.get("metadata")?.get("labels")?.get(key)?.as_str()
}

pub(super) fn is_deleting(object: &Value) -> bool {
    !text(object, "/metadata/deletionTimestamp").is_empty()
}

pub(super) fn has_finalizer(object: &Value, finalizer: &str) -> bool {
    items(object, "/metadata/finalizers")
        .iter()
        .any(|entry| entry == finalizer)
}

/// The key of an object whose type is known.
pub(super) fn key_of(group: &str, resource: &str, object: &Value) -> Key {
    Key::new(group, resource, namespace(object), name(object))
}

/// Sets a field, making the maps on the way to it.
pub(super) fn put(object: &mut Value, path: &[&str], value: impl Into<Value>) {
    let mut place = object;
    for step in path {
        if !place.is_object() {
            *place = Value::Object(Map::new());
        }
        place = &mut place[*step];
    }
    *place = value.into();
}

/// A time as it stands in objects: whole seconds, UTC.
pub(super) fn stamp(time: Timestamp) -> String {
    time.strftime("%Y-%m-%dT%H:%M:%SZ").to_string()
}

/// The time at a JSON pointer.
pub(super) fn time(object: &Value, pointer: &str) -> Option<Timestamp> {
    text(object, pointer).parse().ok()
}

/// Drops the counters that are zero, as the server's `omitempty` does, except those named.
pub(super) fn drop_zeros(status: &mut Value, keep: &[&str]) {
    if let Value::Object(fields) = status {
        fields.retain(|name, value| value.as_i64() != Some(0) || keep.contains(&name.as_str()));
    }
}

/// Resolves a count that may be a percentage of `total`.
pub(super) fn share(value: Option<&Value>, default: &str, total: i64, round_up: bool) -> i64 {
    let percent = |words: &str| -> Option<i64> {
        let hundredths = words.strip_suffix('%')?.parse::<i64>().ok()? * total;
        Some(if round_up {
            (hundredths + 99) / 100
        } else {
            hundredths / 100
        })
    };
    match value {
        Some(Value::Number(number)) => number.as_i64().unwrap_or(0),
        Some(Value::String(words)) => percent(words).or_else(|| words.parse().ok()).unwrap_or(0),
        _ => percent(default).unwrap_or(0),
    }
}
