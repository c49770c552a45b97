//! What copies for aliases cost.
//!
//! **Start at** [`measure`].

use crate::{Node, Value};

/// What a copy of a node costs. That copies share memory is not counted on: they are written out in the end.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Size {
    pub(super) nodes: usize,
    pub(super) bytes: usize,
    pub(super) height: usize,
}

/// What a copy of `node` costs.
pub(super) fn measure(node: &Node) -> Size {
    let children = match &node.value {
        Value::String(text) => {
            return Size {
                nodes: 1,
                bytes: text.len(),
                height: 0,
            };
        }
        Value::Sequence(items) => items.iter().map(measure).reduce(add),
        Value::Mapping(mapping) => mapping
            .iter()
            .map(|(key, value)| {
                let size = measure(value);
                Size {
                    bytes: size.bytes + key.len(),
                    ..size
                }
            })
            .reduce(add),
        _ => {
            return Size {
                nodes: 1,
                bytes: 0,
                height: 0,
            };
        }
    };
    let inside = children.unwrap_or_default();
    Size {
        nodes: inside.nodes + 1,
        bytes: inside.bytes,
        height: inside.height + 1,
    }
}

fn add(a: Size, b: Size) -> Size {
    Size {
        nodes: a.nodes + b.nodes,
        bytes: a.bytes + b.bytes,
        height: a.height.max(b.height),
    }
}
