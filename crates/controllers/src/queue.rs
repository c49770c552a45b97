//! The queue of units that want a pass: each at most once, at once or later, never while it is in one.
//!
//! What only has to be told waits in a lane of its own until nothing else does: a commit that changes one of a thousand
//! units must not stand in line behind the statuses of the others.

use std::{
    collections::{BTreeSet, HashMap, HashSet, VecDeque},
    sync::{Mutex, PoisonError},
    time::Duration,
};

use plumb_model::UnitId;
use tokio::{sync::Notify, time::Instant};

/// How many units of the second lane may be in a pass at once.
const LATE_AT_ONCE: usize = 2;
/// Longest time in the second lane while there is always something in the first.
const PATIENCE: Duration = Duration::from_secs(5);

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
    /// The second lane, and since when.
    late: VecDeque<(Instant, UnitId)>,
    in_late: HashSet<UnitId>,
    /// In a pass out of the second lane.
    late_running: HashSet<UnitId>,
    timers: BTreeSet<(Instant, UnitId)>,
    timer_of: HashMap<UnitId, Instant>,
}

impl Queue {
    /// Asks for a pass now.
    pub(crate) fn add(&self, id: UnitId) {
        self.with(|state| state.add(id));
        self.changed.notify_one();
    }

    /// Asks for a pass once nobody else wants one: there is nothing to do but to tell.
    pub(crate) fn add_late(&self, id: UnitId) {
        self.with(|state| state.add_late(id));
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
            state.late_running.remove(id);
            if state.again.remove(id) {
                state.add(id.clone());
            }
        });
        self.changed.notify_one();
    }

    /// Whether the pass that a unit is in came out of the second lane.
    pub(crate) fn is_late(&self, id: &UnitId) -> bool {
        self.with(|state| state.late_running.contains(id))
    }

    /// Takes a unit off.
    pub(crate) fn forget(&self, id: &UnitId) {
        self.with(|state| {
            if let Some(at) = state.timer_of.remove(id) {
                state.timers.remove(&(at, id.clone()));
            }
            if state.in_late.remove(id) {
                state.late.retain(|(_, late)| late != id);
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

    fn add_late(&mut self, id: UnitId) {
        if self.in_late.insert(id.clone()) {
            self.late.push_back((Instant::now(), id));
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
        let id = self.take_late(now).or_else(|| {
            let id = self.ready.pop_front()?;
            self.waiting.remove(&id);
            Some(id)
        });
        let Some(id) = id else {
            return Err(self.timers.first().map(|(at, _)| *at));
        };
        self.running.insert(id.clone());
        Ok(id)
    }

    /// The next of the second lane, where it is its turn. Its place there is kept while it has passes out of the first,
    /// so that commits that come fast keep nobody from being told of for ever.
    fn take_late(&mut self, now: Instant) -> Option<UnitId> {
        if self.late_running.len() >= LATE_AT_ONCE {
            return None;
        }
        let is_due = |since: Instant| self.ready.is_empty() || now.duration_since(since) > PATIENCE;
        let is_free = |id: &UnitId| !self.running.contains(id);
        let at = self
            .late
            .iter()
            .take_while(|(since, _)| is_due(*since))
            .position(|(_, id)| is_free(id))?;
        let (_, id) = self.late.remove(at)?;
        self.in_late.remove(&id);
        if self.waiting.remove(&id) {
            self.ready.retain(|waiting| *waiting != id);
        }
        self.late_running.insert(id.clone());
        Some(id)
    }
}

#[cfg(test)]
mod tests;
