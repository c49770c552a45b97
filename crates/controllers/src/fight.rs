//! Two who keep undoing each other: whoever else writes a field is not answered without end.

use std::{
    collections::{HashMap, VecDeque},
    sync::{Mutex, PoisonError},
    time::{Duration, Instant},
};

use plumb_model::UnitId;

/// So many corrections in [`WINDOW`] are answered at once.
const FREE: usize = 6;
/// In which corrections are counted.
const WINDOW: Duration = Duration::from_secs(30);
/// The longest wait.
const LONGEST: Duration = Duration::from_secs(60);

/// Counts corrections, by unit.
#[derive(Default)]
pub(crate) struct Fights {
    heals: Mutex<HashMap<UnitId, VecDeque<Instant>>>,
}

impl Fights {
    /// Notes a correction.
    pub(crate) fn healed(&self, id: &UnitId) {
        let mut heals = self.heals.lock().unwrap_or_else(PoisonError::into_inner);
        heals.entry(id.clone()).or_default().push_back(Instant::now());
    }

    /// How long the next pass of a unit has to wait; `None` where it need not.
    pub(crate) fn pause(&self, id: &UnitId) -> Option<Duration> {
        let mut heals = self.heals.lock().unwrap_or_else(PoisonError::into_inner);
        let times = heals.get_mut(id)?;
        while times.front().is_some_and(|at| at.elapsed() > WINDOW) {
            times.pop_front();
        }
        let over = u32::try_from(times.len().checked_sub(FREE)?)
            .unwrap_or(u32::MAX)
            .min(8);
        let wait = Duration::from_millis(500).saturating_mul(1 << over).min(LONGEST);
        let since = times.back().map(Instant::elapsed).unwrap_or_default();
        (since < wait).then(|| wait.saturating_sub(since))
    }

    /// Forgets a unit.
    pub(crate) fn forget(&self, id: &UnitId) {
        self.heals
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .remove(id);
    }
}
