//! The set of fields that an applied configuration states, and whether it fits its type.

use std::collections::BTreeSet;
use std::sync::Arc;

use serde_json::Value;

use super::{FieldPath, FieldSet, Segment, item_segment};
use crate::{ListKind, Scalar, Shape, TypeRef, Unknown};

/// What does not fit the type: `.spec.foo: field not declared in schema`.
pub(crate) type Problems = Vec<String>;

impl FieldSet {
    /// The fields that an applied object states: its leaves, items of sets and keyed lists, and keys of maps.
    #[must_use]
    pub fn of(object: &Value, ty: TypeRef<'_>) -> FieldSet {
        let mut walk = Walk {
            path: Vec::new(),
            problems: None,
        };
        walk.children(object, ty).1
    }

    /// Whether the object can be told apart into fields: all values are of the types that the schema has.
    #[must_use]
    pub fn fits(object: &Value, ty: TypeRef<'_>) -> bool {
        Self::of_checked(object, ty).is_ok()
    }

    /// Like [`FieldSet::of`], and tells where the object does not fit.
    pub(crate) fn of_checked(object: &Value, ty: TypeRef<'_>) -> Result<FieldSet, Problems> {
        let mut walk = Walk {
            path: Vec::new(),
            problems: Some(Vec::new()),
        };
        let set = walk.children(object, ty).1;
        match walk.problems {
            Some(problems) if !problems.is_empty() => Err(problems),
            _ => Ok(set),
        }
    }
}

struct Walk {
    path: Vec<Segment>,
    /// Collected only when asked for.
    problems: Option<Problems>,
}

impl Walk {
    /// Whether the value itself is a leaf, and what lies below it.
    fn children(&mut self, value: &Value, ty: TypeRef<'_>) -> (bool, FieldSet) {
        match (value, ty.shape()) {
            (Value::Object(fields), Shape::Struct { .. } | Shape::Map { .. } | Shape::Any { .. }) => {
                if ty.is_atomic_object() && self.problems.is_none() {
                    return (true, FieldSet::new());
                }
                let below = self.object(fields, ty);
                if ty.is_atomic_object() {
                    (true, FieldSet::new())
                } else {
                    (false, below)
                }
            }
            (Value::Array(items), Shape::List { kind, .. }) => match kind {
                ListKind::Atomic => {
                    if self.problems.is_some() {
                        self.atomic_items(items, ty.item());
                    }
                    (true, FieldSet::new())
                }
                ListKind::Set | ListKind::Map(_) => (false, self.items(items, ty)),
            },
            (Value::Null, Shape::Struct { atomic: false, .. } | Shape::Map { atomic: false, .. }) => {
                (false, FieldSet::new())
            }
            (Value::Null, Shape::List { kind, .. }) => (kind == ListKind::Atomic, FieldSet::new()),
            (value, shape) => {
                self.scalar(value, shape);
                (true, FieldSet::new())
            }
        }
    }

    fn object(&mut self, fields: &serde_json::Map<String, Value>, ty: TypeRef<'_>) -> FieldSet {
        let mut set = FieldSet::new();
        for (name, value) in fields {
            let declared = ty.field(name);
            let segment = match declared {
                Some(field) => Segment::Field(field.shared_name().clone()),
                None => Segment::Field(Arc::from(name.as_str())),
            };
            self.path.push(segment);
            if declared.is_none()
                && matches!(
                    ty.shape(),
                    Shape::Struct {
                        unknown: Unknown::Pruned,
                        ..
                    }
                )
            {
                // The server stops at the first one of an object.
                self.problem("field not declared in schema");
                self.path.pop();
                break;
            }
            let (leaf, below) = self.children(value, ty.member(name));
            let blank = value.is_null() || value.as_object().is_some_and(serde_json::Map::is_empty);
            if let Some(segment) = self.path.pop() {
                set.put(segment, leaf || blank || declared.is_none(), below);
            }
        }
        set
    }

    fn items(&mut self, items: &[Value], ty: TypeRef<'_>) -> FieldSet {
        let mut set = FieldSet::new();
        let mut seen = BTreeSet::new();
        for (at, item) in items.iter().enumerate() {
            let segment = match item_segment(ty, item) {
                Ok(segment) => segment,
                Err(problem) => {
                    self.problem(&format!("element {at}: {problem}"));
                    continue;
                }
            };
            if self.problems.is_some() && !seen.insert(segment.clone()) {
                self.problem(&format!("duplicate entries for key {segment}"));
            }
            self.path.push(segment);
            let (_, below) = self.children(item, ty.item());
            if let Some(segment) = self.path.pop() {
                set.put(segment, true, below);
            }
        }
        set
    }

    fn atomic_items(&mut self, items: &[Value], ty: TypeRef<'_>) {
        for (at, item) in items.iter().enumerate() {
            self.path
                .push(Segment::Index(i64::try_from(at).unwrap_or(i64::MAX)));
            self.children(item, ty);
            self.path.pop();
        }
    }

    fn scalar(&mut self, value: &Value, shape: Shape<'_>) {
        if self.problems.is_none() || value.is_null() {
            return;
        }
        let problem = match (shape, value) {
            (Shape::Any { .. }, _) => return,
            (Shape::Scalar(Scalar::String | Scalar::DateTime | Scalar::Bytes), Value::String(_))
            | (Shape::Scalar(Scalar::Integer | Scalar::Number), Value::Number(_))
            | (Shape::Scalar(Scalar::Boolean), Value::Bool(_)) => return,
            (
                Shape::Scalar(Scalar::IntOrString | Scalar::Quantity),
                Value::String(_) | Value::Number(_) | Value::Bool(_),
            ) => return,
            (Shape::Scalar(Scalar::String | Scalar::DateTime | Scalar::Bytes), _) => {
                format!("expected string, got {}", shown_scalar(value))
            }
            (Shape::Scalar(Scalar::Integer | Scalar::Number), _) => {
                format!("expected numeric (int or float), got {}", go_type(value))
            }
            (Shape::Scalar(Scalar::Boolean), _) => format!("expected boolean, got {}", shown(value)),
            (Shape::Scalar(_), _) => format!("expected any scalar, got {}", shown(value)),
            (Shape::List { .. }, _) => format!("expected list, got {}", shown(value)),
            (_, _) => format!("expected map, got {}", shown(value)),
        };
        self.problem(&problem);
    }

    fn problem(&mut self, text: &str) {
        let path = FieldPath::new(self.path.clone());
        if let Some(problems) = &mut self.problems {
            problems.push(format!("{path}: {text}"));
        }
    }
}

fn go_type(value: &Value) -> &'static str {
    match value {
        Value::String(_) => "string",
        Value::Bool(_) => "bool",
        Value::Array(_) => "[]interface {}",
        Value::Object(_) => "map[string]interface {}",
        Value::Number(number) if number.is_f64() => "float64",
        Value::Number(_) => "int64",
        Value::Null => "<nil>",
    }
}

/// How the server prints a value inside such a message.
fn shown(value: &Value) -> String {
    match value {
        Value::String(text) => format!("&{{{text}}}"),
        other => format!("&{{{other}}}"),
    }
}

/// The same where a text is expected: then it is printed as Go source.
fn shown_scalar(value: &Value) -> String {
    format!("&value.valueUnstructured{{Value:{}}}", go_source(value))
}

fn go_source(value: &Value) -> String {
    match value {
        Value::Null => "interface {}(nil)".to_owned(),
        Value::Object(fields) => {
            let fields: Vec<String> = fields
                .iter()
                .map(|(name, value)| format!("{name:?}:{}", go_source(value)))
                .collect();
            format!("map[string]interface {{}}{{{}}}", fields.join(", "))
        }
        Value::Array(items) => {
            let items: Vec<String> = items.iter().map(go_source).collect();
            format!("[]interface {{}}{{{}}}", items.join(", "))
        }
        scalar => scalar.to_string(),
    }
}
