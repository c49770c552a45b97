//! Tours: kubectl commands that must say the same on a real and on the embedded cluster.
//!
//! ```text
//! # A comment.
//! $ command       run by sh on both; what comes must be the same
//! ~ command       as $, but tried again until it is the same (20 s), and not empty
//! ! command       must succeed on both; what it says is not compared
//! differs WHY     the command above is known to say something else on the embedded cluster; fails once it no longer does
//! ```
//!
//! Before they are compared, ids, times, ages, addresses and generated names are made the same ([`normal::normal`]).
//! **Start at** [`run`].

mod normal;
mod stage;

use std::{
    fmt::Write as _,
    fs,
    path::Path,
    time::{Duration, Instant},
};

use anyhow::{Context as _, Result, bail};
use plumb_testkit::scenario::Outcome;
use stage::{Came, Embedded, Stage};

use super::planes::Planes;

/// How long a `~` step may take to come true.
const PATIENCE: Duration = Duration::from_secs(20);

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum How {
    /// The same on both.
    Same,
    /// The same on both in the end.
    Eventually,
    /// Done on both.
    Done,
}

struct Step {
    line: usize,
    how: How,
    command: String,
    differs: Option<String>,
}

/// Runs a tour on both clusters.
pub(super) fn run(file: &Path, plumb: &Path, planes: &mut Planes) -> Result<Outcome> {
    let steps = parse(&fs::read_to_string(file)?).with_context(|| file.display().to_string())?;
    let files = file.with_file_name("files");
    let embedded = Embedded::start(plumb)?;
    let plane = planes.fresh()?;
    let stages = [plane.kubeconfig(), embedded.kubeconfig()]
        .map(|kubeconfig| Stage::new(&kubeconfig, &planes.programs(), &files));
    let [real, ours] = stages;
    let outcome = play(file, &steps, [&real?, &ours?]);
    planes.done(plane)?;
    outcome
}

fn play(file: &Path, steps: &[Step], stages: [&Stage; 2]) -> Result<Outcome> {
    let (mut wrong, mut known) = (String::new(), 0);
    for step in steps {
        let began = Instant::now();
        let (difference, came) = loop {
            let came = both(&step.command, stages)?;
            let difference = step.difference(&came);
            let again = step.how == How::Eventually && (difference.is_some() || came[0].text.is_empty());
            if !again || began.elapsed() > PATIENCE {
                break (difference, came);
            }
            std::thread::sleep(Duration::from_millis(100));
        };
        let place = format!("{}:{}: {}", file.display(), step.line, step.command);
        match (difference, &step.differs) {
            (None, None) => {}
            (Some(_), Some(_)) => known += 1,
            (None, Some(why)) => {
                writeln!(
                    wrong,
                    "{place}\n  is the same by now; take away: differs {why}\n{}",
                    came[0].text
                )?;
            }
            (Some(difference), None) => writeln!(wrong, "{place}\n{difference}")?,
        }
    }
    println!(
        "== tour {}: {} commands, {known} of them known to differ",
        file.file_stem().unwrap_or_default().display(),
        steps.len()
    );
    if wrong.is_empty() {
        return Ok(Outcome::Passed);
    }
    bail!("{wrong}")
}

/// Runs a command on both clusters at once.
fn both(command: &str, stages: [&Stage; 2]) -> Result<[Came; 2]> {
    let [real, ours] = std::thread::scope(|scope| {
        let running = stages.map(|stage| scope.spawn(|| stage.run(command)));
        running.map(|thread| thread.join().ok().context("a command could not be run"))
    });
    Ok([real??, ours??])
}

impl Step {
    /// How the embedded cluster (`+`) differs from the real one (`-`), if it does.
    fn difference(&self, [real, ours]: &[Came; 2]) -> Option<String> {
        let failed = [real, ours].map(|came| came.exit != 0);
        match self.how {
            How::Done if failed == [false, false] => None,
            How::Done => Some(format!("real:\n{}embedded:\n{}", real.text, ours.text)),
            How::Same | How::Eventually if real == ours => None,
            How::Same | How::Eventually => {
                let mut text = similar::TextDiff::from_lines(&real.text, &ours.text)
                    .unified_diff()
                    .context_radius(2)
                    .to_string();
                if real.exit != ours.exit {
                    text.push_str(&format!("exit code -{} +{}\n", real.exit, ours.exit));
                }
                Some(text)
            }
        }
    }
}

fn parse(text: &str) -> Result<Vec<Step>> {
    let mut steps: Vec<Step> = Vec::new();
    for (index, line) in text.lines().enumerate() {
        let line_number = index + 1;
        let (word, rest) = line.split_once(' ').unwrap_or((line, ""));
        let how = match word {
            "$" => How::Same,
            "~" => How::Eventually,
            "!" => How::Done,
            "#" | "" => continue,
            "differs" => {
                let step = steps.last_mut().context("differs stands below a command")?;
                step.differs = Some(rest.to_owned());
                continue;
            }
            _ => bail!("line {line_number}: {line:?} is no step"),
        };
        steps.push(Step {
            line: line_number,
            how,
            command: rest.to_owned(),
            differs: None,
        });
    }
    Ok(steps)
}
