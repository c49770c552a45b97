//! The event stream that keeps a page live.
//!
//! The first event is `hello`, then `rows` or `app` with what changed, `reset` where the page is to be loaded again,
//! and `beat` so that silence means something. Every event but `beat` carries the count that a browser goes on from.
//!
//! **Invariant:** at most ten events a second for each browser, each with everything that changed since the last.

use std::{convert::Infallible, sync::Arc, time::Duration};

use axum::{
    extract::{Query, State},
    http::HeaderMap,
    response::{
        IntoResponse, Response,
        sse::{Event, Sse},
    },
};
use futures::stream;
use plumb_model::UnitId;
use serde::Deserialize;
use serde_json::json;
use tokio::{
    sync::{OwnedSemaphorePermit, watch},
    time::Instant,
};

use crate::{
    app, list,
    row::{Row, Sort},
    site::Site,
};

/// The least time between two events.
const PACE: Duration = Duration::from_millis(100);
/// The longest silence; the script takes three of them for a broken line.
const BEAT: Duration = Duration::from_secs(4);

/// What a page is kept live of.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(crate) struct Asked {
    /// The count of changes that the page shows already.
    since: String,
    /// How the list is sorted.
    sort: String,
    /// The one unit that the page is about, as `kind/namespace/name`.
    app: Option<String>,
}

struct Follower {
    site: Arc<Site>,
    sort: Sort,
    app: Option<String>,
    latest: watch::Receiver<u64>,
    count: u64,
    first: Option<Event>,
    sent: Option<Instant>,
    _room: OwnedSemaphorePermit,
}

/// Opens a stream.
pub(crate) async fn open(
    State(site): State<Arc<Site>>,
    Query(asked): Query<Asked>,
    headers: HeaderMap,
) -> Response {
    let Ok(room) = site.streams.clone().try_acquire_owned() else {
        return (
            axum::http::StatusCode::SERVICE_UNAVAILABLE,
            "too many pages are open\n",
        )
            .into_response();
    };
    let last = headers
        .get("last-event-id")
        .and_then(|id| id.to_str().ok())
        .unwrap_or(&asked.since);
    let known = site.changes.read(last);
    let latest = site.changes.watch();
    let count = known.unwrap_or(*latest.borrow());
    let name = if known.is_some() { "hello" } else { "reset" };
    let first = Event::default()
        .event(name)
        .id(site.changes.stamp_of(count))
        .data("{}")
        .retry(Duration::from_secs(1));
    let follower = Follower {
        sort: Sort::parse(&asked.sort),
        app: asked.app,
        latest,
        count,
        first: Some(first),
        sent: None,
        _room: room,
        site,
    };
    Sse::new(stream::unfold(follower, Follower::next)).into_response()
}

impl Follower {
    async fn next(mut self) -> Option<(Result<Event, Infallible>, Self)> {
        let event = match self.first.take() {
            Some(first) => first,
            None => self.wait().await?,
        };
        self.sent = Some(Instant::now());
        Some((Ok(event), self))
    }

    /// The next event; `None` when the page ends.
    async fn wait(&mut self) -> Option<Event> {
        let beat = tokio::time::sleep(BEAT);
        tokio::pin!(beat);
        loop {
            let count = self.count;
            tokio::select! {
                () = self.site.stopped() => return None,
                () = &mut beat => return Some(Event::default().event("beat").data("{}")),
                changed = self.latest.wait_for(|latest| *latest > count) => drop(changed.ok()?),
            }
            if let Some(sent) = self.sent {
                tokio::time::sleep_until(sent + PACE).await;
            }
            let (units, count) = self.site.changes.after(self.count);
            self.count = count;
            if let Some(event) = self.event(units) {
                return Some(event.id(self.site.changes.stamp_of(count)));
            }
        }
    }

    fn event(&self, units: Vec<UnitId>) -> Option<Event> {
        let board = &self.site.line.board;
        if let Some(app) = &self.app {
            let id = units.into_iter().find(|id| id.to_string() == *app)?;
            let Some(view) = board.unit(&id) else {
                return Some(Event::default().event("reset").data("{}"));
            };
            let html = app::live(&self.site, &id, &view).into_string();
            return Some(
                Event::default()
                    .event("app")
                    .data(json!({"html": html}).to_string()),
            );
        }
        let (mut rows, mut gone) = (Vec::new(), Vec::new());
        for id in units {
            match board.unit(&id) {
                Some(view) => {
                    let row = Row::of(&self.site, id, view);
                    let html = list::row_markup(&row, self.sort).into_string();
                    rows.push(json!({"key": list::key(&row), "html": html}));
                }
                None => gone.push(list::key_of(&id)),
            }
        }
        let summary = list::summary(&list::rows(&self.site)).into_string();
        let data = json!({"rows": rows, "gone": gone, "summary": summary});
        Some(Event::default().event("rows").data(data.to_string()))
    }
}
