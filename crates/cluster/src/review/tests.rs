//! What is asked of a cluster about people, and what is made of its answers.

use std::sync::{Arc, Mutex};

use http::{Request, Response};
use kube::client::Body;

use super::*;
use crate::ConnectOptions;

type Asked = Arc<Mutex<Vec<(String, http::HeaderMap, Value)>>>;

/// A cluster that gives one answer, and notes what it is asked.
fn cluster(code: u16, answer: Value) -> (Cluster, Asked) {
    let asked: Asked = Arc::default();
    let noted = asked.clone();
    let service = tower::service_fn(move |request: Request<Body>| {
        let (noted, answer) = (noted.clone(), answer.clone());
        async move {
            let (parts, body) = request.into_parts();
            let body = body.collect_bytes().await.unwrap();
            let body = serde_json::from_slice(&body).unwrap_or(Value::Null);
            noted
                .lock()
                .unwrap()
                .push((parts.uri.to_string(), parts.headers, body));
            let body = http_body_util::Full::new(Bytes::from(answer.to_string()));
            Ok::<_, std::convert::Infallible>(Response::builder().status(code).body(body).unwrap())
        }
    });
    let client = kube::Client::new(service, "default");
    let options = ConnectOptions::default();
    (
        Cluster::over(client, "http://mock".to_owned(), "default".to_owned(), &options),
        asked,
    )
}

fn kim() -> Person {
    Person {
        uid: Some("7".to_owned()),
        extra: BTreeMap::from([(
            "example.org/Scope".to_owned(),
            vec!["a".to_owned(), "b".to_owned()],
        )]),
        ..Person::new("kim", vec!["dev".to_owned(), "système".to_owned()])
    }
}

#[tokio::test]
async fn a_token_is_asked_for_and_its_owner_told() {
    let answer = json!({"status": {"authenticated": true, "user": {
        "username": "kim", "uid": "7", "groups": ["dev", "système"], "extra": {"example.org/Scope": ["a", "b"]}}}});
    let (cluster, asked) = cluster(201, answer);
    assert_eq!(cluster.whose_token("t0p").await.unwrap(), Some(kim()));
    let asked = asked.lock().unwrap();
    let (uri, _, body) = &asked[0];
    assert!(uri.ends_with(TOKENS), "{uri}");
    assert_eq!(body["spec"]["token"], "t0p");
    assert_eq!(cluster.counters().writes, 0, "a review is no write");
}

#[tokio::test]
async fn what_is_not_accepted_has_no_owner() {
    for status in [
        json!({}),
        json!({"authenticated": false, "error": "no"}),
        json!({"authenticated": "true", "user": {"username": "kim"}}),
        json!({"authenticated": true, "user": {"username": ""}}),
        json!({"user": {"username": "kim"}}),
    ] {
        let (cluster, _) = cluster(201, json!({"status": status}));
        assert_eq!(cluster.whose_token("t").await.unwrap(), None, "{status}");
    }
}

#[tokio::test]
async fn a_refused_review_quotes_no_token() {
    for code in [400, 422, 500] {
        let (cluster, _) = cluster(code, json!({"message": "the token s3cret is odd"}));
        let error = cluster.whose_token("s3cret").await.unwrap_err();
        assert!(
            !format!("{error} {error:?}").contains("s3cret"),
            "{code}: {error}"
        );
    }
}

#[tokio::test]
async fn rights_are_asked_for_as_whom_they_are_of() {
    let access = Access {
        verb: "patch",
        resource: ("example.org".to_owned(), "things".to_owned()),
        subresource: None,
        namespace: Some("shop".to_owned()),
        name: Some("web".to_owned()),
    };
    let (yes, asked) = cluster(201, json!({"status": {"allowed": true}}));
    assert!(yes.may(&kim(), &access).await.unwrap());
    let spec = asked.lock().unwrap()[0].2["spec"].clone();
    assert_eq!(
        spec,
        json!({"user": "kim", "groups": ["dev", "système"], "uid": "7", "extra": {"example.org/Scope": ["a", "b"]},
            "resourceAttributes": {"verb": "patch", "group": "example.org", "resource": "things", "subresource": null,
                "namespace": "shop", "name": "web"}})
    );
    for status in [
        json!({}),
        json!({"allowed": false}),
        json!({"allowed": true, "denied": true}),
    ] {
        let (no, _) = cluster(201, json!({"status": status}));
        assert!(!no.may(&kim(), &access).await.unwrap(), "{status}");
    }
}

#[test]
fn people_are_named_in_headers_and_odd_names_refused() {
    let headers = kim().headers().unwrap();
    let shown: Vec<(String, String)> = headers
        .iter()
        .map(|(name, value)| {
            (
                name.to_string(),
                String::from_utf8_lossy(value.as_bytes()).into_owned(),
            )
        })
        .collect();
    let pair = |name: &str, value: &str| (name.to_owned(), value.to_owned());
    assert_eq!(
        shown,
        [
            pair("impersonate-user", "kim"),
            pair("impersonate-group", "dev"),
            pair("impersonate-group", "système"),
            pair("impersonate-uid", "7"),
            pair("impersonate-extra-example.org%2f%53cope", "a"),
            pair("impersonate-extra-example.org%2f%53cope", "b"),
        ]
    );
    for odd in [
        "",
        " admin",
        "admin ",
        "a\nImpersonate-Group: system:masters",
        "\t",
    ] {
        assert!(Person::new(odd, Vec::new()).headers().is_err(), "{odd:?}");
        assert!(
            Person::new("kim", vec![odd.to_owned()]).headers().is_err(),
            "{odd:?}"
        );
    }
}
