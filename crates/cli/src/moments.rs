//! Moments of the ledger on the command line: what they may be, and from which flag or argument one came.

use anyhow::Context as _;
use jiff::Timestamp;
use plumb_history::{At, Ledger};
use plumb_model::UnitId;

/// What a moment may be, for the help of commands.
pub(crate) const FORMS: &str = "A moment is a time as 2026-01-31T12:00:00Z, a date, a length back from now as 2h or 3d, the id of a \
     record or of a commit of the source (just after it, or after the commit was first applied) or how one begins, or \
     `now`. A time to the second means the end of that second, a date the end of that day, in UTC.";

/// Reads the time from which on something is wanted.
pub(crate) fn since(text: &str) -> Result<Timestamp, String> {
    plumb_history::since(text, Timestamp::now()).map_err(|error| error.to_string())
}

/// Reads the time up to which something is wanted.
pub(crate) fn until(text: &str) -> Result<Timestamp, String> {
    plumb_history::until(text, Timestamp::now()).map_err(|error| error.to_string())
}

/// The moment that `text` means, with the flag or argument that it came from in the error.
pub(crate) fn of(ledger: &Ledger, place: &str, text: &str, unit: Option<&UnitId>) -> anyhow::Result<At> {
    ledger
        .moment(text, unit, Timestamp::now())
        .with_context(|| place.to_owned())
}
