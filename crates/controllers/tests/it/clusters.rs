//! Units that go to other clusters, and as whom.

use std::time::{Duration, Instant};

use base64::{Engine as _, engine::general_purpose::STANDARD};
use plumb_devcluster::DevCluster;
use serde_json::{Value, json};

use crate::world::{
    World, application_kind, config_map, connect, documents, kustomization_kind, settings, wait,
};

/// Argo CD's Secret for a cluster.
fn cluster_secret(name: &str, server: &str, config: &Value) -> Value {
    json!({"apiVersion": "v1", "kind": "Secret",
        "metadata": {"name": name, "namespace": "argocd", "labels": {"argocd.argoproj.io/secret-type": "cluster"}},
        "data": {"name": STANDARD.encode(name), "server": STANDARD.encode(server),
            "config": STANDARD.encode(config.to_string())}})
}

/// What a dev cluster's kubeconfig says: the address, and Argo CD's words for the rest.
fn way_in(server: &DevCluster) -> (String, Value) {
    let text = std::fs::read_to_string(server.kubeconfig()).unwrap();
    let document = &documents(&text)[0];
    let (cluster, user) = (&document["clusters"][0]["cluster"], &document["users"][0]["user"]);
    let config = json!({"bearerToken": user["token"], "tlsClientConfig": {
        "caData": cluster["certificate-authority-data"],
        "certData": user["client-certificate-data"], "keyData": user["client-key-data"]}});
    (cluster["server"].as_str().unwrap().to_owned(), config)
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_application_goes_to_the_cluster_that_a_secret_opens_and_a_dead_one_delays_nobody() {
    let world = World::start().await;
    let east = world.another("east").await;
    let (address, config) = way_in(&east);
    world.create(cluster_secret("east", &address, &config)).await;
    // Takes connections and never says a word.
    let silent = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let dead = format!("https://{}", silent.local_addr().unwrap());
    world
        .create(cluster_secret(
            "dead",
            &dead,
            &json!({"tlsClientConfig": {"insecure": true}}),
        ))
        .await;

    for index in 0..20 {
        let destination = json!({"name": "dead", "namespace": "shop"});
        world
            .create(world.application(&format!("dead-{index}"), destination))
            .await;
    }
    let began = Instant::now();
    let destination = json!({"name": "east", "namespace": "shop"});
    world.create(world.application("shop", destination)).await;
    let good = |app: &Value| app["status"]["sync"]["status"] == "Synced";
    world.unit(&application_kind(), ("argocd", "shop"), good).await;
    assert!(
        began.elapsed() < Duration::from_secs(5),
        "took {:?}",
        began.elapsed()
    );

    // Drift there is healed by the events there, and nothing was made here.
    let there = connect(&east).await;
    let patch = json!({"data": {"colour": "red"}});
    there
        .merge_patch(&config_map(), &settings(), None, &patch, "eve")
        .await
        .unwrap();
    wait(&there, &config_map(), ("shop", "settings"), |found| {
        found.is_some_and(|map| map["data"]["colour"] == "blue")
    })
    .await;
    let here = world
        .cluster
        .get(&config_map(), Some("shop"), "settings")
        .await
        .unwrap();
    assert_eq!(here, None);

    // What is wrong with a cluster is told by name.
    world
        .create(world.application("lost", json!({"name": "west", "namespace": "shop"})))
        .await;
    let told = |app: &Value| !app["status"]["conditions"].is_null();
    let lost = world.unit(&application_kind(), ("argocd", "lost"), told).await;
    let message = lost["status"]["conditions"][0]["message"].as_str().unwrap();
    assert!(
        message.contains("cluster west is not known") && message.contains("dead, east, in-cluster"),
        "{message}"
    );
    drop(silent);
    world.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_kustomization_goes_where_its_kubeconfig_leads_as_its_service_account() {
    let world = World::start().await;
    let west = world.another("west").await;
    let kubeconfig = std::fs::read_to_string(west.kubeconfig()).unwrap();
    world
        .create(json!({"apiVersion": "v1", "kind": "Secret", "metadata": {"name": "west", "namespace": "flux-system"},
            "data": {"value": STANDARD.encode(kubeconfig)}}))
        .await;
    world
        .create(
            json!({"apiVersion": "source.toolkit.fluxcd.io/v1", "kind": "GitRepository",
            "metadata": {"name": "shop", "namespace": "flux-system"},
            "spec": {"url": world.url(), "interval": "1m", "ref": {"branch": "main"}}}),
        )
        .await;
    world
        .create(
            json!({"apiVersion": "kustomize.toolkit.fluxcd.io/v1", "kind": "Kustomization",
            "metadata": {"name": "shop", "namespace": "flux-system"},
            "spec": {"sourceRef": {"kind": "GitRepository", "name": "shop"}, "path": "./app", "prune": true,
                "interval": "1m", "targetNamespace": "shop", "serviceAccountName": "deployer",
                "kubeConfig": {"secretRef": {"name": "west"}}}}),
        )
        .await;
    let there = connect(&west).await;
    wait(&there, &config_map(), ("shop", "settings"), |found| {
        found.is_some()
    })
    .await;
    let ready = |unit: &Value| unit["status"]["conditions"][0]["status"] == "True";
    world
        .unit(&kustomization_kind(), ("flux-system", "shop"), ready)
        .await;
    let writes: Vec<_> = west
        .request_log()
        .into_iter()
        .filter(|asked| asked.is_write() && asked.path.ends_with("/configmaps/settings"))
        .collect();
    assert!(!writes.is_empty());
    for asked in writes {
        assert_eq!(
            asked.actor, "system:serviceaccount:flux-system:deployer",
            "{asked:?}"
        );
    }
    // Nothing of what Plumb itself writes is written as anybody else.
    assert!(
        world
            .server
            .request_log()
            .iter()
            .all(|asked| asked.actor.is_empty())
    );
    west.stop().await;
    world.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_application_is_written_as_whom_its_project_names() {
    let world = World::start().await;
    let setting = json!({"application.sync.impersonation.enabled": "true"});
    world
        .create(json!({"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "argocd-cm", "namespace": "argocd"},
            "data": setting}))
        .await;
    world
        .create(json!({"apiVersion": "argoproj.io/v1alpha1", "kind": "AppProject",
            "metadata": {"name": "default", "namespace": "argocd"},
            "spec": {"destinationServiceAccounts": [
                {"server": "https://elsewhere", "namespace": "*", "defaultServiceAccount": "wrong"},
                {"server": "https://kubernetes.default.svc", "namespace": "sh*", "defaultServiceAccount": "ci:deployer"}]}}))
        .await;
    let own = "https://kubernetes.default.svc";
    world
        .create(world.application("shop", json!({"server": own, "namespace": "shop"})))
        .await;
    let good = |app: &Value| app["status"]["sync"]["status"] == "Synced";
    world.unit(&application_kind(), ("argocd", "shop"), good).await;
    let log = world.server.request_log();
    let mut writes = log
        .iter()
        .filter(|asked| asked.verb == "apply" && asked.path.ends_with("/configmaps/settings"));
    assert!(writes.all(|asked| asked.actor == "system:serviceaccount:ci:deployer"));

    world
        .create(world.application("other", json!({"server": own, "namespace": "argocd"})))
        .await;
    let told = |app: &Value| !app["status"]["conditions"].is_null();
    let other = world.unit(&application_kind(), ("argocd", "other"), told).await;
    let message = other["status"]["conditions"][0]["message"].as_str().unwrap();
    assert!(
        message.contains("none of spec.destinationServiceAccounts"),
        "{message}"
    );
    world.stop().await;
}
