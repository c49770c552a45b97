//! The event stream.

use std::time::{Duration, Instant};

use plumb_model::{Health, HealthStatus, SyncStatus, UnitReport};
use serde_json::Value;
use tokio::{io::AsyncReadExt, net::TcpStream};

use crate::{
    client::{get, open},
    world::{APP, World, shop, unit, view},
};

pub(crate) struct Events {
    stream: TcpStream,
    text: String,
}

impl Events {
    async fn open(world: &World, query: &str) -> Self {
        Self::open_as(world, "", query).await
    }

    pub(crate) async fn open_as(world: &World, cookie: &str, query: &str) -> Self {
        let stream = open(
            world.address(),
            "GET",
            &format!("/events?{query}"),
            &[("Cookie", cookie)],
            "",
        )
        .await;
        Self {
            stream,
            text: String::new(),
        }
    }

    /// The next event of this name.
    pub(crate) async fn next(&mut self, name: &str) -> Value {
        let began = Instant::now();
        loop {
            if let Some((_, rest)) = self.text.split_once(&format!("event: {name}\n"))
                && let Some((_, data)) = rest.split_once("data: ")
                && let Some((data, rest)) = data.split_once('\n')
            {
                let data = serde_json::from_str(data).unwrap();
                self.text = rest.to_owned();
                return data;
            }
            assert!(
                began.elapsed() < Duration::from_secs(10),
                "no {name} in {}",
                self.text
            );
            let mut bytes = [0; 65536];
            let read = tokio::time::timeout(Duration::from_secs(10), self.stream.read(&mut bytes)).await;
            let read = read.expect("something comes in time").unwrap();
            assert!(read > 0, "the stream ended after {}", self.text);
            self.text.push_str(&String::from_utf8_lossy(&bytes[..read]));
        }
    }
}

async fn stamp(world: &World, path: &str) -> String {
    let page = get(world.address(), path).await;
    page.body
        .split_once("data-stamp=\"")
        .unwrap()
        .1
        .split_once('"')
        .unwrap()
        .0
        .to_owned()
}

fn healthy() -> UnitReport {
    UnitReport {
        sync: SyncStatus::Synced,
        health: Health::healthy(),
        ..UnitReport::unknown()
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn rows_come_as_units_change() {
    let world = World::start().await;
    let since = stamp(&world, "/").await;
    let mut events = Events::open(&world, &format!("sort=name&since={since}")).await;
    events.next("hello").await;
    let began = Instant::now();
    world.line.board.show(unit("fresh"), view(healthy()));
    let mut seen = events.next("rows").await;
    // The unit of the world itself may come first, with its subject.
    while seen["rows"]
        .as_array()
        .unwrap()
        .iter()
        .all(|row| !row["key"].as_str().unwrap().ends_with("fresh"))
    {
        seen = events.next("rows").await;
    }
    assert!(began.elapsed() < Duration::from_secs(2), "{:?}", began.elapsed());
    let html = seen["rows"].to_string();
    assert!(html.contains("fresh</a>") && html.contains("Healthy"), "{html}");
    assert!(
        seen["summary"].as_str().unwrap().contains("<b>2</b> in all"),
        "{seen}"
    );
    world.line.board.remove(&unit("fresh"));
    assert_eq!(
        events.next("rows").await["gone"][0],
        "row-application%2Fargocd%2Ffresh"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn many_changes_come_as_few_events() {
    let world = World::start().await;
    let since = stamp(&world, "/").await;
    let mut events = Events::open(&world, &format!("since={since}")).await;
    events.next("hello").await;
    let began = Instant::now();
    for _ in 0..3000 {
        world.line.board.show(unit("busy"), view(UnitReport::unknown()));
    }
    world.line.board.show(unit("busy"), view(healthy()));
    let mut count = 1;
    let settled = |seen: &Value| {
        let rows = seen["rows"].as_array().unwrap().iter();
        rows.map(Value::to_string)
            .any(|row| row.contains("busy") && row.contains("Healthy"))
    };
    while !settled(&events.next("rows").await) {
        count += 1;
    }
    let most = 2 + began.elapsed().as_millis() / 100;
    assert!(count <= most, "{count} events in {:?}", began.elapsed());
}

#[tokio::test(flavor = "multi_thread")]
async fn an_open_app_follows_its_unit() {
    let world = World::start().await;
    let since = stamp(&world, APP).await;
    let mut events = Events::open(&world, &format!("app=application%2Fargocd%2Fshop&since={since}")).await;
    events.next("hello").await;
    let report = UnitReport {
        health: Health::new(HealthStatus::Degraded, "crash <loop>"),
        ..healthy()
    };
    world.line.board.show(shop(), view(report));
    let html = events.next("app").await["html"].as_str().unwrap().to_owned();
    assert!(
        html.contains("Degraded") && html.contains("crash &lt;loop&gt;"),
        "{html}"
    );
    world.line.board.remove(&shop());
    events.next("reset").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_was_missed_is_made_up_for() {
    let world = World::start().await;
    let since = stamp(&world, "/").await;
    world.line.board.show(unit("missed"), view(healthy()));
    let mut events = Events::open(&world, &format!("since={since}")).await;
    let mut html = String::new();
    while !html.contains("missed</a>") {
        html = events.next("rows").await["rows"].to_string();
    }
    let mut events = Events::open(&world, "since=another-process-7").await;
    events.next("reset").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn stopping_ends_streams_and_frees_the_port() {
    let world = World::start().await;
    let mut events = Events::open(&world, "since=x").await;
    events.next("reset").await;
    let (address, began) = (world.page.address(), Instant::now());
    world.page.stop().await;
    assert!(began.elapsed() < Duration::from_secs(2), "{:?}", began.elapsed());
    assert!(TcpStream::connect(address).await.is_err());
}
