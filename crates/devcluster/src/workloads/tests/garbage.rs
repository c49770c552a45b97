//! Deleting owners and namespaces.

use serde_json::{Value, json};

use super::{Stage, deploy};
use crate::workloads::Key;
use crate::workloads::fields::{is_deleting, items, name};

fn config(name: &str, owners: Value) -> Value {
    json!({
        "apiVersion": "v1", "kind": "ConfigMap",
        "metadata": {"name": name, "namespace": "demo", "ownerReferences": owners},
    })
}

fn owned_by(stage: &Stage, owner: &Key) -> Value {
    json!({"apiVersion": "v1", "kind": "ConfigMap", "name": owner.name, "blockOwnerDeletion": true,
           "uid": stage.get(owner)["metadata"]["uid"]})
}

#[tokio::test(start_paused = true)]
async fn background_takes_the_whole_tree() {
    let stage = Stage::start().await;
    let key = deploy(&stage, 3, "web:1");
    stage.pass(2).await;
    stage.delete(&key);
    stage.pass(1).await;
    assert!(stage.list("apps", "replicasets").is_empty());
    assert!(stage.list("", "pods").is_empty());
}

#[tokio::test(start_paused = true)]
async fn foreground_waits_for_the_whole_tree() {
    let stage = Stage::start().await;
    let key = deploy(&stage, 2, "web:1");
    stage.pass(2).await;
    let held = name(&stage.pods()[0]).to_owned();
    let held = Key::new("", "pods", "demo", &held);
    stage.edit(&held, |pod| {
        pod["metadata"]["finalizers"] = json!(["test.dev/hold"])
    });
    stage.delete_under(&key, "foregroundDeletion");
    stage.pass(5).await;
    assert!(is_deleting(&stage.get(&key)), "the owner waits");
    assert!(
        is_deleting(&stage.list("apps", "replicasets")[0]),
        "and so does what is between"
    );
    assert!(is_deleting(&stage.get(&held)));
    stage.edit(&held, |pod| pod["metadata"]["finalizers"] = json!([]));
    stage.pass(1).await;
    assert!(!stage.exists(&key));
    assert!(stage.list("apps", "replicasets").is_empty());
    assert!(stage.list("", "pods").is_empty());
}

#[tokio::test(start_paused = true)]
async fn orphans_stay_and_are_adopted_again() {
    let stage = Stage::start().await;
    let key = deploy(&stage, 2, "web:1");
    stage.pass(2).await;
    let before: Vec<_> = stage.pods().iter().map(|pod| name(pod).to_owned()).collect();
    stage.delete_under(&key, "orphan");
    stage.pass(5).await;
    assert!(!stage.exists(&key));
    let set = stage.list("apps", "replicasets")[0].clone();
    assert!(items(&set, "/metadata/ownerReferences").is_empty());
    assert_eq!(stage.pods().len(), 2);
    deploy(&stage, 2, "web:1");
    stage.pass(5).await;
    let after: Vec<_> = stage.pods().iter().map(|pod| name(pod).to_owned()).collect();
    assert_eq!(after, before, "the same pods serve on");
    assert_eq!(stage.list("apps", "replicasets").len(), 1);
}

#[tokio::test(start_paused = true)]
async fn one_living_owner_is_enough() {
    let stage = Stage::start().await;
    let first = stage.create("", "configmaps", config("first", json!([])));
    let second = stage.create("", "configmaps", config("second", json!([])));
    let owners = json!([owned_by(&stage, &first), owned_by(&stage, &second)]);
    let shared = stage.create("", "configmaps", config("shared", owners));
    stage.delete(&first);
    stage.pass(1).await;
    assert_eq!(items(&stage.get(&shared), "/metadata/ownerReferences").len(), 1);
    stage.delete(&second);
    stage.pass(1).await;
    assert!(!stage.exists(&shared));
}

#[tokio::test(start_paused = true)]
async fn an_owner_that_never_was_holds_nothing() {
    let stage = Stage::start().await;
    let owners = json!([{"apiVersion": "v1", "kind": "ConfigMap", "name": "ghost", "uid": "none"}]);
    let child = stage.create("", "configmaps", config("child", owners));
    stage.pass(1).await;
    assert!(!stage.exists(&child));
}

#[tokio::test(start_paused = true)]
async fn a_namespace_goes_when_it_is_empty() {
    let stage = Stage::start().await;
    deploy(&stage, 3, "web:1");
    let mut held = config("held", json!([]));
    held["metadata"]["finalizers"] = json!(["test.dev/hold"]);
    let held = stage.create("", "configmaps", held);
    let namespace = Key::new("", "namespaces", "", "demo");
    stage.pass(2).await;
    assert_eq!(stage.get(&namespace)["status"]["phase"], "Active");
    stage.delete(&namespace);
    stage.pass(10).await;
    assert_eq!(stage.get(&namespace)["status"]["phase"], "Terminating");
    assert!(stage.list("", "pods").is_empty());
    assert!(stage.list("", "serviceaccounts").is_empty());
    assert!(stage.list("", "events").is_empty());
    stage.edit(&held, |object| object["metadata"]["finalizers"] = json!([]));
    stage.pass(1).await;
    assert!(!stage.exists(&namespace));
}
