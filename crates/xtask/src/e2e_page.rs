//! `cargo xtask e2e-page`: drives the page with a real browser (tests/e2e-page), which the toolchain does not bring.
//!
//! Where Chromium, Node or npm is not installed it says so and does nothing; docs/page.md tells how to install them.

use std::{
    path::{Path, PathBuf},
    process::{Command, Stdio},
};

use anyhow::{Context as _, Result, bail};
use clap::Args;

/// Programs that are a Chromium, the usual one on Debian first.
const BROWSERS: [&str; 4] = [
    "chromium",
    "chromium-browser",
    "google-chrome",
    "google-chrome-stable",
];

/// What to run.
#[derive(Debug, Default, Args)]
pub(crate) struct Arguments {
    /// Only `demo` (what people do, every page) or only `budgets` (10,000 apps, 1,500 objects, 500 streams, rights)
    pub(crate) only: Option<String>,
    /// The program to test; without, it is built for release, since it is measured
    #[arg(long, value_name = "FILE")]
    pub(crate) plumb: Option<PathBuf>,
    /// Only tell of times that are over their budget, where others use the machine too or the program is not built for release
    #[arg(long)]
    pub(crate) untimed: bool,
    /// Where npm cannot bring what it needs, it says so and does nothing
    #[arg(skip)]
    pub(crate) optional: bool,
    /// The browser; without, a Chromium on the PATH
    #[arg(long, value_name = "FILE", env = "PLUMB_CHROMIUM")]
    pub(crate) chromium: Option<PathBuf>,
}

/// Runs it; an error where anything on any page is not as it has to be.
pub(crate) fn run(root: &Path, arguments: &Arguments) -> Result<()> {
    let browser = match &arguments.chromium {
        Some(browser) => Some(browser.clone()),
        None => BROWSERS
            .into_iter()
            .find(|name| is_there(name))
            .map(PathBuf::from),
    };
    let browser = browser.and_then(|browser| on_path(&browser));
    let (Some(browser), true, true) = (browser, is_there("node"), is_there("npm")) else {
        println!(
            "== e2e-page: skipped, it needs Chromium, node and npm (Debian: apt install chromium nodejs npm; docs/page.md)"
        );
        return Ok(());
    };
    let folder = root.join("tests/e2e-page");
    if !folder.join("node_modules/playwright-core").is_dir() {
        let mut npm = Command::new("npm");
        npm.args(["ci", "--ignore-scripts", "--no-audit", "--no-fund"])
            .current_dir(&folder);
        match done(npm, "npm ci in tests/e2e-page") {
            Err(error) if arguments.optional => {
                println!("== e2e-page: skipped, npm cannot bring playwright-core and axe-core: {error}");
                return Ok(());
            }
            brought => brought?,
        }
    }
    let plumb = match &arguments.plumb {
        Some(plumb) => plumb
            .canonicalize()
            .with_context(|| plumb.display().to_string())?,
        None => {
            let mut cargo = Command::new("cargo");
            cargo
                .args(["build", "--release", "-p", "plumb"])
                .current_dir(root);
            done(cargo, "cargo build --release -p plumb")?;
            let target =
                std::env::var_os("CARGO_TARGET_DIR").map_or_else(|| root.join("target"), PathBuf::from);
            target.join("release/plumb")
        }
    };
    let mut node = Command::new("node");
    node.arg(folder.join("run.mjs"))
        .args([&plumb, &browser, &root.join("target/e2e-page")])
        .args(&arguments.only)
        .current_dir(&folder);
    if arguments.untimed {
        node.env("PLUMB_E2E_UNTIMED", "1");
    }
    done(node, "the page in a browser; its pictures are in target/e2e-page")
}

fn done(mut command: Command, what: &str) -> Result<()> {
    let status = command
        .status()
        .with_context(|| format!("{what}: it cannot be run"))?;
    if !status.success() {
        bail!("{what}: {status}");
    }
    Ok(())
}

fn is_there(program: &str) -> bool {
    let run = Command::new(program)
        .arg("--version")
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .status();
    run.is_ok_and(|status| status.success())
}

/// A program as a path, which the driver asks for.
fn on_path(program: &Path) -> Option<PathBuf> {
    if program.components().count() > 1 {
        return program.is_file().then(|| program.to_owned());
    }
    let folders = std::env::var_os("PATH")?;
    std::env::split_paths(&folders)
        .map(|folder| folder.join(program))
        .find(|file| file.is_file())
}
