//! The stylesheet, the script and the mark, which are part of the program.

use axum::{
    http::header::{CACHE_CONTROL, CONTENT_TYPE},
    response::IntoResponse,
};

/// The stylesheet.
pub(crate) async fn css() -> impl IntoResponse {
    asset(
        "text/css; charset=utf-8",
        concat!(
            include_str!("../assets/page.css"),
            include_str!("../assets/places.css")
        ),
    )
}

/// The script.
pub(crate) async fn script() -> impl IntoResponse {
    asset(
        "text/javascript; charset=utf-8",
        concat!(
            include_str!("../assets/page.js"),
            include_str!("../assets/keys.js")
        ),
    )
}

/// The script that all tabs share.
pub(crate) async fn stream() -> impl IntoResponse {
    asset(
        "text/javascript; charset=utf-8",
        include_str!("../assets/stream.js"),
    )
}

/// The mark.
pub(crate) async fn mark() -> impl IntoResponse {
    asset("image/svg+xml", include_str!("../assets/plumb.svg"))
}

fn asset(kind: &'static str, text: &'static str) -> impl IntoResponse {
    ([(CONTENT_TYPE, kind), (CACHE_CONTROL, "no-cache")], text)
}
