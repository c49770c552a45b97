//! What Kubernetes kinds look like, and the merges that are built on it.
//!
//! Works on [`serde_json::Value`] objects. [`Schemas`] knows the built-in kinds, [`Type`] holds the schema of a custom
//! one, and both are walked through [`TypeRef`]. On top of that stand field ownership ([`FieldSet`]), server-side apply
//! ([`apply`]), strategic merge ([`strategic`]), schema defaults, pruning and validation ([`structural`]) and the
//! comparison of an intended object with a live one ([`compare`]).
//!
//! **Invariant:** pure functions of their arguments; the same input gives the same bytes.
//! **Absent:** CEL rules, admission, conversion between API versions, defaults that only Go code knows.
//! **Start at** [`Schemas::kind`], then [`apply::apply`].

pub mod apply;
pub mod compare;
mod fields;
mod identity;
pub mod quantity;
pub mod strategic;
pub mod structural;
mod types;

pub use fields::{FieldPath, FieldSet, FieldSetError, Segment, Step, copy_field, item_segment, locate};
pub use identity::{GroupKind, GroupVersionKind, ParseApiVersionError};
pub use types::{
    FieldRef, ListKind, PatchStrategy, Scalar, SchemaError, Schemas, Shape, Type, TypeRef, Unknown,
};
