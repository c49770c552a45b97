//! The list, an app, and what a sync would change.

use plumb_model::{GroupKind, Health, SyncStatus, UnitReport};
use plumb_web::{Page, WebError, WebOptions};
use serde_json::Value;

use crate::{
    client::{get, send},
    world::{APP, World, hostile, unit, view},
};

fn good() -> UnitReport {
    UnitReport {
        sync: SyncStatus::Synced,
        health: Health::healthy(),
        ..UnitReport::unknown()
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn the_list_shows_what_needs_somebody_first() {
    let world = World::start().await;
    world.line.board.show(unit("aaa"), view(good()));
    world.line.board.show(unit("zzz"), hostile());
    let page = get(world.address(), "/").await;
    assert_eq!(page.status, 200);
    page.has("<b>3</b> in all")
        .has("<b>1</b> broken")
        .has("The commit does not render")
        .has("Healthy")
        .has("OutOfSync");
    let at = |name: &str| page.body.find(&format!("{name}</a>")).unwrap();
    assert!(at("zzz") < at("aaa") && at("aaa") < at("shop"));
    let sorted = get(world.address(), "/?sort=-name").await;
    sorted.has("aria-sort=\"descending\"");
    assert!(sorted.body.find("shop</a>") < sorted.body.find("aaa</a>"));
    let found = get(world.address(), "/?q=HEALTHY+sho").await;
    found
        .has("shop</a>")
        .lacks("aaa</a>")
        .lacks("zzz</a>")
        .has("value=\"HEALTHY sho\"");
    get(world.address(), "/?q=%22%3E%3Cscript%3E")
        .await
        .has("value=\"&quot;&gt;&lt;script&gt;\"")
        .lacks("\"><script>");
}

#[tokio::test(flavor = "multi_thread")]
async fn what_comes_from_outside_is_only_ever_text() {
    let world = World::start().await;
    let name = "<script>alert(1)</script>";
    world.line.board.show(unit(name), hostile());
    let path = "/apps/application/argocd/%3Cscript%3Ealert%281%29%3C%2Fscript%3E";
    let list = get(world.address(), "/").await;
    list.lacks("<script>alert")
        .has("&lt;script&gt;alert(1)")
        .has(&format!("href=\"{path}\""));
    let app = get(world.address(), path).await;
    assert_eq!(app.status, 200);
    for number in 1..=5 {
        app.has(&format!("alert({number})"));
    }
    app.lacks("<script>alert")
        .lacks("<img src=x")
        .lacks("\u{1b}")
        .lacks("\u{202e}")
        .has("kubectl-\u{fffd}edit");
    app.has("Push a correction.")
        .has(".spec.replicas")
        .has("datetime=\"2026-01-02T03:04:05Z\"");
    // Not even a slip would run: the browser is told to take scripts from files of ours only.
    let policy = app.header("content-security-policy");
    assert!(
        policy.contains("default-src 'self'") && policy.contains("frame-ancestors 'none'"),
        "{policy}"
    );
    assert!(!policy.contains("unsafe"), "{policy}");
    assert_eq!(app.header("cache-control"), "no-store");
    assert_eq!(app.header("x-frame-options"), "DENY");
    app.lacks(" style=").lacks("onclick");
}

#[tokio::test(flavor = "multi_thread")]
async fn values_of_secrets_are_never_shown() {
    let world = World::start().await;
    let mut view = hostile();
    let resource = &mut view.report.resources[0];
    resource.id.kind = GroupKind::new("", "Secret");
    resource.drift[0].path = ".data.password".to_owned();
    resource.drift[0].desired = Some("aHVudGVyMg==".into());
    resource.drift[0].live = Some("c2VzYW1l".into());
    world.line.board.show(unit("vault"), view);
    for path in [
        "/apps/application/argocd/vault",
        "/api/v1/apps/application/argocd/vault",
    ] {
        let answer = get(world.address(), path).await;
        answer
            .has(".data.password")
            .has("hidden")
            .lacks("aHVudGVyMg")
            .lacks("c2VzYW1l");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn an_app_shows_its_history_with_ways_back() {
    let world = World::start().await;
    let page = get(world.address(), APP).await;
    page.has("Start &lt;the&gt; shop")
        .has("Kim &amp; Co")
        .has(world.commits[1].short())
        .has("follows Git and corrects drift");
    page.has(&format!("href=\"{APP}/rollback/0\""))
        .lacks(&format!("{APP}/rollback/1\""))
        .has("in force");
    assert!(
        page.body.find("Move to web:2") < page.body.find("Start &lt;the&gt;"),
        "the newest comes first"
    );
    for path in [
        "/apps/application/argocd/nothing",
        "/apps/pod/a/b",
        "/nothing",
        &format!("{APP}/rollback/x"),
    ] {
        let missing = get(world.address(), path).await;
        assert_eq!(missing.status, 404, "{path}");
        missing.has("All apps");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn the_diff_shows_what_a_sync_would_do() {
    let world = World::start().await;
    let page = get(world.address(), &format!("{APP}/diff")).await;
    assert_eq!(page.status, 200, "{}", page.body);
    page.has("created")
        .has("+      - image: web:2")
        .has("Deployment.apps shop/web")
        .lacks("n3wsecret")
        .has("&lt;hidden&gt;");
}

#[tokio::test(flavor = "multi_thread")]
async fn programs_read_the_same_as_json() {
    let world = World::start().await;
    let list = get(world.address(), "/api/v1/apps").await;
    assert_eq!(list.header("content-type"), "application/json");
    let list: Value = serde_json::from_str(&list.body).unwrap();
    assert_eq!(list["apps"][0]["name"], "shop");
    assert_eq!(list["apps"][0]["sync"], "Synced");
    let one = get(world.address(), "/api/v1/apps/application/argocd/shop").await;
    let one: Value = serde_json::from_str(&one.body).unwrap();
    assert_eq!(
        one["history"][1]["revision"]["commit"],
        *world.commits[1].as_str()
    );
    assert_eq!(one["health"]["status"], "Healthy");
    let missing = get(world.address(), "/api/v1/apps/application/argocd/nothing").await;
    assert_eq!(missing.status, 404);
    assert!(serde_json::from_str::<Value>(&missing.body).unwrap()["error"].is_string());
    assert_eq!(get(world.address(), "/healthz").await.body, "ok\n");
}

#[tokio::test(flavor = "multi_thread")]
async fn assets_are_ours_and_small() {
    let world = World::start().await;
    for (path, kind, limit) in [
        ("/assets/page.css", "text/css; charset=utf-8", 20_000),
        ("/assets/page.js", "text/javascript; charset=utf-8", 22_000),
        ("/assets/stream.js", "text/javascript; charset=utf-8", 4_000),
        ("/assets/plumb.svg", "image/svg+xml", 1_000),
    ] {
        let asset = get(world.address(), path).await;
        assert_eq!((asset.status, asset.header("content-type")), (200, kind));
        assert!(asset.body.len() < limit, "{path} has {} bytes", asset.body.len());
        asset.lacks("@import").lacks("url(");
    }
    assert_eq!(send(world.address(), "POST", "/", &[], "").await.status, 405);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_taken_port_says_what_to_do() {
    let world = World::start().await;
    let options = WebOptions {
        address: world.address(),
        ..WebOptions::default()
    };
    let error = Page::start(options, world.line.clone()).await.unwrap_err();
    assert!(matches!(error, WebError::Listen { .. }));
    let text = error.to_string();
    assert!(text.contains(&world.address().to_string()), "{text}");
    assert!(
        text.contains("choose another with --port, or 0 for any"),
        "{text}"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn policies_and_settings_say_what_is_known() {
    let world = World::start().await;
    world.line.board.show(unit("<b>odd</b>"), hostile());
    let policy = get(world.address(), "/policy").await;
    policy
        .has("shop</a>")
        .has("corrected")
        .has("&lt;b&gt;odd&lt;/b&gt;")
        .has("is not understood");
    get(world.address(), "/policy?is=manual").await.has("None.");
    get(world.address(), "/policy?q=shop").await.lacks("odd");
    let settings = get(world.address(), "/settings").await;
    settings
        .has("in memory: it ends with this program")
        .has("in-cluster")
        .has("answers this machine only");
    let data = get(world.address(), "/api/v1/policy?q=shop").await;
    let data: Value = serde_json::from_str(&data.body).unwrap();
    assert_eq!(data["units"][0]["policy"]["selfHeal"], true);
    let data = get(world.address(), "/api/v1/settings").await;
    let data: Value = serde_json::from_str(&data.body).unwrap();
    assert_eq!(
        (&data["apps"], &data["clusters"]["in-cluster"]),
        (&2.into(), &1.into())
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn programs_find_apps_as_people_do() {
    let world = World::start().await;
    for number in 0..30 {
        world
            .line
            .board
            .show(unit(&format!("app-{number:02}")), view(good()));
    }
    let asked = async |query: &str| -> Value {
        let answer = get(world.address(), &format!("/api/v1/apps?{query}")).await;
        serde_json::from_str(&answer.body).unwrap()
    };
    assert_eq!(asked("").await["apps"].as_array().unwrap().len(), 31);
    let some = asked("q=app-1&rows=4&sort=-name&page=2").await;
    let names: Vec<&str> = some["apps"]
        .as_array()
        .unwrap()
        .iter()
        .map(|app| app["name"].as_str().unwrap())
        .collect();
    assert_eq!(names, ["app-15", "app-14", "app-13", "app-12"]);
    assert_eq!((&some["total"], &some["pages"]), (&10.into(), &3.into()));
}
