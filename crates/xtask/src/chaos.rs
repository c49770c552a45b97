//! Kills the built controller at every write, and worse; it must always end where Git is.

use std::{path::Path, time::Instant};

use anyhow::Result;
use plumb_testkit::chaos;

/// What can be said on the command line.
#[derive(clap::Args)]
pub(crate) struct Arguments {
    /// So many kills
    #[arg(long, default_value_t = 60)]
    pub(crate) kills: u32,
    /// So many rounds of each other fault
    #[arg(long, default_value_t = 2)]
    pub(crate) rounds: u32,
    /// Decides everything
    #[arg(long, default_value_t = 1)]
    pub(crate) seed: u64,
    /// A cluster with all rights; without, a dev cluster of its own
    #[arg(long)]
    pub(crate) kubeconfig: Option<std::path::PathBuf>,
    /// The program; without, the release build, made anew
    #[arg(long)]
    pub(crate) plumb: Option<std::path::PathBuf>,
}

/// Runs it.
pub(crate) fn run(root: &Path, arguments: &Arguments) -> Result<()> {
    let plumb = match &arguments.plumb {
        Some(plumb) => plumb.clone(),
        None => crate::bench::release(root)?,
    };
    let options = chaos::Options {
        plumb,
        kubeconfig: arguments.kubeconfig.clone(),
        kills: arguments.kills,
        rounds: arguments.rounds,
        seed: arguments.seed,
    };
    let began = Instant::now();
    let report = chaos::run(&options, |line| println!("{line}"))?;
    println!(
        "chaos: {} kills, {} other faults, {} commits (seed {}): always as Git says; slowest to come right {:.1} s; {:.0} s in all",
        report.kills,
        report.rounds,
        report.commits,
        arguments.seed,
        report.slowest.as_secs_f32(),
        began.elapsed().as_secs_f32()
    );
    Ok(())
}
