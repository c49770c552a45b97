//! Schemas for clients: what `kubectl explain` and client-side apply read.
//!
//! **Start at** [`document`].

use crate::{reply::Reply, resource::Catalog};

/// The document at a path below `/openapi`.
#[must_use]
pub(crate) fn document(catalog: &Catalog, path: &[&str]) -> Option<Reply> {
    let _ = (catalog, path);
    None
}
