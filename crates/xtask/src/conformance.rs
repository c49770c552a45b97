//! `cargo xtask conformance`: what passes on the embedded cluster must pass on a real control plane too.
//!
//! Every scenario runs on a control plane of its own, or on the cluster that `$KUBECONFIG` names, which is emptied in
//! between; then a tour of kubectl commands runs on a real and on the embedded cluster, and must say the same on both; then come
//! the cases of noise and of drift, and last random requests to both.

mod drift;
mod planes;
mod tour;

use std::{
    fs,
    path::{Path, PathBuf},
    process::Command,
    time::{Duration, Instant},
};

use anyhow::{Context as _, Result, bail};
use clap::Args;
use planes::Planes;
use plumb_testkit::scenario::{self, Outcome, Setting};

use crate::{control_plane, differential};

/// How long something may take to come true; Pods run as fast as on the embedded cluster, but there are more programs.
const PATIENCE: Duration = Duration::from_secs(60);

/// What to run.
#[derive(Debug, Default, Args)]
pub(crate) struct Arguments {
    /// Only scenarios and tours whose name has this in it; `drift` and `differential` are names too
    filter: Option<String>,
}

/// How many there were.
#[derive(Debug, Default)]
struct Counts {
    passed: usize,
    skipped: usize,
    failed: usize,
}

/// Runs all; an error where anything fails.
pub(crate) fn run(root: &Path, arguments: &Arguments) -> Result<()> {
    let began = Instant::now();
    let plumb = built(root)?;
    let mut planes = Planes::new(root)?;
    let mut counts = Counts::default();
    let wanted = |path: &Path| {
        let name = path.file_stem().unwrap_or_default().to_string_lossy();
        arguments
            .filter
            .as_ref()
            .is_none_or(|filter| name.contains(filter.as_str()))
    };
    let of = |folder: &str, extension: &str| -> Result<Vec<PathBuf>> {
        let mut files = files(&root.join(folder), extension)?;
        files.retain(|path| wanted(path));
        Ok(files)
    };
    for file in of("scenarios", "scn")? {
        counts.note("scenario", &file, || scenario(&file, &plumb, &mut planes));
    }
    for file in of("tests/kubectl-tour", "tour")? {
        counts.note("tour", &file, || tour::run(&file, &plumb, &mut planes));
    }
    if wanted(Path::new("drift")) {
        counts.note("cases of", Path::new("drift"), || drift::run(root, &mut planes));
    }
    if wanted(Path::new("differential")) {
        counts.note("requests,", Path::new("differential"), || sequences(root));
    }
    println!(
        "== conformance: {} passed, {} skipped, {} failed after {:.0} s",
        counts.passed,
        counts.skipped,
        counts.failed,
        began.elapsed().as_secs_f64()
    );
    if counts.failed > 0 {
        bail!("{} of the above failed on a real control plane", counts.failed);
    }
    if counts.passed == 0 {
        bail!("nothing was run");
    }
    Ok(())
}

/// Random requests to a real API server and to the embedded cluster, from the fixed seed.
fn sequences(root: &Path) -> Result<Outcome> {
    if control_plane::existing().is_some() {
        // Its controllers would answer as well, and it may have objects.
        let why = "it compares with a server of its own, and KUBECONFIG is set";
        return Ok(Outcome::Skipped(why.to_owned()));
    }
    differential::run(root, &differential::Arguments::default())?;
    Ok(Outcome::Passed)
}

impl Counts {
    /// Runs one, and prints its line.
    fn note(&mut self, what: &str, file: &Path, run: impl FnOnce() -> Result<Outcome>) {
        let name = file.file_stem().unwrap_or_default().to_string_lossy();
        let began = Instant::now();
        let outcome = run();
        let took = began.elapsed().as_secs_f64();
        match outcome {
            Ok(Outcome::Passed) => {
                self.passed += 1;
                println!("== {what} {name}: passed after {took:.1} s");
            }
            Ok(Outcome::Skipped(why)) => {
                self.skipped += 1;
                println!("== {what} {name}: skipped, {why}");
            }
            Err(error) => {
                self.failed += 1;
                println!("== {what} {name}: FAILED after {took:.1} s\n{error:#}");
            }
        }
    }
}

fn scenario(file: &Path, plumb: &Path, planes: &mut Planes) -> Result<Outcome> {
    let text = fs::read_to_string(file)?;
    let mut setting = Setting {
        patience: PATIENCE,
        programs: planes.programs(),
        ..Setting::embedded(plumb)
    };
    // Where no cluster comes up there is nothing to be real.
    let plane = if text
        .lines()
        .any(|line| line.starts_with("demo") || line.contains("plumb demo"))
    {
        let plane = planes.fresh()?;
        setting.kubeconfig = Some(plane.kubeconfig());
        Some(plane)
    } else {
        None
    };
    let outcome = scenario::run_in(file, &setting);
    match plane {
        Some(plane) => planes.done(plane).and(outcome),
        None => outcome,
    }
}

/// The program, as it is now.
pub(crate) fn built(root: &Path) -> Result<PathBuf> {
    let status = Command::new("cargo")
        .args(["build", "--quiet", "-p", "plumb"])
        .current_dir(root)
        .status()
        .context("cargo cannot be run")?;
    if !status.success() {
        bail!("plumb does not build");
    }
    let target = std::env::var_os("CARGO_TARGET_DIR").map_or_else(|| root.join("target"), PathBuf::from);
    Ok(target.join("debug/plumb"))
}

/// The files of a folder with this extension, in order.
fn files(folder: &Path, extension: &str) -> Result<Vec<PathBuf>> {
    let entries = fs::read_dir(folder).with_context(|| folder.display().to_string())?;
    let mut files = entries
        .map(|entry| Ok(entry?.path()))
        .collect::<Result<Vec<PathBuf>>>()?;
    files.retain(|path| path.extension().is_some_and(|is| is == extension));
    files.sort();
    Ok(files)
}
