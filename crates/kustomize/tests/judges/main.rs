//! The judges of kustomize: recorded answers of the real program, public repositories, and our own goldens.
//!
//! A program of its own, so that `cargo test -p plumb-kustomize` shows how many cases pass, by group. A group whose data is
//! not at hand says "skipped". Words on the command line choose groups, as with other tests.
#![allow(
    clippy::disallowed_methods,
    clippy::print_stdout,
    clippy::expect_used,
    reason = "a test program looks for its data, and prints what it finds"
)]

mod builds;
#[path = "../it/disk.rs"]
mod disk;
mod edits;
#[path = "../it/differential/gist.rs"]
mod gist;
#[path = "../it/golden.rs"]
mod golden;
mod goldens;
#[path = "../it/memory.rs"]
#[allow(dead_code, reason = "the other test program uses all of it")]
mod memory;
#[path = "../it/recorded.rs"]
mod recorded;
mod repositories;

use std::process::ExitCode;

/// How many cases there are of a kind, and which fail.
#[derive(Default)]
pub(crate) struct Tally {
    total: usize,
    failures: Vec<String>,
}

impl Tally {
    /// Notes what came of a case.
    pub(crate) fn note(&mut self, name: &str, outcome: Result<(), String>) {
        self.total += 1;
        if let Err(why) = outcome {
            self.failures.push(format!("{name}: {why}"));
        }
    }
}

/// A group: its name, what judges it (`None` without its data), and how many cases passed before.
type Group = (&'static str, fn() -> Option<Tally>, usize);

const GROUPS: [Group; 6] = [
    ("build", || builds::recorded("build"), 259),
    ("quirks", || builds::recorded("quirks"), 74),
    ("edit", edits::recorded, 483),
    ("repositories", repositories::one_by_one, 901),
    ("repositories, built together", repositories::together, 901),
    ("goldens", goldens::all, 479),
];

fn main() -> ExitCode {
    let words: Vec<String> = std::env::args()
        .skip(1)
        .filter(|word| !word.starts_with('-'))
        .collect();
    let mut is_well = true;
    for (name, judge, floor) in GROUPS {
        if !words.is_empty() && !words.iter().any(|word| name.contains(word.as_str())) {
            continue;
        }
        let Some(tally) = judge() else {
            println!("kustomize {name}: skipped, its data is not here");
            continue;
        };
        let passed = tally.total - tally.failures.len();
        tally.failures.iter().for_each(|failure| println!("  {failure}"));
        println!("kustomize {name}: {passed}/{} pass", tally.total);
        if passed < floor {
            println!("kustomize {name}: {floor} passed before");
            is_well = false;
        }
    }
    if is_well {
        ExitCode::SUCCESS
    } else {
        ExitCode::FAILURE
    }
}
