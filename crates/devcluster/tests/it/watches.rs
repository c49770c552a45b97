//! Streams of changes.

use crate::client::{Client, MAPS, config_map};
use plumb_devcluster::Options;
use serde_json::json;

#[tokio::test]
async fn a_watch_sends_what_is_there_and_what_happens() {
    let client = Client::still().await;
    client.post(MAPS, &config_map("a", "x")).await;
    let mut watch = client.watch(&format!(
        "{MAPS}?watch=1&fieldSelector=metadata.name!%3Dkube-root-ca.crt"
    ));
    assert_eq!(watch.line().await, "ADDED a");
    client.post(MAPS, &config_map("b", "x")).await;
    client
        .merge(&format!("{MAPS}/a"), &json!({ "data": { "key": "new" } }))
        .await;
    client.delete(&format!("{MAPS}/b")).await;
    assert_eq!(watch.line().await, "ADDED b");
    assert_eq!(watch.line().await, "MODIFIED a");
    assert_eq!(watch.line().await, "DELETED b");
}

#[tokio::test]
async fn a_watch_goes_on_from_a_version() {
    let client = Client::still().await;
    client.post(MAPS, &config_map("a", "x")).await;
    let list = client.get(MAPS).await;
    let version = list.body["metadata"]["resourceVersion"]
        .as_str()
        .expect("a version")
        .to_owned();
    client.post(MAPS, &config_map("b", "x")).await;
    let mut watch = client.watch(&format!("{MAPS}?watch=1&resourceVersion={version}"));
    assert_eq!(watch.line().await, "ADDED b");
}

#[tokio::test]
async fn a_forgotten_version_is_410() {
    let client = Client::start(Options {
        history: 2,
        controllers: false,
        ..Options::default()
    })
    .await;
    for name in ["a", "b", "c", "d"] {
        client.post(MAPS, &config_map(name, "x")).await;
    }
    let mut watch = client.watch(&format!("{MAPS}?watch=1&resourceVersion=1"));
    let event = watch.next().await.expect("an event");
    assert_eq!(
        (&event["type"], &event["object"]["code"]),
        (&json!("ERROR"), &json!(410))
    );
    assert_eq!(event["object"]["reason"], "Expired");
    assert!(watch.next().await.is_none());
}

#[tokio::test]
async fn a_selector_turns_changes_into_arrivals_and_departures() {
    let client = Client::still().await;
    client.post(MAPS, &config_map("a", "x")).await;
    let mut watch = client.watch(&format!("{MAPS}?watch=1&labelSelector=app%3Dx"));
    assert_eq!(watch.line().await, "ADDED a");
    client
        .merge(
            &format!("{MAPS}/a"),
            &json!({ "metadata": { "labels": { "app": "y" } } }),
        )
        .await;
    assert_eq!(watch.line().await, "DELETED a");
    client
        .merge(
            &format!("{MAPS}/a"),
            &json!({ "metadata": { "labels": { "app": "x" } } }),
        )
        .await;
    assert_eq!(watch.line().await, "ADDED a");
}

#[tokio::test]
async fn a_streaming_list_says_when_it_is_complete() {
    let client = Client::still().await;
    client.post(MAPS, &config_map("a", "x")).await;
    let query = "watch=1&sendInitialEvents=true&allowWatchBookmarks=true&resourceVersionMatch=NotOlderThan";
    let mut watch = client.watch(&format!(
        "{MAPS}?{query}&fieldSelector=metadata.name!%3Dkube-root-ca.crt"
    ));
    assert_eq!(watch.line().await, "ADDED a");
    let mark = watch.next().await.expect("a bookmark");
    assert_eq!(mark["type"], "BOOKMARK");
    assert_eq!(
        mark["object"]["metadata"]["annotations"]["k8s.io/initial-events-end"],
        "true"
    );
    let wrong = client
        .get(&format!("{MAPS}?watch=1&sendInitialEvents=true"))
        .await;
    assert_eq!(wrong.code, 422);
}

#[tokio::test]
async fn a_watch_ends_when_its_time_is_over() {
    let client = Client::still().await;
    let mut watch = client.watch(&format!(
        "{MAPS}?watch=1&timeoutSeconds=1&fieldSelector=metadata.name!%3Dkube-root-ca.crt"
    ));
    assert!(watch.next().await.is_none());
}
