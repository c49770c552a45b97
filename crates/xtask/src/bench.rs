//! `cargo xtask bench`: the built program beside the ones it stands in for, in one run, as ratios.

mod engine;
mod folders;
pub(crate) mod inputs;
mod measure;

use std::{
    path::{Path, PathBuf},
    process::Command,
};

use anyhow::{Context, Result, bail};
pub(crate) use engine::{EngineArguments, engine};
use folders::Row;
pub(crate) use measure::measure_child;

/// What `bench kustomize` may be told.
#[derive(clap::Args)]
pub(crate) struct KustomizeArguments {
    /// The real program; else PLUMB_KUSTOMIZE, else `kustomize` on the PATH, else Go's folder of programs
    #[arg(long)]
    against: Option<PathBuf>,
    /// Also build these folders, such as bundles of CRDs
    #[arg(long, value_name = "DIR", num_args = 1..)]
    folders: Vec<PathBuf>,
    /// How many apps the monorepo has
    #[arg(long, default_value_t = 300)]
    apps: usize,
}

/// Prints a table of CPU time and memory, ours beside the real program's.
pub(crate) fn kustomize(root: &Path, arguments: &KustomizeArguments) -> Result<()> {
    let ours = release(root)?;
    let real = real_kustomize(arguments.against.as_deref())?;
    let scratch = tempfile::tempdir().context("a folder for the inputs")?;
    let link = scratch.path().join("kustomize");
    std::os::unix::fs::symlink(&ours, &link)?;
    println!("ours: {}\nreal: {}\n", ours.display(), real.display());
    let mut rows = folders::generated(scratch.path(), arguments.apps)?;
    for folder in &arguments.folders {
        let full = folder
            .canonicalize()
            .with_context(|| format!("{} is not there", folder.display()))?;
        rows.push(Row::one(&folder.display().to_string(), full));
    }
    println!(
        "{:<44} {:>12} {:>12} {:>8} {:>10} {:>10}",
        "work", "real CPU ms", "ours CPU ms", "ratio", "real MiB", "ours MiB"
    );
    for row in &rows {
        let against = row.run(&real)?;
        let once_each = row.run(&link)?;
        row.print("", against, once_each);
        if let Some(all) = row.run_all(&ours)? {
            row.print(" (build --all)", against, all);
        }
    }
    Ok(())
}

/// Builds the program as it is released.
pub(crate) fn release(root: &Path) -> Result<PathBuf> {
    let status = Command::new("cargo")
        .args(["build", "--release", "--quiet"])
        .current_dir(root)
        .status()?;
    if !status.success() {
        bail!("the program does not build");
    }
    let target = std::env::var_os("CARGO_TARGET_DIR").map_or_else(|| root.join("target"), PathBuf::from);
    Ok(target.join("release/plumb"))
}

/// Where the real kustomize is.
pub(crate) fn real_kustomize(named: Option<&Path>) -> Result<PathBuf> {
    let by_environment = std::env::var_os("PLUMB_KUSTOMIZE").map(PathBuf::from);
    if let Some(path) = named.map(Path::to_owned).or(by_environment) {
        return Ok(path);
    }
    let path = std::env::var_os("PATH").unwrap_or_default();
    let home = std::env::var_os("HOME").map(|home| PathBuf::from(home).join("go/bin"));
    std::env::split_paths(&path)
        .chain(home)
        .map(|folder| folder.join("kustomize"))
        .find(|file| file.is_file())
        .context(
            "there is no real kustomize to compare with: put it on the PATH, or name it with --against \
             (go install sigs.k8s.io/kustomize/kustomize/v5@v5.8.2)",
        )
}
