//! Watches and plain reads, as the adapters and the command line use them.

use std::{pin::pin, time::Duration};

use futures::StreamExt as _;
use plumb_cluster::{ClusterError, ServerSideApply, WatchEvent};
use plumb_model::GroupVersionKind;
use serde_json::{Value, json};

use crate::world::World;

fn config_map(name: &str, value: &str) -> Value {
    json!({"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": name, "namespace": "default",
        "labels": {"app": name}}, "data": {"a": value}})
}

#[tokio::test(flavor = "multi_thread")]
async fn a_watch_begins_with_all_objects_and_goes_on_with_changes() {
    let world = World::start().await;
    let cluster = world.connect().await;
    let gvk = GroupVersionKind::new("", "v1", "ConfigMap");
    cluster.create(&config_map("one", "1"), "test").await.unwrap();
    let mut watch = pin!(cluster.watch(&gvk, Some("default")));
    let mut next = async || {
        let event = tokio::time::timeout(Duration::from_secs(5), watch.next())
            .await
            .expect("in time")
            .unwrap();
        match event {
            WatchEvent::Restarted(all) => format!("all: {}", all.len()),
            WatchEvent::Applied(body) => format!("applied: {}", body["data"]["a"]),
            WatchEvent::Deleted(body) => format!("deleted: {}", body["metadata"]["name"]),
        }
    };
    let first = next().await;
    let how = ServerSideApply {
        manager: "test",
        force: true,
        dry_run: false,
        subresource: None,
    };
    cluster
        .server_side_apply(&config_map("one", "2"), how)
        .await
        .unwrap();
    // Every namespace has kube-root-ca.crt besides.
    assert_eq!(
        (first.as_str(), next().await.as_str()),
        ("all: 2", "applied: \"2\"")
    );
    let found = cluster.list(&gvk, Some("default"), "app=one").await.unwrap();
    assert_eq!((found.len(), &found[0]["kind"]), (1, &json!("ConfigMap")));
    let id = plumb_model::ObjectId {
        kind: gvk.group_kind(),
        namespace: Some("default".to_owned()),
        name: "one".to_owned(),
    };
    cluster.delete(&gvk, &id, Default::default()).await.unwrap();
    assert_eq!(next().await, "deleted: \"one\"");
}

#[tokio::test(flavor = "multi_thread")]
async fn kinds_are_found_and_errors_are_typed() {
    let world = World::start().await;
    let cluster = world.connect().await;
    assert_eq!(cluster.resource("deploy").await.unwrap().plural, "deployments");
    assert!(cluster.version().await.unwrap().starts_with('v'));
    let unknown = cluster.resource("nonsense").await.unwrap_err();
    assert!(matches!(unknown, ClusterError::UnknownKind { .. }), "{unknown}");
    cluster.create(&config_map("one", "1"), "test").await.unwrap();
    let again = cluster.create(&config_map("one", "1"), "test").await.unwrap_err();
    assert!(matches!(again, ClusterError::AlreadyExists { .. }), "{again}");
    let gvk = GroupVersionKind::new("", "v1", "ConfigMap");
    assert_eq!(cluster.get(&gvk, Some("default"), "none").await.unwrap(), None);
}

#[tokio::test]
async fn a_server_that_is_not_there_is_said_to_be_unreachable() {
    let world = World::start().await;
    let cluster = world.connect().await;
    world.server.stop().await;
    let error = cluster.version().await.unwrap_err();
    assert!(matches!(error, ClusterError::Unreachable { .. }), "{error}");
}
