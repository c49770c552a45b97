//! Without a volume the ledger is the same, for as long as the process lives.

use plumb_history::{At, Content, Filter, Ledger, LedgerOptions, VerifyOptions};

use crate::fixture::{manual, push, unit};

#[test]
fn it_does_all_that_one_on_disk_does() {
    let ledger = Ledger::in_memory(LedgerOptions::default()).expect("a key");
    assert!(ledger.is_empty());
    let first = push(&ledger, 1, 1, 3);
    push(&ledger, 2, 2, 3);
    ledger
        .append(manual(1, 3, "bob"), Content::Same)
        .expect("recorded");
    ledger.pack().expect("there is nothing to do");
    ledger.refresh().expect("there is nothing to do");
    assert_eq!(ledger.len(), 3);
    assert_eq!(ledger.entry(first.id).expect("it is there"), first);
    let by_bob = Filter {
        actor: Some("bob".to_owned()),
        ..Filter::default()
    };
    assert_eq!(ledger.page(&by_bob, None, 10).expect("a page").entries.len(), 1);
    let state = ledger.state_at(&At::Record(first.id), None).expect("a state");
    assert_eq!(state.len(), 1);
    assert_eq!(state[0].unit, unit(1));
    let report = ledger.verify(&VerifyOptions::default()).expect("a report");
    assert!(report.is_good() && report.records == 3, "{report:?}");
}
