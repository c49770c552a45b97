//! The bounds of one exchange with a server, and what went wrong in it.

use std::{
    io,
    sync::{
        Arc, Mutex, PoisonError,
        atomic::{AtomicU64, Ordering},
    },
    time::{Duration, Instant},
};

use crate::{GitError, GitOptions};

/// Most bytes of references, which are kept in memory.
const LISTING: u64 = 64 << 20;

/// One exchange with a server: how long it may last, how much it may bring, and what failed.
#[derive(Clone)]
pub(crate) struct Exchange {
    inner: Arc<Inner>,
}

struct Inner {
    url: String,
    end: Instant,
    timeout: Duration,
    idle_timeout: Duration,
    received: AtomicU64,
    /// How much may come now: little while references are told, more once objects are.
    allowed: AtomicU64,
    max_received: u64,
    failure: Mutex<Option<GitError>>,
}

impl Exchange {
    /// One that starts now.
    pub(crate) fn new(url: &str, options: &GitOptions, timeout: Duration) -> Self {
        Self {
            inner: Arc::new(Inner {
                url: url.to_owned(),
                end: Instant::now() + timeout,
                timeout,
                idle_timeout: options.idle_timeout,
                received: AtomicU64::new(0),
                allowed: AtomicU64::new(LISTING.min(options.max_fetch_bytes)),
                max_received: options.max_fetch_bytes,
                failure: Mutex::default(),
            }),
        }
    }

    pub(crate) fn url(&self) -> &str {
        &self.inner.url
    }

    /// How long a single wait may last now.
    pub(crate) fn wait(&self) -> Result<Duration, GitError> {
        let left = self.left();
        if left.is_zero() {
            return Err(self.timed_out());
        }
        Ok(left.min(self.inner.idle_timeout))
    }

    /// How long the exchange may still last.
    pub(crate) fn left(&self) -> Duration {
        self.inner.end.saturating_duration_since(Instant::now())
    }

    pub(crate) fn timed_out(&self) -> GitError {
        GitError::Timeout {
            url: self.inner.url.clone(),
            after: if self.left().is_zero() {
                self.inner.timeout
            } else {
                self.inner.idle_timeout
            },
        }
    }

    pub(crate) fn network(&self, why: impl std::fmt::Display) -> GitError {
        GitError::network(&self.inner.url, why)
    }

    /// From here on objects come, which go to disk.
    pub(crate) fn expect_objects(&self) {
        self.inner
            .allowed
            .store(self.inner.max_received, Ordering::Relaxed);
    }

    /// Counts what came in.
    pub(crate) fn received(&self, bytes: usize) -> Result<(), GitError> {
        let before = self.inner.received.fetch_add(bytes as u64, Ordering::Relaxed);
        let allowed = self.inner.allowed.load(Ordering::Relaxed);
        if before.saturating_add(bytes as u64) <= allowed {
            return Ok(());
        }
        Err(GitError::Limit {
            url: self.inner.url.clone(),
            what: "what the server sends".to_owned(),
            limit: format!("{} MiB", allowed >> 20),
        })
    }

    /// Remembers the first failure; gives an error that `gix` can carry.
    pub(crate) fn fail(&self, error: GitError) -> io::Error {
        let carried = io::Error::other(error.to_string());
        self.failure().get_or_insert(error);
        carried
    }

    /// The first failure, if there was one.
    pub(crate) fn failed(&self) -> Option<GitError> {
        self.failure().clone()
    }

    fn failure(&self) -> std::sync::MutexGuard<'_, Option<GitError>> {
        self.inner.failure.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
