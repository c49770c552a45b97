//! The program as a user runs it.
#![allow(
    clippy::panic,
    clippy::print_stdout,
    reason = "a test ends by panicking, and says what it skips"
)]

use std::path::Path;

use plumb_testkit::scenario::{Outcome, run};

/// Runs one scenario with the program that this test run built.
fn play(name: &str) {
    let file = Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("../../scenarios")
        .join(format!("{name}.scn"));
    match run(&file, Path::new(env!("CARGO_BIN_EXE_plumb"))) {
        Ok(Outcome::Passed) => {}
        Ok(Outcome::Skipped(why)) => println!("skipped: {name}: {why}"),
        Err(error) => panic!("{error:#}"),
    }
}

macro_rules! scenarios {
    ($($test:ident = $name:literal),* $(,)?) => {
        $(#[test] fn $test() { play($name); })*

        #[test]
        fn every_scenario_is_played() {
            let played = [$($name),*];
            let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../scenarios");
            for entry in std::fs::read_dir(folder).unwrap() {
                let path = entry.unwrap().path();
                let name = path.file_stem().unwrap().to_string_lossy().into_owned();
                assert!(played.contains(&name.as_str()), "{} is in no test", path.display());
            }
        }
    };
}

scenarios! {
    audit_copy = "audit-copy",
    audit_log = "audit-log",
    audit_time = "audit-time",
    audit_verify = "audit-verify",
    bad_input = "bad-input",
    commit = "commit",
    crash = "crash",
    delete = "delete",
    demo_once = "demo-once",
    flux = "flux",
    fuse = "fuse",
    guide_cluster = "guide-cluster",
    helm = "helm",
    hooks = "hooks",
    kustomize = "kustomize",
    outside = "outside",
    pause = "pause",
    remote_base = "remote-base",
    prune = "prune",
    rollback = "rollback",
    waves = "waves",
}
