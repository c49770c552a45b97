//! What was applied when, newest first. An entry's metadata hold what Flux has no field for.

use jiff::Timestamp;
use plumb_model::spec::duration;
use plumb_model::{Digest, HistoryEntry, Unit, UnitReport};
use serde_json::{Map, Value, json};

use super::seconds;
use crate::revision;

/// The number of a record, in an entry's metadata.
pub(crate) const ID: &str = "plumb.dev/id";
/// Who began it, in an entry's metadata.
pub(crate) const BY: &str = "plumb.dev/initiated-by";

pub(super) fn write(unit: &Unit, report: &UnitReport, before: &Value) -> Vec<Value> {
    let written = before["history"].as_array().map_or(&[][..], Vec::as_slice);
    report
        .history
        .iter()
        .rev()
        .take(unit.sync.history_limit)
        .map(|entry| record(entry, written))
        .collect()
}

/// One record. What Flux wrote of it stays as it is, but for our number.
fn record(entry: &HistoryEntry, written: &[Value]) -> Value {
    let named = revision::write(&entry.revision);
    let id = entry.id.to_string();
    let at = seconds(&entry.deployed_at);
    let same = |old: &&Value| {
        let metadata = &old["metadata"];
        metadata["revision"] == *named
            && match metadata[ID].as_str() {
                Some(old_id) => old_id == id,
                None => old["firstReconciled"] == *at,
            }
    };
    if let Some(old) = written.iter().find(same) {
        let mut kept = old.clone();
        kept["metadata"][ID] = id.into();
        return kept;
    }
    let mut metadata = Map::new();
    metadata.insert("revision".to_owned(), named.clone().into());
    metadata.insert(ID.to_owned(), id.into());
    if !entry.initiated_by.is_empty() {
        metadata.insert(BY.to_owned(), entry.initiated_by.clone().into());
    }
    json!({
        // Of the revision: what it rendered to is in the ledger.
        "digest": format!("sha256:{}", Digest::of(named.as_bytes())),
        "firstReconciled": at,
        "lastReconciled": at,
        "lastReconciledDuration": took(&seconds(&entry.started_at), &at),
        "lastReconciledStatus": "ReconciliationSucceeded",
        "totalReconciliations": 1,
        "metadata": metadata,
    })
}

fn took(from: &str, to: &str) -> String {
    let span = match (from.parse::<Timestamp>(), to.parse::<Timestamp>()) {
        (Ok(from), Ok(to)) => to.duration_since(from).try_into().unwrap_or_default(),
        _ => std::time::Duration::ZERO,
    };
    duration::write(span)
}
