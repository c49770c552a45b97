//! Random edits of random kustomization files, by this program and by the original.
//!
//! The original is `PLUMB_KUSTOMIZE`, or `kustomize` on the path; without one the test says that it is skipped. How many
//! cases there are is `PLUMB_EDIT_CASES`, the first of them `PLUMB_EDIT_FIRST`: a case is its number, and always the same.

pub(crate) mod commands;
pub(crate) mod kustomizations;
mod original;
pub(crate) mod random;

use std::{
    collections::BTreeMap,
    fs,
    path::{Path, PathBuf},
};

use plumb_kustomize::edit::{Writing, create, edit};

use crate::{memory::Files, recorded::shared};
use original::Original;
use random::Random;

/// How many cases there are unless the environment says otherwise.
const CASES: u64 = 80;

const NAME: &str = "kustomization.yaml";

/// What came of an edit, in a form in which both programs can be compared.
#[derive(Debug, PartialEq, Eq)]
struct Answer {
    is_done: bool,
    stdout: String,
    stderr: String,
    files: BTreeMap<String, String>,
}

#[test]
fn random_edits_give_the_same() {
    let Some(original) = Original::find("random") else {
        return;
    };
    let number = |name: &str, default: u64| {
        let given = std::env::var(name).ok();
        given.and_then(|text| text.parse().ok()).unwrap_or(default)
    };
    let (first, count) = (number("PLUMB_EDIT_FIRST", 0), number("PLUMB_EDIT_CASES", CASES));
    let failures: Vec<String> = (first..first + count)
        .filter_map(|case| compare(&original, case).err())
        .collect();
    println!("random edits {}/{count}", count - failures.len() as u64);
    assert!(failures.is_empty(), "{}", failures.join("\n\n"));
}

/// Files that people wrote, each edited in one of a few ways. With `PLUMB_EDIT_CASES`, only so many of them are.
#[test]
fn edits_of_public_repositories_give_the_same() {
    let (Some(folder), Some(original)) = (shared("repos"), Original::find("public")) else {
        return;
    };
    let most = std::env::var("PLUMB_EDIT_CASES")
        .ok()
        .and_then(|text| text.parse().ok());
    let edits = [
        "set image nginx:1.27",
        "set namespace shop",
        "add label --without-selector team:shop",
        "remove label app -i",
        "set replicas web=3",
        "add annotation note:x -f",
        "fix --vars",
    ];
    let mut found = Vec::new();
    find(&folder, &mut found);
    found.sort();
    let cases: Vec<(usize, &PathBuf)> = found
        .iter()
        .enumerate()
        .take(most.unwrap_or(CASES as usize))
        .collect();
    let failures: Vec<String> = cases
        .iter()
        .filter_map(|(number, path)| {
            let text = fs::read_to_string(path).ok()?;
            let files = BTreeMap::from([(NAME.to_owned(), text)]);
            let words = format!("edit {}", edits[number % edits.len()]);
            let argv: Vec<String> = words.split(' ').map(str::to_owned).collect();
            check(&original, &files, &argv, &path.to_string_lossy()).err()
        })
        .collect();
    println!("public edits {}/{}", cases.len() - failures.len(), cases.len());
    assert!(failures.is_empty(), "{}", failures.join("\n\n"));
}

/// Every kustomization file below a folder.
pub(crate) fn find(folder: &Path, found: &mut Vec<PathBuf>) {
    for entry in fs::read_dir(folder).into_iter().flatten().flatten() {
        let path = entry.path();
        if path.is_dir() && !path.is_symlink() {
            find(&path, found);
        } else if path.file_name().is_some_and(|name| name == NAME) {
            found.push(path);
        }
    }
}

fn compare(original: &Original, case: u64) -> Result<(), String> {
    let mut random = Random::new(case);
    let argv = commands::command(&mut random);
    let with_file = argv[0] != "create" || random.one_in(20);
    let files = kustomizations::folder(&mut random, with_file);
    check(original, &files, &argv, &format!("case {case}"))
}

fn check(
    original: &Original,
    files: &BTreeMap<String, String>,
    argv: &[String],
    name: &str,
) -> Result<(), String> {
    let theirs = original.answer(files, argv)?;
    let ours = answer(files, argv, &original.folder());
    if ours == theirs || is_known(&theirs, &ours) {
        return Ok(());
    }
    let mut told = format!("{name}: {argv:?}\n{}", difference(&theirs, &ours));
    if let Some(text) = files.get(NAME) {
        told.push_str(&format!("--- before\n{text}"));
    }
    Err(told)
}

fn answer(files: &BTreeMap<String, String>, argv: &[String], location: &Path) -> Answer {
    let mut memory = Files::new(files.iter().map(|(path, text)| (path.as_str(), text.as_str())));
    memory.location = location.to_string_lossy().into_owned();
    let outcome = if argv[0] == "create" {
        create(&argv[1..], &mut memory)
    } else {
        edit(&argv[1..], Writing::Anew, &mut memory)
    };
    let mut stderr: String = outcome
        .remarks
        .iter()
        .map(|remark| format!("{}\n", remark.text))
        .collect();
    if let Err(error) = &outcome.result {
        stderr.push_str(&format!("Error: {}\n", error.to_string().trim_end()));
    }
    Answer {
        is_done: outcome.result.is_ok(),
        stdout: outcome.stdout,
        stderr,
        files: memory.files,
    }
}

/// Differences that stay, each for a reason.
fn is_known(theirs: &Answer, ours: &Answer) -> bool {
    // The original trips over a label without pairs, and leaves a file behind that it could not finish.
    if theirs.stderr.starts_with("panic: assignment to entry in nil map") {
        return true;
    }
    // It shows where in memory the target of a patch is.
    if theirs.stderr.contains("already in kustomization file") && theirs.stderr.contains("(0x") {
        return theirs.files == ours.files;
    }
    let mut theirs_files = theirs.files.clone();
    if !theirs.is_done && theirs_files.get(NAME).is_some_and(String::is_empty) {
        theirs_files.remove(NAME);
    }
    // What is wrong with a text that is no YAML, or with a kustomization that `fix` cannot build, is told in other words.
    let cut = |text: &str| {
        let (marker, yaml) = (
            "now produces the error when running `kustomize build`: ",
            "yaml: line ",
        );
        let text = text.split(marker).next().unwrap_or_default();
        text.split(yaml).next().unwrap_or_default().to_owned()
    };
    theirs.is_done == ours.is_done
        && theirs_files == ours.files
        && cut(&theirs.stdout) == cut(&ours.stdout)
        && cut(&theirs.stderr) == cut(&ours.stderr)
}

fn difference(theirs: &Answer, ours: &Answer) -> String {
    let mut told = String::new();
    let mut tell = |what: &str, theirs: &str, ours: &str| {
        if theirs != ours {
            told.push_str(&format!(
                "--- {what}: theirs\n{theirs}\n--- {what}: ours\n{ours}\n"
            ));
        }
    };
    tell("done", &theirs.is_done.to_string(), &ours.is_done.to_string());
    tell("stdout", &theirs.stdout, &ours.stdout);
    tell("stderr", &theirs.stderr, &ours.stderr);
    let nothing = String::new();
    for (path, text) in &theirs.files {
        tell(path, text, ours.files.get(path).unwrap_or(&nothing));
    }
    told
}
