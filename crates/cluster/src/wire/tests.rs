use std::{
    collections::VecDeque,
    sync::{Arc, Mutex},
    time::Duration,
};

use http::{HeaderMap, HeaderValue, Method, Request, Response, StatusCode};
use kube::client::Body;
use serde_json::{Value, json};

use super::{Call, Sort, Wire, status};
use crate::ClusterError;

/// A server that gives these answers in turn, and notes what it is asked.
pub(crate) fn mock(answers: Vec<(u16, Vec<Value>)>) -> (Wire, Arc<Mutex<Vec<String>>>) {
    let asked = Arc::new(Mutex::new(Vec::new()));
    let noted = asked.clone();
    let answers = Arc::new(Mutex::new(VecDeque::from(answers)));
    let service = tower::service_fn(move |request: Request<Body>| {
        noted.lock().unwrap().push(request.uri().to_string());
        let (code, lines) = answers
            .lock()
            .unwrap()
            .pop_front()
            .expect("no more calls than answers");
        let text: String = lines.iter().map(|line| format!("{line}\n")).collect();
        let body = http_body_util::Full::new(bytes::Bytes::from(text));
        let response = Response::builder().status(code).body(body).unwrap();
        std::future::ready(Ok::<_, std::convert::Infallible>(response))
    });
    let client = kube::Client::new(service, "default");
    (
        Wire::new(client, "http://mock".to_owned(), HeaderValue::from_static("test")),
        asked,
    )
}

async fn sent(method: Method, answers: &[(u16, Value)]) -> (Result<Value, ClusterError>, u64, Duration) {
    let (wire, _) = mock(
        answers
            .iter()
            .map(|(code, body)| (*code, vec![body.clone()]))
            .collect(),
    );
    let began = tokio::time::Instant::now();
    let call = Call {
        method,
        sort: Sort::Write,
        ..Call::read("/x", "trying")
    };
    let outcome = wire.send(&call).await.map(|answer| answer.body);
    (outcome, wire.counters().writes, began.elapsed())
}

#[tokio::test(start_paused = true)]
async fn a_busy_server_is_asked_again_when_it_says() {
    let busy = json!({"message": "slow down", "details": {"retryAfterSeconds": 3}});
    let (outcome, calls, took) = sent(Method::POST, &[(429, busy), (201, json!({"a": 1}))]).await;
    assert_eq!((outcome.unwrap(), calls), (json!({"a": 1}), 2));
    assert!(took >= Duration::from_secs(3), "{took:?}");
}

#[tokio::test(start_paused = true)]
async fn what_may_have_been_done_is_not_done_twice() {
    let (outcome, calls, _) = sent(Method::POST, &[(500, json!({}))]).await;
    assert!(
        matches!(outcome, Err(ClusterError::Busy { code: 500, .. })),
        "{outcome:?}"
    );
    assert_eq!(calls, 1);
    let (outcome, calls, _) = sent(Method::PATCH, &[(500, json!({})), (200, json!({}))]).await;
    assert!(outcome.is_ok());
    assert_eq!(calls, 2);
}

#[tokio::test(start_paused = true)]
async fn a_refusal_is_final_and_trying_has_an_end() {
    let (outcome, calls, _) = sent(Method::PATCH, &[(422, json!({"message": "no"}))]).await;
    assert!(matches!(outcome, Err(ClusterError::Invalid { .. })));
    assert_eq!(calls, 1);
    let broken = vec![(503, json!({})); 9];
    let (outcome, calls, _) = sent(Method::GET, &broken).await;
    assert!(matches!(outcome, Err(ClusterError::Busy { .. })));
    assert_eq!(calls, 5);
}

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
