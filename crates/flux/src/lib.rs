//! Flux's GitRepository and Kustomization to [`Unit`](plumb_model::Unit), and what came of it back into their status.
//!
//! **Invariant:** pure functions of JSON; nothing here waits, reads a clock or talks to a cluster. Outside this crate nothing
//! knows a field, an annotation or a word of Flux's.
//! **Absent:** Helm, buckets, OCI and external artifacts, decryption, impersonation. What is absent is
//! refused ([`unit()`], [`source`](source())) or told ([`warnings`]), never passed over in silence.
//! **Start at** [`unit()`] and [`source`](source()) (in), [`status`](status()) and [`source_status`] (out).

mod directives;
mod health;
mod names;
mod requests;
mod restore;
mod revision;
mod source;
mod status;
mod unit;
mod warnings;

#[cfg(test)]
mod tests;

pub use directives::{directives, substitutes};
pub use health::KIND_RULES;
pub use names::*;
pub use plumb_model::spec::{SpecError, SpecProblem};
pub use requests::{hold_patch, refresh_request, suspend_patch};
pub use restore::{restore, source_revision};
pub use source::{source, source_request, source_suspended};
pub use status::{SourceReport, changes, is_ready, refused_status, source_status, status};
pub use unit::{SubstituteFrom, UnitError, add_variables, deletion, source_of, substitute_from, unit};
pub use warnings::{source_warnings, warnings};

/// The custom resource definitions of GitRepository and Kustomization, as YAML documents.
#[must_use]
pub fn crds() -> &'static str {
    concat!(
        include_str!("../../../api/crds/gitrepositories.yaml"),
        include_str!("../../../api/crds/kustomizations.yaml")
    )
}
