//! Scenarios: what a user would type, and what must come back.
//!
//! ```text
//! # A comment.
//! needs kubectl              skip the scenario where a program is missing
//! needs failing Jobs         skip it where nothing runs containers, so that every Job completes
//! demo                       start `plumb demo`; sets KUBECONFIG, REPO and PAGE
//! stop                       end it as Ctrl-C would
//! git-server                 serve the repositories below the folder over HTTP; sets GIT_SERVER
//! $ command                  run by sh; the lines below are its output
//! [..]                       any text within a line;  `...` alone: any lines
//! ~ command                  as $, but tried again until it comes true (20 s)
//! exit 1                     the exit code of the command above (else 0)
//! ```
//!
//! **Invariant:** a scenario that cannot run says why; one that runs checks every line.

mod parse;
mod process;

#[cfg(test)]
mod tests;

use std::{
    path::{Path, PathBuf},
    time::{Duration, Instant},
};

use anyhow::{Context, Result, bail};

pub use parse::{Step, parse};
use process::Stage;

/// How long a `~` step may take to come true.
const PATIENCE: Duration = Duration::from_secs(20);

/// How a scenario ended, where it did not fail.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// Every step did what it says.
    Passed,
    /// It could not run here, for this reason.
    Skipped(String),
}

/// What a scenario plays with.
#[derive(Clone, Debug)]
pub struct Setting {
    /// The program.
    pub plumb: PathBuf,
    /// The cluster of the demo; `None` = the embedded one.
    pub kubeconfig: Option<PathBuf>,
    /// Folders of programs that are found before those that are installed.
    pub programs: Vec<PathBuf>,
    /// How long a `~` step may take to come true.
    pub patience: Duration,
}

impl Setting {
    /// The program on the embedded cluster.
    #[must_use]
    pub fn embedded(plumb: &Path) -> Self {
        Self {
            plumb: plumb.to_owned(),
            kubeconfig: None,
            programs: Vec::new(),
            patience: PATIENCE,
        }
    }
}

/// Runs the scenario in `file` with the program `plumb` on the embedded cluster, in a folder of its own.
///
/// # Errors
/// The first step that did not do what it says: its line, what was expected and what came.
pub fn run(file: &Path, plumb: &Path) -> Result<Outcome> {
    run_in(file, &Setting::embedded(plumb))
}

/// Runs the scenario in `file` in a folder of its own.
///
/// # Errors
/// The first step that did not do what it says: its line, what was expected and what came.
pub fn run_in(file: &Path, setting: &Setting) -> Result<Outcome> {
    let text = std::fs::read_to_string(file).with_context(|| format!("{} cannot be read", file.display()))?;
    let steps = parse(&text).with_context(|| file.display().to_string())?;
    let mut stage = Stage::new(setting)?;
    for (line, step) in steps {
        let place = || format!("{}:{line}", file.display());
        match step {
            Step::Needs(what) if what == "failing Jobs" => {
                if setting.kubeconfig.is_some() {
                    return Ok(Outcome::Skipped("kwok completes every Job".to_owned()));
                }
            }
            Step::Needs(program) => {
                let found = stage.run(&format!("command -v {program}"))?;
                if found.exit != 0 {
                    return Ok(Outcome::Skipped(format!("{program} is not installed")));
                }
            }
            Step::Demo(arguments) => stage.demo(&arguments).with_context(place)?,
            Step::GitServer => stage.serve_git().with_context(place)?,
            Step::Stop => stage.stop().with_context(place)?,
            Step::Run {
                command,
                expected,
                exit,
                retry,
            } => {
                let began = Instant::now();
                loop {
                    let came = stage.run(&command)?;
                    let wrong = difference(&expected, &came.text).or_else(|| {
                        (came.exit != exit).then(|| format!("exit code {} instead of {exit}", came.exit))
                    });
                    let Some(wrong) = wrong else { break };
                    if !retry || began.elapsed() > setting.patience {
                        bail!(
                            "{}: $ {command}\n{wrong}\nall of the output:\n{}",
                            place(),
                            came.text
                        );
                    }
                    std::thread::sleep(Duration::from_millis(25));
                }
            }
        }
    }
    stage.stop()?;
    Ok(Outcome::Passed)
}

/// How `came` differs from `expected`, if it does.
fn difference(expected: &[String], came: &str) -> Option<String> {
    let lines: Vec<&str> = came.lines().map(str::trim_end).collect();
    if matches(expected, &lines) {
        return None;
    }
    let first = expected
        .iter()
        .zip(&lines)
        .position(|(want, line)| want == "..." || !line_matches(want, line));
    let at = first.unwrap_or(expected.len().min(lines.len()));
    let show = |text: Option<&str>| text.map_or_else(|| "(nothing)".to_owned(), |text| format!("{text:?}"));
    let (want, line) = (expected.get(at).map(String::as_str), lines.get(at).copied());
    Some(format!(
        "output line {}: expected {}, came {}",
        at + 1,
        show(want),
        show(line)
    ))
}

fn matches(expected: &[String], lines: &[&str]) -> bool {
    match expected.split_first() {
        None => lines.is_empty(),
        Some((want, rest)) if want == "..." => (0..=lines.len()).any(|skip| matches(rest, &lines[skip..])),
        Some((want, rest)) => lines
            .split_first()
            .is_some_and(|(line, below)| line_matches(want, line) && matches(rest, below)),
    }
}

/// Whether a line is as wanted; `[..]` stands for any text.
fn line_matches(want: &str, line: &str) -> bool {
    let mut parts = want.split("[..]");
    let first = parts.next().unwrap_or_default();
    let Some(mut rest) = line.strip_prefix(first) else {
        return false;
    };
    let parts: Vec<&str> = parts.collect();
    let Some((last, middle)) = parts.split_last() else {
        return rest.is_empty();
    };
    for part in middle {
        let Some(at) = rest.find(part) else { return false };
        rest = &rest[at + part.len()..];
    }
    rest.ends_with(last)
}
