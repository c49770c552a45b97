//! The ledger on the page.

use plumb_history::{
    Actor, Cause, ClusterName, Content, DriftedField, Entry, ObjectChange, Outcome, Person, Record,
    RepositoryUrl, Source,
};
use plumb_model::{ActionDone, Object, ObjectId, Origin};
use serde_json::{Value, json};

use crate::{
    client::{Answer, get},
    world::{World, shop},
};

pub(crate) const HARM: &str = "<script>alert(6)</script>";

/// A record of the world's unit that ended `minutes` ago.
pub(crate) fn record(world: &World, cause: Cause, minutes: i64) -> Record {
    let finished = jiff::Timestamp::now() - jiff::SignedDuration::from_mins(minutes);
    Record {
        unit: shop(),
        cluster: ClusterName("in-cluster".to_owned()),
        cause,
        outcome: Outcome::Succeeded,
        source: Some(Source {
            repository: RepositoryUrl::new("https://git.example.com/shop.git"),
            commit: world.commits[1].clone(),
            reference: Some("main".to_owned()),
            author: Some(Person {
                name: "Kim & Co".to_owned(),
                email: "kim@example.org".to_owned(),
            }),
            subject: Some(format!("Move {HARM}")),
        }),
        actor: None,
        pull_request: None,
        approvals: Vec::new(),
        plan: None,
        started: finished - jiff::SignedDuration::from_millis(250),
        finished,
        message: None,
        changes: vec![ObjectChange {
            object: deployment().id,
            action: ActionDone::Configured,
            origin: None,
        }],
        drifted: Vec::new(),
        recovered: false,
    }
}

pub(crate) fn drift(manager: Option<&str>) -> DriftedField {
    DriftedField {
        object: deployment().id,
        path: ".spec.replicas".to_owned(),
        manager: manager.map(str::to_owned),
        since: None,
    }
}

pub(crate) fn deployment() -> Object {
    object("apps/v1", "Deployment", "web", json!({"spec": {"replicas": 1}}))
}

fn object(version: &str, kind: &str, name: &str, more: Value) -> Object {
    let mut body =
        json!({"apiVersion": version, "kind": kind, "metadata": {"name": name, "namespace": "shop"}});
    for (key, value) in more.as_object().unwrap() {
        body[key] = value.clone();
    }
    let origin = Origin {
        path: plumb_model::TreePath::parse("app/all.yaml").unwrap(),
        line: 1,
    };
    Object::new(body, origin).unwrap()
}

/// Three records: a push, another that changes replicas and a secret, and drift.
pub(crate) fn filled(world: &World) -> [Entry; 3] {
    let ledger = world.line.books.ledger();
    let secret = |text: &str| object("v1", "Secret", "key", json!({"stringData": {"key": text}}));
    let objects = [deployment(), secret("tops3cret")];
    let first = ledger
        .append(record(world, Cause::Push, 90), Content::Objects(&objects))
        .unwrap();
    let objects = [
        object("apps/v1", "Deployment", "web", json!({"spec": {"replicas": 3}})),
        secret("n3wsecret"),
    ];
    let mut rolled = record(world, Cause::Rollback, 60);
    rolled.actor = Some(Actor(HARM.to_owned()));
    rolled.message = Some(format!("it broke\u{1b}[31m {HARM}"));
    let second = ledger.append(rolled, Content::Objects(&objects)).unwrap();
    let mut healed = record(world, Cause::Drift, 5);
    healed.drifted = vec![drift(Some("kubectl-edit"))];
    healed.source = None;
    [first, second, ledger.append(healed, Content::Same).unwrap()]
}

fn lists(answer: &Answer, entries: &[&Entry]) {
    assert_eq!(answer.status, 200, "{}", answer.body);
    let listed: Vec<&str> = answer
        .body
        .match_indices("href=\"/audit/")
        .map(|(at, text)| &answer.body[at + text.len()..at + text.len() + 40])
        .filter(|id| id.bytes().all(|byte| byte.is_ascii_hexdigit()))
        .collect();
    let expected: Vec<String> = entries.iter().map(|entry| entry.id.to_string()).collect();
    assert_eq!(listed, expected);
}

#[tokio::test(flavor = "multi_thread")]
async fn every_choice_is_an_address() {
    let world = World::start().await;
    get(world.address(), "/audit")
        .await
        .has("Nothing was recorded yet.");
    let [first, second, third] = &filled(&world);
    let at = async |query: &str| get(world.address(), &format!("/audit?{query}")).await;
    lists(&at("").await, &[third, second, first]);
    lists(&at("unit=argocd/shop").await, &[third, second, first]);
    lists(&at("unit=other").await, &[]);
    lists(&at("cause=drift").await, &[third]);
    lists(&at("field=.spec").await, &[third]);
    lists(&at("actor=alert").await, &[second]);
    lists(
        &at("object=Deployment/web&since=2h").await,
        &[third, second, first],
    );
    lists(&at("since=70m&until=30m").await, &[second]);
    lists(&at("q=BROKE+shop").await, &[second]);
    lists(&at("outcome=failed").await, &[]);
    let page = at("rows=2").await;
    lists(&page, &[third, second]);
    let (_, next) = page.body.split_once("rel=\"next\" href=\"").unwrap();
    let next = next.split_once('"').unwrap().0.replace("&amp;", "&");
    lists(&get(world.address(), &next).await, &[first]);
    for wrong in ["since=yesterday", "cause=whim", "cursor=x", "rows=many"] {
        at(wrong).await.has("role=\"alert\"");
    }
    at(&format!("q={}", "%3Cscript%3Ealert(7)"))
        .await
        .has("value=\"&lt;script&gt;alert(7)\"");
    at("").await.lacks("<script>alert").has("Move &lt;script&gt;");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_record_tells_all_of_itself_but_no_secret() {
    let world = World::start().await;
    let [_, second, third] = filled(&world);
    let page = get(world.address(), &format!("/audit/{}", second.id)).await;
    assert_eq!(page.status, 200, "{}", page.body);
    page.has("+  replicas: <b>3</b>")
        .has("-  replicas: <b>1</b>")
        .has(world.commits[1].as_str())
        .has("kim@example.org")
        .has("after 250 ms")
        .lacks("<script>alert")
        .lacks("\u{1b}")
        .lacks("tops3cret")
        .lacks("n3wsecret")
        .lacks("bjN3c2VjcmV0");
    get(world.address(), &format!("/audit/{}", third.id.short()))
        .await
        .has("kubectl-edit")
        .has("The same as before");
    for missing in [
        "/audit/abcdef0",
        "/audit/0123456789012345678901234567890123456789",
    ] {
        assert_eq!(get(world.address(), missing).await.status, 404, "{missing}");
    }
    assert_eq!(get(world.address(), "/audit/nonsense").await.status, 400);
    let data = get(world.address(), &format!("/api/v1/audit/{}", second.id)).await;
    data.lacks("n3wsecret");
    let data: Value = serde_json::from_str(&data.body).unwrap();
    assert_eq!(data["cause"], "rollback");
    let deployment = deployment().id.to_string();
    let diffs = data["diffs"].as_array().unwrap();
    assert!(
        diffs
            .iter()
            .any(|diff| diff["object"] == deployment
                && diff["after"].as_str().unwrap().contains("replicas: 3")),
        "{diffs:?}"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn records_are_exported_as_chosen() {
    let world = World::start().await;
    let [first, ..] = filled(&world);
    let lines = get(world.address(), "/audit/export?format=jsonl").await;
    assert_eq!(lines.header("content-type"), "application/x-ndjson");
    assert!(lines.header("content-disposition").contains("plumb-audit.jsonl"));
    let body = unchunked(&lines.body);
    let records: Vec<Value> = body
        .lines()
        .map(|line| serde_json::from_str(line).unwrap())
        .collect();
    assert_eq!(records.len(), 3);
    assert_eq!(records[0]["id"], first.id.to_string());
    let csv = get(world.address(), "/audit/export?format=csv&cause=drift&q=replicas").await;
    let csv = unchunked(&csv.body);
    assert_eq!(csv.lines().count(), 2, "{csv}");
    let wrong = get(world.address(), "/audit/export?format=xml").await;
    assert_eq!(wrong.status, 400);
    let list = get(world.address(), "/api/v1/audit?rows=1").await;
    let list: Value = serde_json::from_str(&list.body).unwrap();
    assert_eq!(
        (list["total"].clone(), list["records"].as_array().unwrap().len()),
        (json!(3), 1)
    );
    assert!(list["next"].is_string());
    let wrong = get(world.address(), "/api/v1/audit?since=yesterday").await;
    assert_eq!(wrong.status, 400);
    assert!(serde_json::from_str::<Value>(&wrong.body).unwrap()["why"].is_string());
}

#[tokio::test(flavor = "multi_thread")]
async fn the_ledger_is_proven_on_demand() {
    let world = World::start().await;
    get(world.address(), "/audit/verify")
        .await
        .has("The ledger is empty");
    filled(&world);
    // Another test may be proving its own: that is told, and tried again.
    let mut page = get(world.address(), "/audit/verify").await;
    while page.status == 409 {
        tokio::time::sleep(std::time::Duration::from_millis(20)).await;
        page = get(world.address(), "/audit/verify").await;
    }
    page.has("<dd>3</dd>").has("none is missing in between");
}

#[tokio::test(flavor = "multi_thread")]
async fn an_apps_history_has_a_line_of_time() {
    let world = World::start().await;
    let path = format!("{}?tab=history", crate::world::APP);
    get(world.address(), &path).await.lacks("class=\"timeline\"");
    let [first, second, third] = filled(&world);
    let page = get(world.address(), &path).await;
    page.has("class=\"mark good\"")
        .has("class=\"mark warn\"")
        .lacks("<script>alert");
    for entry in [first, second, third] {
        let link = format!("href=\"/audit/{}\"", entry.id);
        assert_eq!(page.body.matches(&link).count(), 2, "on the line and below it");
    }
    page.has(&format!("from={}&amp;at=now", world.commits[0]));
}

#[tokio::test(flavor = "multi_thread")]
async fn the_id_of_an_object_is_text() {
    let world = World::start().await;
    let mut record = record(&world, Cause::Push, 1);
    record.changes[0].object = ObjectId {
        name: HARM.to_owned(),
        ..record.changes[0].object.clone()
    };
    let entry = world.line.books.ledger().append(record, Content::Same).unwrap();
    get(world.address(), &format!("/audit/{}", entry.id))
        .await
        .has("&lt;script&gt;alert(6)")
        .lacks("<script>alert");
}

/// The content of an answer that was sent in parts.
fn unchunked(body: &str) -> String {
    let mut out = String::new();
    let mut rest = body;
    while let Some((size, more)) = rest.split_once("\r\n") {
        let size = usize::from_str_radix(size.trim(), 16).unwrap();
        if size == 0 {
            break;
        }
        out.push_str(&more[..size]);
        rest = &more[size + 2..];
    }
    out
}
