//! Compresses what browsers are sent, where they take it so.
//!
//! **Invariant:** streams are not touched. What is compressed together with what others can choose tells something by
//! its length, so tokens of forms look different each time ([`crate::gate`]).

use std::io::Write as _;

use axum::{
    body::{Body, HttpBody as _, to_bytes},
    extract::Request,
    http::{HeaderValue, header},
    middleware::Next,
    response::Response,
};
use flate2::{Compression, write::GzEncoder};

/// What is shorter stays as it is.
const SHORTEST: u64 = 1024;
/// What is longer stays as it is.
const LONGEST: u64 = 64 << 20;

/// Compresses an answer.
pub(crate) async fn answers(request: Request, next: Next) -> Response {
    let accepts = request.headers().get(header::ACCEPT_ENCODING);
    let accepts = accepts.and_then(|it| it.to_str().ok()).is_some_and(takes);
    let mut response = next.run(request).await;
    let kind = response.headers().get(header::CONTENT_TYPE);
    let kind = kind.and_then(|it| it.to_str().ok()).unwrap_or_default();
    let is_text = [
        "text/html",
        "text/css",
        "text/javascript",
        "application/json",
        "image/svg",
    ]
    .iter()
    .any(|it| kind.starts_with(it));
    if !is_text || response.headers().contains_key(header::CONTENT_ENCODING) {
        return response;
    }
    response
        .headers_mut()
        .append(header::VARY, HeaderValue::from_static("accept-encoding"));
    let length = response.body().size_hint().exact();
    if !accepts || !length.is_some_and(|length| (SHORTEST..LONGEST).contains(&length)) {
        return response;
    }
    let (mut parts, body) = response.into_parts();
    let Ok(whole) = to_bytes(body, usize::MAX).await else {
        return Response::from_parts(parts, Body::empty());
    };
    let squeezed = {
        let whole = whole.clone();
        tokio::task::spawn_blocking(move || squeeze(&whole)).await
    };
    let Ok(Ok(squeezed)) = squeezed else {
        return Response::from_parts(parts, Body::from(whole));
    };
    parts.headers.remove(header::CONTENT_LENGTH);
    parts
        .headers
        .insert(header::CONTENT_ENCODING, HeaderValue::from_static("gzip"));
    Response::from_parts(parts, Body::from(squeezed))
}

fn squeeze(whole: &[u8]) -> std::io::Result<Vec<u8>> {
    let mut encoder = GzEncoder::new(Vec::with_capacity(whole.len() / 6), Compression::new(5));
    encoder.write_all(whole)?;
    encoder.finish()
}

/// Whether gzip is among what is accepted, and not as `q=0`.
fn takes(accepts: &str) -> bool {
    accepts.split(',').any(|offer| {
        let mut words = offer.split(';').map(str::trim);
        let is_gzip = words.next().is_some_and(|name| name.eq_ignore_ascii_case("gzip"));
        is_gzip && !words.any(|word| matches!(word, "q=0" | "q=0.0" | "q=0.00" | "q=0.000"))
    })
}
