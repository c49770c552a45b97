//! Journeys of workloads in a small store in memory, on a clock that stands still while there is work.
//!
//! One file per family of controllers; [`memory`] is the store, [`Stage`] what a journey is written with.

mod deployments;
mod garbage;
mod jobs;
mod memory;
mod network;
mod sets;

use std::sync::Arc;
use std::time::Duration;

use serde_json::{Value, json};

use super::conditions::find;
use super::fields::{count, is_deleting, name, text};
use super::{Key, WorkloadOptions, World, WorldError, spawn};
use memory::Memory;

/// A running dev cluster with namespace `demo`.
struct Stage {
    world: Arc<Memory>,
}

impl Stage {
    /// Starts with an empty store.
    async fn start() -> Self {
        Self::start_with(WorkloadOptions {
            ready_delay: secs(1),
            job_delay: secs(1),
            ..WorkloadOptions::default()
        })
        .await
    }

    async fn start_with(options: WorkloadOptions) -> Self {
        let (world, changes) = Memory::new();
        let world = Arc::new(world);
        spawn(world.clone(), changes, options);
        let stage = Self { world };
        stage.create(
            "",
            "namespaces",
            json!({
                "apiVersion": "v1", "kind": "Namespace", "metadata": {"name": "demo"},
                "spec": {"finalizers": ["kubernetes"]},
            }),
        );
        stage.pass(0).await;
        stage
    }

    /// Lets time pass, in seconds; everything due until then happens.
    async fn pass(&self, seconds: u64) {
        tokio::time::sleep(secs(seconds) + Duration::from_millis(10)).await;
    }

    fn create(&self, group: &str, resource: &str, object: Value) -> Key {
        let key = Key::new(
            group,
            resource,
            text(&object, "/metadata/namespace"),
            name(&object),
        );
        self.world
            .create(&key, object)
            .expect("the test names each object once");
        key
    }

    fn get(&self, key: &Key) -> Value {
        self.world
            .get(key)
            .map(|object| Value::clone(&object))
            .unwrap_or_default()
    }

    fn exists(&self, key: &Key) -> bool {
        self.world.get(key).is_some()
    }

    /// Changes an object the way a user would.
    fn edit(&self, key: &Key, change: impl FnOnce(&mut Value)) {
        let mut object = self.get(key);
        change(&mut object);
        self.world
            .update(key, object)
            .expect("nobody else writes between the read and the write");
    }

    fn delete(&self, key: &Key) {
        self.world.delete(key, None).expect("the object is there");
    }

    /// Deletes under a finalizer, as the server does for a propagation policy.
    fn delete_under(&self, key: &Key, finalizer: &str) {
        self.edit(key, |object| {
            object["metadata"]["finalizers"] = json!([finalizer])
        });
        self.delete(key);
    }

    fn list(&self, group: &str, resource: &str) -> Vec<Arc<Value>> {
        self.world.list(group, resource, Some("demo"))
    }

    fn pods(&self) -> Vec<Arc<Value>> {
        let mut pods = self.list("", "pods");
        pods.retain(|pod| !is_deleting(pod));
        pods
    }
}

fn secs(seconds: u64) -> Duration {
    Duration::from_secs(seconds)
}

/// `status/reason` of a condition.
fn condition(object: &Value, kind: &str) -> String {
    find(object, kind).map_or_else(String::new, |it| {
        format!("{}/{}", text(it, "/status"), text(it, "/reason"))
    })
}

fn template(image: &str) -> Value {
    json!({
        "metadata": {"labels": {"app": "web"}},
        "spec": {"containers": [{"name": "main", "image": image}]},
    })
}

fn workload(kind: &str, replicas: i64, image: &str) -> Value {
    json!({
        "apiVersion": "apps/v1", "kind": kind,
        "metadata": {"name": "web", "namespace": "demo"},
        "spec": {
            "replicas": replicas,
            "selector": {"matchLabels": {"app": "web"}},
            "template": template(image),
        },
    })
}

fn deploy(stage: &Stage, replicas: i64, image: &str) -> Key {
    stage.create("apps", "deployments", workload("Deployment", replicas, image))
}

#[tokio::test(start_paused = true)]
async fn an_idle_cluster_does_nothing() {
    let stage = Stage::start().await;
    deploy(&stage, 3, "web:1");
    stage.pass(5).await;
    let writes = stage.world.writes();
    stage.pass(3600).await;
    assert_eq!(stage.world.writes(), writes, "a settled cluster writes nothing");
}

#[tokio::test(start_paused = true)]
async fn the_node_and_the_default_account_are_there() {
    let stage = Stage::start().await;
    let node = stage.get(&Key::new("", "nodes", "", "plumb-dev"));
    assert_eq!(condition(&node, "Ready"), "True/KubeletReady");
    assert!(stage.exists(&Key::new("", "serviceaccounts", "demo", "default")));
}

#[tokio::test(start_paused = true)]
async fn a_restart_takes_up_where_it_was() {
    let (world, _lost) = Memory::new();
    let world = Arc::new(world);
    let (_, changes) = Memory::new();
    let stage = Stage { world: world.clone() };
    let key = deploy(&stage, 2, "web:1");
    let running = spawn(
        world.clone(),
        world.reconnect(changes),
        WorkloadOptions::default(),
    );
    stage.pass(5).await;
    running.abort();
    let before: Vec<_> = stage.pods().iter().map(|pod| name(pod).to_owned()).collect();
    stage.edit(&key, |object| object["spec"]["replicas"] = json!(4));
    let (_, changes) = Memory::new();
    spawn(
        world.clone(),
        world.reconnect(changes),
        WorkloadOptions::default(),
    );
    stage.pass(5).await;
    let pods = stage.pods();
    assert_eq!(count(&stage.get(&key), "/status/readyReplicas"), 4);
    assert!(
        before.iter().all(|old| pods.iter().any(|pod| name(pod) == old)),
        "the old pods are kept"
    );
    let mut addresses: Vec<_> = pods
        .iter()
        .map(|pod| text(pod, "/status/podIP").to_owned())
        .collect();
    addresses.sort();
    addresses.dedup();
    assert_eq!(addresses.len(), 4, "no address is given twice");
}
