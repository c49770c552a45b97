//! Deployments: rollouts, scaling, surge limits, failure and history.

use serde_json::{Value, json};

use super::{Stage, condition, deploy, secs, workload};
use crate::workloads::WorkloadOptions;
use crate::workloads::fields::{annotation, count, label, name, text};
use crate::workloads::pods::is_ready;

fn image_of(pod: &Value) -> &str {
    text(pod, "/spec/containers/0/image")
}

#[tokio::test(start_paused = true)]
async fn rolls_out() {
    let stage = Stage::start().await;
    let key = deploy(&stage, 3, "registry.test/web:1");
    stage.pass(0).await;
    let early = stage.get(&key);
    assert_eq!(condition(&early, "Available"), "False/MinimumReplicasUnavailable");
    assert_eq!(condition(&early, "Progressing"), "True/ReplicaSetUpdated");
    assert_eq!(count(&early, "/status/unavailableReplicas"), 3);
    let waiting = &stage.pods()[0];
    assert_eq!(
        text(waiting, "/status/containerStatuses/0/state/waiting/reason"),
        "ContainerCreating"
    );
    stage.pass(2).await;
    let late = stage.get(&key);
    for field in [
        "replicas",
        "updatedReplicas",
        "readyReplicas",
        "availableReplicas",
    ] {
        assert_eq!(count(&late, &format!("/status/{field}")), 3, "{field}");
    }
    assert!(late.pointer("/status/unavailableReplicas").is_none());
    assert_eq!(
        count(&late, "/status/observedGeneration"),
        count(&late, "/metadata/generation")
    );
    assert_eq!(condition(&late, "Available"), "True/MinimumReplicasAvailable");
    assert_eq!(condition(&late, "Progressing"), "True/NewReplicaSetAvailable");
    assert_eq!(annotation(&late, "deployment.kubernetes.io/revision"), Some("1"));
    let pod = &stage.pods()[0];
    let set = &stage.list("apps", "replicasets")[0];
    assert_eq!(label(pod, "pod-template-hash"), label(set, "pod-template-hash"));
    assert!(name(pod).starts_with(&format!("{}-", name(set))));
    assert_eq!(text(pod, "/spec/nodeName"), "plumb-dev");
    assert!(text(pod, "/status/containerStatuses/0/imageID").starts_with("registry.test/web@sha256:"));
    for kind in ["PodScheduled", "Initialized", "ContainersReady", "Ready"] {
        assert_eq!(condition(pod, kind), "True/", "{kind}");
    }
}

#[tokio::test(start_paused = true)]
async fn scales() {
    let stage = Stage::start().await;
    let key = deploy(&stage, 2, "web:1");
    stage.pass(2).await;
    for replicas in [5, 1, 0] {
        stage.edit(&key, |object| object["spec"]["replicas"] = json!(replicas));
        stage.pass(2).await;
        assert_eq!(stage.pods().len() as i64, replicas);
        assert_eq!(count(&stage.get(&key), "/status/readyReplicas"), replicas);
        assert_eq!(
            condition(&stage.get(&key), "Progressing"),
            "True/NewReplicaSetAvailable"
        );
    }
    assert_eq!(stage.list("apps", "replicasets").len(), 1);
}

#[tokio::test(start_paused = true)]
async fn a_lost_pod_is_replaced() {
    let stage = Stage::start().await;
    let key = deploy(&stage, 2, "web:1");
    stage.pass(2).await;
    let lost = name(&stage.pods()[0]).to_owned();
    stage.delete(&super::Key::new("", "pods", "demo", &lost));
    stage.pass(0).await;
    assert_eq!(count(&stage.get(&key), "/status/readyReplicas"), 1);
    stage.pass(2).await;
    assert_eq!(count(&stage.get(&key), "/status/readyReplicas"), 2);
    assert!(stage.pods().iter().all(|pod| name(pod) != lost));
}

async fn roll(surge: Value, unavailable: Value) -> (Stage, Vec<(usize, usize)>) {
    let stage = Stage::start().await;
    let mut object = workload("Deployment", 10, "web:1");
    object["spec"]["strategy"] = json!({"rollingUpdate": {"maxSurge": surge, "maxUnavailable": unavailable}});
    let key = stage.create("apps", "deployments", object);
    stage.pass(2).await;
    stage.world.take_pod_counts();
    stage.edit(&key, |object| {
        object["spec"]["template"]["spec"]["containers"][0]["image"] = json!("web:2")
    });
    stage.pass(60).await;
    assert!(
        stage
            .pods()
            .iter()
            .all(|pod| image_of(pod) == "web:2" && is_ready(pod))
    );
    assert_eq!(stage.pods().len(), 10);
    assert_eq!(
        condition(&stage.get(&key), "Progressing"),
        "True/NewReplicaSetAvailable"
    );
    assert_eq!(
        annotation(&stage.get(&key), "deployment.kubernetes.io/revision"),
        Some("2")
    );
    let counts = stage.world.take_pod_counts();
    (stage, counts)
}

#[tokio::test(start_paused = true)]
async fn rolls_within_its_limits() {
    for (surge, unavailable, most, least) in [
        (json!("25%"), json!("25%"), 13, 8),
        (json!(1), json!(0), 11, 10),
        (json!(0), json!(2), 10, 8),
        (json!(0), json!(0), 10, 9),
    ] {
        let (_stage, counts) = roll(surge, unavailable).await;
        assert_eq!(
            counts.iter().map(|(pods, _)| *pods).max(),
            Some(most),
            "as many pods as allowed"
        );
        assert_eq!(
            counts.iter().map(|(_, ready)| *ready).min(),
            Some(least),
            "as few ready as allowed"
        );
    }
}

#[tokio::test(start_paused = true)]
async fn going_back_finds_the_old_replica_set() {
    let (stage, _) = roll(json!(3), json!(0)).await;
    let key = super::Key::new("apps", "deployments", "demo", "web");
    stage.edit(&key, |object| {
        object["spec"]["template"]["spec"]["containers"][0]["image"] = json!("web:1")
    });
    stage.pass(60).await;
    assert!(stage.pods().iter().all(|pod| image_of(pod) == "web:1"));
    assert_eq!(stage.list("apps", "replicasets").len(), 2, "no third one");
    assert_eq!(
        annotation(&stage.get(&key), "deployment.kubernetes.io/revision"),
        Some("3")
    );
}

#[tokio::test(start_paused = true)]
async fn recreate_never_mixes_templates() {
    let stage = Stage::start().await;
    let mut object = workload("Deployment", 3, "web:1");
    object["spec"]["strategy"] = json!({"type": "Recreate"});
    let key = stage.create("apps", "deployments", object);
    stage.pass(2).await;
    stage.world.take_pod_counts();
    stage.edit(&key, |object| {
        object["spec"]["template"]["spec"]["containers"][0]["image"] = json!("web:2")
    });
    stage.pass(5).await;
    let counts = stage.world.take_pod_counts();
    assert!(counts.contains(&(0, 0)), "all old pods went first");
    assert_eq!(counts.iter().map(|(pods, _)| *pods).max(), Some(3));
    assert_eq!(count(&stage.get(&key), "/status/readyReplicas"), 3);
    assert_eq!(
        condition(&stage.get(&key), "Progressing"),
        "True/NewReplicaSetAvailable"
    );
}

#[tokio::test(start_paused = true)]
async fn a_missing_image_stalls_until_the_deadline() {
    let stage = Stage::start().await;
    let mut object = workload("Deployment", 4, "web:1");
    object["spec"]["progressDeadlineSeconds"] = json!(30);
    let key = stage.create("apps", "deployments", object);
    stage.pass(2).await;
    stage.edit(&key, |object| {
        object["spec"]["template"]["spec"]["containers"][0]["image"] = json!("web:does-not-exist");
    });
    stage.pass(10).await;
    let early = stage.get(&key);
    assert_eq!(condition(&early, "Progressing"), "True/ReplicaSetUpdated");
    assert_eq!(condition(&early, "Available"), "True/MinimumReplicasAvailable");
    let broken = stage
        .pods()
        .into_iter()
        .find(|pod| image_of(pod).contains("does-not-exist"));
    let broken = broken.expect("a new pod was made");
    assert_eq!(text(&broken, "/status/phase"), "Pending");
    assert_eq!(
        text(&broken, "/status/containerStatuses/0/state/waiting/reason"),
        "ImagePullBackOff"
    );
    assert_eq!(condition(&broken, "Ready"), "False/ContainersNotReady");
    stage.pass(30).await;
    let late = stage.get(&key);
    assert_eq!(condition(&late, "Progressing"), "False/ProgressDeadlineExceeded");
    assert_eq!(condition(&late, "Available"), "True/MinimumReplicasAvailable");
    assert!(count(&late, "/status/availableReplicas") >= 3);
    stage.edit(&key, |object| {
        object["spec"]["template"]["spec"]["containers"][0]["image"] = json!("web:3")
    });
    stage.pass(20).await;
    assert_eq!(
        condition(&stage.get(&key), "Progressing"),
        "True/NewReplicaSetAvailable"
    );
    let events = stage.list("", "events");
    assert!(
        events
            .iter()
            .any(|event| event["type"] == "Warning" && event["reason"] == "Failed")
    );
    assert!(events.iter().any(|event| event["reason"] == "ScalingReplicaSet"));
}

#[tokio::test(start_paused = true)]
async fn a_crash_restarts_slower_and_slower() {
    let options = WorkloadOptions {
        ready_delay: secs(1),
        crash_backoff: secs(10),
        ..WorkloadOptions::default()
    };
    let stage = Stage::start_with(options).await;
    let mut object = workload("Deployment", 1, "web:1");
    object["spec"]["template"]["metadata"]["annotations"] = json!({"dev.plumb.dev/fail": "crash"});
    let key = stage.create("apps", "deployments", object);
    let restarts = |stage: &Stage| count(&stage.pods()[0], "/status/containerStatuses/0/restartCount");
    for (wait, expected) in [(2, 1), (10, 2), (10, 2), (11, 3), (300, 6)] {
        stage.pass(wait).await;
        assert_eq!(restarts(&stage), expected, "after {wait} s more");
    }
    let pod = &stage.pods()[0];
    assert_eq!(
        text(pod, "/status/containerStatuses/0/state/waiting/reason"),
        "CrashLoopBackOff"
    );
    assert!(!is_ready(pod));
    assert_eq!(
        condition(&stage.get(&key), "Available"),
        "False/MinimumReplicasUnavailable"
    );
}

#[tokio::test(start_paused = true)]
async fn the_ready_delay_can_be_chosen() {
    let stage = Stage::start().await;
    let mut object = workload("Deployment", 1, "web:1");
    object["spec"]["template"]["metadata"]["annotations"] = json!({"dev.plumb.dev/ready-delay": "20s"});
    let key = stage.create("apps", "deployments", object);
    stage.pass(19).await;
    assert_eq!(count(&stage.get(&key), "/status/readyReplicas"), 0);
    stage.pass(2).await;
    assert_eq!(count(&stage.get(&key), "/status/readyReplicas"), 1);
}

#[tokio::test(start_paused = true)]
async fn a_paused_deployment_scales_but_does_not_roll() {
    let stage = Stage::start().await;
    let key = deploy(&stage, 2, "web:1");
    stage.pass(2).await;
    stage.edit(&key, |object| {
        object["spec"]["paused"] = json!(true);
        object["spec"]["replicas"] = json!(3);
        object["spec"]["template"]["spec"]["containers"][0]["image"] = json!("web:2");
    });
    stage.pass(5).await;
    assert_eq!(
        condition(&stage.get(&key), "Progressing"),
        "Unknown/DeploymentPaused"
    );
    assert_eq!(stage.pods().len(), 3);
    assert!(stage.pods().iter().all(|pod| image_of(pod) == "web:1"));
    stage.edit(&key, |object| object["spec"]["paused"] = json!(false));
    stage.pass(10).await;
    assert_eq!(
        condition(&stage.get(&key), "Progressing"),
        "True/NewReplicaSetAvailable"
    );
    assert!(stage.pods().iter().all(|pod| image_of(pod) == "web:2"));
}

#[tokio::test(start_paused = true)]
async fn history_is_limited() {
    let stage = Stage::start().await;
    let mut object = workload("Deployment", 1, "web:0");
    object["spec"]["revisionHistoryLimit"] = json!(2);
    let key = stage.create("apps", "deployments", object);
    for round in 1..6 {
        stage.pass(5).await;
        let image = format!("web:{round}");
        stage.edit(&key, |object| {
            object["spec"]["template"]["spec"]["containers"][0]["image"] = json!(image)
        });
    }
    stage.pass(5).await;
    let mut images: Vec<_> = stage
        .list("apps", "replicasets")
        .iter()
        .map(|set| text(set, "/spec/template/spec/containers/0/image").to_owned())
        .collect();
    images.sort();
    assert_eq!(images, ["web:3", "web:4", "web:5"]);
}
