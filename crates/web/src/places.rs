//! The addresses of the places beside the list of apps, and of what programs read there.

use std::sync::Arc;

use axum::{Router, routing::get};

use crate::{audit, site::Site, time};

/// They.
pub(crate) fn routes() -> Router<Arc<Site>> {
    Router::new()
        .route("/audit", get(audit::show))
        .route("/audit/export", get(audit::export::send))
        .route("/audit/verify", get(audit::proof::show))
        .route("/audit/{record}", get(audit::record::show))
        .route("/time", get(time::show))
        .route("/api/v1/time", get(time::json))
        .route("/api/v1/audit", get(audit::json))
        .route("/api/v1/audit/verify", get(audit::proof::json))
        .route("/api/v1/audit/{record}", get(audit::record::json))
}
