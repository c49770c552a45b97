//! What is drift and what is not, on a real control plane: the tests of the cluster crate, with its kubeconfig.

use std::{path::Path, process::Command};

use anyhow::{Context as _, Result, bail};
use plumb_testkit::scenario::Outcome;

use super::planes::Planes;

/// What the tests tell in a line each.
const COUNTS: [&str; 2] = ["noise ", "seeded "];

pub(super) fn run(root: &Path, planes: &mut Planes) -> Result<Outcome> {
    let plane = planes.fresh()?;
    let output = Command::new("cargo")
        .args(["test", "--quiet", "-p", "plumb-cluster", "--test", "it"])
        .args(["drift::", "--", "--nocapture"])
        .env("PLUMB_KUBECONFIG", plane.kubeconfig())
        .current_dir(root)
        .output()
        .context("cargo cannot be run")?;
    planes.done(plane)?;
    let told = String::from_utf8_lossy(&output.stdout);
    let counts: Vec<&str> = told
        .lines()
        // A dot for the test before may stand in front.
        .map(|line| line.trim_start_matches('.'))
        .filter(|line| COUNTS.iter().any(|count| line.starts_with(count)))
        .collect();
    for line in &counts {
        println!("== {line}");
    }
    if !output.status.success() {
        bail!("{told}{}", String::from_utf8_lossy(&output.stderr));
    }
    if counts.len() != COUNTS.len() {
        bail!("the tests did not tell their counts:\n{told}");
    }
    Ok(Outcome::Passed)
}
