//! Storage of types: nodes that name each other by index.
//!
//! **Invariant:** fields of a struct are sorted by name; node 0 of the built-in arena is free form.

use std::sync::Arc;

use serde_json::Value;

use super::{PatchStrategy, Scalar};

/// All nodes of one table or of one custom schema.
#[derive(Debug, Clone, Default)]
pub(crate) struct Arena {
    pub(crate) nodes: Vec<Node>,
    /// Whether this is the schema of a custom resource, whose objects the server keeps as they come.
    pub(crate) custom: bool,
}

/// One type.
#[derive(Debug, Clone)]
pub(crate) struct Node {
    pub(crate) shape: NodeShape,
    pub(crate) nullable: bool,
    pub(crate) embedded: bool,
    pub(crate) limits: Option<Box<Limits>>,
}

/// What a type is, children by index.
#[derive(Debug, Clone)]
pub(crate) enum NodeShape {
    Scalar(Scalar),
    Struct {
        fields: Vec<Field>,
        atomic: bool,
        unknown: NodeUnknown,
    },
    Map {
        element: u32,
        atomic: bool,
    },
    List {
        element: u32,
        kind: NodeListKind,
    },
    Any {
        atomic: bool,
    },
}

/// Fields that a struct does not declare.
#[derive(Debug, Clone, Copy)]
pub(crate) enum NodeUnknown {
    Pruned,
    Preserved,
    Typed(u32),
}

/// How items are told apart.
#[derive(Debug, Clone)]
pub(crate) enum NodeListKind {
    Atomic,
    Set,
    Map(Vec<String>),
}

/// A declared field.
#[derive(Debug, Clone)]
pub(crate) struct Field {
    pub(crate) name: Arc<str>,
    pub(crate) ty: u32,
    pub(crate) required: bool,
    pub(crate) default: Option<Value>,
    /// The Go field is a plain value, so an empty object has it as its zero.
    pub(crate) zero: bool,
    pub(crate) patch: PatchStrategy,
    pub(crate) merge_key: Option<String>,
}

/// What validation checks beyond the shape.
#[derive(Debug, Clone, Default)]
pub(crate) struct Limits {
    pub(crate) one_of: Vec<Value>,
    pub(crate) minimum: Option<(f64, bool)>,
    pub(crate) maximum: Option<(f64, bool)>,
    pub(crate) multiple_of: Option<f64>,
    pub(crate) length: (Option<u64>, Option<u64>),
    pub(crate) items: (Option<u64>, Option<u64>),
    pub(crate) properties: (Option<u64>, Option<u64>),
    pub(crate) pattern: Option<regex::Regex>,
    pub(crate) unique_items: bool,
    pub(crate) bits32: bool,
}

impl Node {
    /// A type without limits.
    pub(crate) fn plain(shape: NodeShape) -> Self {
        Self {
            shape,
            nullable: false,
            embedded: false,
            limits: None,
        }
    }
}

impl Arena {
    /// Adds a node.
    pub(crate) fn push(&mut self, node: Node) -> u32 {
        let id = u32::try_from(self.nodes.len()).expect("a schema has far fewer than 2^32 nodes");
        self.nodes.push(node);
        id
    }
}
