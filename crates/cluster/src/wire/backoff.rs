//! How long to wait before trying again.
//!
//! **Invariant:** waits grow, have an upper limit, and differ between callers so that they do not come back at once.

use std::{
    collections::hash_map::RandomState,
    hash::{BuildHasher as _, Hasher as _},
    time::Duration,
};

/// Waits that grow.
#[derive(Debug)]
pub(crate) struct Backoff {
    first: Duration,
    longest: Duration,
    failures: u32,
}

impl Backoff {
    /// For one call that somebody waits for.
    pub(crate) fn quick() -> Self {
        Self {
            first: Duration::from_millis(40),
            longest: Duration::from_secs(2),
            failures: 0,
        }
    }

    /// For a watch that has all the time.
    pub(crate) fn patient() -> Self {
        Self {
            first: Duration::from_millis(100),
            longest: Duration::from_secs(30),
            failures: 0,
        }
    }

    /// It worked: the next failure is a first one.
    pub(crate) fn reset(&mut self) {
        self.failures = 0;
    }

    /// Waits, at least as long as the server `asked` for (but not for ever).
    pub(crate) async fn wait(&mut self, asked: Option<Duration>) {
        let next = self.next();
        let asked = asked.unwrap_or_default().min(Duration::from_secs(10));
        tokio::time::sleep(next.max(asked)).await;
    }

    fn next(&mut self) -> Duration {
        let full = self
            .first
            .saturating_mul(1 << self.failures.min(16))
            .min(self.longest);
        self.failures = self.failures.saturating_add(1);
        // Between half and all of it. Every RandomState hashes differently.
        let chance = RandomState::new().build_hasher().finish() % 512;
        full.mul_f64(0.5 + f64::from(u32::try_from(chance).unwrap_or(0)) / 1024.0)
    }
}
