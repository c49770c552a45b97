//! The work that is to be done, now or at a time.
//!
//! **Invariant:** an item waits at most once for now and at most once for later; running it clears both, and it says
//! itself when it wants to run again.

use std::collections::{BTreeMap, BTreeSet, VecDeque};

use tokio::time::Instant;

use super::world::Key;

/// One object, for one controller (its place in the registry).
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Item {
    pub(super) controller: usize,
    pub(super) key: Key,
}

/// Items in the order in which they came, each once.
#[derive(Debug, Default)]
pub(super) struct Queue {
    ready: VecDeque<Item>,
    waiting: BTreeSet<Item>,
    later: BTreeMap<Item, Instant>,
    clock: BTreeSet<(Instant, Item)>,
}

impl Queue {
    /// Asks for a run as soon as possible.
    pub(super) fn push(&mut self, item: Item) {
        if self.waiting.insert(item.clone()) {
            self.ready.push_back(item);
        }
    }

    /// Asks for a run at a time, in place of the time asked for before.
    pub(super) fn push_at(&mut self, item: Item, at: Instant) {
        self.cancel(&item);
        self.later.insert(item.clone(), at);
        self.clock.insert((at, item));
    }

    /// The next item to run at this moment.
    pub(super) fn pop(&mut self, now: Instant) -> Option<Item> {
        while let Some((_, item)) = self.clock.first().filter(|(at, _)| *at <= now).cloned() {
            self.cancel(&item);
            self.push(item);
        }
        let item = self.ready.pop_front()?;
        self.waiting.remove(&item);
        self.cancel(&item);
        Some(item)
    }

    /// When the first timer fires.
    pub(super) fn next_timer(&self) -> Option<Instant> {
        self.clock.first().map(|(at, _)| *at)
    }

    fn cancel(&mut self, item: &Item) {
        if let Some(at) = self.later.remove(item) {
            self.clock.remove(&(at, item.clone()));
        }
    }
}
