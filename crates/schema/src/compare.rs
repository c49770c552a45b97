//! Does a live object contain what is desired?
//!
//! **Start at** [`differences`].

use serde_json::Value;

use crate::{FieldPath, TypeRef};

/// A field that is not as desired.
#[derive(Debug, Clone, PartialEq)]
pub struct Difference {
    /// Where.
    pub path: FieldPath,
    /// What is desired; `None` when the field should not be there.
    pub desired: Option<Value>,
    /// What the live object has; `None` when it lacks the field.
    pub live: Option<Value>,
}

/// Every field of `desired` that `live` does not have, or has otherwise. Empty: they look the same.
#[must_use]
pub fn differences(desired: &Value, live: &Value, ty: Option<TypeRef<'_>>) -> Vec<Difference> {
    let _ = (desired, live, ty);
    Vec::new()
}
