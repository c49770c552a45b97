//! What Applications say, and what is said back.

mod asking;
mod health;
mod ignoring;
mod reading;
mod schema;
mod writing;

use plumb_model::{
    ActionDone, Cause, CommitId, Condition, ConditionKind, GroupKind, Health, HealthStatus, HistoryEntry,
    ObjectId, ObjectResult, OperationReport, Phase, ResourceReport, Revision, SyncPhase, SyncStatus,
    UnitReport,
};
use serde_json::{Value, json};

/// The Application of a common guide to GitOps.
fn my_app() -> Value {
    json!({
        "apiVersion": "argoproj.io/v1alpha1",
        "kind": "Application",
        "metadata": {"name": "my-app", "namespace": "argocd", "uid": "u-1", "generation": 3},
        "spec": {
            "project": "default",
            "source": {
                "repoURL": "https://github.com/org/repo",
                "targetRevision": "HEAD",
                "path": "apps/my-app/overlays/production",
            },
            "destination": {"server": "https://kubernetes.default.svc", "namespace": "production"},
            "syncPolicy": {
                "automated": {"prune": true, "selfHeal": true, "allowEmpty": false},
                "syncOptions": ["CreateNamespace=true"],
            },
        },
    })
}

/// `my_app` with the value at `pointer` replaced; folders on the way are made.
fn with(pointer: &str, value: Value) -> Value {
    let mut object = my_app();
    set(&mut object, pointer, value);
    object
}

fn set(object: &mut Value, pointer: &str, value: Value) {
    let mut place = object;
    for key in pointer.split('/').skip(1) {
        place = &mut place[key.replace("~1", "/").as_str()];
    }
    *place = value;
}

fn unit_of(object: &Value) -> plumb_model::Unit {
    crate::unit(object, &crate::Defaults::default()).expect("the Application is sound")
}

fn commit(digit: char) -> CommitId {
    CommitId::parse(&digit.to_string().repeat(40)).expect("forty digits are a commit")
}

fn revision(digit: char) -> Revision {
    Revision {
        commit: commit(digit),
        name: None,
    }
}

fn object(group: &str, kind: &str, name: &str) -> ObjectId {
    ObjectId {
        kind: GroupKind {
            group: group.to_owned(),
            kind: kind.to_owned(),
        },
        namespace: Some("production".to_owned()),
        name: name.to_owned(),
    }
}

/// A report in which every part says something, as a restart reads it back.
fn report() -> UnitReport {
    let result = |group: &str, kind: &str, action, message: &str| ObjectResult {
        id: object(group, kind, "my-app"),
        version: "v1".to_owned(),
        action,
        message: message.to_owned(),
        phase: SyncPhase::Sync,
        hook: None,
    };
    UnitReport {
        revision: Some(revision('b')),
        applied: Some(revision('b')),
        attempted: Some(revision('b')),
        sync: SyncStatus::OutOfSync,
        health: Health::new(HealthStatus::Degraded, "deadline"),
        resources: vec![
            ResourceReport {
                id: object("apps", "Deployment", "my-app"),
                version: "v1".to_owned(),
                sync: SyncStatus::Synced,
                health: Some(Health::new(HealthStatus::Degraded, "deadline")),
                requires_pruning: false,
                drift: Vec::new(),
            },
            ResourceReport {
                id: object("", "ConfigMap", "old"),
                version: "v1".to_owned(),
                sync: SyncStatus::OutOfSync,
                health: None,
                requires_pruning: true,
                drift: Vec::new(),
            },
        ],
        operation: Some(OperationReport {
            phase: Phase::Succeeded,
            message: "successfully synced (all tasks run)".to_owned(),
            revision: Some(revision('b')),
            started_at: "2026-08-01T10:00:00Z".to_owned(),
            finished_at: Some("2026-08-01T10:00:04Z".to_owned()),
            results: vec![
                result(
                    "apps",
                    "Deployment",
                    ActionDone::Configured,
                    "deployment.apps/my-app configured",
                ),
                result("", "Service", ActionDone::Unchanged, "service/my-app unchanged"),
                result("", "ConfigMap", ActionDone::PruneSkipped, "ignored (no prune)"),
                result("batch", "Job", ActionDone::Failed, "field is immutable"),
                ObjectResult {
                    phase: SyncPhase::PostSync,
                    hook: Some(Phase::Succeeded),
                    ..result("batch", "Job", ActionDone::Configured, "all well")
                },
            ],
            cause: Cause::Rollback {
                by: "ada".to_owned(),
                to: 2,
            },
            retries: 1,
            prune: true,
            pinned: false,
            only: Vec::new(),
            hookless: false,
        }),
        history: vec![entry(0, 'a', ""), entry(1, 'b', "ada")],
        conditions: vec![Condition {
            kind: ConditionKind::RepeatedResource,
            message: "twice".to_owned(),
            since: "2026-08-01T09:00:00Z".to_owned(),
        }],
        images: vec!["nginx:1.27".to_owned()],
        reconciled_at: "2026-08-01T10:00:05Z".to_owned(),
        held: false,
        handled_request: None,
        failures: 0,
    }
}

fn entry(id: u64, digit: char, by: &str) -> HistoryEntry {
    HistoryEntry {
        id,
        revision: revision(digit),
        started_at: format!("2026-08-01T0{id}:00:00Z"),
        deployed_at: format!("2026-08-01T0{id}:00:09Z"),
        initiated_by: by.to_owned(),
    }
}

/// What a server makes of a merge patch.
fn merged(object: &Value, patch: &Value) -> Value {
    let Value::Object(fields) = patch else {
        return patch.clone();
    };
    let mut merged = object.as_object().cloned().unwrap_or_default();
    for (key, field) in fields {
        if field.is_null() {
            merged.remove(key);
        } else {
            let value = merged_field(&merged, key, field);
            merged.insert(key.clone(), value);
        }
    }
    Value::Object(merged)
}

fn merged_field(fields: &serde_json::Map<String, Value>, key: &str, patch: &Value) -> Value {
    merged(fields.get(key).unwrap_or(&Value::Null), patch)
}

/// `object` after `report` was written to it.
fn written(object: &Value, report: &UnitReport) -> Value {
    match crate::status(&unit_of(object), report, object) {
        Some(patch) => {
            assert!(
                crate::changes(object, &patch),
                "a patch that is given changes something: {patch:#}"
            );
            merged(object, &patch)
        }
        None => object.clone(),
    }
}
