//! StatefulSets, DaemonSets and claims.

use serde_json::json;

use super::{Stage, condition, workload};
use crate::workloads::Key;
use crate::workloads::fields::{count, label, name, text};

fn names(stage: &Stage) -> Vec<String> {
    stage.pods().iter().map(|pod| name(pod).to_owned()).collect()
}

#[tokio::test(start_paused = true)]
async fn a_stateful_set_grows_and_shrinks_in_order() {
    let stage = Stage::start().await;
    let key = stage.create("apps", "statefulsets", workload("StatefulSet", 3, "db:1"));
    stage.pass(0).await;
    assert_eq!(names(&stage), ["web-0"], "the second waits for the first");
    stage.pass(1).await;
    assert_eq!(names(&stage), ["web-0", "web-1"]);
    stage.pass(3).await;
    assert_eq!(names(&stage), ["web-0", "web-1", "web-2"]);
    let set = stage.get(&key);
    assert_eq!(count(&set, "/status/readyReplicas"), 3);
    assert_eq!(count(&set, "/status/currentReplicas"), 3);
    assert_eq!(
        text(&set, "/status/currentRevision"),
        text(&set, "/status/updateRevision")
    );
    stage.edit(&key, |object| object["spec"]["replicas"] = json!(1));
    stage.pass(1).await;
    assert_eq!(names(&stage), ["web-0"]);
}

#[tokio::test(start_paused = true)]
async fn a_stateful_set_rolls_from_the_top() {
    let stage = Stage::start().await;
    let key = stage.create("apps", "statefulsets", workload("StatefulSet", 3, "db:1"));
    stage.pass(5).await;
    let old = text(&stage.get(&key), "/status/currentRevision").to_owned();
    stage.edit(&key, |object| {
        object["spec"]["template"]["spec"]["containers"][0]["image"] = json!("db:2")
    });
    stage.pass(0).await;
    let updated = |stage: &Stage| -> Vec<String> {
        let pods = stage.pods();
        let is_new = |pod: &serde_json::Value| text(pod, "/spec/containers/0/image") == "db:2";
        pods.iter()
            .filter(|pod| is_new(pod))
            .map(|pod| name(pod).to_owned())
            .collect()
    };
    assert_eq!(updated(&stage), ["web-2"]);
    let during = stage.get(&key);
    assert_eq!(text(&during, "/status/currentRevision"), old);
    assert_ne!(text(&during, "/status/updateRevision"), old);
    assert_eq!(count(&during, "/status/updatedReplicas"), 1);
    assert_eq!(count(&during, "/status/currentReplicas"), 2);
    stage.pass(1).await;
    assert_eq!(updated(&stage), ["web-1", "web-2"]);
    stage.pass(5).await;
    let done = stage.get(&key);
    assert_eq!(count(&done, "/status/updatedReplicas"), 3);
    assert_eq!(
        text(&done, "/status/currentRevision"),
        text(&done, "/status/updateRevision")
    );
    assert_eq!(stage.list("apps", "controllerrevisions").len(), 2);
}

#[tokio::test(start_paused = true)]
async fn a_partition_holds_pods_back() {
    let stage = Stage::start().await;
    let mut object = workload("StatefulSet", 3, "db:1");
    object["spec"]["updateStrategy"] = json!({"type": "RollingUpdate", "rollingUpdate": {"partition": 2}});
    let key = stage.create("apps", "statefulsets", object);
    stage.pass(5).await;
    stage.edit(&key, |object| {
        object["spec"]["template"]["spec"]["containers"][0]["image"] = json!("db:2")
    });
    stage.pass(5).await;
    stage.delete(&Key::new("", "pods", "demo", "web-0"));
    stage.pass(5).await;
    let pods = stage.pods();
    let images: Vec<_> = pods
        .iter()
        .map(|pod| text(pod, "/spec/containers/0/image"))
        .collect();
    assert_eq!(
        images,
        ["db:1", "db:1", "db:2"],
        "a lost pod below the partition comes back as it was"
    );
    assert_eq!(count(&stage.get(&key), "/status/updatedReplicas"), 1);
}

#[tokio::test(start_paused = true)]
async fn claims_are_made_and_bound_and_outlive_the_pods() {
    let stage = Stage::start().await;
    let mut object = workload("StatefulSet", 2, "db:1");
    object["spec"]["volumeClaimTemplates"] = json!([{
        "metadata": {"name": "data"},
        "spec": {"accessModes": ["ReadWriteOnce"], "resources": {"requests": {"storage": "1Gi"}}},
    }]);
    let key = stage.create("apps", "statefulsets", object);
    stage.pass(5).await;
    let claim_key = Key::new("", "persistentvolumeclaims", "demo", "data-web-1");
    let claim = stage.get(&claim_key);
    assert_eq!(text(&claim, "/status/phase"), "Bound");
    assert_eq!(text(&claim, "/status/capacity/storage"), "1Gi");
    let volume = Key::new("", "persistentvolumes", "", text(&claim, "/spec/volumeName"));
    assert_eq!(text(&stage.get(&volume), "/spec/claimRef/name"), "data-web-1");
    let pod = stage.get(&Key::new("", "pods", "demo", "web-1"));
    assert_eq!(
        text(&pod, "/spec/volumes/0/persistentVolumeClaim/claimName"),
        "data-web-1"
    );
    stage.delete(&key);
    stage.pass(1).await;
    assert!(stage.pods().is_empty());
    assert!(stage.exists(&claim_key));
    stage.delete(&claim_key);
    stage.pass(1).await;
    assert!(!stage.exists(&volume), "a volume made for a claim goes with it");
}

#[tokio::test(start_paused = true)]
async fn a_claim_waits_for_the_volume_that_it_names() {
    let stage = Stage::start().await;
    let claim = stage.create("", "persistentvolumeclaims", json!({
        "apiVersion": "v1", "kind": "PersistentVolumeClaim", "metadata": {"name": "films", "namespace": "demo"},
        "spec": {"volumeName": "nas", "resources": {"requests": {"storage": "1Ti"}}},
    }));
    stage.pass(1).await;
    assert_eq!(text(&stage.get(&claim), "/status/phase"), "Pending");
    let volume = stage.create(
        "",
        "persistentvolumes",
        json!({
            "apiVersion": "v1", "kind": "PersistentVolume", "metadata": {"name": "nas"},
            "spec": {"capacity": {"storage": "1Ti"}, "persistentVolumeReclaimPolicy": "Retain"},
        }),
    );
    stage.pass(1).await;
    assert_eq!(text(&stage.get(&claim), "/status/phase"), "Bound");
    assert_eq!(text(&stage.get(&volume), "/status/phase"), "Bound");
    stage.delete(&claim);
    stage.pass(1).await;
    assert_eq!(text(&stage.get(&volume), "/status/phase"), "Released");
}

#[tokio::test(start_paused = true)]
async fn a_daemon_set_has_one_pod_on_the_node() {
    let stage = Stage::start().await;
    let key = stage.create("apps", "daemonsets", workload("DaemonSet", 7, "agent:1"));
    stage.pass(2).await;
    let set = stage.get(&key);
    assert_eq!(stage.pods().len(), 1);
    for field in [
        "desiredNumberScheduled",
        "currentNumberScheduled",
        "numberReady",
        "numberAvailable",
    ] {
        assert_eq!(count(&set, &format!("/status/{field}")), 1, "{field}");
    }
    let hash = label(&stage.pods()[0], "controller-revision-hash").map(str::to_owned);
    stage.world.take_pod_counts();
    stage.edit(&key, |object| {
        object["spec"]["template"]["spec"]["containers"][0]["image"] = json!("agent:2")
    });
    stage.pass(3).await;
    assert_ne!(
        label(&stage.pods()[0], "controller-revision-hash").map(str::to_owned),
        hash
    );
    assert!(stage.world.take_pod_counts().iter().all(|(pods, _)| *pods <= 1));
    assert_eq!(count(&stage.get(&key), "/status/updatedNumberScheduled"), 1);
    stage.edit(&key, |object| {
        object["spec"]["template"]["spec"]["nodeSelector"] = json!({"gpu": "yes"})
    });
    stage.pass(1).await;
    assert_eq!(count(&stage.get(&key), "/status/desiredNumberScheduled"), 0);
    assert!(stage.pods().is_empty());
}

#[tokio::test(start_paused = true)]
async fn a_pod_that_no_node_takes_says_so() {
    let stage = Stage::start().await;
    let pod = stage.create(
        "",
        "pods",
        json!({
            "apiVersion": "v1", "kind": "Pod", "metadata": {"name": "lone", "namespace": "demo"},
            "spec": {"nodeSelector": {"gpu": "yes"}, "containers": [{"name": "main", "image": "web:1"}]},
        }),
    );
    stage.pass(5).await;
    assert_eq!(condition(&stage.get(&pod), "PodScheduled"), "False/Unschedulable");
    assert_eq!(text(&stage.get(&pod), "/status/phase"), "Pending");
}
