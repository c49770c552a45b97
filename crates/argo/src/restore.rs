//! The status that was written, read back after a restart.

use plumb_model::spec::{Field, Problems};
use plumb_model::{
    ActionDone, Cause, CommitId, Condition, ConditionKind, GroupKind, Health, HealthStatus, HistoryEntry,
    ObjectId, ObjectResult, OperationReport, Phase, ResourceReport, Revision, SyncPhase, SyncStatus,
    UnitReport,
};
use serde::Deserialize as _;
use serde_json::Value;

use crate::{
    names::HOLD,
    status::operation::{DELETION_REASON, PINNED, ROLLBACK_REASON},
    unit::{selected, source},
};

/// Reads the status of an Application, whether Plumb or Argo CD wrote it. What the status does not hold is left as for a unit
/// nobody has looked at: which fields drifted, and which request was done (that one is taken off instead).
#[must_use]
pub fn restore(object: &Value) -> UnitReport {
    let status = &object["status"];
    let revision = |value: &Value| revision(object, value);
    let operation = operation(object);
    let history: Vec<HistoryEntry> = items(&status["history"])
        .filter_map(|entry| history(entry, &revision))
        .collect();
    UnitReport {
        revision: revision(&status["sync"]),
        applied: history.last().map(|entry| entry.revision.clone()),
        attempted: operation
            .as_ref()
            .and_then(|operation| operation.revision.clone()),
        sync: sync(&status["sync"]["status"]),
        health: health(&status["health"]).unwrap_or(Health::new(HealthStatus::Unknown, "")),
        resources: items(&status["resources"]).filter_map(resource).collect(),
        failures: match &operation {
            Some(operation) if matches!(operation.phase, Phase::Failed | Phase::Error) => {
                operation.retries + 1
            }
            _ => 0,
        },
        operation,
        history,
        conditions: items(&status["conditions"]).filter_map(condition).collect(),
        images: items(&status["summary"]["images"]).map(text).collect(),
        reconciled_at: text(&status["reconciledAt"]),
        held: object["metadata"]["annotations"][HOLD].is_string(),
        handled_request: None,
    }
}

/// The commit under `revision` or `revisions`, named by what the Application follows, where that is a name.
fn revision(cr: &Value, value: &Value) -> Option<Revision> {
    let one = value["revision"]
        .as_str()
        .or_else(|| value["revisions"][0].as_str());
    let commit = CommitId::parse(one?).ok()?;
    let followed = source::chosen(&Field::root(&cr["spec"])).value["targetRevision"].as_str();
    let name = followed
        .filter(|name| !name.is_empty() && *name != "HEAD" && !commit.as_str().starts_with(*name))
        .map(str::to_owned);
    Some(Revision { commit, name })
}

fn operation(cr: &Value) -> Option<OperationReport> {
    let state = &cr["status"]["operationState"];
    let phase = match state["phase"].as_str()? {
        "Succeeded" => Phase::Succeeded,
        "Failed" => Phase::Failed,
        "Error" => Phase::Error,
        _ => Phase::Running,
    };
    Some(OperationReport {
        phase,
        message: text(&state["message"]),
        revision: revision(cr, &state["syncResult"]).or_else(|| revision(cr, &state["operation"]["sync"])),
        started_at: text(&state["startedAt"]),
        finished_at: state["finishedAt"].as_str().map(str::to_owned),
        results: items(&state["syncResult"]["resources"])
            .filter_map(result)
            .collect(),
        cause: cause(&state["operation"]),
        retries: state["retryCount"]
            .as_u64()
            .and_then(|count| u32::try_from(count).ok())
            .unwrap_or(0),
        prune: state["operation"]["sync"]["prune"] == true,
        hookless: state["operation"]["sync"]["syncStrategy"]["apply"].is_object(),
        pinned: items(&state["operation"]["info"]).any(|info| info["name"] == PINNED),
        only: selected(
            &mut Problems::default(),
            &Field {
                value: &state["operation"]["sync"]["resources"],
                path: String::new(),
            },
        ),
    })
}

fn cause(operation: &Value) -> Cause {
    let by = text(&operation["initiatedBy"]["username"]);
    let reason = items(&operation["info"])
        .find(|info| info["name"] == "Reason")
        .and_then(|info| info["value"].as_str())
        .unwrap_or_default();
    if let Some(to) = reason
        .strip_prefix(ROLLBACK_REASON)
        .and_then(|id| id.parse().ok())
    {
        Cause::Rollback { by, to }
    } else if reason == DELETION_REASON {
        Cause::Deletion
    } else if operation["initiatedBy"]["automated"] != true {
        Cause::Manual { by }
    } else if operation["sync"]["autoHealAttemptsCount"]
        .as_u64()
        .is_some_and(|count| count > 0)
    {
        Cause::Drift
    } else {
        Cause::Push
    }
}

fn result(value: &Value) -> Option<ObjectResult> {
    let message = text(&value["message"]);
    let action = match value["status"].as_str().unwrap_or_default() {
        "Pruned" => ActionDone::Pruned,
        "PruneSkipped" => ActionDone::PruneSkipped,
        "Synced" if message.ends_with("created") => ActionDone::Created,
        "Synced" if message.ends_with("unchanged") => ActionDone::Unchanged,
        "Synced" => ActionDone::Configured,
        _ => ActionDone::Failed,
    };
    Some(ObjectResult {
        id: identity(value)?,
        version: text(&value["version"]),
        action,
        message,
        phase: value["syncPhase"]
            .as_str()
            .and_then(SyncPhase::named)
            .unwrap_or_default(),
        hook: value["hookType"]
            .as_str()
            .map(|_| hook_phase(&value["hookPhase"])),
    })
}

fn hook_phase(value: &Value) -> Phase {
    match value.as_str().unwrap_or_default() {
        "Succeeded" => Phase::Succeeded,
        "Failed" => Phase::Failed,
        "Error" => Phase::Error,
        _ => Phase::Running,
    }
}

fn history(value: &Value, revision: &impl Fn(&Value) -> Option<Revision>) -> Option<HistoryEntry> {
    Some(HistoryEntry {
        id: value["id"].as_u64()?,
        revision: revision(value)?,
        started_at: text(&value["deployStartedAt"]),
        deployed_at: text(&value["deployedAt"]),
        initiated_by: text(&value["initiatedBy"]["username"]),
    })
}

fn resource(value: &Value) -> Option<ResourceReport> {
    Some(ResourceReport {
        id: identity(value)?,
        version: text(&value["version"]),
        sync: sync(&value["status"]),
        health: health(&value["health"]),
        requires_pruning: value["requiresPruning"] == true,
        drift: Vec::new(),
    })
}

fn identity(value: &Value) -> Option<ObjectId> {
    Some(ObjectId {
        kind: GroupKind {
            group: text(&value["group"]),
            kind: value["kind"].as_str()?.to_owned(),
        },
        namespace: Some(text(&value["namespace"])).filter(|namespace| !namespace.is_empty()),
        name: value["name"].as_str()?.to_owned(),
    })
}

fn condition(value: &Value) -> Option<Condition> {
    let kind = match value["type"].as_str()? {
        "InvalidSpecError" => ConditionKind::InvalidSpec,
        "ComparisonError" => ConditionKind::CompareFailed,
        "SyncError" => ConditionKind::ApplyFailed,
        "DeletionError" => ConditionKind::DeletionFailed,
        "ApprovalRequired" => ConditionKind::ApprovalNeeded,
        "RepeatedResourceWarning" => ConditionKind::RepeatedResource,
        _ => return None,
    };
    Some(Condition {
        kind,
        message: text(&value["message"]),
        since: text(&value["lastTransitionTime"]),
    })
}

fn sync(value: &Value) -> SyncStatus {
    SyncStatus::deserialize(value).unwrap_or(SyncStatus::Unknown)
}

fn health(value: &Value) -> Option<Health> {
    Some(Health {
        status: HealthStatus::deserialize(&value["status"]).ok()?,
        message: text(&value["message"]),
    })
}

fn items(value: &Value) -> impl Iterator<Item = &Value> {
    value.as_array().into_iter().flatten()
}

fn text(value: &Value) -> String {
    value.as_str().unwrap_or_default().to_owned()
}
