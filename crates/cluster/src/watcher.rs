//! Follows the objects of one kind: all of them first, then every change, for ever.
//!
//! Prefers a streaming list (one call that brings the objects and then the changes); where the server does not know
//! it, lists by page and watches from there. Bookmarks keep the place, so that a broken watch goes on where it was;
//! where that is too long ago (410), everything is listed again.
//!
//! **Invariant:** between [`Raw::Begin`] and [`Raw::End`] come all objects there are; after it, no change is left out.
//! **Absent:** what to do with them ([`crate::watches`]). Bodies are parsed only when asked for ([`Seen::body`]).

mod lines;
mod seen;
#[cfg(test)]
mod tests;

use std::{
    collections::VecDeque,
    sync::Arc,
    time::{Duration, Instant},
};

use http::StatusCode;
use serde_json::Value;

use crate::{
    ClusterError,
    kinds::{KindInfo, escaped},
    read::{Page, page},
    wire::{Backoff, Call, Sort, Wire, from_status},
};
use lines::Lines;
pub(crate) use seen::{Meta, Seen};

/// Longest silence in the first part of a streaming list; a server that ignores the request for it never ends it.
const FIRST_PART: Duration = Duration::from_secs(10);

/// What is followed.
#[derive(Clone)]
pub(crate) struct Scope {
    pub(crate) info: Arc<KindInfo>,
    pub(crate) version: String,
    pub(crate) namespace: Option<String>,
    /// A field selector; empty = all.
    pub(crate) field: String,
}

/// What a watch says.
pub(crate) enum Raw {
    /// All objects follow.
    Begin,
    /// One of them.
    Item(Seen),
    /// These were all, as of this resource version.
    End(u64),
    /// The watch goes on where it was.
    Resumed,
    /// An object is new or has changed.
    Applied(Seen),
    /// An object is gone; this is its last state.
    Deleted(Seen),
    /// It does not work; it is tried again.
    Trouble(ClusterError),
}

/// A watch that never ends.
pub(crate) struct Watcher {
    wire: Wire,
    scope: Scope,
    place: Place,
    queue: VecDeque<Raw>,
    backoff: Backoff,
    /// What to wait for before the next call.
    pause: Option<Option<Duration>>,
    streams: bool,
}

enum Place {
    Start,
    Listing {
        token: String,
    },
    After {
        version: String,
    },
    Watching {
        lines: Lines,
        initial: bool,
        version: String,
        since: Instant,
    },
}

impl Watcher {
    pub(crate) fn new(wire: Wire, scope: Scope) -> Self {
        let (place, queue, backoff) = (Place::Start, VecDeque::new(), Backoff::patient());
        Self {
            wire,
            scope,
            place,
            queue,
            backoff,
            pause: None,
            streams: true,
        }
    }

    /// Whether the kind can be listed and watched at all.
    pub(crate) fn can_work(&self) -> bool {
        self.scope.info.can("watch") && self.scope.info.can("list")
    }

    /// The error of a kind that cannot.
    pub(crate) fn no_watch(&self) -> ClusterError {
        ClusterError::Invalid {
            doing: self.doing(),
            message: "this kind cannot be listed and watched".to_owned(),
        }
    }

    /// Lists everything again, wherever it stands.
    pub(crate) fn begin_anew(&mut self) {
        self.place = Place::Start;
        self.queue.clear();
        self.pause = None;
    }

    /// What happens next.
    pub(crate) async fn next(&mut self) -> Raw {
        loop {
            if let Some(raw) = self.queue.pop_front() {
                return raw;
            }
            if let Some(asked) = self.pause.take() {
                self.backoff.wait(asked).await;
            }
            if let Err(error) = self.step().await
                && let Some(trouble) = self.recover(error)
            {
                return trouble;
            }
        }
    }

    async fn step(&mut self) -> Result<(), ClusterError> {
        match std::mem::replace(&mut self.place, Place::Start) {
            Place::Start if self.streams => self.begin_stream().await,
            Place::Start => {
                self.queue.push_back(Raw::Begin);
                self.place = Place::Listing { token: String::new() };
                Ok(())
            }
            Place::Listing { token } => self.list(&token).await,
            Place::After { version } => self.resume(version).await,
            Place::Watching {
                lines,
                initial,
                version,
                since,
            } => self.line(lines, initial, version, since).await,
        }
    }

    /// What to tell of an error, if anything, and where to go on.
    fn recover(&mut self, error: ClusterError) -> Option<Raw> {
        if matches!(error, ClusterError::Expired { .. }) {
            self.place = Place::Start;
            return None;
        }
        let asked = if let ClusterError::Busy { retry_after, .. } = &error {
            *retry_after
        } else {
            None
        };
        self.pause = Some(asked);
        Some(Raw::Trouble(error))
    }

    async fn begin_stream(&mut self) -> Result<(), ClusterError> {
        let query = "&sendInitialEvents=true&resourceVersionMatch=NotOlderThan";
        match self.open(query).await {
            Ok(lines) => {
                self.queue.push_back(Raw::Begin);
                self.place = Place::Watching {
                    lines,
                    initial: true,
                    version: String::new(),
                    since: Instant::now(),
                };
                Ok(())
            }
            Err(ClusterError::Invalid { .. }) => {
                self.streams = false;
                Ok(())
            }
            Err(error) => Err(error),
        }
    }

    async fn list(&mut self, token: &str) -> Result<(), ClusterError> {
        let Scope {
            info,
            version,
            namespace,
            field,
        } = &self.scope;
        let what = Page {
            namespace: namespace.as_deref(),
            selector: "",
            field,
            token,
        };
        let listed = page(&self.wire, info, version, what).await?;
        self.queue.extend(
            listed
                .items
                .into_iter()
                .map(|item| Raw::Item(Seen::Whole(Box::new(item)))),
        );
        if listed.token.is_empty() {
            self.queue
                .push_back(Raw::End(listed.resource_version.parse().unwrap_or(0)));
            self.place = Place::After {
                version: listed.resource_version,
            };
        } else {
            self.place = Place::Listing { token: listed.token };
        }
        Ok(())
    }

    async fn resume(&mut self, version: String) -> Result<(), ClusterError> {
        match self
            .open(&format!("&resourceVersion={}", escaped(&version)))
            .await
        {
            Ok(lines) => {
                self.queue.push_back(Raw::Resumed);
                self.place = Place::Watching {
                    lines,
                    initial: false,
                    version,
                    since: Instant::now(),
                };
                Ok(())
            }
            Err(error) => {
                self.place = Place::After { version };
                Err(error)
            }
        }
    }

    async fn open(&mut self, query: &str) -> Result<Lines, ClusterError> {
        let path = self
            .scope
            .info
            .path(&self.scope.version, self.scope.namespace.as_deref());
        let mut uri = format!("{path}?watch=true&allowWatchBookmarks=true&timeoutSeconds=300{query}");
        if !self.scope.field.is_empty() {
            uri.push_str(&format!("&fieldSelector={}", escaped(&self.scope.field)));
        }
        let call = Call {
            sort: Sort::Watch,
            ..Call::read(uri, self.doing())
        };
        // Not `&self`: a body that is still coming cannot be shared between threads.
        let opening = tokio::time::timeout(Duration::from_secs(60), self.wire.open(&call));
        let response = opening.await.map_err(|_| ClusterError::Timeout {
            doing: self.doing(),
            after: Duration::from_secs(60),
        })??;
        Ok(Lines::new(response.into_body()))
    }

    async fn line(
        &mut self,
        mut lines: Lines,
        initial: bool,
        version: String,
        since: Instant,
    ) -> Result<(), ClusterError> {
        let next = if initial {
            let Ok(next) = tokio::time::timeout(FIRST_PART, lines.next()).await else {
                self.streams = false;
                return Ok(());
            };
            next
        } else {
            lines.next().await
        };
        let Some(line) = next else {
            // It ended, as it does every few minutes. What ends at once is no watch, though.
            if since.elapsed() < Duration::from_secs(1) {
                self.pause = Some(None);
            }
            self.place = if initial {
                Place::Start
            } else {
                Place::After { version }
            };
            return Ok(());
        };
        self.place = Place::Watching {
            lines,
            initial,
            version,
            since,
        };
        self.take(Seen::Line(line))
    }

    fn take(&mut self, seen: Seen) -> Result<(), ClusterError> {
        let Some(meta) = seen.meta() else {
            self.place = Place::Start;
            return Err(ClusterError::Answer {
                doing: self.doing(),
                why: "an event is no JSON object".to_owned(),
            });
        };
        let Place::Watching { initial, version, .. } = &mut self.place else {
            return Ok(());
        };
        if meta.event != "ERROR" && !meta.resource_version.is_empty() {
            version.clone_from(&meta.resource_version);
        }
        match meta.event.as_str() {
            "ADDED" | "MODIFIED" if *initial => self.queue.push_back(Raw::Item(seen)),
            "ADDED" | "MODIFIED" => self.queue.push_back(Raw::Applied(seen)),
            "DELETED" => self.queue.push_back(Raw::Deleted(seen)),
            "BOOKMARK" if *initial && meta.ends_initial => {
                *initial = false;
                self.backoff.reset();
                self.queue.push_back(Raw::End(meta.version()));
            }
            "BOOKMARK" => self.backoff.reset(),
            "ERROR" => {
                let status: Value = seen.body();
                let code = status["code"]
                    .as_u64()
                    .and_then(|code| StatusCode::from_u16(u16::try_from(code).ok()?).ok());
                let call = Call::read("", self.doing());
                let code = code.unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
                self.place = Place::Start;
                return Err(from_status(&call, code, None, &status));
            }
            _ => {}
        }
        Ok(())
    }

    fn doing(&self) -> String {
        format!("watching {}", self.scope.info.group_kind())
    }
}
