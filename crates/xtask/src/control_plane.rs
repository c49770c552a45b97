//! `cargo xtask control-plane`: a real control plane on loopback, for tests and for trying things out.

use std::{
    path::{Path, PathBuf},
    time::Instant,
};

use anyhow::{Result, bail};
use clap::Subcommand;
use plumb_testkit::control_plane::{self, ControlPlane, Module, Tools};

/// What to do with it.
#[derive(Clone, Copy, Debug, Subcommand)]
pub(crate) enum Action {
    /// Build what is missing (ten minutes the first time), and start it
    Up,
    /// End it, and remove its files
    Down,
    /// Print what makes a shell use it: eval "$(cargo xtask control-plane env)"
    Env,
}

/// Does it.
pub(crate) fn run(root: &Path, action: Action) -> Result<()> {
    let folder = folder(root);
    match action {
        Action::Up => up(root, &folder),
        Action::Down => control_plane::end(&folder),
        Action::Env => env(&folder),
    }
}

/// The programs, built where they are missing; says what it does, since that takes long.
pub(crate) fn tools(root: &Path) -> Result<Tools> {
    let began = Instant::now();
    let mut built = false;
    let tools = Tools::build(&Module::of(root), &mut |what| {
        built = true;
        eprintln!(
            "== control plane: {what} ({:.0} s)",
            began.elapsed().as_secs_f64()
        );
    })?;
    if built {
        eprintln!(
            "== control plane: built after {:.0} s",
            began.elapsed().as_secs_f64()
        );
    }
    Ok(tools)
}

/// A kubeconfig that the user has named; its cluster is taken instead of one of ours.
pub(crate) fn existing() -> Option<PathBuf> {
    std::env::var_os("KUBECONFIG")
        .filter(|value| !value.is_empty())
        .map(PathBuf::from)
}

fn up(root: &Path, folder: &Path) -> Result<()> {
    if let Some(kubeconfig) = existing().filter(|path| *path != control_plane::kubeconfig(folder)) {
        println!(
            "KUBECONFIG is set, so nothing is started: {}",
            kubeconfig.display()
        );
        return Ok(());
    }
    if control_plane::runs(folder) {
        println!("It runs already.");
    } else {
        let tools = tools(root)?;
        let began = Instant::now();
        let plane = ControlPlane::start(&tools, folder)?;
        println!(
            "{} is ready after {:.1} s",
            plane.access().server,
            began.elapsed().as_secs_f64()
        );
        plane.leave_running();
    }
    env(folder)
}

fn env(folder: &Path) -> Result<()> {
    match existing() {
        Some(kubeconfig) => println!("export KUBECONFIG={}", quoted(&kubeconfig)),
        None if control_plane::runs(folder) => {
            println!("export KUBECONFIG={}", quoted(&control_plane::kubeconfig(folder)));
        }
        None => bail!("no control plane runs here; cargo xtask control-plane up starts one"),
    }
    Ok(())
}

fn folder(root: &Path) -> PathBuf {
    root.join("target/control-plane")
}

/// A path as a shell reads it.
fn quoted(path: &Path) -> String {
    format!("'{}'", path.display().to_string().replace('\'', r"'\''"))
}
