//! Tidiness that no compiler checks: rows, headers, sizes, words that stay in their crate.

use std::{
    collections::BTreeMap,
    path::{Path, PathBuf},
    process::Command,
};

use anyhow::{Context, Result, bail};

/// The row of each crate; each depends only on crates of lower rows. Row 0 is a chain: model on schema on yaml.
const ROWS: &[(&str, u32)] = &[
    ("yaml", 0),
    ("schema", 1),
    ("model", 2),
    ("kustomize", 10),
    ("expressions", 10),
    ("render", 20),
    ("plan", 20),
    ("health", 20),
    ("policy", 20),
    ("git", 30),
    ("charts", 30),
    ("history", 30),
    ("cluster", 30),
    ("devcluster", 30),
    ("argo", 40),
    ("flux", 40),
    ("pipeline", 50),
    ("cli", 60),
    ("web", 60),
    ("controllers", 60),
    ("plumb", 70),
];
/// Crates that ship nothing and may use any.
const DEVELOPMENT: [&str; 2] = ["testkit", "xtask"];
/// From this row on, crates may wait and talk.
const FIRST_IMPURE_ROW: u32 = 30;
/// What crates below that may not depend on.
const IMPURE: [&str; 6] = ["tokio", "kube", "gix", "hyper", "axum", "ureq"];
/// No file is longer.
const LONGEST_FILE: usize = 800;
/// Words, and the crates that they stay in.
const WORDS: &[(&str, &[&str])] = &[("argoproj.io", &["argo"]), ("fluxcd.io", &["flux"])];

/// Checks everything; tells all that is wrong at once.
pub(crate) fn run(root: &Path) -> Result<()> {
    let mut wrong = Vec::new();
    rows(root, &mut wrong)?;
    for file in sources(root)? {
        check_file(root, &file, &mut wrong)?;
    }
    architecture(root, &mut wrong)?;
    if wrong.is_empty() {
        println!("== tidy: well");
        return Ok(());
    }
    for line in &wrong {
        eprintln!("{line}");
    }
    bail!("{} things are untidy", wrong.len())
}

fn rows(root: &Path, wrong: &mut Vec<String>) -> Result<()> {
    let output = Command::new("cargo")
        .args(["metadata", "--no-deps", "--format-version", "1"])
        .current_dir(root)
        .output()?;
    let metadata: serde_json::Value =
        serde_json::from_slice(&output.stdout).context("cargo metadata says no JSON")?;
    let rows: BTreeMap<&str, u32> = ROWS.iter().copied().collect();
    for package in metadata["packages"].as_array().into_iter().flatten() {
        let name = package["name"]
            .as_str()
            .unwrap_or_default()
            .trim_start_matches("plumb-")
            .to_owned();
        if DEVELOPMENT.contains(&name.as_str()) {
            continue;
        }
        let Some(row) = rows.get(name.as_str()) else {
            wrong.push(format!("crates/{name}: in no row of xtask/src/tidy.rs"));
            continue;
        };
        let dependencies = package["dependencies"].as_array().into_iter().flatten();
        for dependency in dependencies.filter(|dependency| dependency["kind"].is_null()) {
            let full = dependency["name"].as_str().unwrap_or_default();
            if *row < FIRST_IMPURE_ROW && IMPURE.contains(&full) {
                wrong.push(format!(
                    "crates/{name}: depends on {full}, but rows 0-2 neither wait nor talk"
                ));
            }
            let below = full.strip_prefix("plumb-").and_then(|other| rows.get(other));
            if below.is_some_and(|below| below >= row) {
                wrong.push(format!(
                    "crates/{name}: depends on {full}, which is not in a lower row"
                ));
            }
        }
    }
    Ok(())
}

fn check_file(root: &Path, file: &Path, wrong: &mut Vec<String>) -> Result<()> {
    let text = std::fs::read_to_string(root.join(file)).with_context(|| file.display().to_string())?;
    let shown = file.display();
    let owner = file
        .iter()
        .nth(1)
        .and_then(|name| name.to_str())
        .unwrap_or_default();
    let is_test = shown.to_string().contains("/tests") || shown.to_string().contains("/benches/");
    if !is_test && !text.starts_with("//!") {
        wrong.push(format!("{shown}:1: no header (//!) that says what it is for"));
    }
    let lines = text.lines().count();
    if lines > LONGEST_FILE {
        wrong.push(format!("{shown}: {lines} lines, over {LONGEST_FILE}"));
    }
    if file.file_name().is_some_and(|name| name == "mod.rs") {
        wrong.push(format!("{shown}: foo.rs + foo/ instead of mod.rs"));
    }
    if is_test || DEVELOPMENT.contains(&owner) {
        return Ok(());
    }
    for (number, line) in text.lines().enumerate() {
        for (word, homes) in WORDS {
            if line.contains(word) && !homes.contains(&owner) {
                wrong.push(format!(
                    "{shown}:{}: {word} belongs to crates/{}",
                    number + 1,
                    homes.join(", ")
                ));
            }
        }
    }
    Ok(())
}

/// Every crate is told of in ARCHITECTURE.md.
fn architecture(root: &Path, wrong: &mut Vec<String>) -> Result<()> {
    let text =
        std::fs::read_to_string(root.join("ARCHITECTURE.md")).context("ARCHITECTURE.md cannot be read")?;
    for name in ROWS.iter().map(|(name, _)| *name).chain(DEVELOPMENT) {
        if !text.contains(&format!("`{name}`")) {
            wrong.push(format!("ARCHITECTURE.md: crate `{name}` is not told of"));
        }
    }
    Ok(())
}

/// The sources, as git knows them.
fn sources(root: &Path) -> Result<Vec<PathBuf>> {
    let output = Command::new("git")
        .args(["ls-files", "crates/*.rs"])
        .current_dir(root)
        .output()?;
    let listing = String::from_utf8(output.stdout)?;
    Ok(listing
        .lines()
        .map(PathBuf::from)
        .filter(|path| root.join(path).exists())
        .collect())
}
