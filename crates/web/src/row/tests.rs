//! What comes first, and what is found.

use plumb_model::{CommitId, Condition, ConditionKind, Health, HistoryEntry, Revision, UnitKind, UnitReport};
use plumb_pipeline::Timings;

use super::*;

fn row(name: &str, change: impl FnOnce(&mut UnitReport)) -> Row {
    let mut report = UnitReport {
        sync: SyncStatus::Synced,
        health: Health::healthy(),
        ..UnitReport::unknown()
    };
    change(&mut report);
    let id = UnitId {
        kind: UnitKind::Application,
        namespace: "argocd".to_owned(),
        name: name.to_owned(),
    };
    let view = UnitView {
        unit: None,
        report,
        timings: Timings::default(),
        applied_at: None,
        commit: None,
    };
    let told = Some(Arc::new(Told {
        subject: "Raise the Limits".to_owned(),
        author: "Kim".to_owned(),
    }));
    Row {
        id,
        view: Arc::new(view),
        told,
    }
}

fn deployed(at: &str) -> HistoryEntry {
    let revision = Revision {
        commit: CommitId::parse(&"a".repeat(40)).unwrap(),
        name: None,
    };
    HistoryEntry {
        id: 0,
        revision,
        started_at: at.to_owned(),
        deployed_at: at.to_owned(),
        initiated_by: String::new(),
    }
}

fn rows() -> Vec<Row> {
    let condition = Condition {
        kind: ConditionKind::RenderFailed,
        message: "x".to_owned(),
        since: String::new(),
    };
    vec![
        row("good", |report| {
            report.history.push(deployed("2026-01-02T00:00:00Z"))
        }),
        row("moving", |report| {
            report.health = Health::new(HealthStatus::Progressing, "")
        }),
        row("broken", |report| report.conditions.push(condition)),
        row("held", |report| report.held = true),
        row("drifted", |report| {
            report.sync = SyncStatus::OutOfSync;
            report.history.push(deployed("2026-01-03T00:00:00Z"));
        }),
    ]
}

fn order(sort: &str) -> Vec<String> {
    let mut rows = rows();
    Sort::parse(sort).sort(&mut rows);
    rows.into_iter().map(|row| row.id.name).collect()
}

#[test]
fn what_needs_somebody_comes_first() {
    assert_eq!(order(""), ["broken", "drifted", "moving", "held", "good"]);
    assert_eq!(order("-need"), ["good", "held", "moving", "drifted", "broken"]);
}

#[test]
fn what_waits_for_somebody_comes_right_after_what_is_broken() {
    let condition = |kind| Condition {
        kind,
        message: "x".to_owned(),
        since: String::new(),
    };
    let waits = row("waits", |report| {
        report.conditions.push(condition(ConditionKind::ApprovalNeeded))
    });
    assert_eq!(waits.need(), Need::Approval);
    assert!(Need::Broken < Need::Approval && Need::Approval < Need::Unclear);
}

#[test]
fn columns_sort_either_way() {
    assert_eq!(order("name"), ["broken", "drifted", "good", "held", "moving"]);
    assert_eq!(order("-name"), ["moving", "held", "good", "drifted", "broken"]);
    assert_eq!(order("health")[0], "moving");
    assert_eq!(order("sync")[0], "drifted");
    assert_eq!(
        order("changed")[..2],
        ["drifted", "good"],
        "the latest first, those never applied last"
    );
}

#[test]
fn every_word_must_be_found_somewhere() {
    let found = |wanted: &str| -> Vec<String> {
        rows()
            .iter()
            .filter(|row| row.matches(&Words::of(wanted)))
            .map(|row| row.id.name.clone())
            .collect()
    };
    assert_eq!(found("outofsync"), ["drifted"]);
    assert_eq!(found("KIM held"), ["held"]);
    assert_eq!(found("limits aaaaaaa"), ["good", "drifted"]);
    assert_eq!(found("nothing"), Vec::<String>::new());
    assert_eq!(found("  ").len(), 5);
}
