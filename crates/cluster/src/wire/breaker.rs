//! A server that does not answer is left alone for a while, so that nobody waits for it again and again.
//!
//! **Invariant:** any answer, even a refusal, means that the server is there. While it rests, one call in each pause goes
//! through, to find out.

use std::{
    sync::{Mutex, PoisonError},
    time::Duration,
};

use tokio::{sync::watch, time::Instant};

/// So many calls in a row without an answer, and the server rests.
const PATIENCE: u32 = 3;
/// The first rest.
const FIRST: Duration = Duration::from_secs(2);
/// The longest rest.
const LONGEST: Duration = Duration::from_secs(30);

/// Whether the server answers.
#[derive(Debug)]
pub(crate) struct Breaker {
    state: Mutex<State>,
    recovered: watch::Sender<u64>,
}

#[derive(Debug, Default)]
struct State {
    silent: u32,
    until: Option<Instant>,
    why: String,
}

/// Why a call is not made.
pub(crate) struct Resting {
    /// What came of the last call.
    pub(crate) why: String,
    /// How long until one is made again.
    pub(crate) left: Duration,
}

impl Breaker {
    pub(crate) fn new() -> Self {
        Self {
            state: Mutex::default(),
            recovered: watch::Sender::new(0),
        }
    }

    /// Counts how often the server came back after a rest.
    pub(crate) fn recovered(&self) -> watch::Receiver<u64> {
        self.recovered.subscribe()
    }

    /// Whether a call may be made now.
    pub(crate) fn check(&self) -> Result<(), Resting> {
        self.with(|state| {
            let Some(until) = state.until else { return Ok(()) };
            let left = until.saturating_duration_since(Instant::now());
            if left.is_zero() {
                // This call finds out; the others wait for what comes of it.
                state.until = Some(Instant::now() + FIRST);
                return Ok(());
            }
            Err(Resting {
                why: state.why.clone(),
                left,
            })
        })
    }

    /// The server answered.
    pub(crate) fn answered(&self) {
        let rested = self.with(|state| {
            let rested = state.until.is_some();
            (state.silent, state.until) = (0, None);
            rested
        });
        if rested {
            self.recovered.send_modify(|times| *times += 1);
        }
    }

    /// It did not.
    pub(crate) fn silent(&self, why: &str) {
        self.with(|state| {
            state.silent = state.silent.saturating_add(1);
            why.clone_into(&mut state.why);
            if let Some(over) = state.silent.checked_sub(PATIENCE) {
                let rest = FIRST.saturating_mul(1 << over.min(8)).min(LONGEST);
                state.until = Some(Instant::now() + rest);
            }
        });
    }

    fn with<T>(&self, change: impl FnOnce(&mut State) -> T) -> T {
        change(&mut self.state.lock().unwrap_or_else(PoisonError::into_inner))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test(start_paused = true)]
    async fn a_silent_server_rests_and_is_asked_by_one_call_in_each_pause() {
        let breaker = Breaker::new();
        let mut recovered = breaker.recovered();
        for _ in 0..PATIENCE {
            assert!(breaker.check().is_ok());
            breaker.silent("no route");
        }
        let resting = breaker.check().expect_err("it rests");
        assert_eq!((resting.why.as_str(), resting.left), ("no route", FIRST));
        tokio::time::advance(FIRST).await;
        assert!(breaker.check().is_ok(), "one call finds out");
        assert!(breaker.check().is_err(), "and no other");
        breaker.silent("no route");
        let resting = breaker.check().expect_err("it rests longer");
        assert_eq!(resting.left, 2 * FIRST);
        assert!(!recovered.has_changed().expect("it lives"));
        breaker.answered();
        assert!(breaker.check().is_ok());
        assert!(recovered.has_changed().expect("it lives"));
        recovered.mark_unchanged();
        breaker.answered();
        assert!(!recovered.has_changed().expect("it lives"), "told once");
    }
}
