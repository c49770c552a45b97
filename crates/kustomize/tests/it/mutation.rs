//! Damaged inputs: the goldens with bytes and lines changed at random. No build panics, and each ends soon.
//!
//! The changes are the same every time. `PLUMB_ROUNDS` says how often each golden is damaged.

use std::{
    env, fs,
    panic::{AssertUnwindSafe, catch_unwind},
    path::Path,
    time::{Duration, Instant},
};

use plumb_kustomize::{Limits, Options, build};
use plumb_model::{MemoryTree, ReadLimits, Reader, TreePath};

use crate::{differential::random::Random, golden};

/// How often each golden is damaged when nobody says.
const ROUNDS: u64 = 6;
/// No build takes longer, not even on a busy machine and without optimization.
const LONGEST: Duration = Duration::from_secs(20);

/// Bytes that mean something in YAML, and one that is no text.
const ODD: &[u8] = b"{}[]:,-#&*!|>'\"%@` \n\t\\$0a\xff";

type Files = Vec<(String, Vec<u8>)>;

#[test]
fn damaged_inputs_neither_panic_nor_take_long() {
    let rounds = env::var("PLUMB_ROUNDS")
        .ok()
        .and_then(|text| text.parse().ok())
        .unwrap_or(ROUNDS);
    let mut random = Random::new(7);
    let (mut built, mut count) = (0, 0);
    for case in golden::cases() {
        let mut files = Files::new();
        gather(&case.join("in"), "", &mut files);
        let target = golden::target(&case);
        for _ in 0..rounds {
            let damaged = damage(&files, &mut random);
            let began = Instant::now();
            let outcome = catch_unwind(AssertUnwindSafe(|| builds(&damaged, &target)));
            let shown = || show(&damaged);
            let outcome =
                outcome.unwrap_or_else(|_| panic!("{}: a build panics on\n{}", case.display(), shown()));
            assert!(
                began.elapsed() < LONGEST,
                "{}: too slow on\n{}",
                case.display(),
                shown()
            );
            built += usize::from(outcome);
            count += 1;
        }
    }
    println!("mutation {count} damaged inputs, {built} of them still build");
}

fn gather(folder: &Path, prefix: &str, files: &mut Files) {
    let mut entries: Vec<_> = fs::read_dir(folder)
        .expect("goldens can be read")
        .flatten()
        .collect();
    entries.sort_by_key(std::fs::DirEntry::path);
    for entry in entries {
        let name = format!("{prefix}{}", entry.file_name().to_string_lossy());
        if entry.path().is_dir() {
            gather(&entry.path(), &format!("{name}/"), files);
        } else {
            files.push((name, fs::read(entry.path()).expect("goldens can be read")));
        }
    }
}

/// Whether the files build, within small limits.
fn builds(files: &Files, target: &str) -> bool {
    let tree = files.iter().fold(MemoryTree::new(), |tree, (path, content)| {
        tree.with(path, content.clone())
    });
    let reader = Reader::new(&tree, ReadLimits::default());
    let limits = Limits {
        documents: 50,
        depth: 8,
        objects: 200,
        output: 1 << 20,
    };
    let options = Options {
        limits,
        ..Options::default()
    };
    let path = TreePath::parse(target).expect("targets are inside the tree");
    build(&reader, &path, &options).is_ok_and(|built| !built.to_yaml().is_empty())
}

/// A few changes of one file: bytes, lines, parts of other files.
fn damage(files: &Files, random: &mut Random) -> Files {
    let mut damaged = files.clone();
    if damaged.is_empty() {
        return damaged;
    }
    let at = random.below(damaged.len());
    for _ in 0..1 + random.below(3) {
        let other = damaged[random.below(damaged.len())].1.clone();
        let content = &mut damaged[at].1;
        let place = random.below(content.len() + 1);
        match random.below(6) {
            0 if place < content.len() => content[place] = ODD[random.below(ODD.len())],
            1 => content.insert(place, ODD[random.below(ODD.len())]),
            2 if place < content.len() => {
                content.remove(place);
            }
            3 => content.truncate(place),
            4 => {
                let line = other
                    .split_inclusive(|byte| *byte == b'\n')
                    .nth(random.below(12))
                    .unwrap_or_default();
                content.splice(place..place, line.iter().copied());
            }
            _ => {
                let words: [&[u8]; 10] = [
                    b"null",
                    b"[]",
                    b"{}",
                    b"$patch: delete",
                    b"&a [*a]",
                    b"*a",
                    b"-1",
                    b"99999999999999999999",
                    b".*",
                    b"$(X)",
                ];
                content.splice(place..place, words[random.below(words.len())].iter().copied());
            }
        }
    }
    damaged
}

fn show(files: &Files) -> String {
    let one =
        |(path, content): &(String, Vec<u8>)| format!("--- {path}\n{}", String::from_utf8_lossy(content));
    files.iter().map(one).collect::<Vec<_>>().join("\n")
}
