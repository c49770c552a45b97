//! The status that was written, read back after a restart.

use jiff::Timestamp;
use plumb_model::spec::duration;
use plumb_model::{
    Condition, ConditionKind, Health, HealthStatus, HistoryEntry, ResourceReport, Revision, SyncStatus,
    UnitReport,
};
use serde_json::Value;

use crate::{
    names::HOLD,
    revision,
    status::{
        conditions::{APPROVAL, DRIFTED, WARNING},
        history::{BY, ID},
        inventory,
    },
};

/// Reads the status of a Kustomization, whether Plumb or Flux wrote it. What the status does not hold is left as for a unit
/// nobody has looked at: how each object is, what drifted, the last operation, the images.
#[must_use]
pub fn restore(kustomization: &Value) -> UnitReport {
    let status = &kustomization["status"];
    let ready = condition(status, "Ready");
    let message = text(&ready["message"]);
    let conditions = conditions(ready, &message);
    let failed = ready["status"] == "False";
    UnitReport {
        revision: revision(&status["lastAttemptedRevision"]),
        applied: revision(&status["lastAppliedRevision"]),
        attempted: revision(&status["lastAttemptedRevision"]),
        sync: match ready["status"].as_str() {
            Some("True") if message.contains(DRIFTED) => SyncStatus::OutOfSync,
            Some("True") => SyncStatus::Synced,
            _ => SyncStatus::Unknown,
        },
        health: health(status),
        resources: items(&status["inventory"]["entries"])
            .filter_map(inventory::read)
            .map(|(id, version)| ResourceReport {
                id,
                version,
                sync: SyncStatus::Unknown,
                health: None,
                requires_pruning: false,
                drift: Vec::new(),
            })
            .collect(),
        history: history(status),
        conditions,
        reconciled_at: text(&ready["lastTransitionTime"]),
        held: kustomization["metadata"]["annotations"][HOLD].is_string(),
        handled_request: status["lastHandledReconcileAt"].as_str().map(str::to_owned),
        failures: u32::from(failed),
        ..UnitReport::unknown()
    }
}

/// The commit that a GitRepository was last found at.
#[must_use]
pub fn source_revision(git_repository: &Value) -> Option<Revision> {
    revision(&git_repository["status"]["artifact"]["revision"])
}

fn conditions(ready: &Value, message: &str) -> Vec<Condition> {
    let since = text(&ready["lastTransitionTime"]);
    let of = |kind, message: &str| Condition {
        kind,
        message: message.to_owned(),
        since: since.clone(),
    };
    if ready["status"] == "True" {
        let warnings = message.split(WARNING).skip(1);
        return warnings
            .map(|warning| of(ConditionKind::RepeatedResource, warning))
            .collect();
    }
    if ready["status"] != "False" {
        return Vec::new();
    }
    let kind = match ready["reason"].as_str().unwrap_or_default() {
        "InvalidSpec" => ConditionKind::InvalidSpec,
        "ArtifactFailed" => ConditionKind::SourceFailed,
        "BuildFailed" => ConditionKind::RenderFailed,
        "HealthCheckFailed" | "HealthCheckCanceled" => ConditionKind::HealthFailed,
        "DependencyNotReady" => ConditionKind::DependencyNotReady,
        "PruneFailed" => ConditionKind::DeletionFailed,
        APPROVAL => ConditionKind::ApprovalNeeded,
        _ => ConditionKind::ApplyFailed,
    };
    vec![of(kind, message)]
}

fn health(status: &Value) -> Health {
    let healthy = condition(status, "Healthy");
    match healthy["status"].as_str() {
        Some("True") => Health::healthy(),
        Some("False") => Health::new(HealthStatus::Degraded, text(&healthy["message"])),
        Some(_) => Health::new(HealthStatus::Progressing, text(&healthy["message"])),
        None => Health::new(HealthStatus::Unknown, ""),
    }
}

/// The revisions that were applied, oldest first. Records of Flux's own are numbered by their age.
fn history(status: &Value) -> Vec<HistoryEntry> {
    let mut entries: Vec<&Value> = items(&status["history"])
        .filter(|entry| entry["lastReconciledStatus"] == "ReconciliationSucceeded")
        .collect();
    entries.reverse();
    let mut next = 0;
    let mut history = Vec::new();
    for entry in entries {
        let metadata = &entry["metadata"];
        let Some(revision) = revision(&metadata["revision"]) else {
            continue;
        };
        let id = metadata[ID]
            .as_str()
            .and_then(|id| id.parse().ok())
            .unwrap_or(next);
        next = id + 1;
        let deployed_at = text(&entry["firstReconciled"]);
        history.push(HistoryEntry {
            id,
            revision,
            started_at: started(&deployed_at, &entry["lastReconciledDuration"])
                .unwrap_or(deployed_at.clone()),
            deployed_at,
            initiated_by: text(&metadata[BY]),
        });
    }
    history
}

fn started(deployed_at: &str, took: &Value) -> Option<String> {
    let took = duration::parse(took.as_str()?)?;
    let at: Timestamp = deployed_at.parse().ok()?;
    Some(at.checked_sub(took).ok()?.to_string())
}

fn revision(value: &Value) -> Option<Revision> {
    revision::read(value.as_str()?)
}

fn condition<'a>(status: &'a Value, kind: &str) -> &'a Value {
    items(&status["conditions"])
        .find(|condition| condition["type"] == *kind)
        .unwrap_or(&Value::Null)
}

fn items(value: &Value) -> impl Iterator<Item = &Value> {
    value.as_array().into_iter().flatten()
}

fn text(value: &Value) -> String {
    value.as_str().unwrap_or_default().to_owned()
}
