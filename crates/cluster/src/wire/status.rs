//! Answers that are errors.

use std::{error::Error, time::Duration};

use http::{HeaderMap, StatusCode, header};
use serde_json::Value;

use super::Call;
use crate::ClusterError;

/// The typed error of an answer that is no success.
pub(super) fn error(
    call: &Call,
    code: StatusCode,
    retry_after: Option<Duration>,
    body: &[u8],
) -> ClusterError {
    let status: Value = serde_json::from_slice(body).unwrap_or_default();
    from_status(call, code, retry_after, &status)
}

/// The typed error of a `Status` object.
pub(crate) fn from_status(
    call: &Call,
    code: StatusCode,
    retry_after: Option<Duration>,
    status: &Value,
) -> ClusterError {
    let doing = call.doing.clone();
    let reason = status["reason"].as_str().unwrap_or_default();
    let message = words(call, code, status);
    let seconds = status["details"]["retryAfterSeconds"]
        .as_u64()
        .filter(|seconds| *seconds > 0);
    let retry_after = retry_after.or(seconds.map(Duration::from_secs));
    match (code.as_u16(), reason) {
        (401, _) => ClusterError::Unauthorized { doing, message },
        (403, _) => ClusterError::Forbidden { doing, message },
        (404, _) => ClusterError::NotFound { doing, message },
        (409, "AlreadyExists") => ClusterError::AlreadyExists { doing, message },
        (409, _) => ClusterError::Conflict { doing, message },
        (410, _) => ClusterError::Expired { doing, message },
        (429 | 500.., _) => ClusterError::Busy {
            doing,
            code: code.as_u16(),
            message,
            retry_after,
        },
        _ => ClusterError::Invalid { doing, message },
    }
}

/// What the server asks callers to wait.
pub(super) fn retry_after(headers: &HeaderMap) -> Option<Duration> {
    let seconds = headers
        .get(header::RETRY_AFTER)?
        .to_str()
        .ok()?
        .trim()
        .parse()
        .ok()?;
    Some(Duration::from_secs(seconds))
}

/// The texts of `Warning` headers: `299 - "text"`.
pub(super) fn warnings(headers: &HeaderMap) -> Vec<String> {
    let text = |value: &str| {
        let (_, rest) = value.split_once('"')?;
        Some(rest.rsplit_once('"')?.0.replace("\\\"", "\""))
    };
    headers
        .get_all(header::WARNING)
        .iter()
        .filter_map(|value| text(value.to_str().ok()?))
        .collect()
}

/// An error and what is behind it, each once.
pub(crate) fn chain(error: &dyn Error) -> String {
    let mut text = error.to_string();
    let mut next = error.source();
    while let Some(cause) = next {
        let cause_text = cause.to_string();
        if !text.contains(&cause_text) {
            text.push_str(": ");
            text.push_str(&cause_text);
        }
        next = cause.source();
    }
    text
}

fn words(call: &Call, code: StatusCode, status: &Value) -> String {
    let message = status["message"].as_str().unwrap_or_default();
    if call.hush && !matches!(code.as_u16(), 401 | 403 | 404 | 409 | 410 | 429 | 503) {
        let fields: Vec<&str> = status["details"]["causes"]
            .as_array()
            .into_iter()
            .flatten()
            .filter_map(|cause| cause["field"].as_str())
            .collect();
        let reason = status["reason"].as_str().unwrap_or("refused");
        let place = if fields.is_empty() {
            String::new()
        } else {
            format!(" at {}", fields.join(", "))
        };
        return format!(
            "{reason}{place} (the server's words are withheld, as they may quote values of the Secret)"
        );
    }
    if message.is_empty() {
        format!("HTTP status {code}")
    } else {
        message.to_owned()
    }
}
