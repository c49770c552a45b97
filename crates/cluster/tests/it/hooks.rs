//! Hooks in a cluster: made once, found again, replaced, and let go.

use plumb_model::{ActionDone, GroupVersionKind, Hook, Object, ObjectResult, Phase, SyncPhase};
use plumb_plan::Course;
use serde_json::{Value, json};

use crate::world::{Deployed, World, actions, config_map, object};

const FINALIZER: &str = "keep.example.org/hook-finalizer";

fn job(name: &str) -> Object {
    let mut hook = object(json!({"apiVersion": "batch/v1", "kind": "Job",
        "metadata": {"name": name, "namespace": "default"},
        "spec": {"template": {"spec": {"restartPolicy": "Never",
            "containers": [{"name": "main", "image": "busybox:1"}]}}}}));
    hook.directives.hook = Some(Hook {
        phases: vec![SyncPhase::PreSync],
        delete_before: true,
        ..Hook::default()
    });
    hook
}

fn course<'a>(id: &'a str, results: &'a [ObjectResult]) -> Course<'a> {
    Course {
        id,
        began: 0,
        results,
        underway: true,
        confirmed: false,
        only: &[],
        fresh: false,
        ending: None,
        hookless: false,
        stale: &[],
    }
}

fn unit() -> Deployed {
    let mut unit = Deployed::new();
    unit.unit.sync.conduct.hook_finalizer = Some(FINALIZER.to_owned());
    unit
}

async fn get(cluster: &plumb_cluster::Cluster, name: &str) -> Option<Value> {
    let jobs = GroupVersionKind::new("batch", "v1", "Job");
    cluster.get(&jobs, Some("default"), name).await.unwrap()
}

/// Passes until the operation is done.
async fn to_the_end(unit: &mut Deployed, cluster: &plumb_cluster::Cluster, objects: &[Object], id: &str) {
    let mut events = cluster.events();
    let patience = std::time::Duration::from_secs(10);
    tokio::time::timeout(patience, async {
        loop {
            unit.pass_in(cluster, objects, Some(course(id, &[]))).await;
            let plan = unit.plan_in(cluster, objects, Some(course(id, &[]))).await;
            if plan.is_idle() {
                return;
            }
            if plan.due().is_empty() {
                events.recv().await.unwrap();
            }
        }
    })
    .await
    .unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn a_hook_runs_once_in_an_operation_and_again_in_the_next() {
    let world = World::start().await;
    let (cluster, mut unit) = (world.connect().await, unit());
    let objects = [config_map("settings", json!({"a": "1"})), job("migrate")];
    let first = unit.pass_in(&cluster, &objects, Some(course("one", &[]))).await;
    assert_eq!(actions(&first), [("migrate".to_owned(), ActionDone::Created)]);
    assert_eq!(first.results[0].hook, Some(Phase::Running));
    let made = get(&cluster, "migrate").await.unwrap();
    assert_eq!(made["metadata"]["finalizers"], json!([FINALIZER]));
    // Nothing was recorded, as after a crash: the object itself says what it is.
    to_the_end(&mut unit, &cluster, &objects, "one").await;
    let complete = get(&cluster, "migrate").await.unwrap();
    assert_eq!(complete["metadata"]["uid"], made["metadata"]["uid"]);
    assert!(complete["metadata"]["finalizers"].is_null(), "it was let go");
    to_the_end(&mut unit, &cluster, &objects, "two").await;
    let next = get(&cluster, "migrate").await.unwrap();
    assert_ne!(next["metadata"]["uid"], made["metadata"]["uid"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_hook_never_takes_the_place_of_what_is_not_the_units() {
    let world = World::start().await;
    let (cluster, mut unit) = (world.connect().await, unit());
    let mut theirs = job("migrate").body.as_ref().clone();
    theirs["metadata"]["labels"] = json!({});
    let before = cluster.create(&theirs, "somebody").await.unwrap();
    let applied = unit
        .pass_in(&cluster, &[job("migrate")], Some(course("one", &[])))
        .await;
    assert_eq!(actions(&applied), [("migrate".to_owned(), ActionDone::Failed)]);
    assert!(applied.results[0].message.contains("already"), "{applied:?}");
    let after = get(&cluster, "migrate").await.unwrap();
    assert_eq!(after["metadata"]["uid"], before["metadata"]["uid"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_hook_is_deleted_where_its_policy_says_so_and_its_finalizer_does_not_hold_it() {
    let world = World::start().await;
    let (cluster, mut unit) = (world.connect().await, unit());
    let mut hook = job("migrate");
    hook.directives.hook.as_mut().unwrap().delete_on_success = true;
    let objects = [config_map("settings", json!({"a": "1"})), hook];
    let mut results = Vec::new();
    let mut events = cluster.events();
    let patience = std::time::Duration::from_secs(10);
    tokio::time::timeout(patience, async {
        loop {
            let plan = unit
                .plan_in(&cluster, &objects, Some(course("one", &results)))
                .await;
            results = plan.findings().iter().map(recorded).collect();
            let applied = unit
                .pass_in(&cluster, &objects, Some(course("one", &results)))
                .await;
            if actions(&applied).contains(&("migrate".to_owned(), ActionDone::Pruned)) {
                return;
            }
            if applied.results.is_empty() {
                events.recv().await.unwrap();
            }
        }
    })
    .await
    .unwrap();
    assert_eq!(get(&cluster, "migrate").await, None);
    let plan = unit
        .plan_in(&cluster, &objects, Some(course("one", &results)))
        .await;
    assert!(
        plan.is_idle(),
        "what is recorded as complete is not run again: {plan:?}"
    );
}

fn recorded(finding: &plumb_plan::Finding) -> ObjectResult {
    ObjectResult {
        id: finding.id.clone(),
        version: finding.version.clone(),
        action: ActionDone::Created,
        message: finding.message.clone(),
        phase: finding.phase,
        hook: Some(finding.state),
    }
}
