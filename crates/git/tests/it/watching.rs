//! The watch tells of every move of a reference, soon.

use std::{
    sync::mpsc::{Receiver, channel},
    time::{Duration, Instant},
};

use plumb_git::watch::LocalWatch;
use plumb_model::Reference;

use crate::fixture::Fixture;

fn watch(fixture: &Fixture) -> (LocalWatch, Receiver<Instant>) {
    let (sender, receiver) = channel();
    let path = fixture.open().local_path().unwrap();
    let watch = LocalWatch::new(&path, move || {
        let _ = sender.send(Instant::now());
    })
    .unwrap();
    (watch, receiver)
}

/// Waits until a refresh after a call shows that `reference` is at HEAD.
fn arrives(fixture: &Fixture, calls: &Receiver<Instant>, reference: &Reference) -> bool {
    let repository = fixture.open();
    while calls.recv_timeout(Duration::from_secs(5)).is_ok() {
        repository.refresh().unwrap();
        if repository
            .resolve(reference)
            .is_ok_and(|found| found.commit == fixture.tip("HEAD"))
        {
            return true;
        }
    }
    false
}

#[test]
fn commits_branches_in_new_folders_and_packing_are_told() {
    let fixture = Fixture::new();
    fixture.commit("a", "1");
    let (_watch, calls) = watch(&fixture);
    fixture.commit("a", "2");
    assert!(arrives(&fixture, &calls, &Reference::Branch("main".into())));
    fixture.git("checkout -q -b team/new/branch");
    assert!(arrives(
        &fixture,
        &calls,
        &Reference::Branch("team/new/branch".into())
    ));
    fixture.commit("a", "3");
    assert!(arrives(
        &fixture,
        &calls,
        &Reference::Branch("team/new/branch".into())
    ));
    while calls.recv_timeout(Duration::from_millis(100)).is_ok() {}
    fixture.git("pack-refs --all");
    assert!(calls.recv_timeout(Duration::from_secs(5)).is_ok());
}

#[test]
fn a_commit_is_told_within_milliseconds() {
    let fixture = Fixture::new();
    fixture.commit("a", "0");
    let (_watch, calls) = watch(&fixture);
    let mut waits = Vec::new();
    for _ in 0..10 {
        while calls.recv_timeout(Duration::from_millis(80)).is_ok() {}
        let next = fixture.git("commit-tree HEAD^{tree} -p HEAD -m next");
        let place = fixture.path().join(".git/refs/heads/main");
        let lock = place.with_extension("lock");
        std::fs::write(&lock, next + "\n").unwrap();
        let start = Instant::now();
        std::fs::rename(lock, place).unwrap();
        let told = calls.recv_timeout(Duration::from_secs(5)).unwrap();
        waits.push(told.saturating_duration_since(start));
    }
    waits.sort();
    println!(
        "reference moved -> told: median {:?}, all {waits:?}",
        waits[waits.len() / 2]
    );
    // A busy machine may be slow now and then; half of the time it must not be.
    assert!(waits[waits.len() / 2] < Duration::from_millis(15), "{waits:?}");
}

#[test]
fn reading_is_not_told() {
    let fixture = Fixture::new();
    fixture.commit("a", "1");
    let (_watch, calls) = watch(&fixture);
    fixture.git("log");
    fixture.open().refresh().unwrap();
    assert!(calls.recv_timeout(Duration::from_millis(200)).is_err());
}
