use plumb_model::*;

use crate::{
    Backoff, Pass,
    actions::{self, RollbackRequest},
};

fn report(commits: &[char]) -> UnitReport {
    let revision = |digit: &char| Revision {
        commit: CommitId::parse(&digit.to_string().repeat(40)).unwrap(),
        name: None,
    };
    let history = commits
        .iter()
        .enumerate()
        .map(|(index, digit)| HistoryEntry {
            id: index as u64,
            revision: revision(digit),
            started_at: "2026-01-01T00:00:00Z".into(),
            deployed_at: "2026-01-01T00:00:01Z".into(),
            initiated_by: String::new(),
        })
        .collect();
    UnitReport {
        history,
        revision: commits.last().map(revision),
        ..UnitReport::unknown()
    }
}

fn unit() -> Unit {
    let object = serde_json::json!({
        "apiVersion": "argoproj.io/v1alpha1", "kind": "Application",
        "metadata": {"name": "my-app", "namespace": "argocd"},
        "spec": {
            "project": "default",
            "source": {"repoURL": "https://github.com/org/repo", "path": "apps"},
            "destination": {"server": "https://kubernetes.default.svc", "namespace": "production"},
        },
    });
    plumb_argo::unit(&object, &plumb_argo::Defaults::default()).unwrap()
}

fn hold(report: &UnitReport, entry: Option<u64>) -> Result<Hold, String> {
    let unit = unit();
    actions::hold_for(&unit.id, &unit, report, &asked(entry)).map_err(|error| error.to_string())
}

fn asked(entry: Option<u64>) -> RollbackRequest {
    RollbackRequest {
        entry,
        by: "me".to_owned(),
        ..RollbackRequest::default()
    }
}

#[test]
fn a_rollback_goes_to_the_entry_or_to_the_commit_before_and_knows_what_it_left() {
    let report = report(&['a', 'b', 'b']);
    let back = hold(&report, None).unwrap();
    assert_eq!(
        (back.history_id, back.revision.short(), back.from.short()),
        (0, "aaaaaaa", "bbbbbbb")
    );
    assert_eq!(hold(&report, Some(1)).unwrap().revision.short(), "bbbbbbb");
    let missing = hold(&report, Some(9)).unwrap_err();
    assert!(
        missing.contains("no history entry 9") && missing.contains("0 (aaaaaaa)"),
        "{missing}"
    );
    assert!(
        hold(&self::report(&[]), None)
            .unwrap_err()
            .contains("has not been applied yet")
    );
}

#[test]
fn a_second_rollback_keeps_what_the_first_one_left() {
    let report = report(&['a', 'b', 'c']);
    let mut unit = unit();
    unit.hold = Some(Hold {
        from: CommitId::parse(&"d".repeat(40)).unwrap(),
        ..hold(&report, Some(1)).unwrap()
    });
    let again = actions::hold_for(&unit.id, &unit, &report, &asked(Some(0))).unwrap();
    assert_eq!(again.from.short(), "ddddddd");
}

#[test]
fn pauses_end_when_they_were_asked_to() {
    let mut unit = unit();
    unit.suspended = true;
    let memory = crate::Memory::of(std::sync::Arc::default(), UnitReport::unknown());
    let mut paused = |until: Option<&str>| {
        unit.pause = Some(Pause {
            until: until.map(str::to_owned),
            ..actions::pause_for("me", None, None)
        });
        let mut pass = Pass::begin(&unit, &memory);
        (pass.is_paused(&unit), pass.pause_over, pass.again.is_some())
    };
    let ordinary = paused(None).2;
    assert_eq!(paused(None), (true, false, ordinary));
    assert_eq!(paused(Some("2999-01-01T00:00:00Z")), (true, false, true));
    assert_eq!(paused(Some("2026-01-01T00:00:00Z")), (false, true, ordinary));
    assert_eq!(paused(Some("tomorrow")), (true, false, ordinary), "no time");
    let long = actions::pause_for("me", None, Some(std::time::Duration::MAX));
    assert!(long.until.unwrap() > long.at);
}

#[test]
fn a_commit_that_failed_waits_until_its_time_or_until_the_unit_changes() {
    let mut unit = unit();
    let commit = CommitId::parse(&"a".repeat(40)).unwrap();
    let mut memory = crate::Memory::of(std::sync::Arc::default(), UnitReport::unknown());
    assert!(!memory.must_wait(&unit, &commit));
    memory.backoff = Some(Backoff {
        commit: commit.clone(),
        generation: Some(unit.generation),
        until: None,
    });
    assert!(memory.must_wait(&unit, &commit), "no more tries");
    assert!(!memory.must_wait(&unit, &CommitId::parse(&"b".repeat(40)).unwrap()));
    unit.generation += 1;
    assert!(!memory.must_wait(&unit, &commit));
}

#[test]
fn a_confirmation_counts_from_the_operation_on() {
    let begin = "2026-01-01T10:00:00Z";
    for (confirmed, expected) in [
        (None, false),
        (Some("2026-01-01T09:59:59Z"), false),
        (Some("2026-01-01T10:00:00.5Z"), true),
        (Some("2026-01-01T10:00:00Z"), true),
        (Some("2026-01-01T10:00:01Z"), true),
    ] {
        assert_eq!(
            crate::operation::is_after(confirmed, begin),
            expected,
            "{confirmed:?}"
        );
    }
}

#[test]
fn no_two_operations_begin_at_the_same_time() {
    let mut memory = crate::Memory::of(std::sync::Arc::default(), UnitReport::unknown());
    let first = crate::operation::next_start(&memory);
    memory.report.operation = Some(OperationReport {
        started_at: first.clone(),
        ..operation(Phase::Succeeded)
    });
    assert!(crate::operation::next_start(&memory) > first);
}

#[test]
fn a_result_takes_the_place_of_the_one_before_in_its_phase() {
    let result = |phase, message: &str| ObjectResult {
        id: ObjectId {
            kind: GroupKind::new("batch", "Job"),
            namespace: None,
            name: "job".into(),
        },
        version: "v1".into(),
        action: ActionDone::Created,
        message: message.into(),
        phase,
        hook: Some(Phase::Running),
    };
    let mut operation = operation(Phase::Running);
    for (phase, message) in [
        (SyncPhase::PreSync, "one"),
        (SyncPhase::PostSync, "two"),
        (SyncPhase::PreSync, "three"),
    ] {
        crate::operation::put(&mut operation, result(phase, message));
    }
    let told: Vec<&str> = operation.results.iter().map(|it| &*it.message).collect();
    assert_eq!(told, ["three", "two"]);
}

fn operation(phase: Phase) -> OperationReport {
    OperationReport {
        phase,
        message: String::new(),
        revision: None,
        started_at: String::new(),
        finished_at: None,
        results: Vec::new(),
        cause: Cause::Push,
        retries: 0,
        prune: true,
        pinned: false,
        only: Vec::new(),
        hookless: false,
    }
}

#[test]
fn what_failed_before_a_restart_is_not_tried_again_sooner_than_it_would_have_been() {
    let mut unit = unit();
    let revision = report(&['a']).revision;
    let commit = revision.as_ref().unwrap().commit.clone();
    let failed = |finished_at: &str| UnitReport {
        operation: Some(OperationReport {
            revision: revision.clone(),
            started_at: finished_at.into(),
            finished_at: Some(finished_at.into()),
            ..operation(Phase::Failed)
        }),
        failures: 1,
        ..UnitReport::unknown()
    };
    let memory = |unit: &Unit, finished_at: &str| {
        let mut memory = crate::Memory::of(std::sync::Arc::default(), failed(finished_at));
        memory.know(unit);
        memory
    };
    assert!(memory(&unit, "2999-01-01T00:00:00Z").must_wait(&unit, &commit));
    assert!(
        !memory(&unit, "2026-01-01T00:00:00Z").must_wait(&unit, &commit),
        "its time has come"
    );
    unit.sync.retry.limit = Some(0);
    assert!(
        memory(&unit, "2026-01-01T00:00:00Z").must_wait(&unit, &commit),
        "no more tries"
    );
}

/// What is to be done about ConfigMaps `a` and `b` where these are missing.
fn plan_where_missing(unit: &Unit, missing: &[&str]) -> plumb_plan::Plan {
    let object = |name: &&str| {
        let body = serde_json::json!({
            "apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": name, "namespace": "production"},
        });
        let path = TreePath::parse("a.yaml").unwrap();
        Object::new(body, Origin { path, line: 1 }).unwrap()
    };
    let rendered = Rendered {
        objects: ["a", "b"].iter().map(object).collect(),
        ..Rendered::default()
    };
    let live = |object: &Object| match missing.contains(&object.id.name.as_str()) {
        true => Live::Absent,
        false => Live::Settled,
    };
    let objects = rendered.objects.iter().map(|object| {
        let live = live(object);
        (object.id.clone(), Observation { live, health: None })
    });
    plumb_plan::plan(plumb_plan::Input {
        unit,
        revision: report(&['a']).revision.as_ref(),
        rendered: &rendered,
        inventory: &std::collections::BTreeMap::new(),
        observed: &Observed {
            objects: objects.collect(),
            namespace_exists: Some(true),
            ..Observed::default()
        },
        scope: plumb_plan::Scope {
            extent: plumb_plan::Extent::Apply,
            prune: true,
        },
        directives: |_| Directives::default(),
        course: None,
    })
    .unwrap()
}

#[test]
fn what_drifts_while_a_pass_applies_is_seen_to_by_the_next() {
    let unit = unit();
    let again = |phase, before: &[&str], after: &[&str]| {
        let memory = crate::Memory::of(std::sync::Arc::default(), UnitReport::unknown());
        let mut pass = Pass::begin(&unit, &memory);
        pass.again = None;
        pass.report.operation = Some(operation(phase));
        let (before, after) = (
            plan_where_missing(&unit, before),
            plan_where_missing(&unit, after),
        );
        pass.wait_for(&unit, &memory, (&before, &after));
        pass.again.map(|wait| wait.as_millis())
    };
    assert_eq!(again(Phase::Succeeded, &["a"], &[]), None);
    assert_eq!(again(Phase::Succeeded, &["a"], &["b"]), Some(0));
    assert_eq!(
        again(Phase::Succeeded, &["a"], &["a", "b"]),
        Some(1000),
        "not without end"
    );
    assert_eq!(
        again(Phase::Failed, &["a"], &["b"]),
        None,
        "it is tried again when its time comes"
    );
}

#[test]
fn the_fuse_goes_by_what_is_there_not_by_what_was_told_of_last() {
    let object = |name: &str| ObjectId {
        kind: GroupKind::new("", "ConfigMap"),
        namespace: Some("production".into()),
        name: name.into(),
    };
    let going = serde_json::json!({"metadata": {"deletionTimestamp": "2026-01-01T00:00:00Z"}});
    let going = Live::Present {
        body: std::sync::Arc::new(going),
        predicted: None,
    };
    let seen = [
        ("a", Live::Settled),
        ("b", Live::Absent),
        ("c", going),
        ("d", Live::Outdated),
    ];
    let unit = unit();
    let memory = crate::Memory::of(std::sync::Arc::default(), UnitReport::unknown());
    let mut pass = Pass::begin(&unit, &memory);
    let mut observed = Observed::default();
    for (name, live) in seen {
        observed
            .objects
            .insert(object(name), Observation { live, health: None });
        pass.report.resources.push(ResourceReport {
            id: object(name),
            version: "v1".into(),
            sync: SyncStatus::Synced,
            health: None,
            requires_pruning: false,
            drift: Vec::new(),
        });
    }
    assert_eq!(pass.facts(&unit, &memory, &observed).owned, 2);
}

#[test]
fn what_hooks_did_is_told_as_not_to_be_undone() {
    let unit = unit();
    let result = |name: &str, hook| ObjectResult {
        id: ObjectId {
            kind: GroupKind::new("batch", "Job"),
            namespace: None,
            name: name.into(),
        },
        version: "v1".into(),
        action: ActionDone::Created,
        message: String::new(),
        phase: SyncPhase::PreSync,
        hook,
    };
    let report = UnitReport {
        operation: Some(OperationReport {
            results: vec![
                result("migrate", Some(Phase::Succeeded)),
                result("other", Some(Phase::Failed)),
                result("plain", None),
            ],
            ..operation(Phase::Succeeded)
        }),
        ..report(&['a'])
    };
    let preview = crate::preview::Preview {
        revision: report.revision.clone().unwrap(),
        plan: plan_where_missing(&unit, &[]),
        observed: Observed::default(),
        diffs: Vec::new(),
        warnings: Vec::new(),
    };
    let told: Vec<String> = preview.lasting(&report).iter().map(ToString::to_string).collect();
    assert_eq!(
        told,
        ["Job.batch migrate: the PreSync hook has run; what it did stays done"]
    );
}
