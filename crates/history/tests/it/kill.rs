//! A writer that is killed with its records half written, again and again, and one whose disk is full.

use std::{
    env, fs,
    io::{BufRead as _, BufReader},
    path::Path,
    process::{Command, Stdio},
};

use plumb_history::{HistoryError, RecordId, VerifyOptions};

use crate::fixture::{git, manual, objects, open, record};

const FOLDER: &str = "PLUMB_LEDGER_KILLED";
/// What the writer says of each record that it was told is written.
const WRITTEN: &str = "written ";

/// The writer: this test binary, run by the test below.
#[test]
fn writes_until_killed() {
    let Ok(folder) = env::var(FOLDER) else { return };
    let ledger = open(Path::new(&folder));
    let start = ledger.len();
    for number in start.. {
        let things = objects(number % 3, 2, number);
        let written = ledger
            .append(
                record(number % 3, number, &things),
                plumb_history::Content::Objects(&things),
            )
            .expect("recorded");
        println!("{WRITTEN}{}", written.id);
        if number % 5 == 4 {
            ledger.pack().expect("packed");
        }
    }
}

#[test]
fn a_kill_neither_halves_nor_loses_a_record() {
    let folder = tempfile::tempdir().expect("a folder");
    let mut known: Vec<RecordId> = Vec::new();
    for round in 0..12 {
        let mut child = Command::new(env::current_exe().expect("this program"))
            .args(["kill::writes_until_killed", "--exact", "--nocapture"])
            .env(FOLDER, folder.path())
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .expect("it starts");
        let mut lines = BufReader::new(child.stdout.take().expect("piped")).lines();
        let mut acknowledged = Vec::new();
        let mut read = |line: String| {
            if let Some(id) = line.strip_prefix(WRITTEN) {
                acknowledged.push(RecordId::parse(id).expect("an id"));
            }
        };
        // Always somewhere else: in the midst of records, packs and joins.
        for line in lines.by_ref().take(6 + round) {
            read(line.expect("text"));
        }
        child.kill().expect("killed");
        child.wait().expect("it ended");
        for line in lines.map_while(Result::ok) {
            read(line);
        }
        assert!(!acknowledged.is_empty());
        known.extend(acknowledged);

        let ledger = open(folder.path());
        let report = ledger.verify(&VerifyOptions::default()).expect("a report");
        assert!(report.is_good(), "round {round}: {:?}", report.findings);
        assert_eq!(report.records, ledger.len());
        // One may have been written that nobody was told of any more.
        let unheard = ledger.len() - known.len();
        assert!(unheard <= 1, "round {round}: {unheard}");
        for id in &known {
            ledger.entry(*id).expect("what was acknowledged is there");
        }
        if unheard == 1 {
            known.extend(ledger.tips().values().map(|(_, id)| *id));
        }
        let mut ids = known.clone();
        ids.sort();
        ids.dedup();
        assert_eq!(ids.len(), ledger.len());
    }
    if let Some(told) = git(folder.path(), &["fsck", "--strict", "--full"]) {
        assert!(!told.contains("error") && !told.contains("missing"), "{told}");
    }
}

#[test]
fn a_full_disk_refuses_records_until_there_is_room() {
    // A file system of a few megabytes, as `mount -t tmpfs -o size=4m tmpfs DIR` makes it.
    let Ok(disk) = env::var("PLUMB_SMALL_DISK") else {
        println!("skipped: PLUMB_SMALL_DISK names no small file system");
        return;
    };
    let folder = Path::new(&disk).join("ledger");
    let filler = Path::new(&disk).join("filler");
    let ledger = open(&folder);
    let mut last = ledger
        .append(manual(1, 0, "bob"), plumb_history::Content::Same)
        .expect("recorded");
    let mut filled = 0;
    // It fills whatever is left, as other programs would.
    let _ = fs::write(&filler, vec![1; 64 << 20]);
    for number in 1..2000 {
        let things = objects(number % 50, 8, number);
        match ledger.append(
            record(number % 50, number, &things),
            plumb_history::Content::Objects(&things),
        ) {
            Ok(entry) => last = entry,
            Err(error) => {
                assert!(matches!(error, HistoryError::DiskFull { .. }), "{error}");
                filled += 1;
                if filled == 3 {
                    break;
                }
            }
        }
    }
    assert_eq!(filled, 3);
    assert_eq!(
        ledger.tips().values().next(),
        Some(&(last.place.sequence, last.id))
    );
    fs::remove_file(&filler).expect("removed");
    let next = ledger
        .append(manual(1, 0, "bob"), plumb_history::Content::Same)
        .expect("there is room");
    assert_eq!(next.parent, Some(last.id));
    let report = ledger.verify(&VerifyOptions::default()).expect("a report");
    assert!(report.is_good(), "{:?}", report.findings);
    drop(ledger);
    assert_eq!(
        open(&folder).tips().values().next(),
        Some(&(next.place.sequence, next.id))
    );
    fs::remove_dir_all(&folder).expect("removed");
}
