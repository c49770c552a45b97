//! What was asked of the server, for tests that count.
//!
//! **Start at** [`RequestLog`].

use crate::request::Incoming;
use http::{Method, StatusCode};
use std::sync::{Mutex, PoisonError};

/// So many requests are remembered one by one; the counts go on.
const REMEMBERED: usize = 100_000;

/// One request that was answered.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Logged {
    /// `get`, `list`, `watch`, `create`, `update`, `patch`, `apply`, `delete`.
    pub verb: &'static str,
    /// Path without query.
    pub path: String,
    /// Was it only to be tried?
    pub dry_run: bool,
    /// Status code of the answer.
    pub status: u16,
    /// The field manager that it named, if any.
    pub manager: String,
    /// The user that it asked to be made as, if any.
    pub actor: String,
}

/// What was asked, in order.
#[derive(Debug, Default)]
pub(crate) struct RequestLog(Mutex<State>);

#[derive(Debug, Default)]
struct State {
    writes: u64,
    entries: Vec<Logged>,
}

impl Logged {
    /// Does it ask for a change (dry runs included)?
    #[must_use]
    pub fn is_write(&self) -> bool {
        !matches!(self.verb, "get" | "list" | "watch")
    }
}

impl RequestLog {
    pub(crate) fn record(&self, request: &Incoming, status: StatusCode) {
        let apply = request
            .header(http::header::CONTENT_TYPE)
            .starts_with("application/apply-patch");
        let verb = match request.method {
            Method::POST => "create",
            Method::PUT => "update",
            Method::PATCH if apply => "apply",
            Method::PATCH => "patch",
            Method::DELETE => "delete",
            _ if request.query.flag("watch") => "watch",
            _ if is_collection(&request.path) => "list",
            _ => "get",
        };
        let entry = Logged {
            verb,
            path: request.path.clone(),
            dry_run: request.query.get("dryRun").is_some(),
            status: status.as_u16(),
            manager: request.query.get("fieldManager").unwrap_or_default().to_owned(),
            actor: request
                .header(http::HeaderName::from_static("impersonate-user"))
                .to_owned(),
        };
        let mut state = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if entry.is_write() && !entry.dry_run && !is_review(&entry.path) && status.is_success() {
            state.writes += 1;
        }
        if state.entries.len() < REMEMBERED {
            state.entries.push(entry);
        }
    }

    /// Changes that were asked for over HTTP and made; dry runs and refusals do not count.
    #[must_use]
    pub(crate) fn writes(&self) -> u64 {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).writes
    }

    /// Everything that was asked, in order.
    #[must_use]
    pub(crate) fn entries(&self) -> Vec<Logged> {
        self.0
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .entries
            .clone()
    }

    /// Forgets what was asked; the count of writes goes on.
    pub(crate) fn clear(&self) {
        self.0
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .entries
            .clear();
    }
}

/// Has the path an even number of segments after its version, that is, does it end in a plural?
fn is_collection(path: &str) -> bool {
    let segments: Vec<&str> = path.split('/').filter(|segment| !segment.is_empty()).collect();
    let rest = match segments.as_slice() {
        ["api", _, rest @ ..] | ["apis", _, _, rest @ ..] => rest,
        _ => return false,
    };
    matches!(rest, [_] | ["namespaces", _, _])
}

fn is_review(path: &str) -> bool {
    path.contains("authorization.k8s.io") && path.ends_with("reviews")
        || path.contains("authentication.k8s.io")
}
