//! Records as a file, for other programs.
//!
//! **Invariant:** however many there are, only a few are in memory at once; nothing is read, and nobody waits, for a reader
//! that is slow or has gone away.

use std::sync::Arc;

use axum::{
    body::Body,
    extract::{Query, State},
    http::header::{CONTENT_DISPOSITION, CONTENT_TYPE},
    response::{IntoResponse, Response},
};
use futures::stream;
use plumb_history::{Format, HistoryError, RecordId, Words};
use plumb_pipeline::Books;
use serde::Deserialize;

use super::Asked;
use crate::{fault::Fault, gate, recorded, site::Site};

/// How many records are in a part.
const PART: usize = 256;

/// In which format.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(crate) struct How {
    format: String,
}

/// What is yet to be sent.
struct Rest {
    books: Arc<Books>,
    ids: Vec<RecordId>,
    words: Words,
    format: Format,
    /// What comes before the first record.
    head: Option<String>,
}

/// The records that are asked for, oldest first.
pub(crate) async fn send(
    State(site): State<Arc<Site>>,
    Query(asked): Query<Asked>,
    Query(how): Query<How>,
) -> Result<Response, Fault> {
    let format = Format::parse(&how.format).ok_or_else(|| {
        Fault::bad(format!(
            "format cannot be {:?}: it is jsonl, csv or cdevents",
            how.format
        ))
    })?;
    let chosen = asked.chosen()?;
    let ids = {
        let (filter, sight) = (chosen.filter, gate::sight());
        recorded::ask(&site, move |ledger| {
            let mut ids = ledger.ids(&filter);
            if !sight.is_everything() {
                let is_seen = |id: &RecordId| {
                    ledger
                        .entry(*id)
                        .is_ok_and(|entry| sight.sees(&entry.record.unit))
                };
                ids.retain(is_seen);
            }
            Ok(ids)
        })
        .await?
    };
    let rest = Rest {
        books: site.line.books.clone(),
        ids,
        words: chosen.words,
        format,
        head: Some(format.head()),
    };
    let parts = stream::unfold(rest, Rest::next);
    let kind = match format {
        Format::Csv => "text/csv; charset=utf-8",
        Format::JsonLines | Format::CdEvents => "application/x-ndjson",
    };
    let name = format!("attachment; filename=\"plumb-audit.{}\"", ending(format));
    Ok((
        [(CONTENT_TYPE, kind.to_owned()), (CONTENT_DISPOSITION, name)],
        Body::from_stream(parts),
    )
        .into_response())
}

impl Rest {
    /// The next part, read when the reader is ready for it.
    async fn next(mut self) -> Option<(Result<String, HistoryError>, Self)> {
        if let Some(head) = self.head.take().filter(|head| !head.is_empty()) {
            return Some((Ok(head), self));
        }
        if self.ids.is_empty() {
            return None;
        }
        let read = tokio::task::spawn_blocking(move || {
            // They are newest first.
            let some = self.ids.split_off(self.ids.len().saturating_sub(PART));
            let oldest_first: Vec<RecordId> = some.into_iter().rev().collect();
            let part = self
                .books
                .ledger()
                .export_some(&oldest_first, &self.words, self.format);
            (part, self)
        });
        let (part, mut rest) = read.await.ok()?;
        if let Err(error) = &part {
            tracing::warn!(%error, "an export ended early");
            rest.ids.clear();
        }
        Some((part, rest))
    }
}

fn ending(format: Format) -> &'static str {
    match format {
        Format::CdEvents => "cdevents.jsonl",
        other => other.word(),
    }
}
