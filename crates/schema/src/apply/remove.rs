//! Removing fields from an object.

use serde_json::{Map, Value};

use crate::fields::item_segment;
use crate::{FieldSet, ListKind, TypeRef};

/// The value without the members of the set; `None` when the set reaches into a value that is one whole.
///
/// What loses all its fields is null: that it is not removed itself means that someone owns it as such.
pub(super) fn remove(value: Value, gone: &FieldSet, ty: TypeRef<'_>) -> Option<Value> {
    match value {
        Value::Object(_) if ty.is_atomic_object() => None,
        Value::Object(fields) => {
            let mut out = Map::new();
            for (name, value) in fields {
                let left = match gone.field(&name) {
                    Some(entry) if entry.member => None,
                    Some(entry) => remove(value, &entry.children, ty.member(&name)),
                    None => Some(value),
                };
                if let Some(value) = left {
                    out.insert(name, value);
                }
            }
            Some(if out.is_empty() { Value::Null } else { out.into() })
        }
        Value::Array(_) if ty.list_kind() == ListKind::Atomic => None,
        Value::Array(items) => {
            let left = items.into_iter().filter_map(|item| {
                let entry = item_segment(ty, &item)
                    .ok()
                    .and_then(|segment| gone.get(&segment));
                match entry {
                    Some(entry) if entry.member => None,
                    Some(entry) => remove(item, &entry.children, ty.item()),
                    None => Some(item),
                }
            });
            let left: Vec<Value> = left.collect();
            Some(if left.is_empty() { Value::Null } else { left.into() })
        }
        scalar => Some(scalar),
    }
}
