//! Defaults, pruning and validation by schema.
//!
//! Serves custom resources as the API server does, and built-in kinds as far as a schema can: defaults that only Go code
//! sets, and checks that only Go code makes, are not here.
//!
//! **Absent:** CEL rules; `allOf`, `anyOf`, `oneOf`, `not`; `format` other than `int32`.
//! **Start at** [`default`], [`prune`], [`validate`].

#[cfg(test)]
mod tests;
mod validate;

use serde_json::{Map, Value};

use crate::{Shape, TypeRef, Unknown};
pub use validate::{Violation, validate};

/// Fills in what the schema says of absent fields, in depth. A null where none is allowed gives way to a default.
pub fn default(object: &mut Value, ty: TypeRef<'_>) {
    match (object, ty.shape()) {
        (Value::Object(fields), Shape::Struct { .. }) => {
            for field in ty.fields() {
                let name = field.name();
                let is_stray_null = fields.get(name).is_some_and(Value::is_null) && !field.ty().is_nullable();
                match field.default() {
                    Some(value) if is_stray_null || !fields.contains_key(name) => {
                        fields.insert(name.to_owned(), value.clone());
                    }
                    _ => {}
                }
            }
            for (name, value) in fields {
                default(value, ty.member(name));
            }
        }
        (Value::Object(fields), Shape::Map { element, .. }) => {
            fields.values_mut().for_each(|value| default(value, element));
        }
        (Value::Array(items), Shape::List { element, .. }) => {
            items.iter_mut().for_each(|item| default(item, element));
        }
        _ => {}
    }
}

/// Drops nulls where none are allowed and no default takes their place.
pub fn drop_nulls(object: &mut Value, ty: TypeRef<'_>) {
    match (object, ty.shape()) {
        (Value::Object(fields), Shape::Struct { .. }) => {
            let stray = |field: &crate::FieldRef<'_>| field.default().is_none() && !field.ty().is_nullable();
            for field in ty.fields().filter(stray) {
                if fields.get(field.name()).is_some_and(Value::is_null) {
                    fields.remove(field.name());
                }
            }
            for (name, value) in fields {
                drop_nulls(value, ty.member(name));
            }
        }
        (Value::Object(fields), Shape::Map { element, .. }) => {
            fields.values_mut().for_each(|value| drop_nulls(value, element));
        }
        (Value::Array(items), Shape::List { element, .. }) => {
            items.iter_mut().for_each(|item| drop_nulls(item, element));
        }
        _ => {}
    }
}

/// Drops undeclared fields and returns their paths, such as `spec.containers[0].foo`, for messages like
/// `unknown field "spec.containers[0].foo"`.
pub fn prune(object: &mut Value, ty: TypeRef<'_>) -> Vec<String> {
    let mut walk = Prune {
        path: String::new(),
        dropped: Vec::new(),
    };
    walk.value(object, ty);
    walk.dropped
}

struct Prune {
    path: String,
    dropped: Vec<String>,
}

impl Prune {
    fn value(&mut self, value: &mut Value, ty: TypeRef<'_>) {
        match (value, ty.shape()) {
            (Value::Object(fields), Shape::Struct { unknown, .. }) => {
                if matches!(unknown, Unknown::Pruned) {
                    self.drop_undeclared(fields, ty);
                }
                for (name, value) in fields {
                    self.inside(&format!(".{name}"), value, ty.member(name));
                }
            }
            (Value::Object(fields), Shape::Map { element, .. }) => {
                for (name, value) in fields {
                    self.inside(&format!(".{name}"), value, element);
                }
            }
            (Value::Array(items), Shape::List { element, .. }) => {
                for (at, item) in items.iter_mut().enumerate() {
                    self.inside(&format!("[{at}]"), item, element);
                }
            }
            _ => {}
        }
    }

    fn drop_undeclared(&mut self, fields: &mut Map<String, Value>, ty: TypeRef<'_>) {
        let unknown: Vec<String> = fields
            .keys()
            .filter(|name| ty.field(name).is_none())
            .cloned()
            .collect();
        for name in unknown {
            fields.remove(&name);
            let dot = if self.path.is_empty() { "" } else { "." };
            self.dropped.push(format!("{}{dot}{name}", self.path));
        }
    }

    fn inside(&mut self, step: &str, value: &mut Value, ty: TypeRef<'_>) {
        if !(value.is_object() || value.is_array()) {
            return;
        }
        let length = self.path.len();
        self.path.push_str(if length == 0 {
            step.trim_start_matches('.')
        } else {
            step
        });
        self.value(value, ty);
        self.path.truncate(length);
    }
}
