//! How long it takes, and how much room: `PLUMB_LEDGER_RECORDS=100000 cargo test --release -p plumb-history size -- --nocapture`.

use std::{env, time::Instant};

use crate::fixture::{open, push};

const UNITS: usize = 1000;
const OBJECTS: usize = 10;

fn records() -> usize {
    env::var("PLUMB_LEDGER_RECORDS").map_or(300, |text| text.parse().expect("a number"))
}

#[test]
fn of_many_records() {
    let folder = tempfile::tempdir().expect("a folder");
    let ledger = open(folder.path());
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
    let ledger = open(folder.path());
    println!("open: {:?}", start.elapsed());
    assert_eq!(ledger.len(), records());
    push(&ledger, 1, records(), OBJECTS);
}
