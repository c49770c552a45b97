//! Builds folders, each several times, and says how long one build took: for profilers and instruction counts.
//!
//! `cargo run --release -p plumb-kustomize --example build -- ROUNDS DIR...`; with one round nothing but the build is
//! done, so that `valgrind --tool=callgrind` counts the same from run to run.
#![allow(
    clippy::disallowed_methods,
    clippy::disallowed_types,
    clippy::print_stdout,
    reason = "a program for developers: it reads the disk and the clock, and prints"
)]

#[path = "../tests/it/disk.rs"]
mod disk;

use std::{error::Error, time::Instant};

use plumb_kustomize::{Options, build};
use plumb_model::{ReadLimits, Reader, TreePath};

fn main() -> Result<(), Box<dyn Error>> {
    let mut arguments = std::env::args().skip(1);
    let rounds: u32 = arguments.next().ok_or("usage: build ROUNDS DIR...")?.parse()?;
    let tree = disk::DiskTree("/".into());
    for folder in arguments {
        let full = std::fs::canonicalize(&folder)?;
        let path = TreePath::parse(&full.to_string_lossy())?;
        let began = Instant::now();
        let mut size = 0;
        for _ in 0..rounds {
            let reader = Reader::new(&tree, ReadLimits::default());
            size = build(&reader, &path, &Options::default())?.to_yaml().len();
        }
        let each = began.elapsed() / rounds.max(1);
        println!("{folder}: {size} bytes in {:.2} ms", each.as_secs_f64() * 1e3);
    }
    Ok(())
}
