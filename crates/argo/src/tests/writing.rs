//! Reports as status, and back.

use plumb_model::{Cause, Condition, ConditionKind, Hold, Phase, SyncStatus, UnitReport};
use serde_json::{Value, json};

use super::{commit, merged, my_app, report, set, unit_of, with, written};
use crate::{Defaults, SyncArgs, invalid_status, restore, status, sync_request, unit};

#[test]
fn the_status_is_as_argo_cd_writes_it() {
    let status = written(&my_app(), &report())["status"].clone();
    let source = my_app()["spec"]["source"].clone();
    let (a, b) = ("a".repeat(40), "b".repeat(40));
    assert_eq!(
        status,
        json!({
            "conditions": [
                {"type": "RepeatedResourceWarning", "message": "twice", "lastTransitionTime": "2026-08-01T09:00:00Z"},
            ],
            "controllerNamespace": "argocd",
            "health": {"status": "Degraded", "message": "deadline", "lastTransitionTime": "2026-08-01T10:00:05Z"},
            "history": [
                {"id": 0, "revision": a, "source": source, "initiatedBy": {"automated": true},
                 "deployStartedAt": "2026-08-01T00:00:00Z", "deployedAt": "2026-08-01T00:00:09Z"},
                {"id": 1, "revision": b, "source": source, "initiatedBy": {"username": "ada"},
                 "deployStartedAt": "2026-08-01T01:00:00Z", "deployedAt": "2026-08-01T01:00:09Z"},
            ],
            "operationState": {
                "operation": {
                    "info": [{"name": "Reason", "value": "Rollback to 2"}],
                    "initiatedBy": {"username": "ada"},
                    "retry": {"limit": 5},
                    "sync": {"revision": b, "prune": true, "syncOptions": ["CreateNamespace=true"]},
                },
                "phase": "Succeeded",
                "message": "successfully synced (all tasks run)",
                "startedAt": "2026-08-01T10:00:00Z",
                "finishedAt": "2026-08-01T10:00:04Z",
                "retryCount": 1,
                "syncResult": {
                    "revision": b,
                    "source": source,
                    "resources": [
                        {"group": "apps", "version": "v1", "kind": "Deployment", "namespace": "production",
                         "name": "my-app", "status": "Synced", "message": "deployment.apps/my-app configured",
                         "hookPhase": "Running", "syncPhase": "Sync"},
                        {"group": "", "version": "v1", "kind": "Service", "namespace": "production",
                         "name": "my-app", "status": "Synced", "message": "service/my-app unchanged",
                         "hookPhase": "Running", "syncPhase": "Sync"},
                        {"group": "", "version": "v1", "kind": "ConfigMap", "namespace": "production",
                         "name": "my-app", "status": "PruneSkipped", "message": "ignored (no prune)",
                         "hookPhase": "Succeeded", "syncPhase": "Sync"},
                        {"group": "batch", "version": "v1", "kind": "Job", "namespace": "production",
                         "name": "my-app", "status": "SyncFailed", "message": "field is immutable",
                         "hookPhase": "Failed", "syncPhase": "Sync"},
                        {"group": "batch", "version": "v1", "kind": "Job", "namespace": "production",
                         "name": "my-app", "status": "Synced", "message": "all well", "hookType": "PostSync",
                         "hookPhase": "Succeeded", "syncPhase": "PostSync"},
                    ],
                },
            },
            "reconciledAt": "2026-08-01T10:00:05Z",
            "resources": [
                {"group": "apps", "version": "v1", "kind": "Deployment", "namespace": "production", "name": "my-app",
                 "status": "Synced", "health": {"status": "Degraded", "message": "deadline"}},
                {"version": "v1", "kind": "ConfigMap", "namespace": "production", "name": "old",
                 "status": "OutOfSync", "requiresPruning": true},
            ],
            "summary": {"images": ["nginx:1.27"]},
            "sync": {
                "status": "OutOfSync",
                "revision": b,
                "comparedTo": {"source": source, "destination": my_app()["spec"]["destination"]},
            },
        })
    );
}

#[test]
fn a_report_comes_back_after_a_restart() {
    assert_eq!(restore(&written(&my_app(), &report())), report());
    assert_eq!(restore(&my_app()), UnitReport::unknown());
}

#[test]
fn every_cause_comes_back() {
    let by = || "ada".to_owned();
    for cause in [
        Cause::Push,
        Cause::Drift,
        Cause::Deletion,
        Cause::Manual { by: by() },
        Cause::Manual { by: String::new() },
        Cause::Rollback { by: by(), to: 7 },
    ] {
        for phase in [Phase::Running, Phase::Succeeded, Phase::Failed, Phase::Error] {
            let mut report = report();
            if let Some(operation) = &mut report.operation {
                operation.cause = cause.clone();
                operation.phase = phase;
                operation.hookless = phase == Phase::Running;
                operation.pinned = phase == Phase::Failed;
                operation.prune = phase != Phase::Error;
                operation.only = if phase == Phase::Succeeded {
                    super::asking::selected()
                } else {
                    Vec::new()
                };
            }
            assert_eq!(restore(&written(&my_app(), &report)).operation, report.operation);
        }
    }
}

#[test]
fn what_is_written_already_is_not_written_again() {
    let plural = with("/spec/sources", json!([my_app()["spec"]["source"]]));
    for object in [my_app(), plural, with("/metadata/namespace", json!("team"))] {
        for report in [report(), UnitReport::unknown()] {
            let once = written(&object, &report);
            assert_eq!(status(&unit_of(&once), &report, &once), None);
            assert_eq!(
                status(&unit_of(&once), &restore(&once), &once),
                None,
                "nor after a restart"
            );
            let mut later = report;
            later.reconciled_at = "2026-08-01T11:11:11Z".to_owned();
            for condition in &mut later.conditions {
                condition.since = "2026-08-01T11:11:11Z".to_owned();
            }
            if once["status"].is_object() {
                assert_eq!(
                    status(&unit_of(&once), &later, &once),
                    None,
                    "nor for the sake of time alone"
                );
            }
        }
    }
}

#[test]
fn a_change_moves_its_own_time_only() {
    let before = written(&my_app(), &report());
    let mut next = report();
    next.sync = SyncStatus::Synced;
    next.conditions.clear();
    next.reconciled_at = "2026-08-01T12:00:00.123456Z".to_owned();
    let patch = status(&unit_of(&before), &next, &before).expect("something changed");
    assert_eq!(
        patch,
        json!({"status": {
            "conditions": null,
            "reconciledAt": "2026-08-01T12:00:00Z",
            "sync": {"status": "Synced"},
        }})
    );
}

#[test]
fn a_look_is_never_dated_before_the_end_of_the_operation() {
    let mut early = report();
    early.reconciled_at = "2026-08-01T09:59:59Z".to_owned();
    assert_eq!(
        written(&my_app(), &early)["status"]["reconciledAt"],
        "2026-08-01T10:00:04Z"
    );
}

#[test]
fn several_sources_are_written_as_lists() {
    let source = my_app()["spec"]["source"].clone();
    let object = with("/spec/sources", json!([source]));
    let after = written(&object, &report());
    let status = &after["status"];
    let b = "b".repeat(40);
    assert_eq!(status["sync"]["revisions"], json!([b]));
    assert_eq!(status["sync"]["comparedTo"]["sources"], json!([source]));
    assert_eq!(status["history"][1]["revisions"], json!([b]));
    assert_eq!(status["operationState"]["syncResult"]["sources"], json!([source]));
    assert_eq!(restore(&after), report());
}

#[test]
fn history_keeps_to_its_limit_and_to_its_source() {
    let mut object = written(&my_app(), &report());
    set(&mut object, "/spec/source/path", json!("elsewhere"));
    set(&mut object, "/spec/revisionHistoryLimit", json!(2));
    let mut next = report();
    next.history.push(super::entry(2, 'c', ""));
    let status = written(&object, &next)["status"].clone();
    let paths: Vec<&Value> = status["history"]
        .as_array()
        .expect("there is history")
        .iter()
        .map(|entry| &entry["source"]["path"])
        .collect();
    assert_eq!(paths, ["apps/my-app/overlays/production", "elsewhere"]);
}

#[test]
fn under_a_rollback_the_commit_in_force_is_compared_with() {
    let hold = Hold {
        revision: commit('a'),
        from: commit('b'),
        history_id: 0,
        by: "ada".to_owned(),
        reason: None,
        at: "2026-08-01T10:00:00Z".to_owned(),
        until: None,
    };
    let object = merged(&my_app(), &crate::hold_patch(Some(&hold)));
    assert_eq!(unit_of(&object).hold, Some(hold));
    let mut held = report();
    held.held = true;
    let after = written(&object, &held);
    assert_eq!(after["status"]["sync"]["revision"], "a".repeat(40));
    assert!(restore(&after).held);
    assert_eq!(unit_of(&merged(&object, &crate::hold_patch(None))).hold, None);
}

#[test]
fn a_request_that_was_done_is_taken_off_with_the_status() {
    let object = merged(
        &my_app(),
        &sync_request(SyncArgs {
            prune: true,
            by: "ada",
            ..SyncArgs::default()
        }),
    );
    let unit = unit_of(&object);
    let mut done = report();
    assert!(written(&object, &done)["operation"].is_object(), "not done yet");
    done.handled_request = unit.request.map(|request| request.token);
    let after = written(&object, &done);
    assert!(after["operation"].is_null());
    assert_eq!(status(&unit_of(&after), &done, &after), None);

    let object = merged(&my_app(), &crate::refresh_request());
    done.handled_request = unit_of(&object).request.map(|request| request.token);
    assert_eq!(written(&object, &done)["metadata"]["annotations"], json!({}));
}

#[test]
fn a_wrong_spec_is_told_once() {
    let mut object = written(&my_app(), &report());
    set(&mut object, "/spec/source/repoURL", Value::Null);
    let error = unit(&object, &Defaults::default()).expect_err("no repository");
    let patch = invalid_status(&object, &error, "2026-08-01T13:00:00Z").expect("it is news");
    let told = merged(&object, &patch);
    assert_eq!(told["status"]["conditions"][0]["type"], "InvalidSpecError");
    assert_eq!(
        told["status"]["conditions"][0]["message"],
        "spec.source.repoURL: is missing (the URL of a Git repository)"
    );
    assert_eq!(told["status"]["sync"], json!({"status": "Unknown"}));
    assert_eq!(told["status"]["history"], object["status"]["history"]);
    assert_eq!(invalid_status(&told, &error, "2026-08-01T14:00:00Z"), None);
}

#[test]
fn conditions_of_one_type_keep_their_own_times() {
    let mut report = report();
    let failed = |kind, message: &str, since: &str| Condition {
        kind,
        message: message.to_owned(),
        since: since.to_owned(),
    };
    report.conditions = vec![
        failed(ConditionKind::SourceFailed, "one", "2026-08-01T01:00:00Z"),
        failed(ConditionKind::CompareFailed, "two", "2026-08-01T02:00:00Z"),
    ];
    let after = written(&my_app(), &report);
    let times: Vec<&Value> = after["status"]["conditions"]
        .as_array()
        .expect("there are conditions")
        .iter()
        .map(|condition| &condition["lastTransitionTime"])
        .collect();
    assert_eq!(times, ["2026-08-01T01:00:00Z", "2026-08-01T02:00:00Z"]);
    assert_eq!(status(&unit_of(&after), &report, &after), None);
}
