//! What plans do to a cluster.

use plumb_cluster::Detail;
use plumb_model::{ActionDone, GroupVersionKind, Live, Propagation};
use serde_json::{Value, json};

use crate::world::{Deployed, MANAGER, World, actions, config_map, deployment, object};

fn config_maps() -> GroupVersionKind {
    GroupVersionKind::new("", "v1", "ConfigMap")
}

#[tokio::test(flavor = "multi_thread")]
async fn a_field_that_leaves_git_leaves_the_cluster() {
    let world = World::start().await;
    let (cluster, mut unit) = (world.connect().await, Deployed::new());
    unit.pass(&cluster, &[config_map("one", json!({"a": "1", "b": "2"}))])
        .await;
    let applied = unit.pass(&cluster, &[config_map("one", json!({"a": "1"}))]).await;
    assert_eq!(actions(&applied), [("one".to_owned(), ActionDone::Configured)]);
    let live = cluster
        .get(&config_maps(), Some("default"), "one")
        .await
        .unwrap()
        .unwrap();
    assert_eq!(live["data"], json!({"a": "1"}));
}

#[tokio::test(flavor = "multi_thread")]
async fn what_kubectl_applied_is_taken_over_with_all_its_fields() {
    let world = World::start().await;
    let (cluster, mut unit) = (world.connect().await, Deployed::new());
    let theirs = json!({"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "one", "namespace": "default",
        "annotations": {"kubectl.kubernetes.io/last-applied-configuration": "{}"}}, "data": {"a": "1", "old": "2"}});
    cluster
        .create(&theirs, "kubectl-client-side-apply")
        .await
        .unwrap();
    let applied = unit.pass(&cluster, &[config_map("one", json!({"a": "1"}))]).await;
    assert_eq!(actions(&applied), [("one".to_owned(), ActionDone::Configured)]);
    let live = cluster
        .get(&config_maps(), Some("default"), "one")
        .await
        .unwrap()
        .unwrap();
    assert_eq!(live["data"], json!({"a": "1"}));
    let annotations = &live["metadata"]["annotations"];
    assert!(
        annotations.as_object().is_none_or(serde_json::Map::is_empty),
        "{annotations}"
    );
    let managers: Vec<&Value> = live["metadata"]["managedFields"]
        .as_array()
        .unwrap()
        .iter()
        .map(|entry| &entry["manager"])
        .collect();
    assert_eq!(managers, [MANAGER]);
    assert!(
        unit.plan(&cluster, &[config_map("one", json!({"a": "1"}))])
            .await
            .is_empty()
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn only_what_carries_the_marks_is_pruned() {
    let world = World::start().await;
    let (cluster, mut unit) = (world.connect().await, Deployed::new());
    let objects = [
        config_map("one", json!({})),
        config_map("two", json!({})),
        config_map("three", json!({})),
    ];
    unit.pass(&cluster, &objects).await;
    let unmarked = json!({"metadata": {"labels": {"unit": "another"}}});
    cluster
        .merge_patch(&config_maps(), &objects[1].id, None, &unmarked, "kubectl-label")
        .await
        .unwrap();
    let applied = unit.pass(&cluster, &objects[2..]).await;
    assert_eq!(actions(&applied), [("one".to_owned(), ActionDone::Pruned)]);
    assert!(
        cluster
            .get(&config_maps(), Some("default"), "one")
            .await
            .unwrap()
            .is_none()
    );
    assert!(
        cluster
            .get(&config_maps(), Some("default"), "two")
            .await
            .unwrap()
            .is_some()
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn a_kind_and_an_object_of_it_come_in_one_plan() {
    let world = World::start().await;
    let (cluster, mut unit) = (world.connect().await, Deployed::new());
    let crd = object(
        json!({"apiVersion": "apiextensions.k8s.io/v1", "kind": "CustomResourceDefinition",
        "metadata": {"name": "things.example.org"},
        "spec": {"group": "example.org", "scope": "Namespaced",
            "names": {"plural": "things", "singular": "thing", "kind": "Thing", "listKind": "ThingList"},
            "versions": [{"name": "v1", "served": true, "storage": true, "schema": {"openAPIV3Schema": {
                "type": "object", "properties": {"spec": {"type": "object",
                    "properties": {"size": {"type": "integer"}}}}}}}]}}),
    );
    let thing = object(json!({"apiVersion": "example.org/v1", "kind": "Thing",
        "metadata": {"name": "one", "namespace": "default"}, "spec": {"size": 3}}));
    let objects = [thing, crd];
    let seen = unit.observe(&cluster, &objects, Detail::Quick).await;
    assert!(
        matches!(seen.objects[&objects[0].id].live, Live::UnknownKind),
        "{seen:?}"
    );
    let applied = unit.pass(&cluster, &objects).await;
    assert!(applied.complete, "{applied:?}");
    assert!(unit.plan(&cluster, &objects).await.is_empty());
    let before = cluster.counters();
    assert!(unit.plan(&cluster, &objects).await.is_empty());
    assert_eq!(cluster.counters(), before);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_plan_of_which_one_object_is_refused_changes_nothing() {
    let world = World::start().await;
    let (cluster, mut unit) = (world.connect().await, Deployed::new());
    let mut wrong = deployment("web", "nginx:1").body.as_ref().clone();
    wrong["spec"]["template"]["metadata"]["labels"] = json!({"app": "other"});
    let objects = [config_map("one", json!({"a": "1"})), object(wrong)];
    let writes = world.server.write_count();
    let applied = unit.pass(&cluster, &objects).await;
    assert!(applied.refused && !applied.complete);
    assert_eq!(actions(&applied), [("web".to_owned(), ActionDone::Failed)]);
    assert!(
        applied.results[0].message.starts_with("app/all.yaml:7: "),
        "{applied:?}"
    );
    assert_eq!(world.server.write_count(), writes);
}

#[tokio::test(flavor = "multi_thread")]
async fn the_missing_namespace_comes_first() {
    let world = World::start().await;
    let (cluster, mut unit) = (world.connect().await, Deployed::new());
    unit.unit.destination.namespace = Some("fresh".to_owned());
    let body =
        json!({"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "one", "namespace": "fresh"}});
    let objects = [object(body)];
    let applied = unit.pass(&cluster, &objects).await;
    let created = [
        ("fresh".to_owned(), ActionDone::Created),
        ("one".to_owned(), ActionDone::Created),
    ];
    assert_eq!(actions(&applied), created);
    assert!(unit.plan(&cluster, &objects).await.is_empty());
}

#[tokio::test(flavor = "multi_thread")]
async fn what_cannot_change_is_created_again_where_that_is_allowed() {
    let world = World::start().await;
    let (cluster, mut unit) = (world.connect().await, Deployed::new());
    unit.pass(&cluster, &[deployment("web", "nginx:1")]).await;
    let mut changed = deployment("web", "nginx:1").body.as_ref().clone();
    changed["spec"]["selector"]["matchLabels"] = json!({"app": "web", "tier": "front"});
    changed["spec"]["template"]["metadata"]["labels"] = json!({"app": "web", "tier": "front"});
    let changed = [object(changed)];
    let applied = unit.pass(&cluster, &changed).await;
    assert_eq!(
        actions(&applied),
        [("web".to_owned(), ActionDone::Failed)],
        "{applied:?}"
    );
    let why = &applied.results[0].message;
    assert!(
        why.contains("field is immutable") && why.contains("created again (force)"),
        "{why}"
    );
    unit.unit.sync.force = true;
    let applied = unit.pass(&cluster, &changed).await;
    assert!(applied.complete, "{applied:?}");
    let live = cluster
        .get(&changed[0].gvk, Some("default"), "web")
        .await
        .unwrap()
        .unwrap();
    assert_eq!(live["spec"]["selector"]["matchLabels"]["tier"], "front");
}

#[tokio::test(flavor = "multi_thread")]
async fn replacing_takes_away_what_others_added() {
    let world = World::start().await;
    let (cluster, mut unit) = (world.connect().await, Deployed::new());
    let map = config_map("one", json!({"a": "1"}));
    unit.pass(&cluster, std::slice::from_ref(&map)).await;
    let theirs = json!({"data": {"b": "2"}});
    cluster
        .merge_patch(&config_maps(), &map.id, None, &theirs, "somebody")
        .await
        .unwrap();
    let data = async || {
        let live = cluster.get(&config_maps(), Some("default"), "one").await.unwrap();
        live.unwrap()["data"].clone()
    };
    let changed = config_map("one", json!({"a": "2"}));
    unit.pass(&cluster, std::slice::from_ref(&changed)).await;
    assert_eq!(
        data().await,
        json!({"a": "2", "b": "2"}),
        "server-side apply leaves what others own"
    );
    unit.unit.sync.conduct.replace = true;
    let again = [config_map("one", json!({"a": "3"}))];
    let applied = unit.pass(&cluster, &again).await;
    assert!(applied.complete, "{applied:?}");
    assert_eq!(data().await, json!({"a": "3"}));
    assert!(
        unit.plan(&cluster, &again).await.is_empty(),
        "a plan after an apply is empty"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn dependents_stay_go_before_or_go_after_as_the_unit_says() {
    for (propagation, left) in [
        (Propagation::Orphan, true),
        (Propagation::Foreground, false),
        (Propagation::Background, false),
    ] {
        let world = World::start().await;
        let (cluster, mut unit) = (world.connect().await, Deployed::new());
        unit.unit.sync.conduct.propagation = propagation;
        unit.pass(&cluster, &[deployment("web", "nginx:1")]).await;
        let sets = GroupVersionKind::new("apps", "v1", "ReplicaSet");
        let count = async || cluster.list(&sets, Some("default"), "").await.unwrap().len();
        let patience = std::time::Duration::from_secs(10);
        tokio::time::timeout(patience, async {
            while count().await == 0 {
                tokio::time::sleep(std::time::Duration::from_millis(20)).await;
            }
        })
        .await
        .unwrap();
        unit.pass(&cluster, &[]).await;
        let deployments = GroupVersionKind::new("apps", "v1", "Deployment");
        tokio::time::timeout(patience, async {
            let there = async || {
                !cluster
                    .list(&deployments, Some("default"), "")
                    .await
                    .unwrap()
                    .is_empty()
            };
            while there().await || (!left && count().await > 0) {
                tokio::time::sleep(std::time::Duration::from_millis(20)).await;
            }
        })
        .await
        .unwrap_or_else(|_| unreachable!("{propagation:?}"));
        assert_eq!(count().await > 0, left, "{propagation:?}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_refused_secret_is_told_without_its_values() {
    let world = World::start().await;
    let (cluster, mut unit) = (world.connect().await, Deployed::new());
    let body = json!({"apiVersion": "v1", "kind": "Secret", "metadata": {"name": "key", "namespace": "default"},
        "data": {"password": ["hunter2"]}});
    let applied = unit.pass(&cluster, &[object(body)]).await;
    assert_eq!(actions(&applied), [("key".to_owned(), ActionDone::Failed)]);
    assert!(!format!("{applied:?}").contains("hunter2"), "{applied:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_kind_that_changes_with_its_objects_is_not_judged_by_what_it_was() {
    let world = World::start().await;
    let (cluster, mut unit) = (world.connect().await, Deployed::new());
    let crd = |fields: Value| {
        object(
            json!({"apiVersion": "apiextensions.k8s.io/v1", "kind": "CustomResourceDefinition",
        "metadata": {"name": "things.example.org"},
        "spec": {"group": "example.org", "scope": "Cluster",
            "names": {"plural": "things", "singular": "thing", "kind": "Thing", "listKind": "ThingList"},
            "versions": [{"name": "v1", "served": true, "storage": true, "schema": {"openAPIV3Schema": {
                "type": "object", "properties": {"spec": {"type": "object", "properties": fields}}}}}]}}),
        )
    };
    // Before the kind was known, the object got the namespace of the unit.
    let thing = |spec: Value| {
        object(json!({"apiVersion": "example.org/v1", "kind": "Thing",
        "metadata": {"name": "one", "namespace": "default"}, "spec": spec}))
    };
    let size = json!({"type": "integer", "maximum": 3});
    let applied = unit
        .pass(&cluster, &[crd(json!({"size": size})), thing(json!({"size": 3}))])
        .await;
    assert!(applied.complete, "{applied:?}");
    let size = json!({"type": "integer", "maximum": 9});
    let after = [crd(json!({"size": size})), thing(json!({"size": 9}))];
    let applied = unit.pass(&cluster, &after).await;
    assert!(applied.complete, "{applied:?}");
    assert!(unit.plan(&cluster, &after).await.is_empty());
}

#[tokio::test(flavor = "multi_thread")]
async fn an_object_without_a_namespace_is_refused_rather_than_put_anywhere() {
    let world = World::start().await;
    let (cluster, mut unit) = (world.connect().await, Deployed::new());
    let body = json!({"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "one"}});
    let applied = unit.pass(&cluster, &[object(body.clone())]).await;
    assert_eq!(actions(&applied), [("one".to_owned(), ActionDone::Failed)]);
    let placed = cluster.placed(object(body), Some("default")).await.unwrap();
    assert_eq!(placed.id.namespace.as_deref(), Some("default"));
    assert_eq!(placed.body["metadata"]["namespace"], "default");
    assert!(unit.pass(&cluster, &[placed]).await.complete);
}

#[tokio::test(flavor = "multi_thread")]
async fn the_line_may_move_between_threads() {
    let world = World::start().await;
    let (cluster, mut unit) = (world.connect().await, Deployed::new());
    // That this compiles is half of the test: what controllers spawn must be `Send`.
    let pass =
        tokio::spawn(async move { unit.pass(&cluster, &[config_map("one", json!({"a": "1"}))]).await });
    assert!(pass.await.unwrap().complete);
}

#[tokio::test(flavor = "multi_thread")]
async fn the_server_is_asked_once_about_new_objects_that_are_alike() {
    let world = World::start().await;
    let cluster = world.connect().await;
    let mut before = cluster.counters().dry_runs;
    let mut asked = Vec::new();
    for name in ["shop-1", "shop-2"] {
        let objects = [
            config_map(name, json!({"name": name})),
            deployment(name, "nginx:1"),
        ];
        let applied = Deployed::new().pass(&cluster, &objects).await;
        assert_eq!(applied.results.len(), 2);
        let now = cluster.counters().dry_runs;
        asked.push(now - std::mem::replace(&mut before, now));
    }
    assert_eq!(asked, [2, 0]);
    // What is alike but for a wrong value is asked about, and then nothing is written.
    let wrong = object(json!({"apiVersion": "v1", "kind": "ConfigMap",
        "metadata": {"name": "shop-3", "namespace": "default"}, "data": {"not a key!": "1"}}));
    let applied = Deployed::new()
        .pass(&cluster, &[deployment("shop-3", "nginx:1"), wrong])
        .await;
    assert!(applied.refused);
}
