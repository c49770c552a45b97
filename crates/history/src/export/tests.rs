//! What other programs get.

use jiff::Timestamp;
use plumb_model::{ActionDone, CommitId, GroupKind, ObjectId, UnitId, UnitKind};
use serde_json::{Value, json};

use super::Format;
use crate::{
    Actor, Cause, ClusterName, Entry, ObjectChange, Outcome, Person, Place, Record, RecordId, RepositoryUrl,
    Sequence, ShardName, Source,
};

fn entry(cause: Cause, outcome: Outcome, action: ActionDone) -> Entry {
    let time = |second| Timestamp::from_second(second).expect("in range");
    Entry {
        id: RecordId::parse("0123456789012345678901234567890123456789").expect("an id"),
        parent: None,
        place: Place {
            shard: ShardName::default(),
            sequence: Sequence(7),
            continues: None,
        },
        signed: false,
        record: Record {
            unit: UnitId {
                kind: UnitKind::Application,
                namespace: "argocd".to_owned(),
                name: "shop".to_owned(),
            },
            cluster: ClusterName("production".to_owned()),
            cause,
            outcome,
            source: Some(Source {
                repository: RepositoryUrl::new("https://git.example.com/shop/deploy.git"),
                commit: CommitId::parse(&"a".repeat(40)).expect("forty digits"),
                reference: None,
                author: Some(Person {
                    name: "Ann, \"the\" Author".to_owned(),
                    email: "ann@example.com".to_owned(),
                }),
                subject: None,
            }),
            actor: Some(Actor("=cmd()\nx".to_owned())),
            pull_request: None,
            approvals: Vec::new(),
            plan: None,
            started: time(1_767_225_600),
            finished: time(1_767_225_601),
            message: None,
            changes: vec![ObjectChange {
                object: ObjectId {
                    kind: GroupKind::new("apps", "Deployment"),
                    namespace: Some("web".to_owned()),
                    name: "frontend".to_owned(),
                },
                action,
                origin: None,
            }],
            drifted: Vec::new(),
            recovered: false,
        },
    }
}

#[test]
fn json_lines_hold_all_on_one_line() {
    let line = Format::JsonLines.line(&entry(Cause::Push, Outcome::Succeeded, ActionDone::Configured));
    assert_eq!(line.matches('\n').count(), 1);
    let value: Value = serde_json::from_str(&line).expect("JSON");
    assert_eq!(
        value["unit"],
        json!({"kind": "application", "namespace": "argocd", "name": "shop"})
    );
    assert_eq!(value["actor"], "=cmd()\nx");
    assert_eq!(value["finished"], "2026-01-01T00:00:01Z");
    assert_eq!(value["objects"][0]["action"], "configured");
    assert_eq!(value.get("parent"), None);
}

#[test]
fn csv_rows_are_quoted_and_no_formula() {
    let head = Format::Csv.head();
    let row = Format::Csv.line(&entry(Cause::Push, Outcome::Succeeded, ActionDone::Configured));
    assert!(head.starts_with("finished,started,unit,cluster,cause,outcome,actor,"));
    assert!(row.ends_with("\r\n") && row.matches('\n').count() == 1);
    assert!(row.contains(",\"'=cmd() x\","), "{row}");
    assert!(
        row.contains(",\"Ann, \"\"the\"\" Author <ann@example.com>\","),
        "{row}"
    );
    assert!(row.contains(",Deployment.apps/web/frontend,"), "{row}");
}

#[test]
fn cdevents_are_of_the_kind_that_fits() {
    let cases = [
        (
            Cause::Push,
            Outcome::Succeeded,
            ActionDone::Created,
            "service.deployed",
        ),
        (
            Cause::Push,
            Outcome::Succeeded,
            ActionDone::Configured,
            "service.upgraded",
        ),
        (
            Cause::Drift,
            Outcome::Succeeded,
            ActionDone::Created,
            "service.upgraded",
        ),
        (
            Cause::Rollback,
            Outcome::Succeeded,
            ActionDone::Configured,
            "service.rolledback",
        ),
        (
            Cause::Push,
            Outcome::Failed,
            ActionDone::Failed,
            "incident.detected",
        ),
    ];
    for (cause, outcome, action, expected) in cases {
        let line = Format::CdEvents.line(&entry(cause, outcome, action));
        let event: Value = serde_json::from_str(&line).expect("JSON");
        assert_eq!(event["type"], format!("dev.cdevents.{expected}.0.2.0"));
        assert_eq!(event["specversion"], "1.0");
        let context = &event["data"]["context"];
        assert_eq!(context["type"], event["type"]);
        assert_eq!(context["id"], event["id"]);
        assert_eq!(context["timestamp"], "2026-01-01T00:00:01Z");
        assert_eq!(
            event["data"]["subject"]["content"]["environment"]["id"],
            "production"
        );
    }
    let mut gone = entry(Cause::Prune, Outcome::Succeeded, ActionDone::Pruned);
    gone.record.source = None;
    let event: Value = serde_json::from_str(&Format::CdEvents.line(&gone)).expect("JSON");
    assert_eq!(event["type"], "dev.cdevents.service.removed.0.2.0");
    let pushed = Format::CdEvents.line(&entry(Cause::Push, Outcome::Succeeded, ActionDone::Created));
    let event: Value = serde_json::from_str(&pushed).expect("JSON");
    assert_eq!(
        event["data"]["subject"]["content"]["artifactId"],
        format!(
            "pkg:generic/deploy@{0}?vcs_url=git%2Bhttps%3A%2F%2Fgit.example.com%2Fshop%2Fdeploy.git%40{0}",
            "a".repeat(40)
        )
    );
}
