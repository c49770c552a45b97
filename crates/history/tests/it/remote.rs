//! A copy elsewhere, and a replica that goes on from it.

use std::process::Command;

use plumb_history::{HistoryError, Transferred, VerifyOptions, fetch};

use crate::fixture::{open, open_shard, push};

#[test]
fn what_is_pushed_is_taken_over_elsewhere() {
    let folder = tempfile::tempdir().expect("a folder");
    let (remote, here, there) = (
        folder.path().join("copy.git"),
        folder.path().join("here"),
        folder.path().join("there"),
    );
    let ledger = open(&here);
    for number in 1..=7 {
        push(&ledger, number % 3, number, 3);
    }
    let done = ledger.push(&remote).expect("pushed");
    assert_eq!(done.records, 7);
    assert_eq!(ledger.push(&remote), Ok(Transferred::default()));
    push(&ledger, 1, 8, 3);
    ledger.pack().expect("packed");
    let last = push(&ledger, 1, 9, 3);
    let done = ledger.push(&remote).expect("pushed");
    assert_eq!(done.records, 2);
    assert!(done.objects <= 2 * 6, "{done:?}");
    let other = open_shard(&here, "other");
    push(&other, 5, 10, 1);
    other.push(&remote).expect("shards do not meet");
    let fsck = Command::new("git")
        .args([
            "--git-dir",
            &remote.to_string_lossy(),
            "fsck",
            "--strict",
            "--full",
        ])
        .output();
    match fsck {
        Ok(output) => assert!(
            output.status.success(),
            "{}",
            String::from_utf8_lossy(&output.stderr)
        ),
        Err(_) => println!("skipped: there is no git program"),
    }

    drop(ledger);
    assert_eq!(fetch(&remote, &there).expect("fetched").records, 10);
    assert_eq!(fetch(&remote, &there), Ok(Transferred::default()));
    let taken_over = open(&there);
    assert_eq!(taken_over.len(), 10);
    let next = push(&taken_over, 1, 11, 3);
    assert_eq!(next.parent, Some(last.id));
    let report = taken_over.verify(&VerifyOptions::default()).expect("a report");
    assert!(report.is_good() && report.records == 11, "{report:?}");
    taken_over.push(&remote).expect("pushed");

    // The one that was taken over from comes back, and does not know.
    let stale = open(&here);
    push(&stale, 1, 12, 3);
    let refused = stale.push(&remote);
    assert!(
        matches!(&refused, Err(HistoryError::RemoteDiverged { theirs, .. }) if *theirs == next.id),
        "{refused:?}"
    );
    drop(stale);
    assert!(matches!(
        fetch(&remote, &here),
        Err(HistoryError::RemoteDiverged { .. })
    ));
    // What is ahead of the remote fetches nothing, and loses nothing.
    let ahead = push(&taken_over, 1, 13, 3);
    drop(taken_over);
    assert_eq!(fetch(&remote, &there), Ok(Transferred::default()));
    let again = open(&there);
    assert_eq!(again.tips().get(again.shard()).map(|tip| tip.1), Some(ahead.id));
}

#[test]
fn parcels_bring_everything_in_order() {
    let folder = tempfile::tempdir().expect("a folder");
    let root = folder.path().join("copy");
    std::fs::create_dir(&root).expect("made");
    let copy = root.join("ledger.git");
    if crate::fixture::git(&root, &["init", "-q", "--bare"]).is_none() {
        return;
    }
    let git = |words: &[&str]| crate::fixture::git(&root, words).expect("git is there");
    let ledger = open(&folder.path().join("here"));
    assert_eq!(ledger.parcel("copy", None), Ok(None), "nothing is recorded");
    for number in 1..=5 {
        push(&ledger, number, number, 2);
    }
    ledger.rotate().expect("archived");
    for number in 6..=8 {
        push(&ledger, number, number, 2);
    }
    let (mut theirs, mut brought, mut archives) = (None, Vec::new(), Vec::new());
    while let Some(parcel) = ledger.parcel("copy", theirs).expect("a parcel") {
        let pack = folder.path().join("parcel.pack");
        std::fs::write(&pack, &parcel.pack).expect("written");
        let name = copy.join(format!("objects/pack/pack-{}.pack", brought.len()));
        std::fs::copy(&pack, &name).expect("copied");
        git(&["index-pack", "--strict", &name.to_string_lossy()]);
        if let Some(archive) = parcel.archive {
            git(&["update-ref", &archive.reference, &archive.tip.to_string(), ""]);
            archives.push(archive.tip);
        }
        git(&["update-ref", &ledger.reference(), &parcel.tip.to_string()]);
        brought.push(parcel.records);
        theirs = Some(parcel.tip);
    }
    assert_eq!(brought, [5, 3]);
    assert_eq!(archives.len(), 1);
    git(&["fsck", "--strict", "--full"]);
    let taken = folder.path().join("taken");
    assert_eq!(fetch(&copy, &taken).expect("fetched").records, 8);
    let report = open(&taken).verify(&VerifyOptions::default()).expect("a report");
    assert!(report.is_good() && report.records == 8, "{report:?}");
    // Somebody else wrote there.
    let stranger = open(&folder.path().join("stranger"));
    push(&stranger, 1, 9, 1);
    assert!(matches!(
        stranger.parcel("copy", theirs),
        Err(HistoryError::RemoteDiverged { .. })
    ));
}
