//! Records as a file, for other programs.
//!
//! **Invariant:** however many there are, only a few are in memory at once; a reader that goes away ends the reading.

use std::{convert::Infallible, sync::Arc};

use axum::{
    body::Body,
    extract::{Query, State},
    http::header::{CONTENT_DISPOSITION, CONTENT_TYPE},
    response::{IntoResponse, Response},
};
use futures::stream;
use plumb_history::{Format, HistoryError};
use serde::Deserialize;
use tokio::sync::mpsc;

use super::Asked;
use crate::{fault::Fault, site::Site};

/// How many parts may wait for the reader.
const AHEAD: usize = 2;

/// In which format.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(crate) struct How {
    format: String,
}

/// Why writing ended early.
enum Ended {
    /// Nobody reads any more.
    Away,
    /// The ledger cannot be read.
    Broken(HistoryError),
}

impl From<HistoryError> for Ended {
    fn from(error: HistoryError) -> Self {
        Self::Broken(error)
    }
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
    let (sender, receiver) = mpsc::channel::<String>(AHEAD);
    let books = site.line.books.clone();
    tokio::task::spawn_blocking(move || {
        let ledger = books.ledger();
        let mut ids = ledger.ids(&chosen.filter);
        ids.reverse();
        let written = ledger.export(&ids, &chosen.words, format, |text| {
            sender.blocking_send(text).map_err(|_| Ended::Away)
        });
        if let Err(Ended::Broken(error)) = written {
            tracing::warn!(%error, "an export ended early");
        }
    });
    let parts = stream::unfold(receiver, |mut receiver| async move {
        let part = receiver.recv().await?;
        Some((Ok::<_, Infallible>(part), receiver))
    });
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

fn ending(format: Format) -> &'static str {
    match format {
        Format::CdEvents => "cdevents.jsonl",
        other => other.word(),
    }
}
