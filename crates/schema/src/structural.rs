//! Defaults, pruning and validation by schema.

use serde_json::Value;

use crate::TypeRef;

/// A value that its schema forbids.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Violation {
    /// Where, as the server writes it: `spec.ports[0].port`.
    pub path: String,
    /// The server's sentence, path included.
    pub message: String,
}

/// Fills in what the schema says of absent fields.
pub fn default(object: &mut Value, ty: TypeRef<'_>) {
    let _ = (object, ty);
}

/// Drops undeclared fields and returns their paths, such as `spec.foo`.
pub fn prune(object: &mut Value, ty: TypeRef<'_>) -> Vec<String> {
    let _ = (object, ty);
    Vec::new()
}

/// Everything that the schema forbids.
#[must_use]
pub fn validate(object: &Value, ty: TypeRef<'_>) -> Vec<Violation> {
    let _ = (object, ty);
    Vec::new()
}
