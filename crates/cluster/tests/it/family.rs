//! What objects bring forth, and what that writes.

use std::time::{Duration, Instant};

use plumb_cluster::{Cluster, Family, LogRequest};
use plumb_model::{GroupKind, HealthStatus, ObjectId};
use serde_json::{Value, json};

use crate::world::World;

fn id(group: &str, kind: &str, name: &str) -> ObjectId {
    ObjectId {
        kind: GroupKind::new(group, kind),
        namespace: Some("default".to_owned()),
        name: name.to_owned(),
    }
}

fn deployment(name: &str, replicas: usize) -> Value {
    json!({"apiVersion": "apps/v1", "kind": "Deployment", "metadata": {"name": name, "namespace": "default"},
        "spec": {"replicas": replicas, "selector": {"matchLabels": {"app": name}},
            "template": {"metadata": {"labels": {"app": name}},
                "spec": {"initContainers": [{"name": "first", "image": "first:1"}],
                    "containers": [{"name": "main", "image": "main:1"}]}}}})
}

async fn until(cluster: &Cluster, roots: &[ObjectId], enough: impl Fn(&Family) -> bool) -> Family {
    let began = Instant::now();
    loop {
        let family = cluster.family(roots).await.unwrap();
        if enough(&family) {
            return family;
        }
        assert!(began.elapsed() < Duration::from_secs(20), "{family:?}");
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_deployment_has_replica_sets_and_pods_and_nothing_of_others() {
    let world = World::start().await;
    let cluster = world.connect().await;
    for body in [deployment("web", 2), deployment("other", 1)] {
        cluster.create(&body, "test").await.unwrap();
    }
    let roots = [id("apps", "Deployment", "web"), id("", "ConfigMap", "settings")];
    let healthy = |family: &Family| {
        let healths = family.members.iter().map(|member| member.health.as_ref());
        family.members.len() == 3
            && healths
                .flatten()
                .all(|health| health.status == HealthStatus::Healthy)
    };
    let family = until(&cluster, &roots, healthy).await;
    assert_eq!(family.gaps, [] as [&str; 0]);
    let [set, pod, other] = &family.members[..] else {
        panic!("{family:?}");
    };
    assert_eq!((&*set.id.kind.kind, &set.owner), ("ReplicaSet", &roots[0]));
    assert_eq!(set.note, "revision 1, 2/2 ready");
    for pod in [pod, other] {
        assert_eq!((&*pod.id.kind.kind, &pod.owner), ("Pod", &set.id));
        assert_eq!(pod.containers, ["first", "main"]);
        assert!(pod.note.starts_with("1/1 ready"), "{}", pod.note);
    }
    let log = cluster
        .log(&LogRequest {
            namespace: "default".to_owned(),
            pod: pod.id.name.clone(),
            container: "main".to_owned(),
            tail: 10,
            limit: 10_000,
            ..LogRequest::default()
        })
        .await
        .unwrap();
    assert_eq!(log.lines().count(), 1, "{log}");
    let missing = LogRequest {
        namespace: "default".to_owned(),
        pod: "nobody".to_owned(),
        ..LogRequest::default()
    };
    let error = cluster.log(&missing).await.unwrap_err().to_string();
    assert!(error.contains("default/nobody"), "{error}");
}
