//! Which records are asked for.

use jiff::Timestamp;
use plumb_history::{Cause, Cursor, Filter, Outcome, Words, since, until};
use serde::Deserialize;

use crate::{controls::address, fault::Fault};

/// So many records are on a page unless it says otherwise.
const ROWS: usize = 50;
/// At most so many.
const MOST_ROWS: usize = 500;

/// Which records are asked for, as the address says it; what is empty does not matter.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
pub(crate) struct Asked {
    /// Words in them.
    pub(crate) q: String,
    /// Their unit.
    pub(crate) unit: String,
    /// An object that they touched.
    pub(crate) object: String,
    /// A field that had drifted.
    pub(crate) field: String,
    /// Who is behind them.
    pub(crate) actor: String,
    /// Their commit.
    pub(crate) commit: String,
    /// Why.
    pub(crate) cause: String,
    /// How they ended.
    pub(crate) outcome: String,
    /// From when on.
    pub(crate) since: String,
    /// Up to when.
    pub(crate) until: String,
    /// Where the page before ended.
    pub(crate) cursor: String,
    /// How many on a page.
    pub(crate) rows: String,
}

/// The same, understood.
pub(crate) struct Chosen {
    /// By what the index knows.
    pub(crate) filter: Filter,
    /// By words.
    pub(crate) words: Words,
    /// Where to go on.
    pub(crate) cursor: Option<Cursor>,
    /// How many.
    pub(crate) rows: usize,
}

impl Asked {
    /// What it means.
    pub(crate) fn chosen(&self) -> Result<Chosen, Fault> {
        let now = Timestamp::now();
        let some = |text: &str| Some(text.trim().to_owned()).filter(|text| !text.is_empty());
        let word = |what: &str, text: &str| Fault::bad(format!("{what} cannot be {text:?}"));
        let cause = some(&self.cause).map(|text| Cause::parse(&text).ok_or_else(|| word("cause", &text)));
        let outcome =
            some(&self.outcome).map(|text| Outcome::parse(&text).ok_or_else(|| word("outcome", &text)));
        let filter = Filter {
            unit: some(&self.unit),
            object: some(&self.object),
            field: some(&self.field),
            actor: some(&self.actor),
            cluster: None,
            commit: some(&self.commit),
            cause: cause.transpose()?,
            outcome: outcome.transpose()?,
            since: some(&self.since).map(|text| since(&text, now)).transpose()?,
            until: some(&self.until).map(|text| until(&text, now)).transpose()?,
        };
        let rows = some(&self.rows).map(|text| text.parse().map_err(|_| word("rows", &text)));
        Ok(Chosen {
            filter,
            words: Words::of(&self.q),
            cursor: some(&self.cursor).map(|text| Cursor::parse(&text)).transpose()?,
            rows: rows.transpose()?.unwrap_or(ROWS).clamp(1, MOST_ROWS),
        })
    }

    /// The address of the same choice at `path`, from `cursor` on.
    pub(crate) fn address(&self, path: &str, cursor: &str) -> String {
        address(
            path,
            &[
                ("q", &self.q),
                ("unit", &self.unit),
                ("object", &self.object),
                ("field", &self.field),
                ("actor", &self.actor),
                ("commit", &self.commit),
                ("cause", &self.cause),
                ("outcome", &self.outcome),
                ("since", &self.since),
                ("until", &self.until),
                ("rows", &self.rows),
                ("cursor", cursor),
            ],
        )
    }
}
