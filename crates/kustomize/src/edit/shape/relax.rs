//! What the original takes where it knows which type it wants before it reads: in the files of `configurations`.
//!
//! **Start at** [`relax`].

use plumb_yaml::{Mapping, Node, Value};

use super::Shape;
use crate::scalar;

/// `node` with numbers and booleans for texts made texts.
pub(crate) fn relax(mut node: Node, shape: &Shape) -> Node {
    match (shape, &mut node.value) {
        (Shape::Text(_), Value::Bool(_) | Value::Int(_) | Value::Uint(_) | Value::Float(_)) => {
            node.value = Value::from(scalar::in_go(&node.value));
        }
        (Shape::TextMap, Value::Mapping(mapping)) => {
            for (_, value) in mapping.iter_mut() {
                *value = relax(std::mem::take(value), &Shape::Text(""));
            }
        }
        (Shape::List(_, shape), Value::Sequence(items)) => {
            for item in items {
                *item = relax(std::mem::take(item), shape);
            }
        }
        (Shape::Object(_, fields), Value::Mapping(mapping)) => {
            let mut known = Mapping::new();
            for (key, value) in std::mem::take(mapping) {
                // The last one wins in Go, whatever its case.
                match fields.iter().find(|field| field.name.eq_ignore_ascii_case(&key)) {
                    Some(field) => known.push(key, relax(value, field.shape)),
                    None => known.push(key, value),
                }
            }
            *mapping = known;
        }
        _ => {}
    }
    node
}
