//! Records for other programs.
//!
//! **Invariant:** one line per record, whatever its texts hold. **Start at** [`Format`] and [`Ledger::export`].

mod cdevents;
mod csv;
mod json;
#[cfg(test)]
mod tests;

use serde_json::Value;

use crate::{Entry, HistoryError, Ledger, RecordId, Words};

/// How many records are handed over at once.
const AT_ONCE: usize = 256;

/// How records are written for other programs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Format {
    /// One JSON object a line, with all that is recorded.
    JsonLines,
    /// RFC 4180, one row per record, with a head.
    Csv,
    /// One CDEvent (as a CloudEvent in JSON) a line.
    CdEvents,
}

impl Format {
    /// All of them.
    pub const ALL: [Self; 3] = [Self::JsonLines, Self::Csv, Self::CdEvents];

    /// The word for it.
    #[must_use]
    pub fn word(self) -> &'static str {
        match self {
            Self::JsonLines => "jsonl",
            Self::Csv => "csv",
            Self::CdEvents => "cdevents",
        }
    }

    /// The format of that word.
    #[must_use]
    pub fn parse(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|format| format.word() == word)
    }

    /// What comes before the first record.
    #[must_use]
    pub fn head(self) -> String {
        match self {
            Self::Csv => csv::head(),
            Self::JsonLines | Self::CdEvents => String::new(),
        }
    }

    /// A record, with the line's end.
    #[must_use]
    pub fn line(self, entry: &Entry) -> String {
        match self {
            Self::JsonLines => json::object(entry).to_string() + "\n",
            Self::Csv => csv::row(entry),
            Self::CdEvents => cdevents::event(entry).to_string() + "\n",
        }
    }
}

impl Ledger {
    /// Writes those of the records `ids` that hold all words, in that order, several at once.
    ///
    /// # Errors
    /// When a record is damaged, or `out` fails.
    pub fn export<E: From<HistoryError>>(
        &self,
        ids: &[RecordId],
        words: &Words,
        format: Format,
        mut out: impl FnMut(&str) -> Result<(), E>,
    ) -> Result<(), E> {
        out(&format.head())?;
        for some in ids.chunks(AT_ONCE) {
            out(&self.export_some(some, words, format)?)?;
        }
        Ok(())
    }

    /// A part of an export, without what comes before the first record.
    ///
    /// # Errors
    /// When a record is damaged.
    pub fn export_some(
        &self,
        ids: &[RecordId],
        words: &Words,
        format: Format,
    ) -> Result<String, HistoryError> {
        let mut text = String::new();
        for id in ids {
            let entry = self.entry(*id)?;
            if words.are_in(&entry.record) {
                text.push_str(&format.line(&entry));
            }
        }
        Ok(text)
    }
}

impl Entry {
    /// All that is recorded, as one JSON object: what [`Format::JsonLines`] writes.
    #[must_use]
    pub fn to_json(&self) -> Value {
        json::object(self)
    }
}
