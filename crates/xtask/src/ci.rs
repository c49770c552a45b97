//! What CI does, in the order of what fails soonest.

use std::{
    path::{Path, PathBuf},
    process::Command,
    time::Instant,
};

use anyhow::{Context, Result, bail};
use plumb_testkit::control_plane::Tools;

use crate::control_plane;

/// The version that builds are byte-identical with.
const VERSION: &str = "v5.8.2";
const KUSTOMIZE: &str = "sigs.k8s.io/kustomize/kustomize/v5";

/// How often the controller is killed.
const CHAOS_KILLS: u32 = 20;

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
    let kustomize = real_kustomize(root);
    match &kustomize {
        Some(program) => println!(
            "== kustomize builds and edits are compared with {}",
            program.display()
        ),
        None => println!("== comparison with the real kustomize: skipped, neither it nor Go is here"),
    }
    for (name, command) in STEPS {
        step(root, name, command, kustomize.as_deref())?;
    }
    conformance(root)?;
    println!("== chaos: {CHAOS_KILLS} kills, and one round of each other fault");
    crate::chaos::run(root, &chaos(root)?)?;
    crate::instructions::run(root)?;
    crate::e2e_page::run(root, &page(root)?)?;
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
            None,
        )?;
    } else {
        println!("== deny: skipped, cargo-deny is not installed");
    }
    println!("== all is well");
    Ok(())
}

/// The faults that every change must stand, on an embedded cluster.
fn chaos(root: &Path) -> Result<crate::chaos::Arguments> {
    Ok(crate::chaos::Arguments {
        kills: CHAOS_KILLS,
        rounds: 1,
        seed: 1,
        kubeconfig: None,
        plumb: Some(crate::conformance::built(root)?),
    })
}

/// What people do on the page, on an embedded cluster; how fast that is depends on what else the machine does.
fn page(root: &Path) -> Result<crate::e2e_page::Arguments> {
    Ok(crate::e2e_page::Arguments {
        only: Some("demo".to_owned()),
        plumb: Some(crate::conformance::built(root)?),
        untimed: true,
        optional: true,
        ..crate::e2e_page::Arguments::default()
    })
}

/// Everything once more on a real control plane, where one is there or can be built.
fn conformance(root: &Path) -> Result<()> {
    let has_go = Command::new("go").arg("version").output();
    let has_go = has_go.is_ok_and(|output| output.status.success());
    if !has_go && control_plane::existing().is_none() && Tools::ready()?.is_none() {
        println!(
            "== conformance: skipped, Go is not installed, and neither KUBECONFIG nor KUBEBUILDER_ASSETS is set"
        );
        return Ok(());
    }
    crate::conformance::run(root, &crate::conformance::Arguments::default())
}

/// The real kustomize: one that is installed, or else made by Go, where that is.
fn real_kustomize(root: &Path) -> Option<PathBuf> {
    let is_judge = |program: &Path| {
        let version = Command::new(program).arg("version").output();
        version.is_ok_and(|output| output.stdout.starts_with(VERSION.as_bytes()))
    };
    if let Ok(installed) = crate::bench::real_kustomize(None)
        && is_judge(&installed)
    {
        return Some(installed);
    }
    let folder = root.join("target/peers");
    let program = folder.join("kustomize");
    if !program.is_file() {
        let made = Command::new("go")
            .arg("install")
            .arg(format!("{KUSTOMIZE}@{VERSION}"))
            .env("GOBIN", &folder)
            .status();
        made.ok().filter(std::process::ExitStatus::success)?;
    }
    is_judge(&program).then_some(program)
}

fn step(root: &Path, name: &str, command: &[&str], kustomize: Option<&Path>) -> Result<()> {
    println!("== {name}: {}", command.join(" "));
    let (program, arguments) = command.split_first().context("a step has a program")?;
    let began = Instant::now();
    let mut child = Command::new(program);
    child
        .args(arguments)
        .current_dir(root)
        .env("RUSTDOCFLAGS", "-D warnings -A rustdoc::private-intra-doc-links");
    if let Some(kustomize) = kustomize {
        child.env("PLUMB_KUSTOMIZE", kustomize);
    }
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
