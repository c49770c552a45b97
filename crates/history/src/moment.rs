//! Times, records and moments of the ledger, as people write them.
//!
//! **Invariant:** what fits several records or commits is refused with some of them; a time to the second is all of that
//! second and a date all of that day, so that a time that was printed finds its record.
//! **Start at** [`Ledger::moment`].

#[cfg(test)]
mod tests;

use std::time::Duration;

use jiff::{Timestamp, civil, tz::TimeZone};
use plumb_model::{CommitId, UnitId, spec::duration};

use crate::{At, Filter, HistoryError, Ledger, RecordId};

/// Fewest digits of an id that are looked for.
const FEWEST: usize = 7;

/// The first and the last instant that a text means.
type Span = (Timestamp, Timestamp);

/// Why a text is no moment of the ledger.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum MomentError {
    /// It is no time.
    #[error(
        "{0:?} is no time: write it as 2026-01-31T12:00:00Z, 2026-01-31, or as a length back from now: 2h, 3d"
    )]
    NoTime(String),
    /// It is neither a time nor an id.
    #[error(
        "{0:?} is no moment: write a time (2026-01-31T12:00:00Z, 2026-01-31, 2h for two hours ago), `now`, or at least \
         the first {FEWEST} digits of a record or of a commit"
    )]
    NoMoment(String),
    /// It is no id of a record.
    #[error(
        "{0:?} is no id of a record: give all of its 40 hexadecimal digits, or at least the first {FEWEST}; `plumb \
         audit log` shows them"
    )]
    NoId(String),
    /// No record has that id.
    #[error("the ledger has no record {0}: `plumb audit log` lists those it has")]
    NoRecord(String),
    /// Nothing has that id.
    #[error(
        "the ledger has no record and knows of no source commit {0}: `plumb audit log` lists those it has"
    )]
    Nothing(String),
    /// Several have an id that begins so.
    #[error("{text} may be {}: give more digits", may_be.join(" or "))]
    Several {
        /// What was written.
        text: String,
        /// Some of what it may mean.
        may_be: Vec<String>,
    },
    /// The ledger could not be read.
    #[error(transparent)]
    Ledger(#[from] HistoryError),
}

/// Reads the time from which on something is wanted.
///
/// # Errors
/// When it is no time.
pub fn since(text: &str, now: Timestamp) -> Result<Timestamp, MomentError> {
    let (first, _) = span(text, now).ok_or_else(|| MomentError::NoTime(text.to_owned()))?;
    Ok(first)
}

/// Reads the time up to which something is wanted.
///
/// # Errors
/// When it is no time.
pub fn until(text: &str, now: Timestamp) -> Result<Timestamp, MomentError> {
    let (_, last) = span(text, now).ok_or_else(|| MomentError::NoTime(text.to_owned()))?;
    Ok(last)
}

impl Ledger {
    /// The record whose id is, or begins with, `text`.
    ///
    /// # Errors
    /// When none has, or several have.
    pub fn record_like(&self, text: &str) -> Result<RecordId, MomentError> {
        if !is_id(text) {
            return Err(MomentError::NoId(text.to_owned()));
        }
        match self.records_like(text)[..] {
            [id] => Ok(id),
            [] => Err(MomentError::NoRecord(text.to_owned())),
            [first, second, ..] => Err(MomentError::Several {
                text: text.to_owned(),
                may_be: vec![format!("record {first}"), second.to_string()],
            }),
        }
    }

    /// The moment that `text` means, for `unit` where only that is looked at.
    ///
    /// # Errors
    /// When it means none, or several.
    pub fn moment(&self, text: &str, unit: Option<&UnitId>, now: Timestamp) -> Result<At, MomentError> {
        if text == "now" {
            return Ok(At::Newest);
        }
        if !is_id(text) {
            let (_, last) = span(text, now).ok_or_else(|| MomentError::NoMoment(text.to_owned()))?;
            return Ok(At::Time(last));
        }
        let (records, commits) = (self.records_like(text), self.commits_like(text)?);
        match (&records[..], &commits[..]) {
            ([id], []) => Ok(At::Record(*id)),
            ([], [commit]) => Ok(self.applied(commit, unit)),
            ([], []) => Err(MomentError::Nothing(text.to_owned())),
            _ => {
                let records = records.iter().map(|id| format!("record {id}"));
                let commits = commits.iter().map(|id| format!("commit {id}"));
                Err(MomentError::Several {
                    text: text.to_owned(),
                    may_be: records.chain(commits).take(3).collect(),
                })
            }
        }
    }

    /// Just after a commit was first applied: to the unit, where it was.
    fn applied(&self, commit: &CommitId, unit: Option<&UnitId>) -> At {
        let to_unit = unit.and_then(|unit| {
            let filter = Filter {
                unit: Some(unit.to_string()),
                commit: Some(commit.to_string()),
                ..Filter::default()
            };
            self.ids(&filter).last().copied()
        });
        to_unit.map_or_else(|| At::Source(commit.clone()), At::Record)
    }
}

fn is_id(text: &str) -> bool {
    (FEWEST..=64).contains(&text.len()) && text.bytes().all(|byte| byte.is_ascii_hexdigit())
}

fn span(text: &str, now: Timestamp) -> Option<Span> {
    if text == "now" {
        return Some((now, now));
    }
    if text.len() == 10
        && let Ok(day) = text.parse::<civil::Date>()
    {
        let first = day.to_zoned(TimeZone::UTC).ok()?.timestamp();
        let next = day.tomorrow().ok()?.to_zoned(TimeZone::UTC).ok()?.timestamp();
        return Some((first, before(next)?));
    }
    if let Ok(time) = text.parse::<Timestamp>() {
        return Some(second(text, time));
    }
    // Lengths end in a letter, so that a year is not taken for seconds.
    if text.ends_with(|letter: char| letter.is_ascii_alphabetic())
        && let Some(length) = duration::parse_length(text)
    {
        let then = now.checked_sub(length).ok()?;
        return Some((then, then));
    }
    let time: civil::DateTime = text.contains('T').then(|| text.parse().ok())??;
    let time = time.to_zoned(TimeZone::UTC).ok()?.timestamp();
    Some(second(text, time))
}

/// All of the second, where the text tells no part of it.
fn second(text: &str, time: Timestamp) -> Span {
    let is_whole = !text.contains(['.', ',']);
    let last = time
        .checked_add(Duration::from_secs(1))
        .ok()
        .and_then(before)
        .filter(|_| is_whole);
    (time, last.unwrap_or(time))
}

fn before(time: Timestamp) -> Option<Timestamp> {
    time.checked_sub(Duration::from_micros(1)).ok()
}
