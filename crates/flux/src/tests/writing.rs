//! Reports as status, and back.

use plumb_model::{
    Cause, Condition, ConditionKind, GroupKind, Health, HealthStatus, HistoryEntry, Hold, ObjectId,
    OperationReport, Phase, ResourceReport, SyncStatus, Unit, UnitReport,
};
use serde_json::{Value, json};

use super::{kustomization, merged, repository, revision, unit_of, with};
use crate::{
    SourceReport, changes, hold_patch, refresh_request, refused_status, restore, source_revision,
    source_status, status, unit,
};

const NOW: &str = "2026-08-01T10:00:05Z";

fn object(namespace: Option<&str>, group: &str, kind: &str, name: &str) -> ResourceReport {
    ResourceReport {
        id: ObjectId {
            kind: GroupKind {
                group: group.to_owned(),
                kind: kind.to_owned(),
            },
            namespace: namespace.map(str::to_owned),
            name: name.to_owned(),
        },
        version: "v1".to_owned(),
        sync: SyncStatus::Unknown,
        health: None,
        requires_pruning: false,
        drift: Vec::new(),
    }
}

/// The report of a unit that was applied, as a restart reads it back.
pub(super) fn report() -> UnitReport {
    let entry = |id, digit, by: &str| HistoryEntry {
        id,
        revision: revision(digit),
        started_at: format!("2026-08-01T0{id}:00:00Z"),
        deployed_at: format!("2026-08-01T0{id}:01:09Z"),
        initiated_by: by.to_owned(),
    };
    UnitReport {
        revision: Some(revision('b')),
        applied: Some(revision('b')),
        attempted: Some(revision('b')),
        sync: SyncStatus::Synced,
        resources: vec![
            object(Some("production"), "apps", "Deployment", "my-app"),
            object(Some("production"), "", "Service", "my-app"),
            object(None, "rbac.authorization.k8s.io", "ClusterRole", "system:my-app"),
        ],
        history: vec![entry(0, 'a', ""), entry(1, 'b', "ada")],
        reconciled_at: NOW.to_owned(),
        handled_request: Some("t-1".to_owned()),
        ..UnitReport::unknown()
    }
}

fn written(object: &Value, report: &UnitReport) -> Value {
    written_for(&unit_of(object), object, report)
}

fn written_for(unit: &Unit, object: &Value, report: &UnitReport) -> Value {
    match status(unit, report, object) {
        Some(patch) => {
            assert!(
                changes(object, &patch),
                "a patch that is given changes something: {patch:#}"
            );
            merged(object, &patch)
        }
        None => object.clone(),
    }
}

fn said<'a>(object: &'a Value, kind: &str) -> Option<(&'a str, &'a str, &'a str)> {
    let conditions = object["status"]["conditions"].as_array()?;
    let found = conditions.iter().find(|condition| condition["type"] == *kind)?;
    Some((
        found["status"].as_str()?,
        found["reason"].as_str()?,
        found["message"].as_str()?,
    ))
}

#[test]
fn the_status_is_as_flux_writes_it() {
    let status = written(&kustomization(), &report())["status"].clone();
    let (a, b) = (
        format!("main@sha1:{}", "a".repeat(40)),
        format!("main@sha1:{}", "b".repeat(40)),
    );
    let digest = |text: &str| format!("sha256:{}", plumb_model::Digest::of(text.as_bytes()));
    assert_eq!(
        status,
        json!({
            "conditions": [{
                "type": "Ready", "status": "True", "reason": "ReconciliationSucceeded",
                "message": format!("Applied revision: {b}"),
                "observedGeneration": 4, "lastTransitionTime": NOW,
            }],
            "history": [
                {"digest": digest(&b), "firstReconciled": "2026-08-01T01:01:09Z", "lastReconciled": "2026-08-01T01:01:09Z",
                 "lastReconciledDuration": "1m9s", "lastReconciledStatus": "ReconciliationSucceeded",
                 "totalReconciliations": 1,
                 "metadata": {"revision": b, "plumb.dev/id": "1", "plumb.dev/initiated-by": "ada"}},
                {"digest": digest(&a), "firstReconciled": "2026-08-01T00:01:09Z", "lastReconciled": "2026-08-01T00:01:09Z",
                 "lastReconciledDuration": "1m9s", "lastReconciledStatus": "ReconciliationSucceeded",
                 "totalReconciliations": 1, "metadata": {"revision": a, "plumb.dev/id": "0"}},
            ],
            "inventory": {"entries": [
                {"id": "production_my-app_apps_Deployment", "v": "v1"},
                {"id": "production_my-app__Service", "v": "v1"},
                {"id": "_system__my-app_rbac.authorization.k8s.io_ClusterRole", "v": "v1"},
            ]},
            "lastAppliedRevision": b,
            "lastAttemptedRevision": b,
            "lastHandledReconcileAt": "t-1",
            "observedGeneration": 4,
        })
    );
}

#[test]
fn a_report_comes_back_after_a_restart() {
    assert_eq!(restore(&written(&kustomization(), &report())), report());
    let mut doubled = report();
    doubled.conditions = vec![Condition {
        kind: ConditionKind::RepeatedResource,
        message: "Service web is wanted twice".to_owned(),
        since: NOW.to_owned(),
    }];
    let after = written(&kustomization(), &doubled);
    assert_eq!(
        said(&after, "Ready").map(|ready| ready.0),
        Some("True"),
        "a warning does not fail a unit"
    );
    assert_eq!(restore(&after), doubled);
    let bare = with(kustomization(), "/status", json!({"observedGeneration": -1}));
    assert_eq!(restore(&bare), UnitReport::unknown());
}

#[test]
fn what_is_written_already_is_not_written_again() {
    let mut failed = report();
    failed.conditions = vec![Condition {
        kind: ConditionKind::RenderFailed,
        message: "kustomization.yaml:3: no such field".to_owned(),
        since: NOW.to_owned(),
    }];
    let mut drifted = report();
    drifted.sync = SyncStatus::OutOfSync;
    let waiting = with(kustomization(), "/spec/wait", json!(true));
    let told_only = with(kustomization(), "/spec/selfHeal", json!(false));
    let mut healthy = report();
    healthy.health = Health::healthy();
    let mut begun = UnitReport::unknown();
    begun.reconciled_at = NOW.to_owned();
    for (object, report) in [
        (kustomization(), report()),
        (kustomization(), failed),
        (kustomization(), UnitReport::unknown()),
        (kustomization(), begun),
        (told_only, drifted),
        (waiting, healthy),
    ] {
        let once = written(&object, &report);
        assert_eq!(status(&unit_of(&once), &report, &once), None);
        let mut later = report;
        if later.reconciled_at.is_empty() {
            assert_eq!(once, object, "of a unit nobody has looked at, nothing is written");
            continue;
        }
        later.reconciled_at = "2026-08-01T11:11:11Z".to_owned();
        assert_eq!(
            status(&unit_of(&once), &later, &once),
            None,
            "nor for the sake of time alone"
        );
        assert_eq!(
            status(&unit_of(&once), &restore(&once), &once),
            None,
            "nor after a restart"
        );
    }
}

#[test]
fn every_trouble_has_its_reason() {
    let message = "what went wrong";
    for (kind, reason) in [
        (ConditionKind::SourceFailed, "ArtifactFailed"),
        (ConditionKind::RenderFailed, "BuildFailed"),
        (ConditionKind::CompareFailed, "ReconciliationFailed"),
        (ConditionKind::ApplyFailed, "ReconciliationFailed"),
        (ConditionKind::EmptyRefused, "ReconciliationFailed"),
        (ConditionKind::HealthFailed, "HealthCheckFailed"),
        (ConditionKind::DependencyNotReady, "DependencyNotReady"),
        (ConditionKind::DeletionFailed, "PruneFailed"),
        (ConditionKind::InvalidSpec, "InvalidSpec"),
    ] {
        let mut failed = report();
        failed.conditions = vec![Condition {
            kind,
            message: message.to_owned(),
            since: NOW.to_owned(),
        }];
        let before = with(kustomization(), "/status/observedGeneration", json!(3));
        let after = written(&before, &failed);
        assert_eq!(said(&after, "Ready"), Some(("False", reason, message)));
        let stalled = kind == ConditionKind::InvalidSpec;
        assert_eq!(said(&after, "Stalled").is_some(), stalled);
        assert_eq!(said(&after, "Reconciling").is_some(), !stalled);
        assert_eq!(after["status"]["observedGeneration"], if stalled { 4 } else { 3 });
        assert_eq!(
            after["status"]["lastAppliedRevision"],
            format!("main@sha1:{}", "b".repeat(40))
        );
    }
}

#[test]
fn work_under_way_is_told() {
    let mut running = report();
    running.operation = Some(OperationReport {
        phase: Phase::Running,
        message: "Applying 3 objects".to_owned(),
        revision: Some(revision('b')),
        started_at: NOW.to_owned(),
        finished_at: None,
        results: Vec::new(),
        cause: Cause::Push,
        retries: 0,
        prune: true,
        pinned: false,
        only: Vec::new(),
        hookless: false,
    });
    let after = written(&kustomization(), &running);
    assert_eq!(
        said(&after, "Ready"),
        Some(("Unknown", "Progressing", "Applying 3 objects"))
    );
    assert_eq!(
        said(&after, "Reconciling"),
        Some(("True", "Progressing", "Applying 3 objects"))
    );
    assert_eq!(after["status"]["observedGeneration"], -1);
    if let Some(operation) = &mut running.operation {
        operation.phase = Phase::Error;
    }
    let failed = written(&after, &running);
    assert_eq!(
        said(&failed, "Ready"),
        Some(("False", "ReconciliationFailed", "Applying 3 objects"))
    );
}

#[test]
fn health_is_waited_for_where_asked() {
    let waiting = with(kustomization(), "/spec/wait", json!(true));
    let ready = |health: Health| {
        let mut report = report();
        report.health = health;
        let after = written(&waiting, &report);
        let status = |kind: &str| said(&after, kind).map(|(status, reason, _)| format!("{status} {reason}"));
        (
            status("Ready").unwrap_or_default(),
            status("Healthy").unwrap_or_default(),
        )
    };
    let two = |a: &str, b: &str| (a.to_owned(), b.to_owned());
    assert_eq!(
        ready(Health::healthy()),
        two("True ReconciliationSucceeded", "True Succeeded")
    );
    assert_eq!(
        ready(Health::new(HealthStatus::Progressing, "")),
        two("Unknown Progressing", "Unknown Progressing")
    );
    assert_eq!(
        ready(Health::new(HealthStatus::Degraded, "crash")),
        two("False HealthCheckFailed", "False HealthCheckFailed")
    );
}

#[test]
fn drift_that_is_to_stay_is_told() {
    let object = with(kustomization(), "/spec/selfHeal", json!(false));
    let mut drifted = report();
    drifted.sync = SyncStatus::OutOfSync;
    let after = written(&object, &drifted);
    assert!(said(&after, "Ready").is_some_and(|ready| ready.2.ends_with("; the cluster differs from it")));
    assert_eq!(restore(&after).sync, SyncStatus::OutOfSync);
}

#[test]
fn a_suspended_unit_only_answers() {
    let object = merged(
        &with(kustomization(), "/spec/suspend", json!(true)),
        &refresh_request("t-1"),
    );
    assert_eq!(
        status(&unit_of(&object), &report(), &object),
        Some(json!({"status": {"lastHandledReconcileAt": "t-1"}}))
    );
    assert_eq!(unit_of(&written(&object, &report())).request, None);
}

#[test]
fn a_missing_source_is_told_and_an_unsound_spec_stalls() {
    let error = unit(&kustomization(), None).expect_err("there is no source");
    let patch = refused_status(&kustomization(), &error, NOW).expect("it is news");
    let after = merged(&kustomization(), &patch);
    assert_eq!(
        said(&after, "Ready").map(|ready| (ready.0, ready.1)),
        Some(("False", "ArtifactFailed"))
    );
    assert_eq!(refused_status(&after, &error, "2026-08-01T11:00:00Z"), None);

    let object = with(after, "/spec/decryption", json!({"provider": "sops"}));
    let error = unit(&object, Some(&repository())).expect_err("it cannot be decrypted");
    let patch = refused_status(&object, &error, NOW).expect("it is news");
    let stalled = merged(&object, &patch);
    assert_eq!(
        said(&stalled, "Stalled").map(|ready| ready.2),
        Some("spec.decryption: decryption is not supported yet (take it out)")
    );
    assert_eq!(stalled["status"]["observedGeneration"], 4);
}

#[test]
fn what_flux_wrote_can_be_rolled_back_to() {
    let theirs = |digit: char, status: &str| {
        json!({
            "digest": "sha256:00", "firstReconciled": format!("2026-08-01T0{digit}:00:00Z"),
            "lastReconciled": "2026-08-01T09:00:00Z", "lastReconciledDuration": "2.5s",
            "lastReconciledStatus": status, "totalReconciliations": 7,
            "metadata": {"revision": format!("main@sha1:{}", digit.to_string().repeat(40))},
        })
    };
    let object = with(
        kustomization(),
        "/status/history",
        json!([
            theirs('3', "ReconciliationSucceeded"),
            theirs('2', "HealthCheckFailed"),
            theirs('1', "ReconciliationSucceeded"),
        ]),
    );
    let mut taken_over = restore(&object);
    let ids: Vec<(u64, char)> = taken_over
        .history
        .iter()
        .map(|entry| {
            (
                entry.id,
                entry.revision.commit.as_str().chars().next().unwrap_or_default(),
            )
        })
        .collect();
    assert_eq!(ids, [(0, '1'), (1, '3')]);
    assert_eq!(taken_over.history[0].started_at, "2026-08-01T00:59:57.5Z");
    taken_over.applied = Some(revision('3'));
    taken_over.reconciled_at = NOW.to_owned();
    let newest = written(&object, &taken_over)["status"]["history"][0].clone();
    assert_eq!(
        (
            &newest["totalReconciliations"],
            &newest["metadata"]["plumb.dev/id"]
        ),
        (&json!(7), &json!("1"))
    );
}

#[test]
fn history_keeps_the_newest_five() {
    let mut long = report();
    for id in 2..8 {
        let mut entry = long.history[0].clone();
        entry.id = id;
        long.history.push(entry);
    }
    let after = written(&kustomization(), &long);
    let ids: Vec<u64> = restore(&after).history.iter().map(|entry| entry.id).collect();
    assert_eq!(ids, [3, 4, 5, 6, 7]);
}

#[test]
fn a_rollback_is_held_and_released() {
    let hold = Hold {
        revision: revision('a').commit,
        from: revision('b').commit,
        history_id: 0,
        by: "ada".to_owned(),
        reason: Some("slow".to_owned()),
        at: NOW.to_owned(),
        until: None,
    };
    let object = merged(&kustomization(), &hold_patch(Some(&hold)));
    assert_eq!(unit_of(&object).hold, Some(hold));
    assert!(restore(&object).held);
    assert_eq!(unit_of(&merged(&object, &hold_patch(None))).hold, None);
}

#[test]
fn a_sources_status_is_as_flux_writes_it() {
    let found = SourceReport {
        revision: Some(revision('a')),
        error: None,
        checked_at: NOW.to_owned(),
        handled_request: Some("t-1".to_owned()),
    };
    let patch = source_status(&found, &repository()).expect("it is news");
    let after = merged(&repository(), &patch);
    let a = "a".repeat(40);
    assert_eq!(
        after["status"],
        json!({
            "artifact": {
                "revision": format!("main@sha1:{a}"), "digest": format!("sha1:{a}"), "lastUpdateTime": NOW,
                "path": format!("gitrepository/flux-system/my-app/{a}"), "url": "https://github.com/org/repo",
            },
            "conditions": [
                {"type": "Ready", "status": "True", "reason": "Succeeded", "observedGeneration": 2,
                 "lastTransitionTime": NOW, "message": format!("stored artifact for revision 'main@sha1:{a}'")},
                {"type": "ArtifactInStorage", "status": "True", "reason": "Succeeded", "observedGeneration": 2,
                 "lastTransitionTime": NOW, "message": format!("stored artifact for revision 'main@sha1:{a}'")},
            ],
            "lastHandledReconcileAt": "t-1",
            "observedGeneration": 2,
        })
    );
    assert_eq!(source_revision(&after), found.revision);
    let later = SourceReport {
        checked_at: "2026-08-01T12:00:00Z".to_owned(),
        ..found.clone()
    };
    assert_eq!(source_status(&later, &after), None);

    let failed = SourceReport {
        error: Some("authentication required".to_owned()),
        ..later
    };
    let patch = source_status(&failed, &after).expect("it is news");
    let broken = merged(&after, &patch);
    assert_eq!(
        said(&broken, "Ready"),
        Some(("False", "GitOperationFailed", "authentication required"))
    );
    assert_eq!(said(&broken, "FetchFailed").map(|failed| failed.0), Some("True"));
    assert_eq!(
        said(&broken, "ArtifactInStorage").map(|stored| stored.0),
        Some("True")
    );
    assert_eq!(source_status(&failed, &broken), None);
    assert_eq!(
        merged(&broken, &source_status(&found, &broken).expect("it is news")),
        after
    );
}
