//! `POST /hooks/git`: a forge tells of a push.
//!
//! **Invariant:** with a secret set, nothing of a body is read before its signature is found good. A webhook can only
//! make Plumb look at a repository that it follows already; it never says what is in it.

mod payload;
mod signature;

use std::sync::Arc;

use axum::{
    Json,
    body::Bytes,
    extract::{State, rejection::BytesRejection},
    http::{HeaderMap, StatusCode},
    response::{IntoResponse, Response},
};
use plumb_pipeline::Push;
use serde_json::json;

use crate::{guard, site::Site};

/// Takes a webhook.
pub(crate) async fn receive(
    State(site): State<Arc<Site>>,
    headers: HeaderMap,
    body: Result<Bytes, BytesRejection>,
) -> Response {
    let body = match body {
        Ok(body) => body,
        Err(error) => return refuse(error.status(), &error.body_text()),
    };
    if guard::from_browser(&headers) {
        return refuse(
            StatusCode::FORBIDDEN,
            "webhooks come from forges, not from browsers",
        );
    }
    if let Some(secret) = &site.hook_secret
        && let Err(why) = signature::check(&headers, &body, secret)
    {
        tracing::warn!(why, "a webhook was refused");
        return refuse(StatusCode::UNAUTHORIZED, why);
    }
    let told = match payload::read(&headers, &body) {
        Ok(told) => told,
        Err(why) => return refuse(StatusCode::BAD_REQUEST, &why),
    };
    let followers = if told.is_push {
        site.line.board.pushed(Push {
            urls: told.repositories.clone(),
        })
    } else {
        0
    };
    tracing::debug!(repositories = ?told.repositories, push = told.is_push, followers, "a webhook came");
    (
        StatusCode::ACCEPTED,
        Json(json!({"repositories": told.repositories, "followers": followers})),
    )
        .into_response()
}

fn refuse(status: StatusCode, why: &str) -> Response {
    (status, Json(json!({"error": why}))).into_response()
}
