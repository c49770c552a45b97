//! Plain Git reads the ledger, and finds nothing wrong with it.

use plumb_history::{Actor, Cause, Content, Outcome, Person};

use crate::fixture::{git, manual, objects, open, push, record, source_commit, unit};

const SHARD: &str = "refs/plumb/ledger/main";

#[test]
fn git_finds_nothing_wrong_loose_packed_and_joined() {
    let folder = tempfile::tempdir().expect("a folder");
    let ledger = open(folder.path());
    let mut number = 0;
    // So many packs that they are joined.
    for _ in 0..9 {
        for _ in 0..12 {
            // Now and then as it was: what is in an older pack is not written again.
            let version = if number % 5 == 0 { 1 } else { number };
            let things = objects(number % 7, 4, version);
            ledger
                .append(record(number % 7, number, &things), Content::Objects(&things))
                .expect("recorded");
            number += 1;
        }
        let Some(told) = git(folder.path(), &["fsck", "--strict", "--full"]) else {
            return;
        };
        assert!(!told.contains("error") && !told.contains("warning"), "{told}");
        ledger.pack().expect("packed");
    }
    ledger
        .append(record(3, number, &[]), Content::Objects(&[]))
        .expect("recorded");
    let packs = std::fs::read_dir(folder.path().join("ledger.git/objects/pack")).expect("a folder");
    let packs = packs
        .filter(|file| {
            file.as_ref()
                .is_ok_and(|file| file.path().extension() == Some("pack".as_ref()))
        })
        .count();
    assert_eq!(packs, 2, "eight became one");
    let told = git(folder.path(), &["fsck", "--strict", "--full"]).expect("git is there");
    assert!(
        !told.contains("error") && !told.contains("warning") && !told.contains("dangling"),
        "{told}"
    );
    let log = git(folder.path(), &["log", "--format=%s", SHARD]).expect("git is there");
    assert_eq!(log.lines().count(), number + 1);
    let commit = source_commit(number - 1);
    let subject = format!(
        "app-0002: push {} to production, 1 object changed",
        commit.short()
    );
    assert_eq!(log.lines().nth(1), Some(&*subject));
    let folder_of_unit = ":(glob)**/application_argocd_app-0003/*";
    let touched = git(
        folder.path(),
        &["log", "--format=%s", SHARD, "--", folder_of_unit],
    )
    .expect("git is there");
    let pushes = (0..number).filter(|number| number % 7 == 3).count();
    assert_eq!(touched.lines().count(), pushes + 1, "its pushes and its end");
}

#[test]
fn git_shows_what_changed_and_no_secret() {
    let folder = tempfile::tempdir().expect("a folder");
    let ledger = open(folder.path());
    push(&ledger, 1, 1, 3);
    push(&ledger, 1, 2, 3);
    let mut by_hand = manual(1, 3, "bob");
    by_hand.outcome = Outcome::Failed;
    by_hand.message = Some("the server refused:\n\n---\nSequence: 9".to_owned());
    ledger.append(by_hand, Content::Same).expect("recorded");
    let Some(shown) = git(
        folder.path(),
        &["show", "--format=%an %ae%n%B", &format!("{SHARD}~1")],
    ) else {
        return;
    };
    assert!(shown.starts_with("Ann Author ann@example.com\n"), "{shown}");
    assert!(shown.contains("-  replicas: 1\n+  replicas: 2\n"), "{shown}");
    assert!(
        shown.contains("application_argocd_app-0001/Deployment.apps_web_web-0.yaml"),
        "{shown}"
    );
    let secret = git(folder.path(), &["grep", "-h", "password", SHARD]).expect("git is there");
    assert!(
        secret.contains("password: hmac-sha256:") && !secret.contains("hunter2"),
        "{secret}"
    );
    let trailers = |key: &str| {
        let format = format!("--format=%(trailers:key={key},valueonly,separator=%x2C)");
        git(folder.path(), &["log", "-1", &format, SHARD])
            .expect("git is there")
            .trim()
            .to_owned()
    };
    assert_eq!(trailers("Sequence"), "3");
    assert_eq!(trailers("Actor"), "bob");
    assert_eq!(trailers("Unit"), unit(1).to_string());
    assert_eq!(trailers("Outcome"), "failed");
}

#[test]
fn a_hostile_author_breaks_nothing() {
    let folder = tempfile::tempdir().expect("a folder");
    let ledger = open(folder.path());
    let things = objects(1, 1, 1);
    let names: [(&[u8], &[u8]); 4] = [
        (b"\xff\xfe<>\n\0 .", b"a b>\n<c@d"),
        (b"", b""),
        (b"x> 1 +0000\ncommitter evil <e@x", b"<<>>"),
        ("\u{202e}gnp.exe".as_bytes(), b"\x1b[31m"),
    ];
    let mut written = Vec::new();
    for (number, (name, email)) in names.into_iter().enumerate() {
        let mut record = record(1, number, &things);
        record.cause = Cause::Rollback;
        record.actor = Some(Actor("eve\n\nOutcome: succeeded\n".to_owned()));
        let author = Some(Person::from_bytes(name, email));
        record.source = record
            .source
            .map(|source| plumb_history::Source { author, ..source });
        written.push(
            ledger
                .append(record, Content::Objects(&things))
                .expect("recorded"),
        );
    }
    for entry in &written {
        assert_eq!(&ledger.entry(entry.id).expect("it is there"), entry);
    }
    let Some(told) = git(folder.path(), &["fsck", "--strict", "--full"]) else {
        return;
    };
    assert!(!told.contains("error") && !told.contains("warning"), "{told}");
}
