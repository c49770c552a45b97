//! Reading a scenario.

use anyhow::{Context, Result, bail};

/// One step.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Step {
    /// Skip all where this program is missing.
    Needs(String),
    /// Start the demo with these arguments.
    Demo(String),
    /// End it.
    Stop,
    /// Serve repositories.
    GitServer,
    /// Run a command.
    Run {
        /// For sh.
        command: String,
        /// The lines that must come.
        expected: Vec<String>,
        /// The exit code that must come.
        exit: i32,
        /// Try again until all is as it must be.
        retry: bool,
    },
}

/// Reads a scenario; each step with its line.
///
/// # Errors
/// At the first line that is no step.
pub fn parse(text: &str) -> Result<Vec<(usize, Step)>> {
    let mut steps: Vec<(usize, Step)> = Vec::new();
    for (index, line) in text.lines().enumerate() {
        let line = line.trim_end();
        let number = index + 1;
        let (word, rest) = line.split_once(' ').unwrap_or((line, ""));
        match (word, steps.last_mut()) {
            ("$" | "~", _) => {
                let retry = word == "~";
                steps.push((
                    number,
                    Step::Run {
                        command: rest.to_owned(),
                        expected: Vec::new(),
                        exit: 0,
                        retry,
                    },
                ));
            }
            ("exit", Some((_, Step::Run { exit, .. }))) => {
                *exit = rest
                    .parse()
                    .with_context(|| format!("line {number}: exit wants a number"))?;
            }
            ("", Some((_, Step::Run { expected, .. }))) if !line.is_empty() || !expected.is_empty() => {
                expected.push(line.to_owned());
            }
            ("", _) | ("#", _) => {}
            ("needs", _) => steps.push((number, Step::Needs(rest.to_owned()))),
            ("demo", _) => steps.push((number, Step::Demo(rest.to_owned()))),
            ("git-server", _) => steps.push((number, Step::GitServer)),
            ("stop", _) => steps.push((number, Step::Stop)),
            (_, Some((_, Step::Run { expected, .. }))) => expected.push(line.to_owned()),
            _ => bail!("line {number}: {line:?} is no step"),
        }
    }
    // Empty lines between a command and the next are for the eye.
    for (_, step) in &mut steps {
        if let Step::Run { expected, .. } = step {
            while expected.last().is_some_and(String::is_empty) {
                expected.pop();
            }
        }
    }
    Ok(steps)
}
