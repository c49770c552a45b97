//! Which unit changed when, counted: what a browser has not seen yet is what changed after the count it has.
//!
//! **Invariant:** a change is never lost, however slow a browser is or how long it was away; many changes of one unit
//! are one. **Absent:** what changed: that is read from the board when it is shown.

use std::{
    collections::BTreeMap,
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};

use plumb_model::UnitId;
use plumb_pipeline::{Event, Happening};
use tokio::sync::{broadcast, mpsc, watch};

use crate::site::Site;

/// The least time between two rounds of news.
const PACE: Duration = Duration::from_millis(100);

/// Which unit changed when.
pub(crate) struct Changes {
    /// Tells this process's counts from another's.
    epoch: String,
    seen: Mutex<Seen>,
    latest: watch::Sender<u64>,
    /// Follows `latest` at a pace.
    pulse: watch::Sender<u64>,
}

#[derive(Default)]
struct Seen {
    by_unit: BTreeMap<UnitId, u64>,
    by_count: BTreeMap<u64, UnitId>,
    count: u64,
}

impl Changes {
    pub(crate) fn new(epoch: &str) -> Self {
        Self {
            epoch: epoch.to_owned(),
            seen: Mutex::default(),
            latest: watch::Sender::new(0),
            pulse: watch::Sender::new(0),
        }
    }

    /// The count now, as browsers keep it. To be taken before the board is read.
    pub(crate) fn stamp(&self) -> String {
        self.stamp_of(*self.latest.borrow())
    }

    /// A count, as browsers keep it.
    pub(crate) fn stamp_of(&self, count: u64) -> String {
        format!("{}-{count}", self.epoch)
    }

    /// The count that a browser kept; `None` where it is not one of ours.
    pub(crate) fn read(&self, stamp: &str) -> Option<u64> {
        stamp.strip_prefix(&self.epoch)?.strip_prefix('-')?.parse().ok()
    }

    /// The units that changed after `count`, and the count that they bring one to.
    pub(crate) fn after(&self, count: u64) -> (Vec<UnitId>, u64) {
        let seen = self.seen.lock().unwrap_or_else(PoisonError::into_inner);
        let units = seen
            .by_count
            .range(count.saturating_add(1)..)
            .map(|(_, unit)| unit.clone())
            .collect();
        (units, seen.count)
    }

    /// Tells of later counts, to all at the same moments.
    pub(crate) fn watch(&self) -> watch::Receiver<u64> {
        self.pulse.subscribe()
    }

    /// Notes that `units` changed.
    pub(crate) fn mark(&self, units: impl IntoIterator<Item = UnitId>) {
        let mut seen = self.seen.lock().unwrap_or_else(PoisonError::into_inner);
        for unit in units {
            seen.count += 1;
            let count = seen.count;
            if let Some(before) = seen.by_unit.insert(unit.clone(), count) {
                seen.by_count.remove(&before);
            }
            seen.by_count.insert(count, unit);
        }
        self.latest.send_replace(seen.count);
    }
}

/// Tells those who watch of later counts, at most every [`PACE`], until the page ends.
pub(crate) async fn pace(site: Arc<Site>) {
    let changes = &site.changes;
    let mut latest = changes.latest.subscribe();
    loop {
        let told = *changes.pulse.borrow();
        tokio::select! {
            () = site.stopped() => return,
            changed = latest.wait_for(|count| *count > told) => {
                let Ok(count) = changed.map(|count| *count) else { return };
                changes.pulse.send_replace(count);
            }
        }
        tokio::time::sleep(PACE).await;
    }
}

/// Notes what happens on the board until the page ends; units whose commit nobody has told of yet go to `unknown`.
pub(crate) async fn follow(
    site: Arc<Site>,
    mut events: broadcast::Receiver<Event>,
    unknown: mpsc::UnboundedSender<UnitId>,
) {
    for (unit, _) in site.line.board.units() {
        let _ = unknown.send(unit);
    }
    loop {
        let event = tokio::select! {
            () = site.stopped() => return,
            event = events.recv() => event,
        };
        let units = match event {
            Ok(Event {
                unit,
                what: Happening::Updated | Happening::Gone,
            }) => vec![unit],
            Ok(_) => continue,
            // What was lost could have been about any of them.
            Err(broadcast::error::RecvError::Lagged(_)) => site
                .line
                .board
                .units()
                .into_iter()
                .map(|(unit, _)| unit)
                .collect(),
            Err(broadcast::error::RecvError::Closed) => return,
        };
        for unit in &units {
            let _ = unknown.send(unit.clone());
        }
        site.changes.mark(units);
    }
}
