//! `cargo xtask instructions`: how many instructions reading, writing and building take, held against what they took before.
//!
//! Counted by valgrind, the numbers are the same from run to run whatever else the machine does, so that a slowdown shows
//! where a clock would not. Skipped where valgrind is not installed.

use std::{
    fs,
    path::{Path, PathBuf},
    process::Command,
};

use anyhow::{Context, Result, bail};

use crate::bench::inputs;

/// How much more than before is taken for a slowdown, in percent; another C library counts a little differently.
const TOLERANCE: u64 = 15;

/// What is counted: its name, the package and example that do it, and the thousands of instructions that it takes.
struct Count {
    name: &'static str,
    package: &'static str,
    example: &'static str,
    arguments: fn(&Path) -> Result<Vec<String>>,
    thousands: u64,
}

const COUNTS: [Count; 4] = [
    Count {
        name: "read and write 5 MB of YAML",
        package: "plumb-yaml",
        example: "parse_emit",
        arguments: |_| Ok(vec!["1".to_owned(), "emit".to_owned()]),
        thousands: 425_118,
    },
    Count {
        name: "build one overlay",
        package: "plumb-kustomize",
        example: "build",
        arguments: |scratch| {
            let folder = scratch.join("overlay");
            inputs::one_app(&folder)?;
            Ok(once(&folder.join("overlays/production")))
        },
        thousands: 1_479,
    },
    Count {
        name: "build a root over 30 overlays",
        package: "plumb-kustomize",
        example: "build",
        arguments: |scratch| {
            let folder = scratch.join("monorepo");
            inputs::monorepo(&folder, 30)?;
            Ok(once(&folder.join("everything")))
        },
        thousands: 46_261,
    },
    Count {
        name: "build a kustomization of 500 resources",
        package: "plumb-kustomize",
        example: "build",
        arguments: |scratch| {
            let folder = scratch.join("large");
            inputs::large(&folder, 500)?;
            Ok(once(&folder))
        },
        thousands: 56_896,
    },
];

/// Counts everything; fails when something takes more than it did.
pub(crate) fn run(root: &Path) -> Result<()> {
    let valgrind = Command::new("valgrind").arg("--version").output();
    if !valgrind.is_ok_and(|output| output.status.success()) {
        println!("== instructions: skipped, valgrind is not installed");
        return Ok(());
    }
    let target = std::env::var_os("CARGO_TARGET_DIR").map_or_else(|| root.join("target"), PathBuf::from);
    // The same place each time: even the length of a path counts.
    let scratch = target.join("instructions");
    let mut slower = Vec::new();
    for count in &COUNTS {
        let is = count.count(root, &target, &scratch)?;
        println!(
            "== instructions: {}: {is} thousand ({} thousand before)",
            count.name, count.thousands
        );
        if is * 100 > count.thousands * (100 + TOLERANCE) {
            slower.push(count.name);
        }
    }
    if slower.is_empty() {
        return Ok(());
    }
    bail!(
        "more instructions than before: {}. Find out why; where it is worth it, say so in the commit and raise the number in {}",
        slower.join(", "),
        file!()
    )
}

impl Count {
    fn count(&self, root: &Path, target: &Path, scratch: &Path) -> Result<u64> {
        let status = Command::new("cargo")
            .args([
                "build",
                "--release",
                "--quiet",
                "-p",
                self.package,
                "--example",
                self.example,
            ])
            .current_dir(root)
            .status()?;
        if !status.success() {
            bail!("example {} does not build", self.example);
        }
        let arguments = (self.arguments)(scratch)?;
        fs::create_dir_all(scratch)?;
        let output = Command::new("valgrind")
            .arg("--tool=callgrind")
            .arg(format!(
                "--callgrind-out-file={}",
                scratch.join("callgrind.out").display()
            ))
            .arg(target.join("release/examples").join(self.example))
            .args(arguments)
            // The environment lies on the stack, and moves what is above it.
            .env_clear()
            .output()
            .context("valgrind cannot be run")?;
        let said = String::from_utf8_lossy(&output.stderr).into_owned();
        let counted = said
            .lines()
            .find_map(|line| line.split("Collected :").nth(1)?.trim().parse::<u64>().ok());
        counted
            .map(|instructions| instructions / 1_000)
            .with_context(|| format!("{} was not counted: {said}", self.name))
    }
}

fn once(folder: &Path) -> Vec<String> {
    vec!["1".to_owned(), folder.display().to_string()]
}
