//! What the ledger tells of the last day, kept for a moment, since the first page that people open shows it.
//!
//! **Invariant:** however many look, the ledger is read once in a moment, and only so many of its newest records.

use std::{
    sync::Arc,
    time::{Duration, Instant},
};

use jiff::{SignedDuration, Timestamp};
use plumb_history::{Cause, Entry, Filter};
use tokio::sync::Mutex;

use crate::{
    drift::heat::{COLUMN, COLUMNS},
    fault::Fault,
    gate::{self, Sight},
    recorded,
    site::Site,
};

/// For how long an answer is good enough.
const FRESH: Duration = Duration::from_secs(5);
/// So many records of commits are read.
const COMMITS: usize = 300;
/// So many records of drift are read.
pub(crate) const DRIFTS: usize = 2000;

/// What the ledger tells of the last day.
#[derive(Default)]
pub(crate) struct Lately {
    seen: Mutex<Option<(Instant, Arc<Told>)>>,
}

/// Some of its records, newest first.
pub(crate) struct Told {
    /// Those that brought a commit, of whatever day.
    pub(crate) commits: Vec<Entry>,
    /// Those of drift that was corrected, of the last day.
    pub(crate) drifts: Vec<Entry>,
    /// When that was.
    pub(crate) now: Timestamp,
}

impl Lately {
    /// What it tells now.
    pub(crate) async fn told(&self, site: &Site) -> Result<Arc<Told>, Fault> {
        let mut seen = self.seen.lock().await;
        if let Some((at, told)) = seen.as_ref()
            && at.elapsed() < FRESH
        {
            return Ok(told.seen_by(&gate::sight()));
        }
        let now = Timestamp::now();
        let told = recorded::ask(site, move |ledger| {
            // Of each cause by itself, so that much drift does not push out the commits.
            let mut commits = Vec::new();
            for cause in [Cause::Push, Cause::Rollback, Cause::Manual] {
                let filter = Filter {
                    cause: Some(cause),
                    ..Filter::default()
                };
                commits.extend(ledger.page(&filter, None, COMMITS)?.entries);
            }
            commits.retain(|entry| entry.record.source.is_some());
            commits.sort_by_key(|entry| std::cmp::Reverse(entry.record.finished));
            Ok(Told {
                commits,
                drifts: drifts(ledger, now)?,
                now,
            })
        })
        .await?;
        let told = Arc::new(told);
        *seen = Some((Instant::now(), told.clone()));
        Ok(told.seen_by(&gate::sight()))
    }
}

impl Told {
    /// What of it somebody may see.
    fn seen_by(self: &Arc<Self>, sight: &Sight) -> Arc<Self> {
        if sight.is_everything() {
            return self.clone();
        }
        let seen = |entries: &[Entry]| {
            let entries = entries.iter().filter(|entry| sight.sees(&entry.record.unit));
            entries.cloned().collect()
        };
        Arc::new(Self {
            commits: seen(&self.commits),
            drifts: seen(&self.drifts),
            now: self.now,
        })
    }
}

/// The records of drift of the day before `until`, newest first.
pub(crate) fn drifts(ledger: &plumb_history::Ledger, until: Timestamp) -> Result<Vec<Entry>, Fault> {
    let columns = i64::try_from(COLUMNS).unwrap_or(i64::MAX);
    let filter = Filter {
        cause: Some(Cause::Drift),
        since: until
            .checked_sub(SignedDuration::from_secs(COLUMN * columns))
            .ok(),
        until: Some(until),
        ..Filter::default()
    };
    Ok(ledger.page(&filter, None, DRIFTS)?.entries)
}
