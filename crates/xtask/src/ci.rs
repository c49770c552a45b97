//! What CI does, in the order of what fails soonest.

use std::{path::Path, process::Command, time::Instant};

use anyhow::{Context, Result, bail};

/// A step: its name, the program, its arguments.
type Step = (&'static str, &'static [&'static str]);

const STEPS: &[Step] = &[
    ("format", &["cargo", "fmt", "--all", "--check"]),
    (
        "lints",
        &[
            "cargo",
            "clippy",
            "--workspace",
            "--all-targets",
            "--quiet",
            "--",
            "-D",
            "warnings",
        ],
    ),
    ("tests", &["cargo", "test", "--workspace"]),
    ("docs", &["cargo", "doc", "--workspace", "--no-deps", "--quiet"]),
];

/// Runs every step; the first that fails ends it.
pub(crate) fn run(root: &Path) -> Result<()> {
    crate::tidy::run(root)?;
    for (name, command) in STEPS {
        step(root, name, command)?;
    }
    crate::instructions::run(root)?;
    // It is not part of the toolchain, and its advisories need the network; licences, bans and sources do not.
    let deny = Command::new("cargo").args(["deny", "--version"]).output();
    if deny.is_ok_and(|output| output.status.success()) {
        step(
            root,
            "deny",
            &[
                "cargo",
                "deny",
                "--offline",
                "check",
                "bans",
                "licenses",
                "sources",
            ],
        )?;
    } else {
        println!("== deny: skipped, cargo-deny is not installed");
    }
    println!("== all is well");
    Ok(())
}

fn step(root: &Path, name: &str, command: &[&str]) -> Result<()> {
    println!("== {name}: {}", command.join(" "));
    let (program, arguments) = command.split_first().context("a step has a program")?;
    let began = Instant::now();
    let mut child = Command::new(program);
    child
        .args(arguments)
        .current_dir(root)
        .env("RUSTDOCFLAGS", "-D warnings -A rustdoc::private-intra-doc-links");
    let status = child
        .status()
        .with_context(|| format!("{program} cannot be run"))?;
    println!(
        "== {name}: {} after {:.0} s",
        if status.success() { "well" } else { "failed" },
        began.elapsed().as_secs_f64()
    );
    if status.success() {
        Ok(())
    } else {
        bail!("{name} failed: {}", command.join(" "))
    }
}
