//! Random kustomizations, built by this program and by the original, which must say the same.
//!
//! The original is `kustomize` on the path, or the program that `PLUMB_KUSTOMIZE` names; without it this is skipped.
//! `PLUMB_CASES` says how many cases, `PLUMB_SEED` where to begin; a case is the same for the same number,
//! as long as the build fails for the same cases. A difference is shrunk and shown, unless it is one of those that [`kept`] knows. **Start at** [`make`].

mod calm;
mod case;
mod gist;
mod kept;
mod make;
pub(crate) mod random;
mod shrink;
mod yaml;

use std::{
    collections::BTreeMap,
    env,
    path::{Path, PathBuf},
    process::Command,
};

use case::{Answer, Case, Difference, difference};

/// How many cases are tried when nobody says.
const CASES: u64 = 150;
/// How often a case is built anew to make it smaller, when `PLUMB_SHRINKS` says nothing else.
const SHRINKS: usize = 300;

#[test]
fn random_kustomizations_build_as_the_original_builds_them() {
    let Some(program) = original() else {
        println!("differential skipped: no kustomize");
        return;
    };
    let number = |name: &str, default| {
        env::var(name)
            .ok()
            .and_then(|text| text.parse().ok())
            .unwrap_or(default)
    };
    let (first, count) = (number("PLUMB_SEED", 1), number("PLUMB_CASES", CASES));
    let folder = tempfile::tempdir().expect("there is room for a case");
    let (mut same, mut failing, mut kept) = (0, 0, BTreeMap::new());
    let mut differences = Vec::new();
    for seed in first..first + count {
        let case = calm::calmed(make::case(seed), seed);
        let (ours, theirs) = (case.ours(), case.theirs(&program, folder.path()));
        failing += usize::from(matches!(theirs, Answer::Failed { .. }));
        let Some(difference) = difference(&ours, &theirs) else {
            same += 1;
            continue;
        };
        let small = smallest(&case, difference, &program, folder.path());
        let (ours, theirs) = (small.ours(), small.theirs(&program, folder.path()));
        match kept::reason(&small, &ours, &theirs) {
            Some(reason) => *kept.entry(reason).or_insert(0) += 1,
            None => {
                let shown = shrink::describe(&small, difference, &ours, &theirs);
                println!("seed {seed} {shown}");
                differences.push(seed);
            }
        }
    }
    println!("differential {same}/{count} ({failing} fail in both)");
    kept.iter()
        .for_each(|(reason, times)| println!("differential keeps {times}: {reason}"));
    assert!(differences.is_empty(), "seeds {differences:?} differ");
}

/// The original, if it is at hand.
pub(crate) fn original() -> Option<PathBuf> {
    let program = env::var_os("PLUMB_KUSTOMIZE").map_or_else(|| PathBuf::from("kustomize"), PathBuf::from);
    let works = Command::new(&program).arg("version").output();
    works
        .is_ok_and(|output| output.status.success())
        .then_some(program)
}

fn smallest(case: &Case, wanted: Difference, program: &Path, folder: &Path) -> Case {
    let mut shows = |case: &Case| difference(&case.ours(), &case.theirs(program, folder)) == Some(wanted);
    let budget = env::var("PLUMB_SHRINKS").ok().and_then(|text| text.parse().ok());
    shrink::shrink(case, budget.unwrap_or(SHRINKS), &mut shows)
}
