//! What the cluster lets somebody see and do is what the page lets them see and do.

use std::time::{Duration, Instant};

use base64::prelude::{BASE64_URL_SAFE_NO_PAD, Engine};
use plumb_cluster::DeleteOptions;
use plumb_model::{GroupKind, GroupVersionKind, ObjectId, UnitReport};
use plumb_web::SignIn;
use serde_json::{Value, json};

use crate::{
    client::{Answer, form_token, get_as, send, submit, submit_as},
    live::Events,
    sign_in::world,
    world::{APP, World, unit, view},
};

const RBAC: &str = "rbac.authorization.k8s.io";
/// Within so long a change of rights is in force.
const SOON: Duration = Duration::from_secs(9);

/// A token as the dev cluster gives them out.
pub(crate) fn token(name: &str) -> String {
    let part = |value: &Value| BASE64_URL_SAFE_NO_PAD.encode(value.to_string());
    let claims = json!({"sub": format!("system:serviceaccount:shop:{name}")});
    format!("{}.{}.", part(&json!({"alg": "none"})), part(&claims))
}

pub(crate) async fn account(world: &World, name: &str) {
    let body = json!({"apiVersion": "v1", "kind": "ServiceAccount", "metadata": {"name": name, "namespace": "shop"}});
    world.line.own().create(&body, "test").await.unwrap();
}

/// Lets an account do `verbs` to Applications of the namespace that those of the world are in.
pub(crate) async fn allow(world: &World, name: &str, verbs: &[&str]) {
    let role = json!({"apiVersion": format!("{RBAC}/v1"), "kind": "Role", "metadata": {"name": name, "namespace": "argocd"},
        "rules": [{"apiGroups": ["argoproj.io"], "resources": ["applications"], "verbs": verbs}]});
    let binding = json!({"apiVersion": format!("{RBAC}/v1"), "kind": "RoleBinding", "metadata": {"name": name, "namespace": "argocd"},
        "roleRef": {"apiGroup": RBAC, "kind": "Role", "name": name},
        "subjects": [{"kind": "ServiceAccount", "name": name, "namespace": "shop"}]});
    for body in [role, binding] {
        world.line.own().create(&body, "test").await.unwrap();
    }
}

async fn withdraw(world: &World, name: &str) {
    for kind in ["RoleBinding", "Role"] {
        let gvk = GroupVersionKind::new(RBAC, "v1", kind);
        let id = ObjectId {
            kind: GroupKind::new(RBAC, kind),
            namespace: Some("argocd".to_owned()),
            name: name.to_owned(),
        };
        world
            .line
            .own()
            .delete(&gvk, &id, DeleteOptions::default())
            .await
            .unwrap();
    }
}

async fn signed_in(world: &World, name: &str) -> String {
    let answer = submit(world.address(), "/sign-in", &format!("token={}", token(name))).await;
    assert_eq!(answer.status, 303, "{}", answer.body);
    answer.cookie()
}

/// Asks until the answer has this status.
async fn until(world: &World, cookie: &str, path: &str, status: u16) -> Answer {
    let began = Instant::now();
    loop {
        let answer = get_as(world.address(), cookie, path).await;
        if answer.status == status {
            return answer;
        }
        assert!(began.elapsed() < SOON, "{path} still answers {}", answer.status);
        tokio::time::sleep(Duration::from_millis(200)).await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn without_rights_nothing_is_told_anywhere() {
    let world = world(SignIn::Token).await;
    account(&world, "kim").await;
    let cookie = signed_in(&world, "kim").await;
    for path in ["/", "/?all=true&sort=name", "/api/v1/apps"] {
        let answer = get_as(world.address(), &cookie, path).await;
        assert_eq!(answer.status, 200, "{path}");
        answer
            .lacks("argocd/shop")
            .lacks("Start &lt;the&gt;")
            .lacks("\"shop\"")
            .lacks("> shop");
    }
    for path in ["", "/diff", "/rollback/0"] {
        let there = get_as(world.address(), &cookie, &format!("{APP}{path}")).await;
        let absent = get_as(
            world.address(),
            &cookie,
            &format!("/apps/application/argocd/absent{path}"),
        )
        .await;
        assert_eq!((there.status, absent.status), (403, 403), "{path}");
        assert_eq!(
            there.body.replace("argocd/shop", "argocd/absent").len(),
            absent.body.len(),
            "nothing tells which of them is there: {}\n{}",
            there.body,
            absent.body
        );
    }
    assert_eq!(
        get_as(world.address(), &cookie, &format!("/api/v1{APP}"))
            .await
            .status,
        403
    );
    let mut events = Events::open_as(
        &world,
        &cookie,
        "on=sort%3Dneed&on=app%3Dapplication%252Fargocd%252Fshop",
    )
    .await;
    events.next("reset").await;
    world
        .line
        .board
        .show(unit("secret-app"), view(UnitReport::unknown()));
    let told = events.next("rows").await;
    assert_eq!(told["rows"], json!([]));
    assert!(told["summary"].as_str().unwrap().contains("<b>0</b>"), "{told}");
}

/// Pages that are added later are held to it as well, if anything links to them.
#[tokio::test(flavor = "multi_thread")]
async fn no_link_leads_to_anything_that_may_not_be_seen() {
    let world = world(SignIn::Token).await;
    account(&world, "kim").await;
    let cookie = signed_in(&world, "kim").await;
    let (mut queue, mut seen) = (vec!["/".to_owned()], std::collections::BTreeSet::new());
    while let Some(path) = queue.pop() {
        if seen.len() >= 60 || !seen.insert(path.clone()) {
            continue;
        }
        let answer = get_as(world.address(), &cookie, &path).await;
        answer
            .lacks("argocd/shop")
            .lacks("Start &lt;the&gt;")
            .lacks("Move to web:2")
            .lacks(world.commits[1].short());
        let links = answer
            .body
            .split("href=\"")
            .skip(1)
            .filter_map(|rest| rest.split('"').next());
        let links = links.map(|link| link.replace("&amp;", "&"));
        queue.extend(links.filter(|link| link.starts_with('/') && !link.starts_with("/assets")));
    }
    assert!(seen.len() > 4, "{seen:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn rights_given_and_taken_are_in_force_within_seconds() {
    let world = world(SignIn::Token).await;
    account(&world, "kim").await;
    allow(&world, "kim", &["get", "list"]).await;
    let cookie = signed_in(&world, "kim").await;
    get_as(world.address(), &cookie, "/").await.has("shop");
    let page = get_as(world.address(), &cookie, APP).await;
    let form = format!("token={}", form_token(&page));

    // To see is not to do.
    for action in ["sync", "refresh", "release", "rollback/0"] {
        let answer = submit_as(world.address(), &cookie, &format!("{APP}/{action}"), &form).await;
        assert_eq!(answer.status, 403, "{action}");
        answer.has("no right to patch");
    }
    assert!(world.hold().await.is_null());

    withdraw(&world, "kim").await;
    allow(&world, "kim", &["get", "list", "patch"]).await;
    let began = Instant::now();
    let answer = loop {
        let answer = submit_as(world.address(), &cookie, &format!("{APP}/rollback/0"), &form).await;
        if answer.status == 303 || began.elapsed() > SOON {
            break answer;
        }
        tokio::time::sleep(Duration::from_millis(300)).await;
    };
    assert_eq!(answer.status, 303, "{}", answer.body);
    assert_eq!(
        world.hold().await["by"],
        "system:serviceaccount:shop:kim",
        "it is recorded as theirs"
    );

    let mut events = Events::open_as(&world, &cookie, "app=application%2Fargocd%2Fshop").await;
    events.next("reset").await;
    withdraw(&world, "kim").await;
    let began = Instant::now();
    events.next("reset").await;
    assert!(began.elapsed() < SOON, "{:?}", began.elapsed());
    until(&world, &cookie, APP, 403).await;
    // A list may be as old as the seconds that a yes is believed for.
    while get_as(world.address(), &cookie, "/")
        .await
        .body
        .contains("argocd/shop")
    {
        assert!(began.elapsed() < SOON);
        tokio::time::sleep(Duration::from_millis(200)).await;
    }
    let late = submit_as(world.address(), &cookie, &format!("{APP}/release"), &form).await;
    assert_eq!(late.status, 403);
    assert!(!world.hold().await.is_null(), "what was withdrawn is not done");
}

#[tokio::test(flavor = "multi_thread")]
async fn programs_come_with_a_token_of_the_cluster() {
    let world = world(SignIn::Token).await;
    account(&world, "ci").await;
    allow(&world, "ci", &["get", "list"]).await;
    let bearer = format!("Bearer {}", token("ci"));
    let list = send(
        world.address(),
        "GET",
        "/api/v1/apps",
        &[("Authorization", &bearer)],
        "",
    )
    .await;
    assert_eq!(list.status, 200, "{}", list.body);
    list.has("\"shop\"");
    let bad = send(
        world.address(),
        "GET",
        "/api/v1/apps",
        &[("Authorization", "Bearer nonsense")],
        "",
    )
    .await;
    assert_eq!(
        (bad.status, bad.header("content-type")),
        (401, "application/json")
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn a_token_that_is_withdrawn_ends_the_session() {
    let world = world(SignIn::Token).await;
    account(&world, "kim").await;
    let cookie = signed_in(&world, "kim").await;
    let gvk = GroupVersionKind::new("", "v1", "ServiceAccount");
    let id = ObjectId {
        kind: GroupKind::new("", "ServiceAccount"),
        namespace: Some("shop".to_owned()),
        name: "kim".to_owned(),
    };
    world
        .line
        .own()
        .delete(&gvk, &id, DeleteOptions::default())
        .await
        .unwrap();
    let began = Instant::now();
    while get_as(world.address(), &cookie, "/").await.status != 303 {
        assert!(began.elapsed() < Duration::from_secs(15));
        tokio::time::sleep(Duration::from_millis(500)).await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn two_people_who_roll_back_at_once_leave_one_whole_answer() {
    let world = world(SignIn::Token).await;
    let mut forms = Vec::new();
    for name in ["ann", "bo"] {
        account(&world, name).await;
        allow(&world, name, &["get", "list", "patch"]).await;
        let cookie = signed_in(&world, name).await;
        let page = get_as(world.address(), &cookie, APP).await;
        forms.push((
            cookie,
            format!("token={}&reason=it+was+{name}", form_token(&page)),
        ));
    }
    let action = format!("{APP}/rollback/0");
    let (one, two) = tokio::join!(
        submit_as(world.address(), &forms[0].0, &action, &forms[0].1),
        submit_as(world.address(), &forms[1].0, &action, &forms[1].1)
    );
    assert_eq!((one.status, two.status), (303, 303));
    let hold = world.hold().await;
    let whose = if hold["by"] == "system:serviceaccount:shop:ann" {
        "ann"
    } else {
        "bo"
    };
    assert_eq!(hold["by"], format!("system:serviceaccount:shop:{whose}"));
    assert_eq!(
        hold["reason"],
        format!("it was {whose}"),
        "never one's name with the other's reason"
    );
    assert_eq!(hold["revision"], *world.commits[0].as_str());
}
