//! Makes the goldens of `plumb-kustomize` anew with the real program.
//!
//! A case is a folder with `in`, and a file `target` when not `in` itself is built. Cases that build get `out.yaml` and
//! `warnings.txt`; those with an `error.txt` must fail, and say what it has.

use std::{
    fs,
    path::{Path, PathBuf},
    process::Command,
};

use anyhow::{Context, Result, bail, ensure};

/// The version that the builds are byte-identical with.
const VERSION: &str = "v5.8.2";

/// Blesses every case.
pub(crate) fn run(root: &Path) -> Result<()> {
    let version = Command::new("kustomize").arg("version").output();
    let version = version.context("kustomize is not on the path")?.stdout;
    let version = String::from_utf8_lossy(&version).trim().to_owned();
    if version != VERSION {
        bail!("kustomize on the path is {version}; the goldens are those of {VERSION}");
    }
    let folder = root.join("crates/kustomize/tests/golden");
    let mut cases: Vec<PathBuf> = fs::read_dir(&folder)?
        .flatten()
        .map(|entry| entry.path())
        .collect();
    cases.sort();
    let mut changed = 0;
    for case in &cases {
        changed += usize::from(bless(case).with_context(|| case.display().to_string())?);
    }
    println!("== bless: {changed} of {} cases changed", cases.len());
    Ok(())
}

/// Blesses one case; whether anything changed.
fn bless(case: &Path) -> Result<bool> {
    let target = fs::read_to_string(case.join("target")).unwrap_or_default();
    let folder = case.join("in").join(target.trim());
    let output = Command::new("kustomize").arg("build").arg(folder).output()?;
    let complaints: String = String::from_utf8_lossy(&output.stderr)
        .lines()
        .map(|line| format!("{}\n", without_time(line)))
        .collect();
    if let Ok(fragment) = fs::read_to_string(case.join("error.txt")) {
        ensure!(!output.status.success(), "the original builds this");
        let place = case.join("in").canonicalize()?.display().to_string();
        let said = complaints.replace(&format!("{place}/"), "");
        ensure!(said.contains(fragment.trim()), "the original says {complaints}");
        return Ok(false);
    }
    ensure!(output.status.success(), "the original says {complaints}");
    let out = write(&case.join("out.yaml"), &output.stdout)?;
    let warnings = write(&case.join("warnings.txt"), complaints.as_bytes())?;
    Ok(out || warnings)
}

/// Go's log puts the time before its lines.
fn without_time(line: &str) -> &str {
    match line.split_at_checked("2006/01/02 15:04:05 ".len()) {
        Some((time, rest))
            if time
                .bytes()
                .all(|byte| byte.is_ascii_digit() || b"/: ".contains(&byte)) =>
        {
            rest
        }
        _ => line,
    }
}

/// Writes a file, or removes it when there is nothing to say; whether that changed it.
fn write(path: &Path, content: &[u8]) -> Result<bool> {
    let before = fs::read(path).ok();
    let is_empty = content.is_empty() && path.ends_with("warnings.txt");
    let after = (!is_empty).then_some(content);
    if before.as_deref() == after {
        return Ok(false);
    }
    match after {
        Some(content) => fs::write(path, content)?,
        None => fs::remove_file(path)?,
    }
    Ok(true)
}
