//! What the original takes where it knows which type it wants before it reads: in the files of `configurations`, and in
//! what configures a built-in.
//!
//! **Start at** [`relax`].

use plumb_yaml::{Node, Value, go_yaml_float, short_float};

use super::Shape;
use crate::scalar;

/// Which of the original's two YAML libraries reads.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Library {
    /// sigs.k8s.io/yaml, which converts, makes JSON, and reads that. It does not see into objects inside objects.
    Json,
    /// go-yaml, to which the case of keys matters.
    Yaml,
}

/// `node` with numbers and booleans for texts made texts.
pub(crate) fn relax(mut node: Node, shape: &Shape, library: Library) -> Node {
    match (shape, &mut node.value) {
        (Shape::Text(_), Value::Bool(_) | Value::Int(_) | Value::Uint(_)) => {
            node.value = Value::from(scalar::in_go(&node.value));
        }
        (Shape::Text(_), Value::Float(number)) => node.value = Value::from(float(*number, library)),
        (Shape::Flag, Value::String(text)) if library == Library::Yaml => match &**text {
            "y" | "Y" | "yes" | "on" => node.value = Value::Bool(true),
            "n" | "N" | "no" | "off" => node.value = Value::Bool(false),
            _ => {}
        },
        (Shape::TextMap, Value::Mapping(mapping)) => {
            for (_, value) in mapping.iter_mut() {
                *value = relax(std::mem::take(value), &Shape::Text(""), library);
            }
        }
        (Shape::List(_, shape), Value::Sequence(items)) => {
            if library == Library::Yaml {
                items.retain(|item| !item.is_null());
            }
            for item in items {
                *item = relax(std::mem::take(item), shape, library);
            }
        }
        (Shape::Object(_, fields), Value::Mapping(mapping)) => {
            for (key, value) in mapping.iter_mut() {
                let field = fields.iter().find(|field| field.is_called(key, library));
                if let Some(field) = field.filter(|field| field.via.is_empty() || library == Library::Yaml) {
                    *value = relax(std::mem::take(value), field.shape, library);
                }
            }
        }
        _ => {}
    }
    node
}

/// A float as a text. It was JSON before, where whole numbers lose their point.
fn float(number: f64, library: Library) -> String {
    let digits = number.to_string();
    if let Ok(whole) = digits.parse::<i64>() {
        return whole.to_string();
    }
    match library {
        _ if digits.parse::<u64>().is_ok() => digits,
        Library::Json => short_float(number),
        Library::Yaml => go_yaml_float(number),
    }
}
