//! One HTTP call to the API server: paths in, JSON out, typed errors.
//!
//! **Invariant:** every request of the crate goes through [`Wire::open`], which counts it. Bodies are never logged,
//! and what the server says about a Secret's content is withheld.
//! **Absent:** what the calls mean ([`crate::read`], [`crate::write`], [`crate::watcher`]).

mod backoff;
mod breaker;
mod status;
#[cfg(test)]
pub(crate) mod tests;

use std::{
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
    time::Duration,
};

use bytes::Bytes;
use http::{HeaderName, HeaderValue, Method, Request, Response, StatusCode, header};
use http_body_util::BodyExt as _;
use kube::client::Body;
use serde_json::Value;

use crate::ClusterError;
pub(crate) use backoff::Backoff;
use breaker::Breaker;
pub(crate) use status::{chain, from_status};

/// Longest time that one call may take, streams excepted.
const CALL: Duration = Duration::from_secs(60);
/// The header that says whom a call is made as.
pub(crate) const IMPERSONATE: HeaderName = HeaderName::from_static("impersonate-user");
/// Most tries of one call.
const TRIES: u32 = 5;

/// The way to one API server; cheap to clone.
#[derive(Clone)]
pub(crate) struct Wire {
    line: Arc<Line>,
    /// The headers that say whom writes are made as; `None` = as whom we are signed in.
    actor: Option<Arc<[(HeaderName, HeaderValue)]>>,
}

struct Line {
    client: kube::Client,
    server: String,
    user_agent: HeaderValue,
    reads: AtomicU64,
    writes: AtomicU64,
    dry_runs: AtomicU64,
    watches: AtomicU64,
    breaker: Breaker,
}

/// How many calls were made, by sort.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Counters {
    /// Gets, lists and discovery.
    pub reads: u64,
    /// Whatever may change the cluster.
    pub writes: u64,
    /// Writes that the server only plays through.
    pub dry_runs: u64,
    /// Watches opened, streaming lists included.
    pub watches: u64,
}

/// What a call is counted as.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Sort {
    Read,
    Write,
    DryRun,
    Watch,
}

/// One call.
#[derive(Clone)]
pub(crate) struct Call {
    pub(crate) sort: Sort,
    pub(crate) method: Method,
    /// Path and query.
    pub(crate) uri: String,
    pub(crate) accept: &'static str,
    /// Content type and content.
    pub(crate) body: Option<(&'static str, Bytes)>,
    /// What is being done, for errors: `applying Deployment.apps prod/web`.
    pub(crate) doing: String,
    /// The server's words may quote a secret.
    pub(crate) hush: bool,
}

/// What came back.
pub(crate) struct Answer {
    pub(crate) status: StatusCode,
    pub(crate) body: Value,
    /// What the server warns of.
    pub(crate) warnings: Vec<String>,
}

impl Call {
    /// A read of `uri`.
    pub(crate) fn read(uri: impl Into<String>, doing: impl Into<String>) -> Self {
        Self {
            sort: Sort::Read,
            method: Method::GET,
            uri: uri.into(),
            accept: "application/json",
            body: None,
            doing: doing.into(),
            hush: false,
        }
    }
}

impl Wire {
    pub(crate) fn new(client: kube::Client, server: String, user_agent: HeaderValue) -> Self {
        let zero = || AtomicU64::new(0);
        let line = Arc::new(Line {
            client,
            server,
            user_agent,
            reads: zero(),
            writes: zero(),
            dry_runs: zero(),
            watches: zero(),
            breaker: Breaker::new(),
        });
        Self { line, actor: None }
    }

    /// The same way, on which writes are made as `user`.
    pub(crate) fn acting_as(&self, user: &str) -> Result<Self, ClusterError> {
        let actor = HeaderValue::from_str(user).map_err(|_| ClusterError::Config {
            why: format!("{user:?} is no name of a user"),
        })?;
        Ok(self.with_headers(vec![(IMPERSONATE, actor)]))
    }

    /// The same way, on which writes carry these headers.
    pub(crate) fn with_headers(&self, headers: Vec<(HeaderName, HeaderValue)>) -> Self {
        Self {
            line: self.line.clone(),
            actor: Some(headers.into()),
        }
    }

    /// Whether writes are made as somebody else.
    pub(crate) fn is_acting(&self) -> bool {
        self.actor.is_some()
    }

    /// Counts how often the server came back after it did not answer.
    pub(crate) fn recovered(&self) -> tokio::sync::watch::Receiver<u64> {
        self.line.breaker.recovered()
    }

    pub(crate) fn server(&self) -> &str {
        &self.line.server
    }

    pub(crate) fn counters(&self) -> Counters {
        let get = |counter: &AtomicU64| counter.load(Ordering::Relaxed);
        Counters {
            reads: get(&self.line.reads),
            writes: get(&self.line.writes),
            dry_runs: get(&self.line.dry_runs),
            watches: get(&self.line.watches),
        }
    }

    /// Sends `call` and reads the whole answer; tries again where that is safe and promises success.
    pub(crate) async fn send(&self, call: &Call) -> Result<Answer, ClusterError> {
        let mut backoff = Backoff::quick();
        let mut attempt = 0;
        let mut last = None;
        loop {
            attempt += 1;
            let error = match tokio::time::timeout(CALL, self.once(call)).await {
                Ok(Ok(answer)) => return Ok(answer),
                Ok(Err(error)) => error,
                Err(_) => {
                    self.line.breaker.silent("it took too long");
                    ClusterError::Timeout {
                        doing: call.doing.clone(),
                        after: CALL,
                    }
                }
            };
            match worth_another_try(&error, &call.method) {
                Some(asked) if attempt < TRIES => {
                    tracing::debug!(doing = %call.doing, attempt, error = %error, "trying again");
                    last = Some(error);
                    backoff.wait(asked).await;
                }
                // What was wrong says more than that it is not tried again now.
                None if matches!(error, ClusterError::Resting { .. }) => return Err(last.unwrap_or(error)),
                _ => return Err(error),
            }
        }
    }

    /// Sends `call` and returns the answer once its head is in; an answer that is an error becomes one.
    pub(crate) async fn open(&self, call: &Call) -> Result<Response<Body>, ClusterError> {
        let counter = match call.sort {
            Sort::Read => &self.line.reads,
            Sort::Write => &self.line.writes,
            Sort::DryRun => &self.line.dry_runs,
            Sort::Watch => &self.line.watches,
        };
        if call.sort != Sort::Watch {
            self.check(call)?;
        }
        counter.fetch_add(1, Ordering::Relaxed);
        let mut request = Request::builder()
            .method(call.method.clone())
            .uri(&call.uri)
            .header(header::ACCEPT, call.accept)
            .header(header::USER_AGENT, self.line.user_agent.clone());
        let content = call.body.as_ref().map(|(kind, content)| (*kind, content.clone()));
        if let Some((kind, _)) = content {
            request = request.header(header::CONTENT_TYPE, kind);
        }
        if let Some(actor) = self
            .actor
            .as_ref()
            .filter(|_| matches!(call.sort, Sort::Write | Sort::DryRun))
        {
            for (name, value) in actor.iter() {
                request = request.header(name, value.clone());
            }
        }
        let body = content.map_or_else(Body::empty, |(_, content)| Body::from(content));
        let request = request.body(body).map_err(|error| ClusterError::Answer {
            doing: call.doing.clone(),
            why: error.to_string(),
        })?;
        let response = self
            .line
            .client
            .send(request)
            .await
            .map_err(|error| self.no_answer(call, &error))?;
        self.line.breaker.answered();
        if response.status().is_success() {
            return Ok(response);
        }
        let status = response.status();
        let retry_after = status::retry_after(response.headers());
        let body = response
            .into_body()
            .collect()
            .await
            .map(|body| body.to_bytes())
            .unwrap_or_default();
        Err(status::error(call, status, retry_after, &body))
    }

    async fn once(&self, call: &Call) -> Result<Answer, ClusterError> {
        let response = self.open(call).await?;
        let status = response.status();
        let warnings = status::warnings(response.headers());
        let content = response
            .into_body()
            .collect()
            .await
            .map_err(|error| self.no_answer(call, &error))?
            .to_bytes();
        let body = serde_json::from_slice(&content).map_err(|error| ClusterError::Answer {
            doing: call.doing.clone(),
            // serde_json names line and column only, never content.
            why: error.to_string(),
        })?;
        Ok(Answer {
            status,
            body,
            warnings,
        })
    }

    fn no_answer(&self, call: &Call, error: &kube::Error) -> ClusterError {
        let doing = call.doing.clone();
        if let kube::Error::Auth(error) = error {
            return ClusterError::Unauthorized {
                doing,
                message: status::chain(error),
            };
        }
        let why = status::chain(error);
        self.line.breaker.silent(&why);
        ClusterError::Unreachable {
            doing,
            server: self.line.server.clone(),
            why,
        }
    }

    /// Whether the server is to be asked at all now.
    fn check(&self, call: &Call) -> Result<(), ClusterError> {
        self.line
            .breaker
            .check()
            .map_err(|resting| ClusterError::Resting {
                doing: call.doing.clone(),
                server: self.line.server.clone(),
                why: resting.why,
                left: resting.left,
            })
    }
}

/// How long the server asks to wait before another try, `None` inside where it does not say; `None` where another try
/// is no use or could do the thing twice.
fn worth_another_try(error: &ClusterError, method: &Method) -> Option<Option<Duration>> {
    match error {
        ClusterError::Busy {
            code: 429 | 503,
            retry_after,
            ..
        } => Some(*retry_after),
        ClusterError::Busy { retry_after, .. } if *method != Method::POST => Some(*retry_after),
        ClusterError::Unreachable { .. } if *method != Method::POST => Some(None),
        _ => None,
    }
}
