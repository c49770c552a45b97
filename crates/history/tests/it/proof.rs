//! Tampering is found, wherever it is.

use std::{
    fs,
    io::Write as _,
    path::Path,
    process::{Command, Stdio},
};

use plumb_history::{
    At, Entry, Filter, Finding, FindingKind, Known, Ledger, Source, UnitState, VerifyOptions, Witness,
};

use crate::fixture::{git, open, push, source_commit};

fn findings(folder: &Path) -> Vec<Finding> {
    let ledger = Ledger::open_for_reading(folder).expect("it opens");
    ledger
        .verify(&VerifyOptions::default())
        .expect("a report")
        .findings
}

fn filled(folder: &Path, packed: bool) -> Ledger {
    let ledger = open(folder);
    for number in 1..=8 {
        push(&ledger, number % 3, number, 3);
    }
    if packed {
        ledger.pack().expect("packed");
    }
    let report = ledger.verify(&VerifyOptions::default()).expect("a report");
    assert!(report.is_good(), "{report:?}");
    assert_eq!(report.records, 8);
    assert!(report.objects > 8 * 6, "{report:?}");
    ledger
}

#[test]
fn what_there_was_no_time_for_is_counted_and_no_finding() {
    let folder = tempfile::tempdir().expect("a folder");
    let ledger = filled(folder.path(), false);
    let options = VerifyOptions {
        until: Some(std::time::Instant::now()),
        ..VerifyOptions::default()
    };
    let report = ledger.verify(&options).expect("a report");
    assert_eq!((report.records, report.left), (0, 8), "{report:?}");
    assert!(report.is_good(), "{report:?}");
}

/// The loose files, by name.
fn loose(folder: &Path) -> Vec<std::path::PathBuf> {
    let objects = folder.join("ledger.git/objects");
    let mut files = Vec::new();
    for fan in fs::read_dir(objects).expect("a folder") {
        let fan = fan.expect("an entry").path();
        if fan.file_name().is_some_and(|name| name.len() == 2) {
            files.extend(
                fs::read_dir(fan)
                    .expect("a folder")
                    .map(|file| file.expect("an entry").path()),
            );
        }
    }
    files
}

#[test]
fn every_object_that_is_changed_or_taken_away_is_found() {
    let folder = tempfile::tempdir().expect("a folder");
    drop(filled(folder.path(), false));
    let files = loose(folder.path());
    assert!(files.len() > 40, "{}", files.len());
    for (number, file) in files.iter().enumerate() {
        let there = fs::read(file).expect("it is there");
        // Another object that is whole, under this one's name; or none.
        if number % 2 == 0 {
            let other = fs::read(&files[(number + 7) % files.len()]).expect("it is there");
            fs::write(file, other).expect("written");
        } else {
            fs::remove_file(file).expect("removed");
        }
        let reader = Ledger::open_for_reading(folder.path());
        let report = reader.and_then(|reader| reader.verify(&VerifyOptions::default()));
        assert!(!report.is_ok_and(|report| report.is_good()), "{}", file.display());
        fs::write(file, there).expect("written");
    }
    assert_eq!(findings(folder.path()), []);
}

/// All that can be read: every record and the state after it.
fn all(ledger: &Ledger) -> Vec<(Entry, Vec<UnitState>)> {
    let page = ledger.page(&Filter::default(), None, 100).expect("a page");
    let state = |entry: &Entry| ledger.state_at(&At::Record(entry.id), None).expect("a state");
    page.entries
        .into_iter()
        .map(|entry| (entry.clone(), state(&entry)))
        .collect()
}

#[test]
fn a_changed_pack_is_found() {
    let folder = tempfile::tempdir().expect("a folder");
    let was = all(&filled(folder.path(), true));
    let packs = fs::read_dir(folder.path().join("ledger.git/objects/pack")).expect("a folder");
    let pack = packs
        .map(|file| file.expect("an entry").path())
        .find(|file| file.extension() == Some("pack".as_ref()))
        .expect("a pack");
    let there = fs::read(&pack).expect("it is there");
    let mut unnoticed = 0;
    for at in (20..there.len() - 20).step_by(there.len() / 40) {
        let mut changed = there.clone();
        changed[at] ^= 0x10;
        fs::write(&pack, changed).expect("written");
        let Ok(reader) = Ledger::open_for_reading(folder.path()) else {
            continue;
        };
        if reader
            .verify(&VerifyOptions::default())
            .expect("a report")
            .is_good()
        {
            // Bytes of the compression that change nothing of what it holds.
            assert_eq!(all(&reader), was, "byte {at}");
            unnoticed += 1;
        }
    }
    assert!(unnoticed < 5, "{unnoticed} of 40");
    fs::write(&pack, there).expect("written");
    assert_eq!(findings(folder.path()), []);
}

#[test]
fn a_chain_that_was_cut_or_given_up_is_found_by_what_is_remembered() {
    let folder = tempfile::tempdir().expect("a folder");
    let ledger = filled(folder.path(), true);
    let tips = ledger.tips();
    drop(ledger);
    let reference = folder.path().join("ledger.git/refs/plumb/ledger/main");
    let third = {
        let reader = Ledger::open_for_reading(folder.path()).expect("it opens");
        let page = reader.page(&Filter::default(), None, 100).expect("a page");
        page.entries[5].id
    };
    fs::write(&reference, format!("{third}\n")).expect("written");
    let found = findings(folder.path());
    assert_eq!(found.len(), 1, "{found:?}");
    assert_eq!((found[0].kind, found[0].sequence.0), (FindingKind::Rewritten, 8));
    // Who tampers may tamper with the note beside it too, not with one that is elsewhere.
    fs::remove_dir_all(folder.path().join("tips")).expect("removed");
    assert_eq!(findings(folder.path()), []);
    let reader = Ledger::open_for_reading(folder.path()).expect("it opens");
    let options = VerifyOptions {
        remembered: Some(&tips),
        ..VerifyOptions::default()
    };
    let report = reader.verify(&options).expect("a report");
    assert_eq!(
        report.findings.iter().map(|f| f.kind).collect::<Vec<_>>(),
        [FindingKind::Rewritten]
    );
    fs::remove_file(&reference).expect("removed");
    let reader = Ledger::open_for_reading(folder.path()).expect("it opens");
    let report = reader.verify(&options).expect("a report");
    assert_eq!(
        report.findings.iter().map(|f| f.kind).collect::<Vec<_>>(),
        [FindingKind::Rewritten]
    );
}

/// Puts a commit with this message on top, as somebody with Git at hand would.
fn forge(folder: &Path, message: &str) -> Option<()> {
    let reference = "refs/plumb/ledger/main";
    let tree = git(folder, &["rev-parse", &format!("{reference}^{{tree}}")])?;
    let tip = git(folder, &["rev-parse", reference])?;
    let mut child = Command::new("git")
        .arg("--git-dir")
        .arg(folder.join("ledger.git"))
        .args([
            "-c",
            "user.name=eve",
            "-c",
            "user.email=e@x",
            "commit-tree",
            tree.trim(),
            "-p",
            tip.trim(),
        ])
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .ok()?;
    child.stdin.take()?.write_all(message.as_bytes()).ok()?;
    let output = child.wait_with_output().ok()?;
    let commit = String::from_utf8(output.stdout).ok()?;
    git(folder, &["update-ref", reference, commit.trim()]).map(drop)
}

#[test]
fn a_gap_and_a_forged_record_are_found() {
    let folder = tempfile::tempdir().expect("a folder");
    drop(filled(folder.path(), false));
    let Some(last) = git(
        folder.path(),
        &["log", "-1", "--format=%B", "refs/plumb/ledger/main"],
    ) else {
        return;
    };
    let last = last.trim_end().to_owned() + "\n";
    forge(folder.path(), &last.replace("Sequence: 8\n", "Sequence: 10\n")).expect("git is there");
    let found = findings(folder.path());
    assert_eq!(
        found.iter().map(|f| f.kind).collect::<Vec<_>>(),
        [FindingKind::Gap],
        "{found:?}"
    );
    assert!(
        found[0]
            .to_string()
            .ends_with("record 9 should be here, but this is 10"),
        "{}",
        found[0]
    );
    let forged = last
        .replace("Sequence: 8\n", "Sequence: 11\n")
        .replace("app-0002: push", "app-0002: nothing");
    forge(folder.path(), &forged).expect("git is there");
    let found = findings(folder.path());
    assert_eq!(
        found.iter().map(|f| f.kind).collect::<Vec<_>>(),
        [FindingKind::Gap, FindingKind::Tampered],
        "{found:?}"
    );
    forge(folder.path(), "hello\n").expect("git is there");
    assert!(
        Ledger::open_for_reading(folder.path()).is_err(),
        "the newest commit is no record"
    );
}

struct Repository;

impl Witness for Repository {
    fn has_commit(&self, source: &Source) -> Known {
        if source.commit == source_commit(5) {
            Known::No
        } else {
            Known::Yes
        }
    }
}

#[test]
fn a_record_without_its_source_commit_is_found() {
    let folder = tempfile::tempdir().expect("a folder");
    let ledger = filled(folder.path(), true);
    let mut unsourced = crate::fixture::record(1, 9, &[]);
    unsourced.source = None;
    ledger
        .append(unsourced, plumb_history::Content::Same)
        .expect("recorded");
    let options = VerifyOptions {
        witness: Some(&Repository),
        ..VerifyOptions::default()
    };
    let report = ledger.verify(&options).expect("a report");
    let found: Vec<_> = report.findings.iter().map(|f| (f.kind, f.sequence.0)).collect();
    assert_eq!(found, [(FindingKind::NoSource, 5), (FindingKind::NoSource, 9)]);
    assert_eq!(report.witnessed, 7);
}

#[test]
fn a_wrong_index_deceives_nobody() {
    let folder = tempfile::tempdir().expect("a folder");
    drop(filled(folder.path(), true));
    let other = tempfile::tempdir().expect("a folder");
    let ledger = open(other.path());
    for number in 1..=8 {
        push(&ledger, number % 2, number, 2);
    }
    drop(ledger);
    // The index of another ledger.
    fs::copy(other.path().join("index/main"), folder.path().join("index/main")).expect("copied");
    assert_eq!(findings(folder.path()), []);
    let ledger = open(folder.path());
    let last = ledger
        .last_of(&crate::fixture::unit(2))
        .expect("it can be read")
        .expect("there is one");
    assert_eq!(last.place.sequence.0, 8);
}
