//! The last operation, as `status.operationState`.

use plumb_model::{ActionDone, Cause, ObjectResult, OperationReport, Unit};
use serde_json::{Map, Value, json};

use super::{identity, list, seconds, with_source};
use crate::requests::resources;

/// The reason given for an operation that a rollback began, before the number of its history entry.
pub(crate) const ROLLBACK_REASON: &str = "Rollback to ";
/// Says of an operation that it goes to its revision whatever is followed.
pub(crate) const PINNED: &str = "Pinned";
/// The reason given for an operation that deletes all.
pub(crate) const DELETION_REASON: &str = "Deletion";

pub(super) fn state(unit: &Unit, report: &OperationReport, cr: &Value) -> Value {
    let mut state = Map::new();
    state.insert("operation".to_owned(), asked(unit, report, cr));
    state.insert("phase".to_owned(), format!("{:?}", report.phase).into());
    if !report.message.is_empty() {
        state.insert("message".to_owned(), report.message.clone().into());
    }
    state.insert("startedAt".to_owned(), seconds(&report.started_at).into());
    if let Some(finished) = &report.finished_at {
        state.insert("finishedAt".to_owned(), seconds(finished).into());
    }
    if report.retries > 0 {
        state.insert("retryCount".to_owned(), report.retries.into());
    }
    if let Some(revision) = &report.revision {
        let mut result = Map::new();
        with_source(&mut result, cr, Some(revision.commit.as_str()));
        // Required by the schema, even of an Application with several sources.
        result
            .entry("revision")
            .or_insert_with(|| revision.commit.as_str().into());
        if !report.results.is_empty() {
            result.insert("resources".to_owned(), list(report.results.iter().map(object)));
        }
        state.insert("syncResult".to_owned(), Value::Object(result));
    }
    Value::Object(state)
}

fn asked(unit: &Unit, report: &OperationReport, cr: &Value) -> Value {
    let mut sync = Map::new();
    if let Some(revision) = &report.revision {
        sync.insert("revision".to_owned(), revision.commit.as_str().into());
    }
    if !report.only.is_empty() {
        sync.insert("resources".to_owned(), resources(&report.only));
    }
    if report.hookless {
        sync.insert("syncStrategy".to_owned(), json!({"apply": {}}));
    }
    if report.prune {
        sync.insert("prune".to_owned(), true.into());
    }
    if report.cause == Cause::Drift {
        sync.insert("autoHealAttemptsCount".to_owned(), (report.retries + 1).into());
    }
    if let Some(options @ Value::Array(_)) = cr["spec"]["syncPolicy"].get("syncOptions") {
        sync.insert("syncOptions".to_owned(), options.clone());
    }
    let mut operation = Map::new();
    operation.insert("sync".to_owned(), Value::Object(sync));
    let (by, reason) = match &report.cause {
        Cause::Push | Cause::Drift => (None, None),
        Cause::Deletion => (None, Some(DELETION_REASON.to_owned())),
        Cause::Manual { by } => (Some(by), None),
        Cause::Rollback { by, to } => (Some(by), Some(format!("{ROLLBACK_REASON}{to}"))),
    };
    let initiated = match by {
        None => json!({"automated": true}),
        Some(by) if by.is_empty() => json!({}),
        Some(by) => json!({"username": by}),
    };
    operation.insert("initiatedBy".to_owned(), initiated);
    let reason = reason.map(|reason| json!({"name": "Reason", "value": reason}));
    let pinned = report.pinned.then(|| json!({"name": PINNED, "value": "true"}));
    let info: Vec<Value> = reason.into_iter().chain(pinned).collect();
    if !info.is_empty() {
        operation.insert("info".to_owned(), Value::Array(info));
    }
    if let Some(limit) = unit.sync.retry.limit.filter(|limit| *limit > 0) {
        operation.insert("retry".to_owned(), json!({"limit": limit}));
    }
    Value::Object(operation)
}

fn object(result: &ObjectResult) -> Value {
    let (status, phase) = match result.action {
        ActionDone::Created | ActionDone::Configured | ActionDone::Unchanged => ("Synced", "Running"),
        ActionDone::Pruned => ("Pruned", "Succeeded"),
        ActionDone::PruneSkipped => ("PruneSkipped", "Succeeded"),
        ActionDone::Failed => ("SyncFailed", "Failed"),
    };
    let mut fields = identity(&result.id, &result.version);
    // These three are required by the schema, empty or not.
    for key in ["group", "namespace", "version"] {
        fields.entry(key).or_insert_with(|| "".into());
    }
    fields.insert("status".to_owned(), status.into());
    fields.insert("message".to_owned(), message(result).into());
    let phase = result.hook.map_or(phase.to_owned(), |phase| format!("{phase:?}"));
    fields.insert("hookPhase".to_owned(), phase.into());
    fields.insert("syncPhase".to_owned(), result.phase.to_string().into());
    if result.hook.is_some() {
        fields.insert("hookType".to_owned(), result.phase.to_string().into());
    }
    Value::Object(fields)
}

/// The message; it ends in what was done, so that a restart can tell.
fn message(result: &ObjectResult) -> String {
    if result.hook.is_some() {
        return result.message.clone();
    }
    let done = match result.action {
        ActionDone::Created => "created",
        ActionDone::Configured => "configured",
        ActionDone::Unchanged => "unchanged",
        ActionDone::Pruned => return or(&result.message, "pruned"),
        ActionDone::PruneSkipped => return or(&result.message, "ignored (no prune)"),
        ActionDone::Failed => return result.message.clone(),
    };
    if result.message.ends_with(done) {
        return result.message.clone();
    }
    if !result.message.is_empty() {
        return format!("{}: {done}", result.message);
    }
    let mut kind = result.id.kind.kind.to_lowercase();
    if !result.id.kind.group.is_empty() {
        kind = format!("{kind}.{}", result.id.kind.group);
    }
    format!("{kind}/{} {done}", result.id.name)
}

fn or(message: &str, otherwise: &str) -> String {
    if message.is_empty() { otherwise } else { message }.to_owned()
}
