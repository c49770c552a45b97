//! Chains end, are archived, and are let go of.

use plumb_history::{Filter, VerifyOptions};

use crate::fixture::{git, open, push, time};

#[test]
fn chains_are_archived_and_let_go_of() {
    let folder = tempfile::tempdir().expect("a folder");
    let ledger = open(folder.path());
    assert_eq!(ledger.rotate(), Ok(None), "there is nothing to end");
    let mut lasts = Vec::new();
    for chain in 0..3 {
        for number in 1..=4 {
            lasts.push(push(&ledger, number, chain * 4 + number, 2));
        }
        ledger.pack().expect("packed");
        let archive = ledger.rotate().expect("archived").expect("there are records");
        assert_eq!(Some(archive.tip), lasts.last().map(|entry| entry.id));
    }
    let first = push(&ledger, 1, 13, 2);
    assert_eq!(first.parent, None);
    assert_eq!(first.place.continues, lasts.last().map(|entry| entry.id));
    assert_eq!(first.place.sequence.0, 13);
    assert_eq!(ledger.archives().expect("known").len(), 3);
    let report = ledger.verify(&VerifyOptions::default()).expect("a report");
    assert!(report.is_good() && report.records == 13, "{report:?}");

    let remote = folder.path().join("copy.git");
    assert_eq!(ledger.push(&remote).expect("pushed").records, 13);
    // `git gc` packs references too.
    let has_git = git(folder.path(), &["pack-refs", "--all"]).is_some();
    assert_eq!(
        ledger.drop_archives_before(time(8)),
        Ok(1),
        "the second ended at 8, not before"
    );
    assert_eq!(ledger.archives().expect("known").len(), 2);
    assert_eq!(ledger.len(), 9);
    if has_git {
        git(folder.path(), &["gc", "--quiet", "--prune=now"]).expect("git is there");
        git(folder.path(), &["fsck", "--strict", "--full"]).expect("git is there");
    }
    let check = |ledger: &plumb_history::Ledger| {
        let page = ledger.page(&Filter::default(), None, 100).expect("a page");
        assert_eq!(page.entries.len(), 9);
        let report = ledger.verify(&VerifyOptions::default()).expect("a report");
        assert!(report.is_good() && report.records == 9, "{report:?}");
    };
    check(&ledger);
    drop(ledger);
    check(&open(folder.path()));
    std::fs::remove_dir_all(folder.path().join("index")).expect("removed");
    if has_git {
        let ledger = open(folder.path());
        check(&ledger);
        push(&ledger, 2, 14, 2);
        ledger.pack().expect("packed");
        assert_eq!(ledger.push(&remote).expect("pushed").records, 1);
    }
}
