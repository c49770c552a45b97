//! The past on the page.

use plumb_history::{Cause, Content};
use serde_json::Value;

use crate::{
    audit::{deployment, filled, record},
    client::get,
    world::{World, shop, unit},
};

#[tokio::test(flavor = "multi_thread")]
async fn the_past_is_shown_as_recorded() {
    let world = World::start().await;
    get(world.address(), "/time")
        .await
        .has("Nothing was recorded yet");
    let [first, second, _] = filled(&world);
    let at = async |query: &str| {
        let page = get(world.address(), &format!("/time?{query}")).await;
        assert_eq!(page.status, 200, "{}", page.body);
        page.lacks("tops3cret").lacks("n3wsecret").lacks("<script>alert");
        page
    };
    at("").await.has("Apps then").has("shop</a>").has("<td>2</td>");
    at("at=2h").await.has("role=\"alert\"").has("no record before");
    // Between the two records it is as after the first.
    let between = at(&format!("at=75m&unit={}", shop())).await;
    between
        .has("replicas: 1")
        .lacks("replicas: 3")
        .has("hmac-sha256:")
        .has(&format!("rel=\"next\" href=\"/time?at={}", second.id));
    let later = at(&format!("at={}&unit=shop", second.id)).await;
    later
        .has("replicas: 3")
        .has(&format!("rel=\"prev\" href=\"/time?at={}", first.id))
        .has("One record later");
    at(&format!("at={}&unit=shop", &world.commits[1].as_str()[..10]))
        .await
        .has("replicas: 1");
    at("at=now&from=75m")
        .await
        .has("-  replicas: <b>1</b>")
        .has("+  replicas: <b>3</b>")
        .has("application/argocd/shop");
    at("at=now&from=30m").await.has("Nothing: Git said the same");
    for wrong in ["at=tomorrow-ish", "unit=nobody", "unit=a/b/c/d"] {
        at(wrong).await.has("role=\"alert\"");
    }
    at("q=nowhere").await.has("None.");
}

#[tokio::test(flavor = "multi_thread")]
async fn many_apps_are_pages() {
    let world = World::start().await;
    for number in 0..250 {
        let mut record = record(&world, Cause::Push, 10);
        record.unit = unit(&format!("app-{number:03}"));
        let objects = [deployment()];
        let ledger = world.line.books.ledger();
        ledger.append(record, Content::Objects(&objects)).unwrap();
    }
    let began = std::time::Instant::now();
    let page = get(world.address(), "/time?page=2").await;
    println!("250 apps then: {:?}", began.elapsed());
    page.has("Page 2 of 3")
        .has("app-100</a>")
        .has("app-199</a>")
        .lacks("app-200</a>");
    assert_eq!(page.body.matches("<td>1</td>").count(), 100);
    let found = get(world.address(), "/time?q=app-24").await;
    assert_eq!(found.body.matches("<td>1</td>").count(), 10);
}

#[tokio::test(flavor = "multi_thread")]
async fn programs_see_the_past_as_well() {
    let world = World::start().await;
    filled(&world);
    let at = async |query: &str| -> Value {
        let answer = get(world.address(), &format!("/api/v1/time?{query}")).await;
        serde_json::from_str(&answer.body).unwrap()
    };
    let units = at("").await;
    assert_eq!(units["units"][0]["unit"], "application/argocd/shop");
    assert_eq!(units["units"][0]["objects"], 2);
    let objects = at("at=75m&unit=shop").await;
    let yaml = objects["objects"].to_string();
    assert!(
        yaml.contains("replicas: 1") && !yaml.contains("replicas: 3"),
        "{yaml}"
    );
    let diffs = at("from=75m").await;
    assert_eq!(diffs["diffs"].as_array().unwrap().len(), 2);
    assert!(at("at=tomorrow-ish").await["error"].is_string());
}
