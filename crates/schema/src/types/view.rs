//! Walking types: from a kind to its fields, items and values.

use std::sync::{Arc, OnceLock};

use serde_json::Value;

use super::arena::{Field, Node, NodeListKind, NodeShape, NodeUnknown};
use super::{Arena, Limits, ListKind, PatchStrategy, Scalar, Shape, Unknown};

/// A type; cheap to copy.
#[derive(Clone, Copy)]
pub struct TypeRef<'a> {
    arena: &'a Arena,
    id: u32,
}

/// A declared field of a struct.
#[derive(Clone, Copy)]
pub struct FieldRef<'a> {
    arena: &'a Arena,
    field: &'a Field,
}

impl TypeRef<'static> {
    /// The type of what has no schema: lists are one value, objects merge by key.
    #[must_use]
    pub fn deduced() -> Self {
        static FREE: OnceLock<Arena> = OnceLock::new();
        let arena = FREE.get_or_init(|| Arena {
            nodes: vec![
                Node::plain(NodeShape::Any { atomic: false }),
                Node::plain(NodeShape::Any { atomic: true }),
            ],
            custom: true,
        });
        TypeRef { arena, id: 0 }
    }

    fn opaque() -> Self {
        TypeRef {
            arena: Self::deduced().arena,
            id: 1,
        }
    }
}

impl<'a> TypeRef<'a> {
    pub(crate) fn new(arena: &'a Arena, id: u32) -> Self {
        Self { arena, id }
    }

    /// What it is.
    #[must_use]
    pub fn shape(self) -> Shape<'a> {
        match &self.node().shape {
            NodeShape::Scalar(scalar) => Shape::Scalar(*scalar),
            NodeShape::Struct { atomic, unknown, .. } => Shape::Struct {
                atomic: *atomic,
                unknown: match unknown {
                    NodeUnknown::Pruned => Unknown::Pruned,
                    NodeUnknown::Preserved => Unknown::Preserved,
                    NodeUnknown::Typed(id) => Unknown::Typed(self.at(*id)),
                },
            },
            NodeShape::Map { element, atomic } => Shape::Map {
                element: self.at(*element),
                atomic: *atomic,
            },
            NodeShape::List { element, kind } => Shape::List {
                element: self.at(*element),
                kind: kind.view(),
            },
            NodeShape::Any { atomic } => Shape::Any { atomic: *atomic },
        }
    }

    /// A declared field.
    #[must_use]
    pub fn field(self, name: &str) -> Option<FieldRef<'a>> {
        let NodeShape::Struct { fields, .. } = &self.node().shape else {
            return None;
        };
        let at = fields
            .binary_search_by(|field| field.name.as_ref().cmp(name))
            .ok()?;
        fields.get(at).map(|field| FieldRef {
            arena: self.arena,
            field,
        })
    }

    /// Every declared field, by name.
    pub fn fields(self) -> impl Iterator<Item = FieldRef<'a>> {
        let fields: &[Field] = match &self.node().shape {
            NodeShape::Struct { fields, .. } => fields,
            _ => &[],
        };
        fields.iter().map(move |field| FieldRef {
            arena: self.arena,
            field,
        })
    }

    /// Type of a member of an object, declared or not; what is undeclared is free form.
    #[must_use]
    pub fn member(self, name: &str) -> TypeRef<'a> {
        match &self.node().shape {
            NodeShape::Struct { unknown, .. } => match (self.field(name), unknown) {
                (Some(field), _) => field.ty(),
                (None, NodeUnknown::Typed(id)) => self.at(*id),
                (None, _) => TypeRef::deduced(),
            },
            NodeShape::Map { element, .. } => self.at(*element),
            NodeShape::Any { atomic: true } => TypeRef::opaque(),
            _ => TypeRef::deduced(),
        }
    }

    /// Type of a list's items; free form and atomic when this is no list.
    #[must_use]
    pub fn item(self) -> TypeRef<'a> {
        match &self.node().shape {
            NodeShape::List { element, .. } => self.at(*element),
            _ => TypeRef::opaque(),
        }
    }

    /// How items of a list are told apart; atomic when this is no list.
    #[must_use]
    pub fn list_kind(self) -> ListKind<'a> {
        match &self.node().shape {
            NodeShape::List { kind, .. } => kind.view(),
            _ => ListKind::Atomic,
        }
    }

    /// Whether an object of this type merges as one value.
    #[must_use]
    pub fn is_atomic_object(self) -> bool {
        match &self.node().shape {
            NodeShape::Struct { atomic, .. } | NodeShape::Map { atomic, .. } | NodeShape::Any { atomic } => {
                *atomic
            }
            _ => true,
        }
    }

    /// Whether `null` is a value of its own.
    #[must_use]
    pub fn is_nullable(self) -> bool {
        self.node().nullable
    }

    /// Whether the type carries a whole object with `apiVersion`, `kind` and `metadata`.
    #[must_use]
    pub fn is_embedded_resource(self) -> bool {
        self.node().embedded
    }

    /// Whether it belongs to a custom resource or has no schema at all.
    #[must_use]
    pub fn is_custom(self) -> bool {
        self.arena.custom
    }

    pub(crate) fn limits(self) -> Option<&'a Limits> {
        self.node().limits.as_deref()
    }

    fn node(self) -> &'a Node {
        &self.arena.nodes[self.id as usize]
    }

    fn at(self, id: u32) -> Self {
        Self {
            arena: self.arena,
            id,
        }
    }
}

impl<'a> FieldRef<'a> {
    /// Its name.
    #[must_use]
    pub fn name(self) -> &'a str {
        &self.field.name
    }

    pub(crate) fn shared_name(self) -> &'a Arc<str> {
        &self.field.name
    }

    /// Its type.
    #[must_use]
    pub fn ty(self) -> TypeRef<'a> {
        TypeRef {
            arena: self.arena,
            id: self.field.ty,
        }
    }

    /// Whether an object without it is invalid.
    #[must_use]
    pub fn is_required(self) -> bool {
        self.field.required
    }

    /// What the schema fills in when it is absent (zeros of built-in kinds are not told here).
    #[must_use]
    pub fn default(self) -> Option<&'a Value> {
        self.field.default.as_ref()
    }

    /// Whether even an empty object of a built-in kind carries this field, as its zero.
    #[must_use]
    pub fn is_always_present(self) -> bool {
        self.field.zero
    }

    /// The value that stands for an absent key of a keyed list.
    #[must_use]
    pub fn key_default(self) -> Option<Value> {
        if let Some(default) = &self.field.default {
            return Some(default.clone());
        }
        if !self.field.zero {
            return None;
        }
        match self.ty().shape() {
            Shape::Scalar(Scalar::Integer | Scalar::Number) => Some(Value::from(0)),
            Shape::Scalar(Scalar::Boolean) => Some(Value::Bool(false)),
            Shape::Scalar(_) => Some(Value::from("")),
            _ => None,
        }
    }

    /// What a strategic merge patch does with it.
    #[must_use]
    pub fn patch_strategy(self) -> PatchStrategy {
        self.field.patch
    }

    /// The key by which a strategic merge patch tells its items apart.
    #[must_use]
    pub fn merge_key(self) -> Option<&'a str> {
        self.field.merge_key.as_deref()
    }
}

impl NodeListKind {
    fn view(&self) -> ListKind<'_> {
        match self {
            Self::Atomic => ListKind::Atomic,
            Self::Set => ListKind::Set,
            Self::Map(keys) => ListKind::Map(keys),
        }
    }
}

impl std::fmt::Debug for TypeRef<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "TypeRef({})", self.id)
    }
}

impl std::fmt::Debug for FieldRef<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "FieldRef({})", self.field.name)
    }
}
