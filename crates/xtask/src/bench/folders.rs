//! The rows of the table: what is built, how often, and what it may cost at most.

use std::path::{Path, PathBuf};

use anyhow::Result;

use super::{
    inputs,
    measure::{Cost, cost},
};

/// One row.
pub(super) struct Row {
    name: String,
    /// Each is built by a process of its own.
    folders: Vec<PathBuf>,
    /// All of `folders` are below it.
    top: Option<PathBuf>,
    /// How often it is repeated, for what is too short to measure once.
    rounds: usize,
}

/// The rows with inputs that are made here.
pub(super) fn generated(scratch: &Path, apps: usize) -> Result<Vec<Row>> {
    let overlay = scratch.join("overlay");
    inputs::one_app(&overlay)?;
    let monorepo = scratch.join("monorepo");
    inputs::monorepo(&monorepo, apps)?;
    let overlays = inputs::overlays(&monorepo, apps);
    let mut rows = vec![
        Row {
            rounds: 20,
            ..Row::one("one overlay, whole process", overlay.join("overlays/production"))
        },
        Row {
            name: format!("{} overlays of {apps} apps", overlays.len()),
            folders: overlays,
            top: Some(monorepo.join("apps")),
            rounds: 1,
        },
        Row::one(
            &format!("one root over {apps} overlays"),
            monorepo.join("everything"),
        ),
    ];
    for count in [500, 1_000, 2_000] {
        let folder = scratch.join(format!("large-{count}"));
        inputs::large(&folder, count)?;
        rows.push(Row::one(
            &format!("one kustomization of {count} resources"),
            folder,
        ));
    }
    Ok(rows)
}

impl Row {
    /// One folder, built once.
    pub(super) fn one(name: &str, folder: PathBuf) -> Self {
        Self {
            name: name.to_owned(),
            folders: vec![folder],
            top: None,
            rounds: 1,
        }
    }

    /// Builds each folder with a process of its own.
    pub(super) fn run(&self, program: &Path) -> Result<Cost> {
        let folders: Vec<&Path> = self.folders.iter().map(PathBuf::as_path).collect();
        cost(program, &["build"], &folders, self.rounds)
    }

    /// Builds all folders with one process, where they have a folder above them all.
    pub(super) fn run_all(&self, program: &Path) -> Result<Option<Cost>> {
        let all = |top: &PathBuf| cost(program, &["build", "--all"], &[top.as_path()], 3);
        self.top.as_ref().map(all).transpose()
    }

    /// Prints the row.
    pub(super) fn print(&self, how: &str, real: Cost, ours: Cost) {
        let name = format!("{}{how}", self.name);
        let ratio = format!("1/{:.0}", real.cpu / ours.cpu.max(0.001));
        println!(
            "{name:<44} {:>12.1} {:>12.1} {ratio:>8} {:>10.0} {:>10.1}",
            real.cpu, ours.cpu, real.memory, ours.memory
        );
    }
}
