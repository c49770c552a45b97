//! The queue of units that want a pass: each at most once, at once or later, never while it is in one.

use std::{
    collections::{BTreeSet, HashMap, HashSet, VecDeque},
    sync::{Mutex, PoisonError},
    time::Duration,
};

use plumb_model::UnitId;
use tokio::{sync::Notify, time::Instant};

/// The queue.
#[derive(Default)]
pub(crate) struct Queue {
    state: Mutex<State>,
    changed: Notify,
}

#[derive(Default)]
struct State {
    ready: VecDeque<UnitId>,
    /// In `ready`.
    waiting: HashSet<UnitId>,
    /// In a pass.
    running: HashSet<UnitId>,
    /// Asked for again while in a pass.
    again: HashSet<UnitId>,
    timers: BTreeSet<(Instant, UnitId)>,
    timer_of: HashMap<UnitId, Instant>,
}

impl Queue {
    /// Asks for a pass now.
    pub(crate) fn add(&self, id: UnitId) {
        self.with(|state| state.add(id));
        self.changed.notify_one();
    }

    /// Asks for a pass in a while, if none comes sooner.
    pub(crate) fn add_after(&self, id: UnitId, wait: Duration) {
        let at = Instant::now() + wait;
        self.with(|state| {
            if let Some(known) = state.timer_of.get(&id).copied() {
                if known <= at {
                    return;
                }
                state.timers.remove(&(known, id.clone()));
            }
            state.timers.insert((at, id.clone()));
            state.timer_of.insert(id, at);
        });
        self.changed.notify_one();
    }

    /// Takes a unit that wants a pass, as soon as there is one. [`Queue::done`] must follow.
    pub(crate) async fn next(&self) -> UnitId {
        loop {
            let changed = self.changed.notified();
            let timer = match self.with(State::take) {
                Ok(id) => return id,
                Err(timer) => timer,
            };
            match timer {
                Some(at) => {
                    let _ = tokio::time::timeout_at(at, changed).await;
                }
                None => changed.await,
            }
        }
    }

    /// Says that the pass of a unit is over.
    pub(crate) fn done(&self, id: &UnitId) {
        self.with(|state| {
            state.running.remove(id);
            if state.again.remove(id) {
                state.add(id.clone());
            }
        });
        self.changed.notify_one();
    }

    /// Takes a unit off.
    pub(crate) fn forget(&self, id: &UnitId) {
        self.with(|state| {
            if let Some(at) = state.timer_of.remove(id) {
                state.timers.remove(&(at, id.clone()));
            }
        });
    }

    fn with<T>(&self, change: impl FnOnce(&mut State) -> T) -> T {
        change(&mut self.state.lock().unwrap_or_else(PoisonError::into_inner))
    }
}

impl State {
    fn add(&mut self, id: UnitId) {
        if self.running.contains(&id) {
            self.again.insert(id);
        } else if self.waiting.insert(id.clone()) {
            self.ready.push_back(id);
        }
    }

    /// The next unit, or when the next timer is due.
    fn take(&mut self) -> Result<UnitId, Option<Instant>> {
        let now = Instant::now();
        while let Some((at, id)) = self.timers.first().cloned().filter(|(at, _)| *at <= now) {
            self.timers.remove(&(at, id.clone()));
            self.timer_of.remove(&id);
            self.add(id);
        }
        let Some(id) = self.ready.pop_front() else {
            return Err(self.timers.first().map(|(at, _)| *at));
        };
        self.waiting.remove(&id);
        self.running.insert(id.clone());
        Ok(id)
    }
}

#[cfg(test)]
mod tests;
