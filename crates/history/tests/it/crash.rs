//! What a kill, a power failure or a full disk leaves behind is put right at the next start.

use std::fs;

use plumb_history::{Content, HistoryError, Ledger, LedgerOptions};

use crate::fixture::{git, manual, open, push};

#[test]
fn all_that_is_not_synced_may_be_lost() {
    let folder = tempfile::tempdir().expect("a folder");
    let ledger = open(folder.path());
    for number in 1..=5 {
        push(&ledger, number, number, 3);
    }
    ledger.pack().expect("packed");
    let last = (6..=9)
        .map(|number| push(&ledger, number % 3, number, 3))
        .last()
        .expect("four records");
    drop(ledger);
    // As after a power failure: loose objects and references empty, index torn, note gone.
    let git_dir = folder.path().join("ledger.git");
    for fan in fs::read_dir(git_dir.join("objects")).expect("a folder") {
        let fan = fan.expect("an entry").path();
        if fan.file_name().is_some_and(|name| name.len() == 2) {
            for file in fs::read_dir(fan).expect("a folder") {
                fs::write(file.expect("an entry").path(), b"").expect("written");
            }
        }
    }
    fs::write(git_dir.join("refs/plumb/ledger/main"), b"").expect("written");
    fs::write(git_dir.join("refs/plumb/ledger/main.lock"), b"").expect("written");
    let index = folder.path().join("index/main");
    let bytes = fs::read(&index).expect("it is there");
    fs::write(&index, &bytes[..bytes.len() - 7]).expect("written");
    fs::remove_file(folder.path().join("tips/main")).expect("removed");

    let ledger = open(folder.path());
    assert_eq!(
        ledger.tips().values().next(),
        Some(&(last.place.sequence, last.id))
    );
    assert_eq!(ledger.len(), 9);
    let next = push(&ledger, 1, 10, 3);
    assert_eq!(next.parent, Some(last.id));
    if let Some(told) = git(folder.path(), &["fsck", "--strict", "--full"]) {
        assert!(!told.contains("error") && !told.contains("missing"), "{told}");
    }
}

#[test]
fn a_torn_record_does_not_count() {
    let folder = tempfile::tempdir().expect("a folder");
    let ledger = open(folder.path());
    let first = push(&ledger, 1, 1, 2);
    drop(ledger);
    let journal = folder.path().join("journal/main/0000000001.journal");
    let whole = fs::read(&journal).expect("it is there");
    // Half of a second record, as a kill in the midst of a write leaves it.
    let length = 8 + u32::from_be_bytes(whole[..4].try_into().expect("four bytes")) as usize;
    let mut torn = whole.clone();
    torn[length..length + length / 2].copy_from_slice(&whole[..length / 2]);
    fs::write(&journal, torn).expect("written");
    let ledger = open(folder.path());
    assert_eq!(
        ledger.tips().values().next(),
        Some(&(first.place.sequence, first.id))
    );
    let second = push(&ledger, 1, 2, 2);
    drop(ledger);
    let ledger = open(folder.path());
    assert_eq!(ledger.len(), 2);
    assert_eq!(
        ledger.entry(second.id).expect("it is there").parent,
        Some(first.id)
    );
}

#[test]
fn a_second_writer_is_refused_and_a_dead_one_is_not() {
    let folder = tempfile::tempdir().expect("a folder");
    let ledger = open(folder.path());
    push(&ledger, 1, 1, 1);
    let refused = Ledger::open(folder.path(), LedgerOptions::default());
    assert!(matches!(refused, Err(HistoryError::Locked { .. })));
    let reader = Ledger::open_for_reading(folder.path()).expect("readers are welcome");
    assert_eq!(reader.len(), 1);
    assert_eq!(
        reader.append(manual(1, 2, "bob"), Content::Same),
        Err(HistoryError::ReadOnly)
    );
    drop(ledger);
    // The lock's file is still there; nobody holds it.
    open(folder.path());
}

#[test]
fn a_reference_that_somebody_moved_stops_the_writer() {
    let folder = tempfile::tempdir().expect("a folder");
    let ledger = open(folder.path());
    let first = push(&ledger, 1, 1, 1);
    push(&ledger, 1, 2, 1);
    let reference = folder.path().join("ledger.git/refs/plumb/ledger/main");
    let there = fs::read(&reference).expect("it is there");
    fs::write(&reference, format!("{}\n", first.id)).expect("written");
    let refused = ledger.append(manual(1, 3, "bob"), Content::Same);
    assert!(matches!(refused, Err(HistoryError::Moved { .. })), "{refused:?}");
    assert_eq!(ledger.len(), 2);
    fs::write(&reference, there).expect("written");
    ledger
        .append(manual(1, 3, "bob"), Content::Same)
        .expect("recorded");
}

#[test]
fn a_rewritten_chain_is_not_written_on() {
    let folder = tempfile::tempdir().expect("a folder");
    let ledger = open(folder.path());
    let first = push(&ledger, 1, 1, 1);
    push(&ledger, 1, 2, 1);
    ledger.pack().expect("packed");
    drop(ledger);
    fs::write(
        folder.path().join("ledger.git/refs/plumb/ledger/main"),
        format!("{}\n", first.id),
    )
    .expect("written");
    let refused = Ledger::open(folder.path(), LedgerOptions::default());
    assert!(matches!(refused, Err(HistoryError::Rewritten { .. })));
}

#[test]
fn a_disk_that_cannot_be_written_changes_nothing() {
    let folder = tempfile::tempdir().expect("a folder");
    let ledger = open(folder.path());
    let first = push(&ledger, 1, 1, 1);
    // A file where a folder has to be stands for a disk that refuses.
    let objects = folder.path().join("ledger.git/objects");
    let aside = folder.path().join("aside");
    fs::rename(&objects, &aside).expect("renamed");
    fs::write(&objects, b"").expect("written");
    let refused = ledger.append(manual(1, 2, "bob"), Content::Same);
    assert!(matches!(refused, Err(HistoryError::Io { .. })), "{refused:?}");
    fs::remove_file(&objects).expect("removed");
    fs::rename(&aside, &objects).expect("renamed");
    let second = ledger
        .append(manual(1, 2, "bob"), Content::Same)
        .expect("recorded");
    assert_eq!(second.parent, Some(first.id));
    assert_eq!(second.place.sequence.0, 2);
}
