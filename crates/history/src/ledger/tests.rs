//! The ledger in memory lets go of what is old.

use jiff::Timestamp;
use plumb_model::{Object, Origin, TreePath, UnitId, UnitKind};
use serde_json::json;

use crate::{
    At, Cause, ClusterName, Content, Ledger, LedgerOptions, Outcome, Record, Sequence, VerifyOptions,
};

fn record(second: i64) -> Record {
    Record {
        unit: UnitId {
            kind: UnitKind::Application,
            namespace: "argocd".to_owned(),
            name: "shop".to_owned(),
        },
        cluster: ClusterName("test".to_owned()),
        cause: Cause::Manual,
        outcome: Outcome::Succeeded,
        source: None,
        actor: None,
        pull_request: None,
        approvals: Vec::new(),
        plan: None,
        started: Timestamp::from_second(second).expect("in range"),
        finished: Timestamp::from_second(second).expect("in range"),
        message: None,
        changes: Vec::new(),
        drifted: Vec::new(),
        recovered: false,
    }
}

#[test]
fn in_memory_the_newest_records_stay_and_the_oldest_go() {
    let ledger = Ledger::in_memory(LedgerOptions::default())
        .expect("a key")
        .keeping(10);
    let mut first = None;
    for second in 0..95 {
        let body = json!({"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "a"}, "data": {"count": second.to_string()}});
        let origin = Origin {
            path: TreePath::root(),
            line: 1,
        };
        let object = Object::new(body, origin).expect("an object");
        let entry = ledger
            .append(record(second), Content::Objects(&[object]))
            .expect("recorded");
        first.get_or_insert(entry.id);
        assert!(ledger.len() <= 20, "{}", ledger.len());
    }
    assert!(ledger.len() >= 10);
    assert_eq!(ledger.tips().values().next().map(|tip| tip.0), Some(Sequence(95)));
    assert!(ledger.entry(first.expect("ninety-five")).is_err(), "it is gone");
    let state = ledger.state_at(&At::Newest, None).expect("a state");
    assert!(state[0].objects[0].text.contains("count: \"94\""), "{state:?}");
    let report = ledger.verify(&VerifyOptions::default()).expect("a report");
    assert!(report.is_good(), "{report:?}");
    assert_eq!(report.records, ledger.len());
}

#[test]
fn a_ledger_is_for_all_threads() {
    fn shared<T: Send + Sync>() {}
    shared::<Ledger>();
}
