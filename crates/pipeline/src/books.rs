//! The ledger, as the line keeps it: what could not be recorded is tried again before the next record.
//!
//! **Invariant:** a change of a cluster is never held up or undone by a ledger that cannot be written; it is made up for, here or, after
//! a restart, from the unit's status.

use std::{
    collections::VecDeque,
    path::Path,
    sync::{Arc, Mutex, PoisonError},
};

use plumb_history::{Applied, Content, Entry, Filter, HistoryError, Ledger, LedgerOptions, Outcome, Record};
use plumb_model::{Object, UnitId};
use tokio::sync::Notify;

use crate::copies::CopyState;

/// Most records that wait to be recorded; of more, the oldest are left to be found in the units' statuses.
const MOST: usize = 10_000;

/// The ledger, and what is still to go into it.
pub struct Books {
    ledger: Ledger,
    /// Where it is on disk; in memory it ends with the process.
    folder: Option<Box<Path>>,
    missed: Mutex<VecDeque<Due>>,
    /// Rings after a record.
    bell: Notify,
    copy: Mutex<Option<CopyState>>,
}

/// A record, and what the unit is after it.
pub(crate) struct Due {
    pub(crate) record: Record,
    /// `None` = as before.
    pub(crate) objects: Option<Arc<[Object]>>,
}

impl Books {
    /// Books that end with the process.
    ///
    /// # Errors
    /// When the system gives no randomness.
    pub fn in_memory() -> Result<Self, HistoryError> {
        Ok(Self::of(Ledger::in_memory(LedgerOptions::default())?, None))
    }

    /// Books in a folder, which is made where there is none.
    ///
    /// # Errors
    /// When another process writes there, it was tampered with, or the disk fails.
    pub fn open(folder: &Path, options: LedgerOptions) -> Result<Self, HistoryError> {
        Ok(Self::of(Ledger::open(folder, options)?, Some(folder)))
    }

    fn of(ledger: Ledger, folder: Option<&Path>) -> Self {
        Self {
            ledger,
            folder: folder.map(Into::into),
            missed: Mutex::default(),
            bell: Notify::new(),
            copy: Mutex::default(),
        }
    }

    /// What is recorded.
    #[must_use]
    pub fn ledger(&self) -> &Ledger {
        &self.ledger
    }

    /// Where it is kept; `None` = in memory.
    #[must_use]
    pub fn folder(&self) -> Option<&Path> {
        self.folder.as_deref()
    }

    /// How the copy of the ledger stands; `None` = there is none.
    #[must_use]
    pub fn copy(&self) -> Option<CopyState> {
        self.copy.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    pub(crate) fn set_copy(&self, state: CopyState) {
        *self.copy.lock().unwrap_or_else(PoisonError::into_inner) = Some(state);
    }

    /// Returns once something was recorded since the last call.
    pub(crate) async fn recorded(&self) {
        self.bell.notified().await;
    }

    /// How many records could not be written yet.
    #[must_use]
    pub fn missed(&self) -> usize {
        self.missed.lock().unwrap_or_else(PoisonError::into_inner).len()
    }

    /// Records, after what could not be recorded before. Waits for the disk.
    pub(crate) fn record(&self, due: Due) {
        let mut missed = self.missed.lock().unwrap_or_else(PoisonError::into_inner);
        if missed.len() >= MOST {
            missed.pop_front();
        }
        missed.push_back(due);
        while let Some(due) = missed.front() {
            if let Err(error) = self.write(due) {
                tracing::warn!(unit = %due.record.unit, %error, waiting = missed.len(), "a change could not be recorded");
                return;
            }
            missed.pop_front();
            self.bell.notify_one();
        }
        drop(missed);
        if self.ledger.is_pack_due()
            && let Err(error) = self.ledger.pack()
        {
            tracing::warn!(%error, "the ledger could not be packed");
        }
    }

    /// Whether no record tells that the unit's status says was applied.
    pub(crate) fn lacks(&self, applied: &Applied) -> bool {
        let filter = Filter {
            unit: Some(applied.unit.to_string()),
            commit: Some(applied.commit.to_string()),
            // Statuses tell times in whole seconds.
            since: Some(applied.finished),
            ..Filter::default()
        };
        let found = self.ledger.page(&filter, None, 1);
        found.is_ok_and(|page| page.entries.is_empty())
    }

    fn write(&self, due: &Due) -> Result<Option<Entry>, HistoryError> {
        if self.has(&due.record.unit, &due.record)? {
            return Ok(None);
        }
        let content = due.objects.as_deref().map_or(Content::Same, Content::Objects);
        self.ledger.append(due.record.clone(), content).map(Some)
    }

    /// Whether the newest record of the unit says the same: a crash came between the record and the status, or the same try failed
    /// in the same way again.
    fn has(&self, unit: &UnitId, record: &Record) -> Result<bool, HistoryError> {
        let Some(last) = self.ledger.last_of(unit)?.map(|entry| entry.record) else {
            return Ok(false);
        };
        let commit = |record: &Record| record.source.as_ref().map(|source| source.commit.clone());
        let same =
            commit(&last) == commit(record) && last.cause == record.cause && last.outcome == record.outcome;
        let again = record.outcome == Outcome::Failed && last.message == record.message;
        Ok(same && (again || last.started == record.started))
    }
}
