//! Times, records and moments of the ledger, as people write them.
//!
//! **Invariant:** what fits several records or commits is refused with some of them; a time to the second is all of that
//! second and a date all of that day, so that a time that was printed finds its record.

use std::time::Duration;

use anyhow::{Context as _, anyhow, bail};
use jiff::{Timestamp, civil, tz::TimeZone};
use plumb_history::{At, Filter, Ledger, RecordId};
use plumb_model::{CommitId, UnitId};

use crate::waiting;

/// What a moment may be, for the help of commands.
pub(crate) const FORMS: &str = "A moment is a time as 2026-01-31T12:00:00Z, a date, a length back from now as 2h or 3d, the id of a \
     record or of a commit of the source (just after it, or after the commit was first applied) or how one begins, or \
     `now`. A time to the second means the end of that second, a date the end of that day, in UTC.";

/// Fewest digits of an id that are looked for.
const FEWEST: usize = 7;

/// The first and the last instant that a text means.
type Span = (Timestamp, Timestamp);

/// Reads the time from which on something is wanted.
pub(crate) fn since(text: &str) -> Result<Timestamp, String> {
    let (first, _) = span(text, Timestamp::now()).ok_or_else(|| wrong(text))?;
    Ok(first)
}

/// Reads the time up to which something is wanted.
pub(crate) fn until(text: &str) -> Result<Timestamp, String> {
    let (_, last) = span(text, Timestamp::now()).ok_or_else(|| wrong(text))?;
    Ok(last)
}

/// The record whose id is, or begins with, `text`.
pub(crate) fn record(ledger: &Ledger, text: &str) -> anyhow::Result<RecordId> {
    if !is_id(text) {
        bail!(
            "{text:?} is no id of a record: give all of its 40 hexadecimal digits, or at least the first {FEWEST}; \
             `plumb audit log` shows them"
        );
    }
    match ledger.records_like(text)[..] {
        [id] => Ok(id),
        [] => bail!("the ledger has no record {text}: `plumb audit log` lists those it has"),
        [first, second, ..] => {
            bail!("{text} may be record {first} or {second}: give more digits")
        }
    }
}

/// The moment that `text` means, for `unit` where only that is looked at.
pub(crate) fn moment(ledger: &Ledger, text: &str, unit: Option<&UnitId>) -> anyhow::Result<At> {
    if text == "now" {
        return Ok(At::Newest);
    }
    if !is_id(text) {
        let (_, last) = span(text, Timestamp::now()).ok_or_else(|| anyhow!("{}", no_moment(text)))?;
        return Ok(At::Time(last));
    }
    let (records, commits) = (ledger.records_like(text), ledger.commits_like(text)?);
    match (&records[..], &commits[..]) {
        ([id], []) => Ok(At::Record(*id)),
        ([], [commit]) => Ok(applied(ledger, commit, unit)),
        ([], []) => bail!(
            "the ledger has no record and knows of no source commit {text}: `plumb audit log` lists those it has"
        ),
        _ => {
            let records = records.iter().map(|id| format!("record {id}"));
            let commits = commits.iter().map(|id| format!("commit {id}"));
            let all: Vec<String> = records.chain(commits).take(3).collect();
            bail!("{text} may be {}: give more digits", all.join(" or "))
        }
    }
}

/// Just after a commit was first applied: to the unit, where it was.
fn applied(ledger: &Ledger, commit: &CommitId, unit: Option<&UnitId>) -> At {
    let to_unit = unit.and_then(|unit| {
        let filter = Filter {
            unit: Some(unit.to_string()),
            commit: Some(commit.to_string()),
            ..Filter::default()
        };
        ledger.ids(&filter).last().copied()
    });
    to_unit.map_or_else(|| At::Source(commit.clone()), At::Record)
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
        && let Ok(length) = waiting::timeout(text)
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

fn wrong(text: &str) -> String {
    format!(
        "{text:?} is no time: write it as 2026-01-31T12:00:00Z, 2026-01-31, or as a length back from now: 2h, 3d"
    )
}

fn no_moment(text: &str) -> String {
    format!(
        "{text:?} is no moment: write a time (2026-01-31T12:00:00Z, 2026-01-31, 2h for two hours ago), `now`, or at \
         least the first {FEWEST} digits of a record or of a commit"
    )
}

/// Adds which flag or argument a moment came from.
pub(crate) fn of(ledger: &Ledger, place: &str, text: &str, unit: Option<&UnitId>) -> anyhow::Result<At> {
    moment(ledger, text, unit).with_context(|| place.to_owned())
}

#[cfg(test)]
mod tests;
