//! What came of a unit and of its source, as the status that Flux's own clients read.
//!
//! **Invariant:** a time moves only when the thing it dates has changed, so that writing the same report twice writes nothing.

pub(crate) mod conditions;
pub(crate) mod history;
pub(crate) mod inventory;
mod source;

use plumb_model::merge_patch;
use plumb_model::{Unit, UnitReport};
use serde_json::{Map, Value, json};

use crate::{revision, unit::UnitError};

pub use plumb_model::merge_patch::changes;
pub use source::{SourceReport, source_status};

/// The parts of a Kustomization's status that are written here; others are left as they are.
const OWNED: &[&str] = &[
    "conditions",
    "history",
    "inventory",
    "lastAppliedRevision",
    "lastAttemptedRevision",
    "observedGeneration",
];

/// The merge patch (of the status subresource) that brings `previous`, the whole Kustomization, up to `report`; `None` when
/// there is nothing to write. Of a suspended one, only a request is answered; of one nobody has looked at, nothing is written.
#[must_use]
pub fn status(unit: &Unit, report: &UnitReport, previous: &Value) -> Option<Value> {
    let before = &previous["status"];
    let mut after = Map::new();
    if let Some(token) = &report.handled_request {
        after.insert("lastHandledReconcileAt".to_owned(), token.clone().into());
    }
    if unit.suspended {
        return body(merge_patch::between(before, &after, &[]));
    }
    let at = looked_at(report)?;
    let state = conditions::State::of(unit, report);
    let conditions = conditions::dated(&state.conditions(), unit.generation, before, &at);
    after.insert("conditions".to_owned(), conditions);
    let observed = if state.settles() {
        unit.generation.into()
    } else {
        before.get("observedGeneration").cloned().unwrap_or(json!(-1))
    };
    after.insert("observedGeneration".to_owned(), observed);
    let mut put = |key: &str, revision: Option<&plumb_model::Revision>| {
        if let Some(revision) = revision {
            after.insert(key.to_owned(), revision::write(revision).into());
        }
    };
    put("lastAppliedRevision", report.applied.as_ref());
    put("lastAttemptedRevision", report.attempted.as_ref());
    let entries: Vec<Value> = report
        .inventory()
        .map(|(id, version)| inventory::entry(id, version))
        .collect();
    if !entries.is_empty() || before.get("inventory").is_some() {
        after.insert("inventory".to_owned(), json!({"entries": entries}));
    }
    let history = history::write(unit, report, before);
    if !history.is_empty() {
        after.insert("history".to_owned(), Value::Array(history));
    }
    body(merge_patch::between(before, &after, OWNED))
}

/// Whether a unit is ready as Flux's clients read it, so that what depends on it may begin.
#[must_use]
pub fn is_ready(unit: &Unit, report: &UnitReport) -> bool {
    matches!(
        conditions::State::of(unit, report),
        conditions::State::Ready { .. }
    )
}

/// The merge patch that tells why a Kustomization is no unit; `None` when it is told already. What was applied stays told.
#[must_use]
pub fn refused_status(previous: &Value, error: &UnitError, now: &str) -> Option<Value> {
    let before = &previous["status"];
    let generation = previous["metadata"]["generation"].as_i64().unwrap_or_default();
    let state = conditions::State::refused(error);
    let mut after = Map::new();
    after.insert(
        "conditions".to_owned(),
        conditions::dated(&state.conditions(), generation, before, now),
    );
    if state.settles() {
        after.insert("observedGeneration".to_owned(), generation.into());
    }
    body(merge_patch::between(before, &after, &["conditions"]))
}

/// The newest time that a report knows of.
fn looked_at(report: &UnitReport) -> Option<String> {
    let operation = report.operation.as_ref();
    [
        Some(report.reconciled_at.as_str()),
        operation.map(|operation| operation.started_at.as_str()),
        operation.and_then(|operation| operation.finished_at.as_deref()),
    ]
    .into_iter()
    .flatten()
    .filter(|time| !time.is_empty())
    .map(seconds)
    .max()
}

/// Times are written in whole seconds.
fn seconds(time: &str) -> String {
    match (time.split_once('.'), time.ends_with('Z')) {
        (Some((whole, _)), true) => format!("{whole}Z"),
        _ => time.to_owned(),
    }
}

fn body(patch: Option<Map<String, Value>>) -> Option<Value> {
    patch.map(|patch| json!({"status": patch}))
}
