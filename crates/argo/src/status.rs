//! What came of a unit, as the status that Argo CD's own clients read.
//!
//! **Invariant:** a time moves only when the thing it dates has changed, so that writing the same report twice writes nothing.

pub(crate) mod operation;

use plumb_model::merge_patch;
use plumb_model::spec::{Field, SpecError};
use plumb_model::{
    Condition, ConditionKind, HistoryEntry, RenderMode, RequestAction, ResourceReport, Unit, UnitReport,
};
use serde_json::{Map, Value, json};

use crate::{requests::taken, unit::source};

pub use plumb_model::merge_patch::changes;

/// The parts of the status that are written here; others are left as they are.
const OWNED: &[&str] = &["conditions", "health", "history", "resources", "summary", "sync"];

/// The merge patch that brings `previous`, the whole custom resource, up to `report`; `None` when there is nothing to write.
/// A request that the report says was done is taken off in the same patch. Of a unit nobody has looked at, nothing is written.
#[must_use]
pub fn status(unit: &Unit, report: &UnitReport, previous: &Value) -> Option<Value> {
    let before = &previous["status"];
    let at = looked_at(report)?;
    let mut after = Map::new();
    after.insert("sync".to_owned(), sync(unit, report, previous));
    after.insert("health".to_owned(), health(report, before, &at));
    after.insert(
        "resources".to_owned(),
        list(report.resources.iter().map(resource)),
    );
    after.insert("summary".to_owned(), summary(report));
    let history = history(unit, report, previous);
    if !history.is_empty() {
        after.insert("history".to_owned(), Value::Array(history));
    }
    let conditions: Vec<Value> = report
        .conditions
        .iter()
        .map(|each| condition(each, before))
        .collect();
    if !conditions.is_empty() {
        after.insert("conditions".to_owned(), Value::Array(conditions));
    }
    if let Some(report) = &report.operation {
        after.insert(
            "operationState".to_owned(),
            operation::state(unit, report, previous),
        );
    }
    if let Some(kind) = source_type(unit, previous) {
        after.insert("sourceType".to_owned(), kind.into());
    }
    if unit
        .marks
        .tracking
        .as_ref()
        .is_some_and(|tracking| tracking.owner == unit.id.name)
    {
        after.insert("controllerNamespace".to_owned(), unit.id.namespace.clone().into());
    }
    let mut body = Map::new();
    if let Some(mut patch) = merge_patch::between(before, &after, OWNED) {
        patch.insert("reconciledAt".to_owned(), at.into());
        body.insert("status".to_owned(), Value::Object(patch));
    }
    if let Some(request) = &unit.request
        && report.handled_request.as_ref() == Some(&request.token)
        && let Value::Object(off) = taken(&request.action)
    {
        body.extend(off.into_iter().filter(|_| still_asked(&request.action, previous)));
    }
    (!body.is_empty()).then_some(Value::Object(body))
}

/// The merge patch that tells why a custom resource is no unit; `None` when it is told already. Such a request as it carries
/// stays on it until it can be done.
#[must_use]
pub fn invalid_status(previous: &Value, error: &SpecError, now: &str) -> Option<Value> {
    let before = &previous["status"];
    let wrong = Condition {
        kind: ConditionKind::InvalidSpec,
        message: error.to_string(),
        since: now.to_owned(),
    };
    let at = seconds(now);
    let mut after = Map::new();
    after.insert("conditions".to_owned(), json!([condition(&wrong, before)]));
    after.insert("sync".to_owned(), json!({"status": "Unknown"}));
    let known = before["health"]["status"] == "Unknown";
    let health = if known {
        before["health"].clone()
    } else {
        json!({"status": "Unknown", "lastTransitionTime": at})
    };
    after.insert("health".to_owned(), health);
    let mut patch = merge_patch::between(before, &after, &["conditions", "health", "sync"])?;
    patch.insert("reconciledAt".to_owned(), at.into());
    Some(json!({"status": patch}))
}

/// Argo CD writes times in whole seconds.
pub(crate) fn seconds(time: &str) -> String {
    match (time.split_once('.'), time.ends_with('Z')) {
        (Some((whole, _)), true) => format!("{whole}Z"),
        _ => time.to_owned(),
    }
}

/// The source as written, under the name that Argo CD gives it: an Application with `sources` has lists all through.
pub(crate) fn with_source(fields: &mut Map<String, Value>, cr: &Value, revision: Option<&str>) {
    let spec = &cr["spec"];
    let chosen = source::chosen(&Field::root(spec)).value.clone();
    let several = spec["sources"]
        .as_array()
        .is_some_and(|sources| !sources.is_empty());
    let mut put = |one: &str, many: &str, value: Value| {
        if several {
            fields.insert(many.to_owned(), json!([value]));
        } else {
            fields.insert(one.to_owned(), value);
        }
    };
    put("source", "sources", chosen);
    if let Some(revision) = revision {
        put("revision", "revisions", revision.into());
    }
}

fn sync(unit: &Unit, report: &UnitReport, cr: &Value) -> Value {
    // Under a rollback, what is compared with is the commit in force.
    let held = unit
        .hold
        .as_ref()
        .filter(|_| report.held)
        .map(|hold| &hold.revision);
    let revision = held.or(report.revision.as_ref().map(|revision| &revision.commit));
    let mut compared = Map::new();
    with_source(&mut compared, cr, None);
    compared.insert("destination".to_owned(), cr["spec"]["destination"].clone());
    if let Some(ignored @ Value::Array(_)) = cr["spec"].get("ignoreDifferences") {
        compared.insert("ignoreDifferences".to_owned(), ignored.clone());
    }
    let mut sync = Map::new();
    with_source(&mut sync, cr, revision.map(|commit| commit.as_str()));
    sync.remove("source");
    sync.remove("sources");
    sync.insert("comparedTo".to_owned(), Value::Object(compared));
    sync.insert("status".to_owned(), format!("{:?}", report.sync).into());
    Value::Object(sync)
}

fn health(report: &UnitReport, before: &Value, at: &str) -> Value {
    let status = report.health.status.to_string();
    let mut health = Map::new();
    let since = match before["health"]["lastTransitionTime"].as_str() {
        Some(since) if before["health"]["status"] == *status => since,
        _ => at,
    };
    health.insert("lastTransitionTime".to_owned(), since.into());
    if !report.health.message.is_empty() {
        health.insert("message".to_owned(), report.health.message.clone().into());
    }
    health.insert("status".to_owned(), status.into());
    Value::Object(health)
}

fn resource(report: &ResourceReport) -> Value {
    let mut fields = identity(&report.id, &report.version);
    fields.insert("status".to_owned(), format!("{:?}", report.sync).into());
    if let Some(health) = &report.health {
        fields.insert("health".to_owned(), json!(health));
    }
    if report.requires_pruning {
        fields.insert("requiresPruning".to_owned(), true.into());
    }
    Value::Object(fields)
}

/// Which object it is; what is empty is left out, except where Argo CD writes it.
fn identity(id: &plumb_model::ObjectId, version: &str) -> Map<String, Value> {
    let mut fields = Map::new();
    let mut put = |key: &str, value: &str| {
        if !value.is_empty() {
            fields.insert(key.to_owned(), value.into());
        }
    };
    put("group", &id.kind.group);
    put("version", version);
    put("kind", &id.kind.kind);
    put("namespace", id.namespace.as_deref().unwrap_or_default());
    put("name", &id.name);
    fields
}

fn summary(report: &UnitReport) -> Value {
    if report.images.is_empty() {
        json!({})
    } else {
        json!({"images": report.images})
    }
}

fn history(unit: &Unit, report: &UnitReport, cr: &Value) -> Vec<Value> {
    let surplus = report.history.len().saturating_sub(unit.sync.history_limit);
    let written = cr["status"]["history"].as_array().map_or(&[][..], Vec::as_slice);
    report.history[surplus..]
        .iter()
        .map(|entry| record(entry, cr, written))
        .collect()
}

/// One applied revision. What was written of it stays as it is, with the source of its day.
fn record(entry: &HistoryEntry, cr: &Value, written: &[Value]) -> Value {
    let revision = entry.revision.commit.as_str();
    let same = |old: &&Value| {
        old["id"] == entry.id && (old["revision"] == *revision || old["revisions"][0] == *revision)
    };
    if let Some(old) = written.iter().find(same) {
        return old.clone();
    }
    let by = if entry.initiated_by.is_empty() {
        json!({"automated": true})
    } else {
        json!({"username": entry.initiated_by})
    };
    let mut fields = Map::new();
    with_source(&mut fields, cr, Some(revision));
    fields.insert("id".to_owned(), entry.id.into());
    fields.insert("deployedAt".to_owned(), seconds(&entry.deployed_at).into());
    fields.insert("initiatedBy".to_owned(), by);
    if !entry.started_at.is_empty() {
        fields.insert("deployStartedAt".to_owned(), seconds(&entry.started_at).into());
    }
    Value::Object(fields)
}

fn condition(condition: &Condition, before: &Value) -> Value {
    let kind = condition_type(condition.kind);
    let since = before["conditions"]
        .as_array()
        .into_iter()
        .flatten()
        .find(|old| old["type"] == *kind && old["message"] == *condition.message)
        .and_then(|old| old["lastTransitionTime"].as_str().map(str::to_owned))
        .unwrap_or_else(|| seconds(&condition.since));
    let mut fields = Map::new();
    if !since.is_empty() {
        fields.insert("lastTransitionTime".to_owned(), since.into());
    }
    fields.insert("message".to_owned(), condition.message.clone().into());
    fields.insert("type".to_owned(), kind.into());
    Value::Object(fields)
}

fn condition_type(kind: ConditionKind) -> &'static str {
    match kind {
        ConditionKind::InvalidSpec => "InvalidSpecError",
        ConditionKind::SourceFailed | ConditionKind::RenderFailed | ConditionKind::CompareFailed => {
            "ComparisonError"
        }
        ConditionKind::ApplyFailed
        | ConditionKind::EmptyRefused
        | ConditionKind::HealthFailed
        | ConditionKind::DependencyNotReady => "SyncError",
        ConditionKind::ApprovalNeeded => "ApprovalRequired",
        ConditionKind::RepeatedResource => "RepeatedResourceWarning",
        ConditionKind::DeletionFailed => "DeletionError",
    }
}

/// What the folder is, as far as the spec alone tells.
fn source_type(unit: &Unit, cr: &Value) -> Option<&'static str> {
    let source = source::chosen(&Field::root(&cr["spec"]));
    if source.get("kustomize").is_set() {
        return Some("Kustomize");
    }
    matches!(unit.render.mode, RenderMode::Directory { .. }).then_some("Directory")
}

/// When the unit was looked at, never before its operation began or ended: clients wait for a look after the end before they
/// believe what they see.
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

fn still_asked(action: &RequestAction, cr: &Value) -> bool {
    match action {
        RequestAction::Refresh => cr["metadata"]["annotations"][crate::REFRESH].is_string(),
        RequestAction::Sync { .. } => !cr["operation"].is_null(),
        RequestAction::Terminate => false,
    }
}

fn list(items: impl Iterator<Item = Value>) -> Value {
    Value::Array(items.collect())
}
