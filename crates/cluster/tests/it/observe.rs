//! What is found out, and at what price.

use std::time::Duration;

use plumb_cluster::{Cluster, Counters, Detail, LiveChange, LiveEvent};
use plumb_model::{ActionDone, GroupVersionKind, HealthStatus, Live, Object};
use plumb_plan::{Action, Change};
use serde_json::json;
use tokio::sync::broadcast::Receiver;

use crate::world::{Deployed, World, actions, config_map, deployment};

fn gvk(object: &Object) -> GroupVersionKind {
    object.gvk.clone()
}

fn since(before: Counters, cluster: &Cluster) -> (u64, u64, u64, u64) {
    let now = cluster.counters();
    let Counters {
        reads,
        writes,
        dry_runs,
        watches,
    } = before;
    (
        now.reads - reads,
        now.writes - writes,
        now.dry_runs - dry_runs,
        now.watches - watches,
    )
}

async fn edit(other: &Cluster, object: &Object, patch: serde_json::Value, manager: &str) {
    other
        .merge_patch(&gvk(object), &object.id, None, &patch, manager)
        .await
        .unwrap();
}

/// The events until nothing more comes for a while.
async fn told(events: &mut Receiver<LiveEvent>) -> Vec<(String, LiveChange)> {
    let mut all = Vec::new();
    while let Ok(Ok(event)) = tokio::time::timeout(Duration::from_millis(150), events.recv()).await {
        all.push((event.id.name, event.kind));
    }
    all
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_as_it_was_left_costs_no_call() {
    let world = World::start().await;
    let (cluster, mut unit) = (world.connect().await, Deployed::new());
    let objects = [config_map("one", json!({"a": "1"})), deployment("web", "nginx:1")];
    let applied = unit.pass(&cluster, &objects).await;
    assert!(applied.complete, "{applied:?}");
    assert!(
        applied
            .results
            .iter()
            .all(|result| result.action == ActionDone::Created),
        "{applied:?}"
    );

    let before = cluster.counters();
    for detail in [Detail::Quick, Detail::Full] {
        let seen = unit.observe(&cluster, &objects, detail).await;
        assert_eq!(seen.namespace_exists, Some(true));
        assert!(
            seen.objects.values().all(|it| matches!(it.live, Live::Settled)),
            "{seen:?}"
        );
    }
    assert_eq!(since(before, &cluster), (0, 0, 0, 0));
    assert!(unit.plan(&cluster, &objects).await.is_empty());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_change_by_hand_is_told_at_once_and_undone() {
    let world = World::start().await;
    let (cluster, other, mut unit) = (world.connect().await, world.connect().await, Deployed::new());
    let objects = [
        config_map("one", json!({"a": "1"})),
        config_map("two", json!({"a": "1"})),
    ];
    unit.pass(&cluster, &objects).await;
    let mut events = cluster.events();

    edit(&other, &objects[0], json!({"data": {"a": "2"}}), "kubectl-edit").await;
    let event = tokio::time::timeout(Duration::from_millis(50), events.recv())
        .await
        .expect("in 50 ms")
        .unwrap();
    assert_eq!(
        (event.id, event.kind),
        (objects[0].id.clone(), LiveChange::Drifted)
    );

    let before = cluster.counters();
    let plan = unit.plan(&cluster, &objects).await;
    let [step] = plan.steps() else { panic!("{plan:?}") };
    let Action::Apply {
        change: Change::Correct(drift),
        ..
    } = &step.action
    else {
        panic!("{step:?}")
    };
    assert_eq!(
        (drift[0].path.as_str(), drift[0].manager.as_deref()),
        (".data.a", Some("kubectl-edit"))
    );
    assert_eq!(
        since(before, &cluster),
        (1, 0, 1, 0),
        "one object is read and played through"
    );
    let before = cluster.counters();
    unit.plan(&cluster, &objects).await;
    assert_eq!(since(before, &cluster), (0, 0, 0, 0), "the answer is remembered");

    let applied = unit.pass(&cluster, &objects).await;
    assert_eq!(actions(&applied), [("one".to_owned(), ActionDone::Configured)]);
    assert_eq!(told(&mut events).await, [], "our own write is no drift");
    let live = other
        .get(&gvk(&objects[0]), Some("default"), "one")
        .await
        .unwrap()
        .unwrap();
    assert_eq!(live["data"]["a"], "1");
    assert!(unit.plan(&cluster, &objects).await.is_empty());
}

#[tokio::test(flavor = "multi_thread")]
async fn what_others_own_is_no_drift() {
    let world = World::start().await;
    let (cluster, other, mut unit) = (world.connect().await, world.connect().await, Deployed::new());
    let objects = [config_map("one", json!({"a": "1"})), deployment("web", "nginx:1")];
    unit.pass(&cluster, &objects).await;
    let mut events = cluster.events();
    edit(
        &other,
        &objects[0],
        json!({"data": {"b": "2"}, "metadata": {"annotations": {"x": "y"}}}),
        "sidecar",
    )
    .await;
    let told = told(&mut events).await;
    let drift = told
        .iter()
        .filter(|(_, kind)| !matches!(kind, LiveChange::HealthChanged(_)))
        .count();
    assert_eq!(drift, 0, "{told:?}");
    let before = cluster.counters();
    assert!(unit.plan(&cluster, &objects).await.is_empty());
    assert_eq!(since(before, &cluster), (0, 0, 0, 0));
}

#[tokio::test(flavor = "multi_thread")]
async fn health_is_told_as_it_changes() {
    let world = World::start().await;
    let (cluster, mut unit) = (world.connect().await, Deployed::new());
    let objects = [deployment("web", "nginx:1")];
    let mut events = cluster.events();
    unit.pass(&cluster, &objects).await;
    let healthy = async {
        loop {
            if let LiveChange::HealthChanged(Some(health)) = events.recv().await.unwrap().kind
                && health.status == HealthStatus::Healthy
            {
                return;
            }
        }
    };
    tokio::time::timeout(Duration::from_secs(10), healthy)
        .await
        .expect("the deployment becomes healthy");
    let seen = unit.observe(&cluster, &objects, Detail::Quick).await;
    assert_eq!(
        seen.objects[&objects[0].id].health.as_ref().map(|it| it.status),
        Some(HealthStatus::Healthy)
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn after_a_restart_nothing_is_written_nor_played_through() {
    let world = World::start().await;
    let mut unit = Deployed::new();
    let objects = [config_map("one", json!({"a": "1"})), deployment("web", "nginx:1")];
    unit.pass(&world.connect().await, &objects).await;

    let restarted = world.connect().await;
    assert!(unit.plan(&restarted, &objects).await.is_empty());
    let Counters { writes, dry_runs, .. } = restarted.counters();
    assert_eq!((writes, dry_runs), (0, 0));
}

#[tokio::test(flavor = "multi_thread")]
async fn an_object_that_goes_is_told_and_comes_back() {
    let world = World::start().await;
    let (cluster, other, mut unit) = (world.connect().await, world.connect().await, Deployed::new());
    let objects = [config_map("one", json!({"a": "1"}))];
    unit.pass(&cluster, &objects).await;
    let mut events = cluster.events();
    other
        .delete(&gvk(&objects[0]), &objects[0].id, Default::default())
        .await
        .unwrap();
    assert_eq!(told(&mut events).await, [("one".to_owned(), LiveChange::Gone)]);
    let seen = unit.observe(&cluster, &objects, Detail::Quick).await;
    assert!(matches!(seen.objects[&objects[0].id].live, Live::Absent));
    assert_eq!(
        actions(&unit.pass(&cluster, &objects).await),
        [("one".to_owned(), ActionDone::Created)]
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn a_new_commit_is_seen_without_asking_unless_the_detail_is_wanted() {
    let world = World::start().await;
    let (cluster, mut unit) = (world.connect().await, Deployed::new());
    let before = [config_map("one", json!({"a": "1"}))];
    unit.pass(&cluster, &before).await;
    let after = [config_map("one", json!({"a": "2"}))];
    let counters = cluster.counters();
    let seen = unit.observe(&cluster, &after, Detail::Quick).await;
    assert!(matches!(seen.objects[&after[0].id].live, Live::Outdated));
    assert_eq!(since(counters, &cluster), (0, 0, 0, 0));
    let seen = unit.observe(&cluster, &after, Detail::Full).await;
    let Live::Present {
        predicted: Some(predicted),
        ..
    } = &seen.objects[&after[0].id].live
    else {
        panic!("{seen:?}")
    };
    assert_eq!(predicted["data"]["a"], "2");
    assert_eq!(since(counters, &cluster), (1, 0, 1, 0));
}

#[tokio::test(flavor = "multi_thread")]
async fn forgotten_objects_are_told_of_no_more() {
    let world = World::start().await;
    let (cluster, other, mut unit) = (world.connect().await, world.connect().await, Deployed::new());
    let objects = [
        config_map("one", json!({"a": "1"})),
        config_map("two", json!({"a": "1"})),
    ];
    unit.pass(&cluster, &objects).await;
    cluster.forget(std::iter::once(&objects[0].id));
    let mut events = cluster.events();
    for object in &objects {
        edit(&other, object, json!({"data": {"a": "2"}}), "kubectl-edit").await;
    }
    assert_eq!(told(&mut events).await, [("two".to_owned(), LiveChange::Drifted)]);
}
