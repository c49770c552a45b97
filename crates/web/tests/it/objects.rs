//! The objects of an app: as a tree, what they write, what is said of them, and what is done to them by hand.

use std::time::{Duration, Instant};

use futures::{StreamExt as _, stream};
use plumb_history::{Cause, Filter};
use plumb_model::{
    GroupKind, GroupVersionKind, Health, HealthStatus, ObjectId, ResourceReport, SyncStatus, UnitReport,
};
use plumb_pipeline::{UnitView, actions};
use serde_json::{Value, json};

use crate::{
    client::{get, submit},
    world::{APP, World, shop, view},
};

fn id(kind: &str, name: &str) -> ObjectId {
    ObjectId {
        kind: GroupKind::new("apps", kind),
        namespace: Some("shop".to_owned()),
        name: name.to_owned(),
    }
}

fn resource(kind: &str, name: &str, health: HealthStatus) -> ResourceReport {
    ResourceReport {
        id: id(kind, name),
        version: "v1".to_owned(),
        sync: SyncStatus::Synced,
        health: Some(Health::new(health, "<script>alert(8)</script>")),
        requires_pruning: false,
        drift: Vec::new(),
    }
}

fn workload(kind: &str, name: &str, owner: Option<(&str, &Value)>) -> Value {
    let mut body = json!({"apiVersion": "apps/v1", "kind": kind, "metadata": {"name": name, "namespace": "shop"},
        "spec": {"replicas": 2, "selector": {"matchLabels": {"app": "web"}},
            "template": {"metadata": {"labels": {"app": "web"}}, "spec": {"containers": [{"name": "main", "image": "web:1"}]}}}});
    own(&mut body, owner);
    body
}

fn own(body: &mut Value, owner: Option<(&str, &Value)>) {
    if let Some((kind, owner)) = owner {
        body["metadata"]["ownerReferences"] = json!([{"apiVersion": "apps/v1", "kind": kind,
            "name": owner["metadata"]["name"], "uid": owner["metadata"]["uid"], "controller": true}]);
    }
}

/// Gives the world's app a Deployment with a ReplicaSet and so many Pods. Nobody sees to them, so they stay as they are.
async fn grow(world: &World, pods: usize) {
    let cluster = world.line.own();
    let deployment = cluster
        .create(&workload("Deployment", "web", None), "test")
        .await
        .unwrap();
    let set = workload("ReplicaSet", "web-abc", Some(("Deployment", &deployment)));
    let set = cluster.create(&set, "test").await.unwrap();
    let bodies = (0..pods).map(|number| {
        let mut pod = json!({"apiVersion": "v1", "kind": "Pod",
            "metadata": {"name": format!("web-abc-{number:04}"), "namespace": "shop", "labels": {"app": "web"}},
            "spec": {"containers": [{"name": "main", "image": "web:1"}]}});
        own(&mut pod, Some(("ReplicaSet", &set)));
        pod
    });
    stream::iter(bodies)
        .for_each_concurrent(16, |pod| async move {
            cluster.create(&pod, "test").await.unwrap();
        })
        .await;
    let loaded = actions::load(cluster, &shop()).await.unwrap();
    let report = UnitReport {
        sync: SyncStatus::Synced,
        health: Health::healthy(),
        resources: vec![
            resource("Deployment", "web", HealthStatus::Healthy),
            resource("Deployment", "sick", HealthStatus::Degraded),
        ],
        ..loaded.report
    };
    let unit = Some(loaded.unit.unwrap());
    world.line.board.show(shop(), UnitView { unit, ..view(report) });
}

fn zipped(text: &str) -> usize {
    use std::io::Write as _;
    let mut zip = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::default());
    zip.write_all(text.as_bytes()).unwrap();
    zip.finish().unwrap().len()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_tree_of_1500_nodes_is_calm_at_first_and_fast_when_whole() {
    let world = World::start().await;
    grow(&world, 1500).await;
    // Pods that nobody runs are on their way, so they need somebody; what is found is bounded all the same.
    let calm = get(world.address(), &format!("{APP}?tab=tree&q=sick")).await;
    calm.has("Showing 1 of 1503")
        .has("role=\"treegrid\"")
        .has("aria-level=\"1\"")
        .has("&lt;script&gt;alert(8)")
        .lacks("<script>alert");
    let began = Instant::now();
    let whole = get(world.address(), &format!("{APP}?tab=tree&show=all")).await;
    let took = began.elapsed();
    whole.has("web-abc-1499").has("aria-level=\"3\"");
    let (size, zipped) = (whole.body.len(), zipped(&whole.body));
    println!("1,503 nodes: {took:?}, {size} bytes, {zipped} compressed");
    assert!(took < Duration::from_secs(5), "{took:?}");
    assert!(size < 2_500_000, "{size} bytes");
    assert!(zipped < 150_000, "{zipped} bytes compressed");
    let data = get(world.address(), &format!("/api/v1{APP}/tree?q=web-abc-0007")).await;
    let data: Value = serde_json::from_str(&data.body).unwrap();
    let names: Vec<&str> = data["nodes"]
        .as_array()
        .unwrap()
        .iter()
        .map(|node| node["name"].as_str().unwrap())
        .collect();
    assert_eq!(names, ["web", "web-abc", "web-abc-0007"]);
    assert_eq!(data["nodes"][2]["owner"], "ReplicaSet.apps shop/web-abc");
}

#[tokio::test(flavor = "multi_thread")]
async fn every_tab_is_an_address_that_works_without_script() {
    let world = World::start().await;
    grow(&world, 2).await;
    for (tab, text) in [
        ("summary", "id=\"history\""),
        ("tree", "role=\"treegrid\""),
        ("list", "id=\"objects\""),
        ("history", "id=\"history\""),
        ("logs", "id=\"logs\""),
        ("events", "id=\"events\""),
        ("policy", "is corrected"),
    ] {
        let page = get(world.address(), &format!("{APP}?tab={tab}")).await;
        assert_eq!(page.status, 200, "{tab}");
        page.has(text)
            .has("aria-current=\"page\">")
            .lacks("<script>alert");
    }
    let diff = get(world.address(), &format!("{APP}?tab=diff")).await;
    assert_eq!(
        (diff.status, diff.header("location")),
        (303, &*format!("{APP}/diff"))
    );
    // What is asked for wrongly is no reason to show nothing.
    assert_eq!(
        get(world.address(), &format!("{APP}?tab=nonsense")).await.status,
        200
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn logs_and_events_are_those_of_the_app() {
    let world = World::start().await;
    grow(&world, 2).await;
    let event = |name: &str, object: &str, message: &str| {
        json!({"apiVersion": "v1", "kind": "Event", "metadata": {"name": name, "namespace": "shop"},
            "involvedObject": {"apiVersion": "v1", "kind": "Pod", "namespace": "shop", "name": object},
            "type": "Warning", "reason": "BackOff", "message": message, "count": 7,
            "lastTimestamp": "2026-01-02T03:04:05Z"})
    };
    for body in [
        event("own", "web-abc-0001", "pulling <b>web:1</b>\u{1b}[31m failed"),
        event("foreign", "somebody-elses", "not of the app"),
    ] {
        world.line.own().create(&body, "test").await.unwrap();
    }
    let page = get(world.address(), &format!("{APP}?tab=events")).await;
    page.has("pulling &lt;b&gt;web:1&lt;/b&gt;")
        .has("BackOff")
        .has("<td>7</td>")
        .lacks("\u{1b}")
        .lacks("not of the app");
    get(world.address(), &format!("{APP}?tab=events&q=nothing"))
        .await
        .has("None.");
    let data = get(world.address(), &format!("/api/v1{APP}/events")).await;
    let data: Value = serde_json::from_str(&data.body).unwrap();
    assert_eq!(
        (data["total"].clone(), data["events"][0]["type"].clone()),
        (json!(1), json!("Warning"))
    );

    // Nobody runs the Pods, so what there is of logs is why there are none; and it is only of those that are asked for.
    let logs = get(world.address(), &format!("/api/v1{APP}/logs?of=web-abc-0001")).await;
    let logs: Value = serde_json::from_str(&logs.body).unwrap();
    assert_eq!(logs["containers"], 1);
    let told = logs["lines"].as_array().unwrap().len() + logs["troubles"].as_array().unwrap().len();
    assert_eq!(told, 1, "{logs}");
    get(world.address(), &format!("{APP}?tab=logs&q=%3Cscript%3E"))
        .await
        .has("value=\"&lt;script&gt;\"")
        .lacks("<script>\"");
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_done_by_hand_is_shown_first_and_recorded() {
    let world = World::start().await;
    grow(&world, 2).await;
    let token = world.token().await;
    let of = "of=Deployment.apps&in=shop&called=web";
    let touch = |deed: &str, query: &str| format!("{APP}/touch/{deed}?{query}");

    // How many, then what that means, then the deed.
    get(world.address(), &touch("scale", of))
        .await
        .has("(now 2)")
        .has("name=\"replicas\"")
        .lacks("method=\"post\"");
    let sure = get(world.address(), &touch("scale", &format!("{of}&replicas=0"))).await;
    sure.has("method=\"post\"")
        .has("it does nothing at all")
        .has("corrects drift")
        .has("autofocus>Cancel</a>");
    let form = format!("token={token}&reason=quiet+%3Cnight%3E");
    for (deed, query) in [
        ("scale", format!("{of}&replicas=5")),
        ("restart", of.to_owned()),
        ("delete", "of=Pod&in=shop&called=web-abc-0001".to_owned()),
    ] {
        let answer = submit(world.address(), &touch(deed, &query), &form).await;
        assert_eq!(
            (answer.status, answer.header("location")),
            (303, &*format!("{APP}?done=touch")),
            "{}",
            answer.body
        );
    }
    let gvk = GroupVersionKind::new("apps", "v1", "Deployment");
    let cluster = world.line.own();
    let live = cluster.get(&gvk, Some("shop"), "web").await.unwrap().unwrap();
    assert_eq!(live["spec"]["replicas"], 5);
    let annotations = &live["spec"]["template"]["metadata"]["annotations"];
    assert!(annotations["kubectl.kubernetes.io/restartedAt"].is_string());
    let pod = GroupVersionKind::new("", "v1", "Pod");
    let gone = cluster.get(&pod, Some("shop"), "web-abc-0001").await.unwrap();
    assert!(gone.is_none_or(|pod| pod["metadata"]["deletionTimestamp"].is_string()));

    let ledger = world.line.books.ledger();
    let told = ledger.page(&Filter::default(), None, 10).unwrap().entries;
    let messages: Vec<&str> = told
        .iter()
        .filter_map(|entry| entry.record.message.as_deref())
        .collect();
    assert_eq!(
        messages,
        [
            "Pod shop/web-abc-0001 was deleted by hand: quiet <night>",
            "Deployment.apps shop/web was restarted by hand: quiet <night>",
            "Deployment.apps shop/web was scaled to 5 by hand: quiet <night>"
        ]
    );
    assert!(told.iter().all(|entry| entry.record.cause == Cause::Manual));
}

#[tokio::test(flavor = "multi_thread")]
async fn only_what_is_the_apps_is_touched_and_only_as_it_can_be() {
    let world = World::start().await;
    grow(&world, 1).await;
    let stranger = workload("Deployment", "stranger", None);
    world.line.own().create(&stranger, "test").await.unwrap();
    let form = format!("token={}", world.token().await);
    for (deed, query, status) in [
        ("restart", "of=Deployment.apps&in=shop&called=stranger", 404),
        ("delete", "of=Pod&in=kube-system&called=web-abc-0000", 404),
        ("delete", "of=Deployment.apps&in=shop&called=web", 409),
        (
            "scale",
            "of=ReplicaSet.apps&in=shop&called=web-abc&replicas=3",
            409,
        ),
        (
            "scale",
            "of=Deployment.apps&in=shop&called=web&replicas=1001",
            400,
        ),
        ("scale", "of=Deployment.apps&in=shop&called=web", 400),
        ("drain", "of=Pod&in=shop&called=web-abc-0000", 400),
    ] {
        let path = format!("{APP}/touch/{deed}?{query}");
        let answer = submit(world.address(), &path, &form).await;
        assert_eq!(answer.status, status, "{path}: {}", answer.body);
        let forged = submit(world.address(), &path, "token=0").await;
        assert!(forged.status >= 400, "{path}");
    }
    let good = format!("{APP}/touch/delete?of=Pod&in=shop&called=web-abc-0000");
    assert_eq!(submit(world.address(), &good, "token=0").await.status, 403);
    assert!(world.line.books.ledger().is_empty(), "nothing was done");
}

#[tokio::test(flavor = "multi_thread")]
async fn an_app_is_suspended_for_a_time_and_goes_on() {
    let world = World::start().await;
    let form = format!("token={}&reason=freeze+%3Cnow%3E", world.token().await);
    get(world.address(), &format!("{APP}/suspend"))
        .await
        .has("formaction=\"/apps/application/argocd/shop/suspend?for=8h\"");
    let wrong = submit(world.address(), &format!("{APP}/suspend?for=soon"), &form).await;
    assert_eq!(wrong.status, 400);
    let answer = submit(world.address(), &format!("{APP}/suspend?for=8h"), &form).await;
    assert_eq!(answer.status, 303, "{}", answer.body);
    world.show().await;
    get(world.address(), APP)
        .await
        .has("Suspended")
        .has(", until 20")
        .has("Why: freeze &lt;now&gt;")
        .has(&format!("action=\"{APP}/resume\""));
    let answer = submit(world.address(), &format!("{APP}/resume"), &form).await;
    assert_eq!(answer.status, 303);
    world.show().await;
    get(world.address(), APP).await.lacks("Why: freeze");
}
