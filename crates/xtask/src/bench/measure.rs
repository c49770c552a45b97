//! What a process costs: CPU time and memory, as the kernel counted them.
//!
//! The kernel adds up what all children of a process cost, so each measurement is a process of its own: this program,
//! called again as `measure`, with the measured ones as its only children.

use std::{
    path::Path,
    process::{Command, Stdio},
};

use anyhow::{Context, Result, bail};
use nix::sys::resource::{UsageWho, getrusage};

/// What processes cost.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Cost {
    /// User and system time of all of them, in milliseconds.
    pub(super) cpu: f64,
    /// The most memory that one of them had, in MiB.
    pub(super) memory: f64,
}

/// Runs `program` with `arguments` once for each of `folders`, `rounds` times over; what one round costs.
pub(super) fn cost(program: &Path, arguments: &[&str], folders: &[&Path], rounds: usize) -> Result<Cost> {
    let mut child = Command::new(std::env::current_exe()?);
    child
        .arg("measure")
        .arg(rounds.to_string())
        .arg(program)
        .args(arguments)
        .arg("--")
        .args(folders);
    let output = child.stderr(Stdio::inherit()).output()?;
    if !output.status.success() {
        bail!("{} could not be measured", program.display());
    }
    let text = String::from_utf8_lossy(&output.stdout);
    let mut numbers = text
        .split_whitespace()
        .filter_map(|word| word.parse::<f64>().ok());
    let mut number = || numbers.next().context("two numbers were expected");
    Ok(Cost {
        cpu: number()? / rounds as f64,
        memory: number()?,
    })
}

/// The other side of [`cost`]: `ROUNDS PROGRAM ARGUMENT... -- FOLDER...`; prints milliseconds and MiB.
pub(crate) fn measure_child(words: &[String]) -> Result<()> {
    let [rounds, program, rest @ ..] = words else {
        bail!("usage: measure ROUNDS PROGRAM ARGUMENT... -- FOLDER...");
    };
    let end = rest.iter().position(|word| word == "--").unwrap_or(rest.len());
    let (arguments, folders) = (&rest[..end], rest.get(end + 1..).unwrap_or_default());
    for _ in 0..rounds.parse::<usize>()? {
        for folder in folders {
            let output = Command::new(program)
                .args(arguments)
                .arg(folder)
                .stdout(Stdio::null())
                .stderr(Stdio::piped())
                .spawn()?
                .wait_with_output()?;
            if !output.status.success() {
                let why = String::from_utf8_lossy(&output.stderr).into_owned();
                bail!("{program} {} {folder} failed: {why}", arguments.join(" "));
            }
        }
    }
    let usage = getrusage(UsageWho::RUSAGE_CHILDREN)?;
    let milliseconds =
        |time: nix::sys::time::TimeVal| time.tv_sec() as f64 * 1e3 + time.tv_usec() as f64 / 1e3;
    let cpu = milliseconds(usage.user_time()) + milliseconds(usage.system_time());
    println!("{cpu} {}", usage.max_rss() as f64 / 1024.0);
    Ok(())
}
