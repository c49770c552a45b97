//! Every address that is answered.

use std::sync::Arc;

use axum::{
    Router,
    extract::DefaultBodyLimit,
    http::Uri,
    middleware,
    response::IntoResponse,
    routing::{get, post},
};

use crate::{
    actions, app, assets, diff, fault::Fault, gate, guard, hook, list, places, rollback, shrink, sign_in,
    site::Site, stream,
};

/// The longest form that is read.
const FORM_LIMIT: usize = 64 << 10;
/// The longest webhook that is read.
const HOOK_LIMIT: usize = 5 << 20;

/// Every address that is answered.
pub(crate) fn routes(site: Arc<Site>) -> Router {
    let unit = |rest: &str| format!("/apps/{{kind}}/{{namespace}}/{{name}}{rest}");
    Router::new()
        .route("/", get(list::show))
        .route(&unit(""), get(app::show))
        .route(&unit("/diff"), get(diff::show))
        .route(
            &unit("/rollback/{entry}"),
            get(rollback::show).post(rollback::start),
        )
        .route(&unit("/sync"), post(actions::sync))
        .route(&unit("/refresh"), post(actions::refresh))
        .route(&unit("/release"), post(actions::release))
        .route("/events", get(stream::open))
        .merge(places::routes())
        .merge(sign_in::way_out())
        .fallback(nothing)
        .layer(middleware::from_fn_with_state(site.clone(), gate::enter))
        // What follows is for everybody.
        .route("/assets/page.css", get(assets::css))
        .route("/assets/page.js", get(assets::script))
        .route("/assets/stream.js", get(assets::stream))
        .route("/assets/plumb.svg", get(assets::mark))
        .merge(sign_in::routes(&site))
        .layer(DefaultBodyLimit::max(FORM_LIMIT))
        .layer(middleware::from_fn_with_state(site.clone(), guard::same_host))
        // Forges and probes come under whatever name a proxy gives us.
        .route(
            "/hooks/git",
            post(hook::receive).layer(DefaultBodyLimit::max(HOOK_LIMIT)),
        )
        .route("/healthz", get(async || "ok\n"))
        .layer(middleware::from_fn(shrink::answers))
        .layer(middleware::map_response(guard::headers))
        .with_state(site)
}

async fn nothing(uri: Uri) -> impl IntoResponse {
    Fault::not_found(format!("There is no page {}", uri.path()))
}
