//! The first page and the drift of the day.

use std::time::{Duration, Instant};

use plumb_history::{Cause, Content, Outcome};
use plumb_model::{Health, HealthStatus, SyncStatus, UnitReport};
use serde_json::Value;

use crate::{
    audit::{drift, record},
    client::get,
    world::{World, hostile, unit, view},
};

fn report(health: HealthStatus) -> UnitReport {
    UnitReport {
        sync: SyncStatus::Synced,
        health: Health::new(health, ""),
        ..UnitReport::unknown()
    }
}

fn zipped(text: &str) -> usize {
    use std::io::Write as _;
    let mut zip = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::default());
    zip.write_all(text.as_bytes()).unwrap();
    zip.finish().unwrap().len()
}

#[tokio::test(flavor = "multi_thread")]
async fn ten_thousand_apps_are_pages_of_a_hundred() {
    let world = World::start().await;
    for number in 0..10_000 {
        let health = if number % 1000 == 7 {
            HealthStatus::Degraded
        } else {
            HealthStatus::Healthy
        };
        world
            .line
            .board
            .show(unit(&format!("app-{number:05}")), view(report(health)));
    }
    let began = Instant::now();
    let page = get(world.address(), "/").await;
    let took = began.elapsed();
    let zipped = zipped(&page.body);
    println!(
        "10,001 apps: {took:?}, {} bytes, {zipped} compressed",
        page.body.len()
    );
    assert_eq!(page.body.matches("<tr id=\"row-").count(), 100);
    page.has("Page 1 of 101")
        .has("data-partial")
        .has("<b>10001</b> in all");
    assert!(zipped < 150_000, "{zipped} bytes compressed");
    // It takes a sixth of a second here; other tests run beside it.
    assert!(took < Duration::from_secs(3), "{took:?}");
    let at = |name: &str| page.body.find(&format!("{name}</a>"));
    assert!(at("app-00007") < at("app-00000"), "what is broken comes first");
    get(world.address(), "/?page=101&sort=name").await.has("shop</a>");
    let broken = get(world.address(), "/?need=broken").await;
    assert_eq!(broken.body.matches("<tr id=\"row-").count(), 10);
    broken.has("value=\"broken\" selected").lacks("app-00000</a>");
    let found = get(world.address(), "/?q=app-0900&sort=-name").await;
    assert_eq!(found.body.matches("<tr id=\"row-").count(), 10);
    get(world.address(), "/?q=nothing-at-all")
        .await
        .lacks("id=\"none\" hidden");
}

#[tokio::test(flavor = "multi_thread")]
async fn whom_it_needs_is_said_with_ways_there() {
    let world = World::start().await;
    get(world.address(), "/").await.lacks("Needs you");
    let mut trouble = hostile();
    trouble.report.resources[0].drift[0].manager = Some("kubectl-edit".to_owned());
    world.line.board.show(unit("trouble"), trouble);
    let page = get(world.address(), "/").await;
    page.has("Needs you")
        .has("href=\"/?need=broken\"")
        .has("href=\"/?need=drifted\"");
    get(world.address(), "/?need=drifted")
        .await
        .has("trouble</a>")
        .lacks("shop</a>");
}

#[tokio::test(flavor = "multi_thread")]
async fn commits_are_dots_of_a_lane() {
    let world = World::start().await;
    let ledger = world.line.books.ledger();
    let first = record(&world, Cause::Push, 30);
    let mut second = record(&world, Cause::Push, 30);
    second.unit = unit("other");
    second.finished = second.started + jiff::SignedDuration::from_millis(900);
    second.outcome = Outcome::Failed;
    for record in [first, second] {
        ledger.append(record, Content::Objects(&[])).unwrap();
    }
    let page = get(world.address(), "/").await;
    page.has("Last commits")
        .has("failed: 2 apps in 9")
        .has(&format!("href=\"/audit?commit={}\"", world.commits[1]))
        .has("Move &lt;script&gt;alert(6)")
        .lacks("<script>alert");
}

#[tokio::test(flavor = "multi_thread")]
async fn drift_is_a_strip_by_cause() {
    let world = World::start().await;
    get(world.address(), "/drift").await.has("No drift");
    let ledger = world.line.books.ledger();
    let by = |minutes: i64, manager: Option<&str>| {
        let mut record = record(&world, Cause::Drift, minutes);
        record.drifted = vec![drift(manager)];
        ledger.append(record, Content::Same).unwrap()
    };
    by(3 * 24 * 60, Some("kubectl-old"));
    by(100, Some("hpa<controller>"));
    let last = by(20, Some("kubectl-edit"));
    // What the first look found is good enough for a moment.
    tokio::time::sleep(Duration::from_millis(5200)).await;
    let page = get(world.address(), "/drift").await;
    page.has("drift in 2 of 96 quarter hours")
        .has("fill=\"url(#by-person)\"")
        .has("fill=\"url(#by-controller)\"")
        .has(&format!("href=\"/audit/{}\"", last.id))
        .has("hpa&lt;controller&gt;, kubectl-edit")
        .lacks("kubectl-old");
    get(world.address(), "/drift?by=unknown").await.has("No drift");
    get(world.address(), "/drift?q=nowhere").await.has("No drift");
    get(world.address(), "/drift?until=2d12h")
        .await
        .has("kubectl-old");
    get(world.address(), "/drift?until=whenever")
        .await
        .has("role=\"alert\"");
    let mut now = hostile();
    now.report.resources[0].drift[0].since = None;
    world.line.board.show(unit("bent"), now);
    get(world.address(), "/drift")
        .await
        .has("bent</a>")
        .has(" now</span>");
    let data = get(world.address(), "/api/v1/drift?by=person").await;
    let data: Value = serde_json::from_str(&data.body).unwrap();
    let cells = |unit: usize| data["units"][unit]["cells"].as_array().unwrap().len();
    assert_eq!((cells(0), cells(1)), (1, 2), "what is so now comes first: {data}");
    get(world.address(), "/").await.has("Drift of the day");
}
