//! Records for other programs.
//!
//! **Invariant:** one line per record, whatever its texts hold. **Start at** [`Format`].

mod cdevents;
mod csv;
mod json;
#[cfg(test)]
mod tests;

use serde_json::Value;

use crate::Entry;

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

impl Entry {
    /// All that is recorded, as one JSON object: what [`Format::JsonLines`] writes.
    #[must_use]
    pub fn to_json(&self) -> Value {
        json::object(self)
    }
}
