//! Rules for health in Argo CD's settings.

use plumb_model::ObjectId;
use serde_json::{Value, json};

use crate::world::{World, application_kind, config_map};

const KEY: &str = "resource.customizations.health.ConfigMap";

fn settings(script: &str) -> Value {
    json!({"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "argocd-cm", "namespace": "argocd"},
        "data": {KEY: script}})
}

/// The ConfigMap with the settings.
fn settings_id() -> ObjectId {
    ObjectId {
        kind: config_map().group_kind(),
        namespace: Some("argocd".to_owned()),
        name: "argocd-cm".to_owned(),
    }
}

async fn becomes(world: &World, status: &str) -> Value {
    let is = |app: &Value| {
        app["status"]["sync"]["status"] == "Synced" && app["status"]["health"]["status"] == status
    };
    world.unit(&application_kind(), ("argocd", "shop"), is).await
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_script_in_the_settings_tells_the_health_of_objects_at_once() {
    let world = World::start().await;
    let destination = json!({"server": "https://kubernetes.default.svc", "namespace": "shop"});
    world.create(world.application("shop", destination)).await;
    becomes(&world, "Healthy").await;

    let script = "if obj.data.colour == 'blue' then return {status = 'Degraded', message = 'too blue'} end";
    world.create(settings(script)).await;
    let app = becomes(&world, "Degraded").await;
    assert_eq!(app["status"]["resources"][0]["health"]["message"], "too blue");

    let patch = json!({"data": {KEY: "return {status = 'Suspended'}"}});
    world.patch(&settings_id(), &patch).await;
    becomes(&world, "Suspended").await;

    // What is wrong with a script is told where its health is, with the key to look at.
    let patch = json!({"data": {KEY: "return obj.data.none.at.all"}});
    world.patch(&settings_id(), &patch).await;
    let app = becomes(&world, "Unknown").await;
    let message = app["status"]["resources"][0]["health"]["message"]
        .as_str()
        .unwrap();
    assert!(
        message.contains("ConfigMap argocd-cm") && message.contains(KEY),
        "{message}"
    );

    let patch = json!({"data": {KEY: null}});
    world.patch(&settings_id(), &patch).await;
    becomes(&world, "Healthy").await;
    world.stop().await;
}
