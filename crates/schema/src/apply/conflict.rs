//! Conflicts and other reasons why a configuration is not applied, in the server's words.

use std::fmt;

use serde_json::Value;

use super::changes::Changes;
use super::{Claim, Operation};
use crate::{FieldPath, FieldSetError};

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
    #[error("failed to create typed patch object ({object}): {}", Problems(.problems))]
    Invalid {
        /// The object, as `namespace/name; apps/v1, Kind=Deployment`.
        object: String,
        /// One sentence per defect, path first.
        problems: Vec<String>,
    },
    /// It carries managedFields.
    #[error("metadata.managedFields must be nil")]
    ManagedFieldsSet,
    /// The managedFields of the live object cannot be read.
    #[error("failed to decode managed fields of the live object: {0}")]
    Ownership(#[from] FieldSetError),
}

/// Fields of other managers that the write changes.
pub(super) fn find(owners: &[Claim], changes: &Changes) -> Vec<Conflict> {
    if owners.is_empty() {
        return Vec::new();
    }
    let mut sorted: Vec<&Claim> = owners.iter().collect();
    sorted.sort_by(|a, b| {
        (&a.manager, a.operation, &a.api_version).cmp(&(&b.manager, b.operation, &b.api_version))
    });
    let mut out = Vec::new();
    for claim in sorted {
        let added = claim.fields.intersection(&changes.added);
        let lost = added.union(&claim.fields.intersection(&changes.modified));
        let manager = printed(claim);
        out.extend(lost.paths().into_iter().map(|path| Conflict {
            manager: manager.clone(),
            path,
        }));
    }
    out
}

/// The object as the server names it in messages about the configuration.
pub(super) fn name(object: &Value) -> String {
    let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
    let metadata = &object["metadata"];
    let (api_version, kind) = (text(&object["apiVersion"]), text(&object["kind"]));
    // The core group has no name, and its slash stays.
    let slash = if api_version.contains('/') { "" } else { "/" };
    format!(
        "{}/{}; {slash}{api_version}, Kind={kind}",
        text(&metadata["namespace"]),
        text(&metadata["name"])
    )
}

fn printed(claim: &Claim) -> String {
    let mut text = format!("{:?}", claim.manager);
    if !claim.subresource.is_empty() {
        text.push_str(&format!(" with subresource {:?}", claim.subresource));
    }
    if claim.operation == Operation::Update {
        text.push_str(&format!(" using {}", claim.api_version));
    }
    text
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
            if at > 0 {
                f.write_str("\n")?;
            }
            if last != Some(&conflict.manager) {
                writeln!(f, "conflicts with {}:", conflict.manager)?;
                last = Some(&conflict.manager);
            }
            write!(f, "- {}", conflict.path)?;
        }
        Ok(())
    }
}

struct Problems<'a>(&'a [String]);

impl fmt::Display for Problems<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if let [only] = self.0 {
            return f.write_str(only);
        }
        f.write_str("errors:")?;
        self.0.iter().try_for_each(|problem| write!(f, "\n  {problem}"))
    }
}
