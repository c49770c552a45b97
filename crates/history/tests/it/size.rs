//! How long it takes, and how much room: `PLUMB_LEDGER_RECORDS=100000 cargo test --release -p plumb-history size -- --nocapture`.
//! With `PLUMB_LEDGER_FOLDER` the ledger is left there, for `plumb audit` to be tried on it.

use std::{env, path::PathBuf, time::Instant};

use plumb_history::{At, Cause, Filter, Ledger, VerifyOptions};

use crate::fixture::{open, push, source_commit, time, unit};

const UNITS: usize = 1000;
const OBJECTS: usize = 10;

fn records() -> usize {
    env::var("PLUMB_LEDGER_RECORDS").map_or(300, |text| text.parse().expect("a number"))
}

#[test]
fn of_many_records() {
    let temporary = tempfile::tempdir().expect("a folder");
    let folder =
        env::var_os("PLUMB_LEDGER_FOLDER").map_or_else(|| temporary.path().to_owned(), PathBuf::from);
    let ledger = open(&folder);
    let mut times = Vec::new();
    let mut packing = Vec::new();
    for number in 0..records() {
        let objects = crate::fixture::objects(number % UNITS, OBJECTS, number);
        let record = crate::fixture::record(number % UNITS, number, &objects);
        let start = Instant::now();
        ledger
            .append(record, plumb_history::Content::Objects(&objects))
            .expect("recorded");
        times.push(start.elapsed());
        if ledger.is_pack_due() {
            let start = Instant::now();
            ledger.pack().expect("packed");
            packing.push(start.elapsed());
        }
    }
    times.sort();
    packing.sort();
    println!(
        "append: p50 {:?} p99 {:?} worst {:?}; {} packs, worst {:?}",
        times[times.len() / 2],
        times[times.len() * 99 / 100],
        times.last().expect("some"),
        packing.len(),
        packing.last(),
    );
    drop(ledger);
    let start = Instant::now();
    let ledger = open(&folder);
    println!("open: {:?}; {} MB on disk", start.elapsed(), bytes(&folder) >> 20);
    assert_eq!(ledger.len(), records());
    read(&ledger);
    push(&ledger, 1, records(), OBJECTS);
}

fn read(ledger: &Ledger) {
    let timed = |what: &str, filter: &Filter| {
        let start = Instant::now();
        let page = ledger.page(filter, None, 50).expect("a page");
        println!("{what}: {} of them, {:?}", page.entries.len(), start.elapsed());
        page
    };
    assert!(!timed("newest page", &Filter::default()).entries.is_empty());
    let text = |text: &str| Some(text.to_owned());
    let none = [
        (
            "unit",
            Filter {
                unit: text("app-0007"),
                ..Filter::default()
            },
        ),
        (
            "cause, none",
            Filter {
                cause: Some(Cause::Drift),
                ..Filter::default()
            },
        ),
        (
            "actor, none",
            Filter {
                actor: text("nobody"),
                ..Filter::default()
            },
        ),
        (
            "object",
            Filter {
                object: text("Deployment/web-0"),
                ..Filter::default()
            },
        ),
        (
            "object, none",
            Filter {
                object: text("Deployment/nothing"),
                ..Filter::default()
            },
        ),
        (
            "commit",
            Filter {
                commit: text(source_commit(3).short()),
                ..Filter::default()
            },
        ),
        (
            "time",
            Filter {
                since: Some(time(3)),
                until: Some(time(40)),
                ..Filter::default()
            },
        ),
    ];
    for (what, filter) in none {
        timed(what, &filter);
    }
    for (what, at) in [
        ("state now", At::Newest),
        ("state then", At::Time(time(records() / 2))),
    ] {
        let start = Instant::now();
        let state = ledger.state_at(&at, Some(&unit(7))).expect("a state");
        println!("{what}: {} units, {:?}", state.len(), start.elapsed());
    }
    let start = Instant::now();
    let object = crate::fixture::objects(7, 1, 1)[0].id.clone();
    let lines = ledger.blame(&object, None, Some(&unit(7))).expect("known");
    println!("blame: {} fields, {:?}", lines.len(), start.elapsed());
    let start = Instant::now();
    let report = ledger.verify(&VerifyOptions::default()).expect("a report");
    println!(
        "verify: {} records, {} objects, {:?}",
        report.records,
        report.objects,
        start.elapsed()
    );
    assert!(report.is_good(), "{:?}", report.findings);
    assert_eq!(report.records, records());
}

fn bytes(folder: &std::path::Path) -> u64 {
    let mut sum = 0;
    for entry in std::fs::read_dir(folder).expect("a folder") {
        let entry = entry.expect("an entry");
        let metadata = entry.metadata().expect("it is there");
        sum += if metadata.is_dir() {
            bytes(&entry.path())
        } else {
            metadata.len()
        };
    }
    sum
}
