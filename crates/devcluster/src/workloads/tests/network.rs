//! Services, ingresses, autoscalers and disruption budgets.

use serde_json::json;

use super::{Stage, condition, deploy};
use crate::workloads::Key;
use crate::workloads::fields::{count, items, text};

#[tokio::test(start_paused = true)]
async fn a_service_lists_its_ready_pods() {
    let stage = Stage::start().await;
    let service = stage.create(
        "",
        "services",
        json!({
            "apiVersion": "v1", "kind": "Service", "metadata": {"name": "web", "namespace": "demo"},
            "spec": {"selector": {"app": "web"}, "ports": [{"name": "http", "port": 80, "targetPort": 8080}]},
        }),
    );
    let endpoints = Key::new("", "endpoints", "demo", "web");
    stage.pass(0).await;
    assert!(items(&stage.get(&endpoints), "/subsets").is_empty());
    let deployment = deploy(&stage, 2, "web:1");
    stage.pass(2).await;
    let found = stage.get(&endpoints);
    assert_eq!(items(&found, "/subsets/0/addresses").len(), 2);
    assert_eq!(count(&found, "/subsets/0/ports/0/port"), 8080);
    let slice = stage.list("discovery.k8s.io", "endpointslices")[0].clone();
    let open = items(&slice, "/endpoints")
        .iter()
        .filter(|it| it["conditions"]["ready"] == true);
    assert_eq!(open.count(), 2);
    stage.edit(&deployment, |object| object["spec"]["replicas"] = json!(1));
    stage.pass(2).await;
    assert_eq!(items(&stage.get(&endpoints), "/subsets/0/addresses").len(), 1);
    stage.delete(&service);
    stage.pass(1).await;
    assert!(!stage.exists(&endpoints));
    assert!(stage.list("discovery.k8s.io", "endpointslices").is_empty());
}

#[tokio::test(start_paused = true)]
async fn load_balancers_and_ingresses_get_addresses() {
    let stage = Stage::start().await;
    let service = stage.create(
        "",
        "services",
        json!({
            "apiVersion": "v1", "kind": "Service", "metadata": {"name": "edge", "namespace": "demo"},
            "spec": {"type": "LoadBalancer", "ports": [{"port": 80}]},
        }),
    );
    let ingress = stage.create(
        "networking.k8s.io",
        "ingresses",
        json!({
            "apiVersion": "networking.k8s.io/v1", "kind": "Ingress",
            "metadata": {"name": "edge", "namespace": "demo"}, "spec": {},
        }),
    );
    stage.pass(0).await;
    let address = "/status/loadBalancer/ingress/0/ip";
    assert_eq!(text(&stage.get(&service), address), "");
    stage.pass(1).await;
    let (first, second) = (stage.get(&service), stage.get(&ingress));
    assert!(text(&first, address).starts_with("172.18."));
    assert!(text(&second, address).starts_with("172.18."));
    assert_ne!(text(&first, address), text(&second, address));
}

#[tokio::test(start_paused = true)]
async fn an_autoscaler_keeps_replicas_within_bounds() {
    let stage = Stage::start().await;
    let deployment = deploy(&stage, 1, "web:1");
    let scaler = stage.create(
        "autoscaling",
        "horizontalpodautoscalers",
        json!({
            "apiVersion": "autoscaling/v2", "kind": "HorizontalPodAutoscaler",
            "metadata": {"name": "web", "namespace": "demo"},
            "spec": {"minReplicas": 3, "maxReplicas": 5,
                     "scaleTargetRef": {"apiVersion": "apps/v1", "kind": "Deployment", "name": "web"}},
        }),
    );
    stage.pass(3).await;
    assert_eq!(count(&stage.get(&deployment), "/spec/replicas"), 3);
    assert_eq!(count(&stage.get(&scaler), "/status/currentReplicas"), 3);
    assert_eq!(
        condition(&stage.get(&scaler), "AbleToScale"),
        "True/ReadyForNewScale"
    );
    stage.edit(&deployment, |object| object["spec"]["replicas"] = json!(4));
    stage.pass(3).await;
    assert_eq!(
        count(&stage.get(&deployment), "/spec/replicas"),
        4,
        "inside the bounds it does not meddle"
    );
}

#[tokio::test(start_paused = true)]
async fn a_budget_counts_its_pods() {
    let stage = Stage::start().await;
    let budget = stage.create("policy", "poddisruptionbudgets", json!({
        "apiVersion": "policy/v1", "kind": "PodDisruptionBudget", "metadata": {"name": "web", "namespace": "demo"},
        "spec": {"minAvailable": 2, "selector": {"matchLabels": {"app": "web"}}},
    }));
    deploy(&stage, 3, "web:1");
    stage.pass(0).await;
    assert_eq!(
        condition(&stage.get(&budget), "DisruptionAllowed"),
        "False/InsufficientPods"
    );
    stage.pass(2).await;
    let status = stage.get(&budget);
    assert_eq!(count(&status, "/status/disruptionsAllowed"), 1);
    assert_eq!(condition(&status, "DisruptionAllowed"), "True/SufficientPods");
}
