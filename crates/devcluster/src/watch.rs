//! A stream of changes.
//!
//! Each watch is a task that remembers the last version it sent and reads the table's history from there; a client
//! too slow to keep up with the history gets 410 and lists again.
//!
//! **Invariant:** events arrive in the order of their versions, none twice, none left out.
//! **Start at** [`serve`].

mod encode;

use crate::{
    api::Api,
    list::{too_old, version},
    request::{Form, Query},
    resource::Resource,
    selector::Selector,
    server::stopped,
    status_error::{ApiError, FieldError},
    store::{Change, Snapshot},
};
use bytes::Bytes;
use encode::Encoder;
use serde_json::Value;
use std::{sync::Arc, time::Duration};
use tokio::{
    sync::{mpsc, watch},
    time::{Instant, sleep_until},
};

const BOOKMARK_EVERY: Duration = Duration::from_secs(60);
/// Longer than any client waits, when it says nothing.
const LONGEST: Duration = Duration::from_secs(3600);
/// Chunks that may wait for the client.
const QUEUE: usize = 64;

/// What a watch is about.
#[derive(Debug)]
pub(crate) struct WatchOptions {
    selector: Selector,
    start: Start,
    bookmarks: bool,
    timeout: Duration,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Start {
    /// With the objects of now; then perhaps a bookmark that says they are all sent.
    Now { announce: bool },
    /// After a version.
    After(u64),
    /// With what happens next.
    Next,
}

/// What is watched, and how it is shown.
#[derive(Debug, Clone)]
pub(crate) struct Watched {
    /// The type.
    pub(crate) resource: Arc<Resource>,
    /// One namespace, or all.
    pub(crate) namespace: Option<String>,
    /// The form of the objects.
    pub(crate) form: Form,
}

impl WatchOptions {
    /// Reads the query parameters of a watch.
    pub(crate) fn read(query: &Query, resource: &Resource) -> Result<Self, ApiError> {
        let matching = query.get("resourceVersionMatch");
        let initial = query
            .get("sendInitialEvents")
            .map(|text| text == "true" || text == "1");
        let (labels, fields) = (query.get("labelSelector"), query.get("fieldSelector"));
        let selector = Selector::parse(labels.unwrap_or_default(), fields.unwrap_or_default())?;
        check_matching(matching, initial)?;
        selector.check(resource)?;
        let from = version(query).map_err(ApiError::unknown)?;
        let bookmarks = query.flag("allowWatchBookmarks");
        let start = match (initial, from) {
            (Some(true), _) => Start::Now { announce: bookmarks },
            (None, None | Some(0)) => Start::Now { announce: false },
            (_, Some(version)) => Start::After(version),
            (Some(false), None) => Start::Next,
        };
        let timeout = query
            .number("timeoutSeconds")?
            .and_then(|seconds| u64::try_from(seconds).ok());
        let timeout = timeout
            .filter(|seconds| *seconds > 0)
            .map_or(LONGEST, Duration::from_secs);
        Ok(Self {
            selector,
            start,
            bookmarks,
            timeout,
        })
    }
}

fn check_matching(matching: Option<&str>, initial: Option<bool>) -> Result<(), ApiError> {
    const FIELD: &str = "resourceVersionMatch";
    let mut errors = Vec::new();
    if initial.is_some() && matching != Some("NotOlderThan") {
        let why = "sendInitialEvents requires setting resourceVersionMatch to NotOlderThan";
        errors.push(FieldError::forbidden(FIELD, why));
    }
    if let Some(matching) = matching {
        if initial.is_none() {
            let why = "resourceVersionMatch is forbidden for watch unless sendInitialEvents is provided";
            errors.push(FieldError::forbidden(FIELD, why));
        }
        if matching != "NotOlderThan" {
            errors.push(FieldError::not_supported(
                FIELD,
                &matching.into(),
                &["NotOlderThan"],
            ));
        }
    }
    if errors.is_empty() {
        return Ok(());
    }
    Err(ApiError::options("ListOptions", &errors))
}

/// Starts a watch; the receiver gives the chunks of its body.
#[must_use]
pub(crate) fn serve(
    api: Arc<Api>,
    subject: Watched,
    options: WatchOptions,
    stopping: watch::Receiver<bool>,
) -> mpsc::Receiver<Bytes> {
    let (sender, receiver) = mpsc::channel(QUEUE);
    let encoder = Encoder::new(subject.resource.clone(), subject.form);
    let watcher = Watcher {
        api,
        subject,
        options,
        sender,
        encoder,
    };
    tokio::spawn(watcher.run(stopping));
    receiver
}

struct Watcher {
    api: Arc<Api>,
    subject: Watched,
    options: WatchOptions,
    sender: mpsc::Sender<Bytes>,
    encoder: Encoder,
}

impl Watcher {
    async fn run(mut self, mut stopping: watch::Receiver<bool>) {
        let mut changed = self.api.store.changed(&self.subject.resource.table);
        let deadline = Instant::now() + self.options.timeout;
        let mut bookmark = Instant::now() + BOOKMARK_EVERY.min(self.options.timeout * 9 / 10);
        let mut bookmark_due = false;
        let Some(mut position) = self.begin().await else {
            return;
        };
        loop {
            changed.borrow_and_update();
            let Some(next) = self.catch_up(position).await else {
                return;
            };
            position = next;
            if std::mem::take(&mut bookmark_due) {
                let line = self.encoder.bookmark(position, false);
                if self.send(line).await.is_none() {
                    return;
                }
            }
            tokio::select! {
                done = changed.changed() => if done.is_err() { return },
                () = sleep_until(bookmark), if self.options.bookmarks => {
                    bookmark = Instant::now() + BOOKMARK_EVERY;
                    bookmark_due = true;
                }
                () = sleep_until(deadline) => return,
                () = self.sender.closed() => return,
                () = stopped(&mut stopping) => return,
            }
        }
    }

    /// Sends the objects of now, if they are wanted; gives the version to go on from.
    async fn begin(&mut self) -> Option<u64> {
        match self.options.start {
            Start::Next => Some(self.api.store.version()),
            Start::After(version) => Some(version),
            Start::Now { announce } => {
                let resource = self.subject.resource.clone();
                let Snapshot { version, objects } = self
                    .api
                    .store
                    .list(&resource.table, self.subject.namespace.as_deref());
                let mut lines = Vec::new();
                for (_, object) in objects {
                    let object = resource.view(&object);
                    if self.options.selector.matches(&object) {
                        self.encoder.object(&mut lines, Change::Added, &object);
                    }
                }
                if announce {
                    lines.extend(self.encoder.bookmark(version, true));
                }
                self.send(lines).await?;
                Some(version)
            }
        }
    }

    /// Sends what happened after `position`; gives the version reached.
    async fn catch_up(&mut self, position: u64) -> Option<u64> {
        let resource = self.subject.resource.clone();
        let reached = self.api.store.version().max(position);
        let events = match self.api.store.since(&resource.table, position) {
            Ok(events) => events,
            Err(oldest) => {
                let line = self.encoder.error(&too_old(position, oldest));
                self.send(line).await;
                return None;
            }
        };
        let Some(last) = events.last().map(|event| event.version) else {
            return Some(reached);
        };
        let mut lines = Vec::new();
        for event in events {
            if self
                .subject
                .namespace
                .as_deref()
                .is_some_and(|namespace| *event.key.0 != *namespace)
            {
                continue;
            }
            let selector = &self.options.selector;
            if selector.is_empty() {
                self.encoder.event(&mut lines, &event);
                continue;
            }
            let now = event.change != Change::Deleted && selector.matches(&event.object);
            let before = event
                .previous
                .as_deref()
                .is_some_and(|previous| selector.matches(previous));
            match (before, now) {
                (false, false) => {}
                (false, true) => {
                    self.encoder
                        .object(&mut lines, Change::Added, &resource.view(&event.object))
                }
                (true, true) => self.encoder.event(&mut lines, &event),
                (true, false) if event.change == Change::Deleted => self.encoder.event(&mut lines, &event),
                (true, false) => {
                    // It left the selection: its last state in there, under the version in which it left.
                    let mut last = event.previous.as_deref().cloned().unwrap_or(Value::Null);
                    last["metadata"]["resourceVersion"] = event.version.to_string().into();
                    self.encoder
                        .object(&mut lines, Change::Deleted, &resource.view(&Arc::new(last)));
                }
            }
        }
        self.send(lines).await?;
        Some(last.max(reached))
    }

    async fn send(&self, lines: Vec<u8>) -> Option<()> {
        if lines.is_empty() {
            return Some(());
        }
        self.sender.send(Bytes::from(lines)).await.ok()
    }
}
