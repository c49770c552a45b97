//! The addresses of the places beside the list of apps, and of what programs read there.

use std::sync::Arc;

use axum::{
    Router,
    routing::{get, post},
};

use crate::{audit, drift, openapi, pause, policy, settings, site::Site, time, touch};

/// They.
pub(crate) fn routes() -> Router<Arc<Site>> {
    let unit = |rest: &str| format!("/apps/{{kind}}/{{namespace}}/{{name}}{rest}");
    openapi::routes()
        .route(&unit("/touch/{deed}"), get(touch::show).post(touch::act))
        .route(&unit("/suspend"), get(pause::show).post(pause::start))
        .route(&unit("/resume"), post(pause::end))
        .route("/audit", get(audit::show))
        .route("/audit/export", get(audit::export::send))
        .route("/audit/verify", get(audit::proof::show))
        .route("/audit/{record}", get(audit::record::show))
        .route("/drift", get(drift::show))
        .route("/policy", get(policy::show))
        .route("/settings", get(settings::show))
        .route("/time", get(time::show))
}
