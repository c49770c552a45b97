//! Going back, and taking that back.

use serde_json::json;

use crate::{
    client::{get, submit},
    world::{APP, World},
};

#[tokio::test(flavor = "multi_thread")]
async fn what_a_rollback_would_change_is_shown_first() {
    let world = World::start().await;
    let page = get(world.address(), &format!("{APP}/rollback/0")).await;
    assert_eq!(page.status, 200, "{}", page.body);
    page.has("Start &lt;the&gt; shop")
        .has("+      - image: web:1")
        .has("<code>web:1</code>")
        .lacks("tops3cret");
    page.has("autofocus>Cancel</a>")
        .has("name=\"reason\"")
        .has(world.commits[1].short());
    assert!(world.hold().await.is_null(), "looking changes nothing");
    let missing = get(world.address(), &format!("{APP}/rollback/7")).await;
    assert_eq!(missing.status, 409);
    missing.has("no history entry 7");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_rollback_holds_until_it_is_released() {
    let world = World::start().await;
    let token = world.token().await;
    let form = format!("token={token}&reason=+it+%3Cbroke%3E+");
    let answer = submit(world.address(), &format!("{APP}/rollback/0"), &form).await;
    assert_eq!(
        (answer.status, answer.header("location")),
        (303, "/apps/application/argocd/shop?done=rollback"),
        "{}",
        answer.body
    );
    let mut hold = world.hold().await;
    hold["at"] = json!(null);
    let [first, second] = &world.commits;
    assert_eq!(
        hold,
        json!({"revision": first, "from": second, "history_id": 0, "by": "page", "reason": "it <broke>", "at": null})
    );

    world.show().await;
    let page = get(world.address(), answer.header("location")).await;
    page.has("A rollback holds")
        .has("by <b>page</b>")
        .has("Why: it &lt;broke&gt;")
        .has("Rollback asked for.");
    page.has(&format!("action=\"{APP}/release\""));
    get(world.address(), "/").await.has("Held").has("<b>1</b> held");

    let answer = submit(
        world.address(),
        &format!("{APP}/release"),
        &format!("token={token}"),
    )
    .await;
    assert_eq!(answer.status, 303);
    assert!(world.hold().await.is_null());
}

#[tokio::test(flavor = "multi_thread")]
async fn sync_and_refresh_are_asked_for() {
    let world = World::start().await;
    let form = format!("token={}", world.token().await);
    for action in ["sync", "refresh"] {
        let answer = submit(world.address(), &format!("{APP}/{action}"), &form).await;
        assert_eq!(
            (answer.status, answer.header("location")),
            (303, &*format!("{APP}?done={action}")),
            "{}",
            answer.body
        );
    }
    let loaded = plumb_pipeline::actions::load(world.line.own(), &crate::world::shop())
        .await
        .unwrap();
    assert_eq!(loaded.object["operation"]["initiatedBy"]["username"], "page");
    assert_eq!(loaded.object["operation"]["sync"]["prune"], true);
    assert_eq!(
        loaded.object["metadata"]["annotations"]["argocd.argoproj.io/refresh"],
        "normal"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn a_target_that_no_longer_renders_is_refused() {
    let world = World::start().await;
    let form = format!("token={}", world.token().await);
    let kind = plumb_pipeline::actions::resource_kind(crate::world::shop().kind);
    let id = plumb_pipeline::actions::object_id(&crate::world::shop());
    let gone = "0123456789012345678901234567890123456789";
    let mut history = plumb_pipeline::actions::load(world.line.own(), &crate::world::shop())
        .await
        .unwrap()
        .object["status"]["history"]
        .clone();
    history[0]["revision"] = json!(gone);
    let patch = json!({"status": {"history": history}});
    world
        .line
        .own()
        .merge_patch(&kind, &id, None, &patch, "test")
        .await
        .unwrap();
    world.show().await;
    let page = get(world.address(), &format!("{APP}/rollback/0")).await;
    assert_eq!(page.status, 502, "{}", page.body);
    page.has("cannot be told").lacks("Roll back</button>");
    let answer = submit(world.address(), &format!("{APP}/rollback/0"), &form).await;
    assert_eq!(answer.status, 502, "{}", answer.body);
    answer.has("Nothing was changed");
    assert!(world.hold().await.is_null());
}
