use http::{HeaderMap, HeaderValue, StatusCode};
use serde_json::json;

use super::{Call, status};
use crate::ClusterError;

fn error(code: u16, hush: bool, body: &serde_json::Value) -> ClusterError {
    let call = Call {
        hush,
        ..Call::read("/", "applying Secret a/b")
    };
    status::error(
        &call,
        StatusCode::from_u16(code).unwrap(),
        None,
        body.to_string().as_bytes(),
    )
}

#[test]
fn what_the_server_says_of_a_secret_is_withheld() {
    let body = json!({"reason": "Invalid", "message": "data[key]: Invalid value: \"hunter2\"",
        "details": {"causes": [{"field": "data[key]"}]}});
    let text = error(422, true, &body).to_string();
    assert!(!text.contains("hunter2") && text.contains("data[key]"), "{text}");
    assert!(error(422, false, &body).to_string().contains("hunter2"));
    assert!(
        error(403, true, &json!({"message": "user may not"}))
            .to_string()
            .contains("user may not")
    );
}

#[test]
fn statuses_become_typed_errors() {
    let exists = error(409, false, &json!({"reason": "AlreadyExists"}));
    assert!(matches!(exists, ClusterError::AlreadyExists { .. }));
    assert!(matches!(
        error(409, false, &json!({"reason": "Conflict"})),
        ClusterError::Conflict { .. }
    ));
    assert!(matches!(
        error(410, false, &json!({})),
        ClusterError::Expired { .. }
    ));
    let busy = error(429, false, &json!({"details": {"retryAfterSeconds": 3}}));
    let ClusterError::Busy { retry_after, .. } = busy else {
        panic!("{busy}")
    };
    assert_eq!(retry_after.map(|it| it.as_secs()), Some(3));
}

#[test]
fn warnings_are_read_out_of_their_headers() {
    let mut headers = HeaderMap::new();
    headers.append(
        "warning",
        HeaderValue::from_static("299 - \"unknown field \\\"spec.x\\\"\""),
    );
    assert_eq!(status::warnings(&headers), ["unknown field \"spec.x\""]);
}
