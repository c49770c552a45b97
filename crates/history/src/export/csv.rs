//! Records as rows of a table.
//!
//! **Invariant:** a cell that a spreadsheet would take for a formula begins with `'`, and no cell has a line break.

use crate::{Entry, record::escape::shown, record::message};

/// A column: its name, and what a record has in it.
type Column = (&'static str, fn(&Entry) -> String);

const COLUMNS: &[Column] = &[
    ("finished", |entry| entry.record.finished.to_string()),
    ("started", |entry| entry.record.started.to_string()),
    ("unit", |entry| entry.record.unit.to_string()),
    ("cluster", |entry| entry.record.cluster.0.clone()),
    ("cause", |entry| entry.record.cause.word().to_owned()),
    ("outcome", |entry| entry.record.outcome.word().to_owned()),
    ("actor", |entry| {
        text(entry.record.actor.as_ref(), |actor| actor.0.clone())
    }),
    ("repository", |entry| {
        text(entry.record.source.as_ref(), |source| {
            source.repository.to_string()
        })
    }),
    ("commit", |entry| {
        text(entry.record.source.as_ref(), |source| source.commit.to_string())
    }),
    ("author", |entry| {
        let author = entry
            .record
            .source
            .as_ref()
            .and_then(|source| source.author.as_ref());
        text(author, |author| format!("{} <{}>", author.name, author.email))
    }),
    ("pull_request", |entry| {
        text(entry.record.pull_request.as_ref(), |request| {
            request.number.clone()
        })
    }),
    ("approved_by", |entry| {
        let by: Vec<&str> = entry
            .record
            .approvals
            .iter()
            .map(|approval| &*approval.by.0)
            .collect();
        by.join(" ")
    }),
    ("plan", |entry| {
        text(entry.record.plan.as_ref(), ToString::to_string)
    }),
    ("objects", |entry| {
        let objects = entry
            .record
            .changed()
            .map(|change| message::object_word(&change.object));
        objects.collect::<Vec<_>>().join(" ")
    }),
    ("drifted", |entry| {
        let fields = entry.record.drifted.iter().map(|field| field.path.as_str());
        fields.collect::<Vec<_>>().join(" ")
    }),
    ("message", |entry| {
        entry.record.message.clone().unwrap_or_default()
    }),
    ("shard", |entry| entry.place.shard.to_string()),
    ("sequence", |entry| entry.place.sequence.to_string()),
    ("record", |entry| entry.id.to_string()),
];

/// The names of the columns.
pub(super) fn head() -> String {
    let names: Vec<&str> = COLUMNS.iter().map(|(name, _)| *name).collect();
    names.join(",") + "\r\n"
}

/// One record.
pub(super) fn row(entry: &Entry) -> String {
    let cells: Vec<String> = COLUMNS.iter().map(|(_, value)| cell(&value(entry))).collect();
    cells.join(",") + "\r\n"
}

fn text<T>(value: Option<&T>, write: impl Fn(&T) -> String) -> String {
    value.map(write).unwrap_or_default()
}

fn cell(text: &str) -> String {
    let mut text = shown(text);
    if text.starts_with(['=', '+', '-', '@']) {
        text.insert(0, '\'');
    }
    if text.contains(['"', ',', ' ']) {
        text = format!("\"{}\"", text.replace('"', "\"\""));
    }
    text
}
