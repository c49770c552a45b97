//! How times and deeds are put.

use plumb_model::{CommitId, Revision};

use super::*;

#[test]
fn times_are_told_as_how_long_ago() {
    let now: Timestamp = "2026-03-01T12:00:00Z".parse().unwrap();
    let told = |at: &str| ago(at, now);
    assert_eq!(told("2026-03-01T11:59:48Z"), "12 s ago");
    assert_eq!(told("2026-03-01T11:57:00Z"), "3 min ago");
    assert_eq!(told("2026-02-28T13:00:00Z"), "23 h ago");
    assert_eq!(told("2026-02-20T12:00:00Z"), "9 days ago");
    assert_eq!(
        told("2026-03-01T12:00:07Z"),
        "0 s ago",
        "a clock that is ahead tells nothing of the future"
    );
    assert_eq!(told("soon"), "soon");
}

#[test]
fn deeds_name_commit_and_person() {
    let revision = Revision {
        commit: CommitId::parse(&"ab".repeat(20)).unwrap(),
        name: None,
    };
    let mut operation = OperationReport {
        phase: Phase::Succeeded,
        message: String::new(),
        revision: Some(revision),
        started_at: String::new(),
        finished_at: None,
        results: Vec::new(),
        cause: Cause::Rollback {
            by: "kim".to_owned(),
            to: 3,
        },
        retries: 0,
        prune: true,
        pinned: false,
        only: Vec::new(),
        hookless: false,
    };
    assert_eq!(deed(&operation), "rollback to abababa by kim");
    operation.phase = Phase::Failed;
    operation.cause = Cause::Push;
    assert_eq!(deed(&operation), "commit abababa, failed");
}
