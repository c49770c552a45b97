//! Rules for health in Argo CD's settings.

use plumb_model::ObjectId;
use serde_json::{Value, json};

use crate::world::{World, application_kind, config_map, kustomization_kind};

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

/// A Kustomization of the repository's folder, with more in its spec.
fn kustomization(name: &str, more: Value) -> Value {
    let mut object = json!({"apiVersion": "kustomize.toolkit.fluxcd.io/v1", "kind": "Kustomization",
        "metadata": {"name": name, "namespace": "flux-system"},
        "spec": {"sourceRef": {"kind": "GitRepository", "name": "shop"}, "path": "./app", "prune": true,
            "interval": "10m", "retryInterval": "10m", "targetNamespace": "shop"}});
    for (key, value) in more.as_object().unwrap() {
        object["spec"][key] = value.clone();
    }
    object
}

async fn ready_is(world: &World, name: &str, status: &str, reason: &str) -> Value {
    let is = |unit: &Value| {
        let ready = &unit["status"]["conditions"][0];
        ready["type"] == "Ready" && ready["status"] == status && ready["reason"] == reason
    };
    world.unit(&kustomization_kind(), ("flux-system", name), is).await
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn expressions_say_when_a_kustomization_is_ready_and_when_its_dependents_may_begin() {
    let world = World::start().await;
    let source = json!({"apiVersion": "source.toolkit.fluxcd.io/v1", "kind": "GitRepository",
        "metadata": {"name": "shop", "namespace": "flux-system"},
        "spec": {"url": world.url(), "interval": "10m", "ref": {"branch": "main"}}});
    world.create(source).await;
    let state = |word: &str| format!("has(data.state) && data.state == '{word}'");
    let checks =
        json!([{"apiVersion": "v1", "kind": "ConfigMap", "current": state("up"), "failed": state("down")}]);
    world
        .create(kustomization(
            "base",
            json!({"wait": true, "healthCheckExprs": checks}),
        ))
        .await;
    ready_is(&world, "base", "Unknown", "Progressing").await;
    let later = |expression: Option<&str>| {
        let mut dependency = json!({"name": "base"});
        if let Some(expression) = expression {
            dependency["readyExpr"] = json!(expression);
        }
        json!({"dependsOn": [dependency], "targetNamespace": "argocd"})
    };
    let named = "dep.status.conditions.exists(c, c.type == 'Healthy' && c.status == 'True') && self.metadata.name == 'named'";
    world.create(kustomization("plain", later(None))).await;
    world.create(kustomization("named", later(Some(named)))).await;

    let waiting = ready_is(&world, "named", "False", "DependencyNotReady").await;
    assert_eq!(
        waiting["status"]["conditions"][0]["message"],
        "dependency 'flux-system/base' is not ready according to readyExpr eval"
    );
    ready_is(&world, "plain", "False", "DependencyNotReady").await;

    world
        .patch(&crate::world::settings(), &json!({"data": {"state": "down"}}))
        .await;
    ready_is(&world, "base", "False", "HealthCheckFailed").await;
    world
        .patch(&crate::world::settings(), &json!({"data": {"state": "up"}}))
        .await;
    ready_is(&world, "base", "True", "ReconciliationSucceeded").await;
    ready_is(&world, "plain", "True", "ReconciliationSucceeded").await;
    ready_is(&world, "named", "True", "ReconciliationSucceeded").await;

    world
        .create(kustomization(
            "wrong",
            json!({"healthCheckExprs": [{"apiVersion": "v1", "kind": "X", "current": "a =="}]}),
        ))
        .await;
    ready_is(&world, "wrong", "False", "InvalidCELExpression").await;
    world.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_dependency_that_waits_for_nothing_is_ready_when_it_is_applied() {
    let world = World::start().await;
    let source = json!({"apiVersion": "source.toolkit.fluxcd.io/v1", "kind": "GitRepository",
        "metadata": {"name": "shop", "namespace": "flux-system"},
        "spec": {"url": world.url(), "interval": "10m", "ref": {"branch": "main"}}});
    world.create(source).await;
    world.create(settings("return {status = 'Degraded'}")).await;
    let named = json!([{"apiVersion": "v1", "kind": "ConfigMap", "name": "settings", "namespace": "shop"}]);
    world
        .create(kustomization("waits", json!({"healthChecks": named})))
        .await;
    ready_is(&world, "waits", "False", "HealthCheckFailed").await;
    world
        .create(kustomization("base", json!({"targetNamespace": "argocd"})))
        .await;
    world
        .create(kustomization(
            "next",
            json!({"dependsOn": [{"name": "base"}], "targetNamespace": "flux-system"}),
        ))
        .await;
    ready_is(&world, "base", "True", "ReconciliationSucceeded").await;
    ready_is(&world, "next", "True", "ReconciliationSucceeded").await;
    world.stop().await;
}
