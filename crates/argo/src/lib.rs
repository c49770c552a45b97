//! Argo CD's Application to [`Unit`](plumb_model::Unit), and what came of it back into its status.
//!
//! **Invariant:** pure functions of JSON; nothing here waits, reads a clock or talks to a cluster. Outside this crate nothing
//! knows a field, an annotation or a word of Argo CD's.
//! **Absent:** Helm, Jsonnet, plugins, several sources, ApplicationSets, the limits of AppProjects, sync windows. What is absent is refused ([`unit()`]) or told ([`warnings`]), never passed over in silence.
//! **Start at** [`unit()`] (in) and [`status`] (out); after a restart, [`restore`]; what people ask for, [`sync_request`].

mod accounts;
mod build;
mod clusters;
mod credentials;
mod directives;
mod health;
mod names;
mod requests;
mod restore;
mod status;
mod unit;
mod warnings;

#[cfg(test)]
mod tests;

pub use accounts::{AccountError, project_account, projects_name_accounts};
pub use build::{ApplicationArgs, application};
pub use clusters::{ClusterAccess, ClusterSecretError, cluster_access};
pub use credentials::credentials;
pub use directives::{directives, survives_deletion};
pub use health::{HealthRuleError, KIND_RULES, health_rules};
pub use names::*;
pub use plumb_model::spec::{SpecError, SpecProblem};
pub use requests::{
    SyncArgs, approval_used_patch, approve_patch, confirm_patch, hold_patch, refresh_request, suspend_patch,
    sync_request, taken, terminate_request,
};
pub use restore::restore;
pub use status::{changes, invalid_status, status};
pub use unit::ignore::ignore_settings;
pub use unit::{Defaults, TrackingMethod, deletion, unit};
pub use warnings::warnings;

/// The custom resource definitions of Application and AppProject, as YAML documents.
#[must_use]
pub fn crds() -> &'static str {
    concat!(
        include_str!("../../../api/crds/applications.yaml"),
        include_str!("../../../api/crds/appprojects.yaml")
    )
}
