//! The event stream that keeps a browser live: one for all of its tabs.
//!
//! A stream is about topics: the list in some order, or one app. `?on=TOPIC` may stand there several times, where a
//! topic is what the query of a stream about it alone would be (`sort=need`, `app=KIND%2FNAMESPACE%2FNAME`). The first
//! event is `hello`, then `rows` or `app` with what changed, `reset` where the page is to be loaded again, `at` with the
//! count that a browser goes on from, `beat` so that silence means something, and `bye` when the session has ended.
//!
//! **Invariant:** at most ten rounds a second, each with everything that changed since the last; what several browsers
//! see alike is made once, and carries nobody's token. A stream ends with the session, and shows what its visitor may
//! see now, not when it began.

mod digests;

use std::{convert::Infallible, sync::Arc, time::Duration};

use axum::{
    Extension,
    body::{Body, Bytes},
    extract::{Query, State},
    http::{HeaderMap, StatusCode, header},
    response::{IntoResponse, Response},
};
use futures::stream;
use plumb_model::{UnitId, UnitKind};
use serde_json::{Value, json};
use tokio::{
    sync::{OwnedSemaphorePermit, watch},
    time::Instant,
};

use crate::{
    app,
    gate::{Sight, Still, Visitor, with_visitor},
    list,
    row::{Row, Sort},
    site::Site,
};
pub(crate) use digests::{Digests, Key};

/// The longest silence; the script takes more than three of them for a broken line.
const BEAT: Duration = Duration::from_secs(3);
/// So many topics may one stream have.
const TOPICS: usize = 24;
/// When more units changed, the list is loaded again.
const ROWS: usize = 500;
/// A stream without a session of ours goes on for so long: whoever signs people in is to be asked again.
const LONGEST: Duration = Duration::from_secs(1800);

/// What a browser is kept live of.
#[derive(Clone)]
struct Topic {
    /// Its name, where there may be several.
    on: Option<Arc<str>>,
    what: What,
}

#[derive(Clone)]
enum What {
    List(Sort),
    App(UnitId),
}

struct Follower {
    site: Arc<Site>,
    visitor: Arc<Visitor>,
    sight: Arc<Sight>,
    topics: Vec<Topic>,
    latest: watch::Receiver<u64>,
    over: watch::Receiver<bool>,
    count: u64,
    first: Option<Bytes>,
    began: Instant,
    ended: bool,
    _room: [Option<OwnedSemaphorePermit>; 2],
}

/// Opens a stream.
pub(crate) async fn open(
    State(site): State<Arc<Site>>,
    Extension(visitor): Extension<Arc<Visitor>>,
    Query(asked): Query<Vec<(String, String)>>,
    headers: HeaderMap,
) -> Response {
    let room = site.streams.clone().try_acquire_owned();
    let own = visitor
        .session()
        .map(|session| session.streams().try_acquire_owned());
    let (Ok(room), Ok(own)) = (room, own.transpose()) else {
        return (StatusCode::SERVICE_UNAVAILABLE, "too many pages are open\n").into_response();
    };
    let since = value(&asked, "since");
    let last = headers.get("last-event-id").and_then(|id| id.to_str().ok());
    let known = site.changes.read(last.unwrap_or(since));
    let latest = site.changes.watch();
    let count = known.unwrap_or(*latest.borrow());
    let name = if known.is_some() { "hello" } else { "reset" };
    let hello = format!(
        "retry: 1000\nevent: {name}\nid: {}\ndata: {{}}\n\n",
        site.changes.stamp_of(count)
    );
    let over = visitor
        .session()
        .map_or_else(|| watch::channel(false).1, |session| session.over());
    let follower = Follower {
        sight: visitor.sight().clone(),
        topics: topics(&asked),
        latest,
        over,
        count,
        first: Some(hello.into()),
        began: Instant::now(),
        ended: false,
        _room: [Some(room), own],
        visitor,
        site,
    };
    let body = Body::from_stream(stream::unfold(follower, Follower::next));
    ([(header::CONTENT_TYPE, "text/event-stream")], body).into_response()
}

impl Follower {
    async fn next(mut self) -> Option<(Result<Bytes, Infallible>, Self)> {
        if self.ended {
            return None;
        }
        let text = match self.first.take() {
            Some(first) => first,
            None => self.wait().await?,
        };
        Some((Ok(text), self))
    }

    /// What is sent next; `None` when the page ends.
    async fn wait(&mut self) -> Option<Bytes> {
        let beat = tokio::time::sleep(BEAT);
        tokio::pin!(beat);
        loop {
            let count = self.count;
            // `None`: it is over.
            let changed = tokio::select! {
                () = self.site.stopped() => return None,
                () = ended(&mut self.over) => None,
                () = &mut beat => Some(false),
                changed = self.latest.wait_for(|latest| *latest > count) => changed.ok().map(|_| true),
            };
            let Some(changed) = changed else {
                return Some(self.bye());
            };
            match self.visitor.still(&self.site).await {
                Still::Gone => return Some(self.bye()),
                // What they may see cannot be told: nothing is shown, and what changes meanwhile is made up for.
                Still::Unclear if changed => {
                    beat.as_mut().await;
                    return Some(event("beat", &json!({})));
                }
                Still::Unclear => return Some(event("beat", &json!({}))),
                Still::Sees(sight) if sight != self.sight => {
                    self.sight = sight;
                    return Some(event("reset", &json!({})));
                }
                Still::Sees(_) => {}
            }
            if self.visitor.session().is_none() && self.began.elapsed() > LONGEST {
                return None;
            }
            let withdrawn = self.withdrawn().await;
            if let Some(text) = withdrawn {
                return Some(text);
            }
            if !changed {
                return Some(event("beat", &json!({})));
            }
            if let Some(text) = self.news() {
                return Some(text);
            }
        }
    }

    /// What changed since the last time, of every topic.
    fn news(&mut self) -> Option<Bytes> {
        let (units, count) = self.site.changes.after(self.count);
        let since = std::mem::replace(&mut self.count, count);
        let mut parts: Vec<Bytes> = Vec::new();
        for topic in &self.topics {
            let key = Key {
                topic: topic.name(),
                span: (since, count),
                sight: self.sight.clone(),
            };
            parts.extend(self.site.digests.get(key, || self.part(topic, &units)));
        }
        if parts.is_empty() {
            return None;
        }
        parts.push(
            format!(
                "event: at\nid: {}\ndata: {{}}\n\n",
                self.site.changes.stamp_of(count)
            )
            .into(),
        );
        match <[Bytes; 2]>::try_from(parts) {
            // Most streams have one topic, and copying what is made once would make it many times.
            Ok([one, at]) if one.len() < 4096 => Some([one, at].concat().into()),
            Ok([one, at]) => {
                self.first = Some(at);
                Some(one)
            }
            Err(parts) => Some(parts.concat().into()),
        }
    }

    fn part(&self, topic: &Topic, units: &[UnitId]) -> Option<Bytes> {
        let shared = Arc::new(Visitor::one_of_many(self.sight.clone()));
        with_visitor(shared, || match &topic.what {
            What::List(sort) => Some(rows(&self.site, &self.sight, *sort, (topic, units))),
            What::App(id) => units.contains(id).then(|| one(&self.site, id, topic)),
        })
    }

    /// Takes off what the visitor may not see any more; the pages that show it are to be loaded again.
    async fn withdrawn(&mut self) -> Option<Bytes> {
        let mut gone = None;
        for (index, topic) in self.topics.iter().enumerate() {
            if let What::App(id) = &topic.what
                && matches!(self.visitor.may(&self.site, "get", id).await, Ok(false))
            {
                gone = Some(index);
            }
        }
        let topic = self.topics.remove(gone?);
        Some(event("reset", &topic.told(json!({}))))
    }

    fn bye(&mut self) -> Bytes {
        self.ended = true;
        event("bye", &json!({}))
    }
}

impl Topic {
    fn name(&self) -> String {
        let what = match &self.what {
            What::List(sort) => format!("sort={}", sort.text()),
            What::App(id) => format!("app={id}"),
        };
        // What is told carries the name that was asked by.
        format!("{what} {}", self.on.as_deref().unwrap_or_default())
    }

    /// `data` with the name of the topic, where there may be several.
    fn told(&self, mut data: Value) -> Value {
        if let Some(on) = &self.on {
            data["on"] = json!(**on);
        }
        data
    }
}

async fn ended(over: &mut watch::Receiver<bool>) {
    if over.wait_for(|over| *over).await.is_err() {
        // Nobody can end it.
        std::future::pending::<()>().await;
    }
}

fn rows(site: &Site, sight: &Sight, sort: Sort, (topic, units): (&Topic, &[UnitId])) -> Bytes {
    let units: Vec<&UnitId> = units.iter().filter(|id| sight.sees(id)).collect();
    if units.len() > ROWS {
        return event("reset", &topic.told(json!({})));
    }
    let (mut rows, mut gone) = (Vec::new(), Vec::new());
    for id in units {
        match site.line.board.unit(id) {
            Some(view) => {
                let row = Row::of(site, id.clone(), view);
                let html = list::row_markup(&row, sort).into_string();
                rows.push(json!({"key": list::key(&row), "html": html}));
            }
            None => gone.push(list::key_of(id)),
        }
    }
    let summary = list::summary(&list::rows(site)).into_string();
    let data = json!({"rows": rows, "gone": gone, "summary": summary});
    event("rows", &topic.told(data))
}

fn one(site: &Site, id: &UnitId, topic: &Topic) -> Bytes {
    match site.line.board.unit(id) {
        Some(view) => {
            let html = app::live(site, id, &view).into_string();
            event("app", &topic.told(json!({"html": html})))
        }
        None => event("reset", &topic.told(json!({}))),
    }
}

fn event(name: &str, data: &Value) -> Bytes {
    // JSON is one line, whatever is in it.
    format!("event: {name}\ndata: {data}\n\n").into()
}

fn topics(asked: &[(String, String)]) -> Vec<Topic> {
    let on: Vec<&String> = asked
        .iter()
        .filter(|(name, _)| name == "on")
        .map(|(_, on)| on)
        .collect();
    if on.is_empty() {
        let what = what(asked);
        return vec![Topic { on: None, what }];
    }
    let named = on.into_iter().take(TOPICS).filter_map(|on| {
        let query = format!("/?{on}").parse().ok()?;
        let Query(asked) = Query::<Vec<(String, String)>>::try_from_uri(&query).ok()?;
        Some(Topic {
            on: Some(on.as_str().into()),
            what: what(&asked),
        })
    });
    named.collect()
}

fn what(asked: &[(String, String)]) -> What {
    match unit(value(asked, "app")) {
        Some(id) => What::App(id),
        None => What::List(Sort::parse(value(asked, "sort"))),
    }
}

/// The unit that `kind/namespace/name` names.
fn unit(text: &str) -> Option<UnitId> {
    let mut parts = text.splitn(3, '/');
    let kind = match parts.next()? {
        "application" => UnitKind::Application,
        "kustomization" => UnitKind::Kustomization,
        _ => return None,
    };
    Some(UnitId {
        kind,
        namespace: parts.next()?.to_owned(),
        name: parts.next()?.to_owned(),
    })
}

fn value<'a>(asked: &'a [(String, String)], name: &str) -> &'a str {
    asked
        .iter()
        .find(|(key, _)| key == name)
        .map_or("", |(_, value)| value)
}
