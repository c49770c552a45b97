//! Types of objects: what fields they have and how their lists and maps merge.
//!
//! A type is a node in an arena, and [`TypeRef`] is a cheap pointer into one, so that the built-in table (one arena,
//! shared by all kinds) and the schema of a custom resource (an arena of its own) are walked alike.
//!
//! **Invariant:** an arena never changes once built; every id in it points into it.
//! **Start at** [`TypeRef`]; the committed table is read in [`table`], schemas of custom resources in [`custom`].

mod arena;
mod custom;
mod table;
#[cfg(test)]
mod tests;
mod view;

use std::collections::BTreeMap;
use std::sync::OnceLock;

use serde_json::Value;

use crate::GroupVersionKind;
pub(crate) use arena::{Arena, Limits};
pub use view::{FieldRef, TypeRef};

/// Kind of a single value.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Scalar {
    /// Text.
    String,
    /// Text that is an RFC 3339 time.
    DateTime,
    /// Text that is base64.
    Bytes,
    /// Whole number.
    Integer,
    /// Any number.
    Number,
    /// `true` or `false`.
    Boolean,
    /// Whole number, or text such as a percentage or a port name.
    IntOrString,
    /// Amount with a unit, such as `100m` or `1Gi`.
    Quantity,
}

/// How the items of a list are told apart when lists merge.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ListKind<'a> {
    /// The list is one value.
    Atomic,
    /// Items are themselves the key.
    Set,
    /// Items are objects, told apart by these fields.
    Map(&'a [String]),
}

/// What a struct says of fields that it does not declare.
#[derive(Debug, Clone, Copy)]
pub enum Unknown<'a> {
    /// They are dropped.
    Pruned,
    /// They are kept as they are.
    Preserved,
    /// They have this type.
    Typed(TypeRef<'a>),
}

/// What a type is.
#[derive(Debug, Clone, Copy)]
pub enum Shape<'a> {
    /// One value.
    Scalar(Scalar),
    /// Object with declared fields.
    Struct {
        /// The object merges as one value.
        atomic: bool,
        /// What happens to other fields.
        unknown: Unknown<'a>,
    },
    /// Object with free keys.
    Map {
        /// Type of every value.
        element: TypeRef<'a>,
        /// The object merges as one value.
        atomic: bool,
    },
    /// List.
    List {
        /// Type of every item.
        element: TypeRef<'a>,
        /// How items are told apart.
        kind: ListKind<'a>,
    },
    /// Free form. Lists are one value; objects merge by key unless `atomic`.
    Any {
        /// The whole is one value.
        atomic: bool,
    },
}

/// What a strategic merge patch does with a field.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct PatchStrategy {
    /// Lists merge (by merge key, or as sets) instead of being replaced.
    pub merge: bool,
    /// Objects may name the keys that stay (`$retainKeys`).
    pub retain_keys: bool,
    /// Objects and lists are replaced whole.
    pub replace: bool,
}

/// Why the schema of a custom resource cannot be used.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("schema of a custom resource, at {path}: {problem}")]
pub struct SchemaError {
    /// Where in the schema.
    pub path: String,
    /// What is wrong there.
    pub problem: String,
}

/// The built-in kinds.
#[derive(Debug)]
pub struct Schemas {
    arena: Arena,
    kinds: BTreeMap<GroupVersionKind, u32>,
}

/// The type of a custom resource.
#[derive(Debug, Clone)]
pub struct Type {
    arena: Arena,
    root: u32,
}

impl Schemas {
    /// The table that is compiled in, decoded on first use.
    #[must_use]
    pub fn builtin() -> &'static Schemas {
        static TABLE: OnceLock<Schemas> = OnceLock::new();
        TABLE.get_or_init(table::decode)
    }

    /// The type of a kind; `None` for one that is not built in.
    #[must_use]
    pub fn kind(&self, gvk: &GroupVersionKind) -> Option<TypeRef<'_>> {
        self.kinds.get(gvk).map(|&id| TypeRef::new(&self.arena, id))
    }

    /// Every built-in kind.
    pub fn kinds(&self) -> impl Iterator<Item = &GroupVersionKind> {
        self.kinds.keys()
    }
}

impl Type {
    /// Reads `spec.versions[].schema.openAPIV3Schema` of a CustomResourceDefinition.
    ///
    /// # Errors
    /// When the schema is not structural enough to be read; says where.
    pub fn from_structural(schema: &Value) -> Result<Type, SchemaError> {
        custom::read(schema)
    }

    /// The root, to walk from.
    #[must_use]
    pub fn root(&self) -> TypeRef<'_> {
        TypeRef::new(&self.arena, self.root)
    }
}
