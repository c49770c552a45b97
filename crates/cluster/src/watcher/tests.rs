use std::sync::{Arc, Mutex};

use serde_json::{Value, json};

use super::{Raw, Scope, Watcher};
use crate::{kinds::KindInfo, wire::tests::mock};

fn watcher(answers: Vec<(u16, Vec<Value>)>) -> (Watcher, Arc<Mutex<Vec<String>>>) {
    let (wire, asked) = mock(answers);
    let text = |text: &str| text.to_owned();
    let info = KindInfo {
        group: String::new(),
        kind: text("ConfigMap"),
        version: text("v1"),
        versions: vec![text("v1")],
        plural: text("configmaps"),
        singular: text("configmap"),
        short_names: Vec::new(),
        categories: Vec::new(),
        namespaced: true,
        verbs: vec![text("list"), text("watch")],
    };
    let scope = Scope {
        info: Arc::new(info),
        version: text("v1"),
        namespace: None,
        field: String::new(),
    };
    (Watcher::new(wire, scope), asked)
}

fn event(kind: &str, name: &str, version: u64) -> Value {
    json!({"type": kind, "object": object(name, version)})
}

fn object(name: &str, version: u64) -> Value {
    json!({"metadata": {"name": name, "namespace": "a", "resourceVersion": version.to_string()}})
}

fn initial_end(version: u64) -> Value {
    json!({"type": "BOOKMARK", "object": {"metadata": {"resourceVersion": version.to_string(),
        "annotations": {"k8s.io/initial-events-end": "true"}}}})
}

async fn next(watcher: &mut Watcher) -> String {
    match watcher.next().await {
        Raw::Begin => "begin".to_owned(),
        Raw::Item(seen) => format!("item {}", seen.meta().unwrap().name),
        Raw::End(version) => format!("end {version}"),
        Raw::Resumed => "resumed".to_owned(),
        Raw::Applied(seen) => format!("applied {}", seen.body()["metadata"]["name"].as_str().unwrap()),
        Raw::Deleted(seen) => format!("deleted {}", seen.meta().unwrap().name),
        Raw::Trouble(error) => format!("trouble {error}"),
    }
}

async fn expect(watcher: &mut Watcher, wanted: &[&str]) {
    for wanted in wanted {
        let next = next(watcher).await;
        assert!(next.starts_with(wanted), "{next:?} where {wanted:?} is expected");
    }
}

#[tokio::test(start_paused = true)]
async fn a_broken_watch_goes_on_where_it_was_and_an_expired_one_lists_again() {
    let expired = json!({"type": "ERROR", "object": {"kind": "Status", "code": 410, "reason": "Expired"}});
    let bookmark = json!({"type": "BOOKMARK", "object": {"metadata": {"resourceVersion": "20"}}});
    let (mut watcher, asked) = watcher(vec![
        (
            200,
            vec![
                event("ADDED", "one", 3),
                initial_end(10),
                event("MODIFIED", "one", 11),
                bookmark,
            ],
        ),
        (200, vec![event("DELETED", "one", 21), expired]),
        (200, vec![event("ADDED", "two", 30), initial_end(31)]),
    ]);
    expect(
        &mut watcher,
        &[
            "begin",
            "item one",
            "end 10",
            "applied one",
            "resumed",
            "deleted one",
        ],
    )
    .await;
    expect(&mut watcher, &["begin", "item two", "end 31"]).await;
    let asked = asked.lock().unwrap();
    assert!(
        asked[0].contains("sendInitialEvents=true") && !asked[0].contains("resourceVersion="),
        "{}",
        asked[0]
    );
    assert!(asked[1].ends_with("&resourceVersion=20"), "{}", asked[1]);
    assert!(asked[2].contains("sendInitialEvents=true"), "{}", asked[2]);
}

#[tokio::test(start_paused = true)]
async fn a_server_without_streaming_lists_is_listed_by_page() {
    let refusal = json!({"kind": "Status", "code": 422, "message": "sendInitialEvents is forbidden"});
    let first =
        json!({"metadata": {"resourceVersion": "7", "continue": "more"}, "items": [object("one", 3)]});
    let second = json!({"metadata": {"resourceVersion": "7"}, "items": [object("two", 4)]});
    let (mut watcher, asked) = watcher(vec![
        (422, vec![refusal]),
        (200, vec![first]),
        (200, vec![second]),
        (200, vec![event("ADDED", "three", 8)]),
    ]);
    expect(
        &mut watcher,
        &[
            "begin",
            "item one",
            "item two",
            "end 7",
            "resumed",
            "applied three",
        ],
    )
    .await;
    let asked = asked.lock().unwrap();
    assert!(asked[2].contains("continue=more"), "{}", asked[2]);
    assert!(asked[3].ends_with("&resourceVersion=7"), "{}", asked[3]);
}

#[tokio::test(start_paused = true)]
async fn trouble_is_told_and_tried_again() {
    let (mut watcher, asked) = watcher(vec![
        (403, vec![json!({"kind": "Status", "code": 403, "message": "no"})]),
        (
            500,
            vec![json!({"kind": "Status", "code": 500, "message": "broken"})],
        ),
        (200, vec![initial_end(1)]),
    ]);
    expect(
        &mut watcher,
        &[
            "trouble watching ConfigMap: the cluster forbids it: no",
            "trouble",
            "begin",
            "end 1",
        ],
    )
    .await;
    assert_eq!(asked.lock().unwrap().len(), 3);
}
