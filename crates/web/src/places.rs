//! The addresses of the places beside the list of apps, and of what programs read there.

use std::sync::Arc;

use axum::{
    Router,
    routing::{get, post},
};

use crate::{audit, drift, events, pause, pods, policy, settings, site::Site, time, touch, tree};

/// They.
pub(crate) fn routes() -> Router<Arc<Site>> {
    let unit = |rest: &str| format!("/apps/{{kind}}/{{namespace}}/{{name}}{rest}");
    let api = |rest: &str| format!("/api/v1{}", unit(rest));
    Router::new()
        .route(&unit("/touch/{deed}"), get(touch::show).post(touch::act))
        .route(&unit("/suspend"), get(pause::show).post(pause::start))
        .route(&unit("/resume"), post(pause::end))
        .route("/audit", get(audit::show))
        .route("/audit/export", get(audit::export::send))
        .route("/audit/verify", get(audit::proof::show))
        .route("/audit/{record}", get(audit::record::show))
        .route(&api("/tree"), get(tree::json))
        .route(&api("/logs"), get(pods::json))
        .route(&api("/events"), get(events::json))
        .route("/drift", get(drift::show))
        .route("/api/v1/drift", get(drift::json))
        .route("/policy", get(policy::show))
        .route("/api/v1/policy", get(policy::json))
        .route("/settings", get(settings::show))
        .route("/api/v1/settings", get(settings::json))
        .route("/time", get(time::show))
        .route("/api/v1/time", get(time::json))
        .route("/api/v1/audit", get(audit::json))
        .route("/api/v1/audit/verify", get(audit::proof::json))
        .route("/api/v1/audit/{record}", get(audit::record::json))
}
