//! `cargo xtask differential`: the same random requests to a real API server and to the embedded cluster.

use std::{collections::BTreeMap, path::Path, time::Instant};

use anyhow::{Result, bail};
use clap::Args;
use plumb_testkit::differential::{self, Options};

use crate::control_plane;

/// What to replay.
#[derive(Debug, Args)]
pub(crate) struct Arguments {
    /// How many sequences
    #[arg(long, default_value_t = Options::default().sequences)]
    sequences: u64,
    /// The seed of the first one
    #[arg(long, default_value_t = Options::default().seed)]
    seed: u64,
    /// Replay the sequences of these seeds only
    #[arg(long, value_delimiter = ',')]
    only: Vec<u64>,
    /// How many run at the same time
    #[arg(long, default_value_t = Options::default().at_once)]
    at_once: usize,
    /// Make so many failures short before telling them
    #[arg(long, default_value_t = Options::default().told)]
    told: usize,
    /// So many sequences may differ; each of them is told all the same
    #[arg(long, default_value_t = 0)]
    allow: usize,
}

impl Default for Arguments {
    fn default() -> Self {
        let options = Options::default();
        Self {
            sequences: options.sequences,
            seed: options.seed,
            only: options.only,
            at_once: options.at_once,
            told: options.told,
            allow: 0,
        }
    }
}

/// Replays, and tells what differs; an error where more does than is allowed.
pub(crate) fn run(root: &Path, arguments: &Arguments) -> Result<()> {
    let tools = control_plane::tools(root)?;
    let began = Instant::now();
    let options = Options {
        sequences: arguments.sequences,
        seed: arguments.seed,
        only: arguments.only.clone(),
        at_once: arguments.at_once,
        told: arguments.told,
    };
    let report = differential::run(&tools, &root.join("target/differential"), &options)?;
    let mut classes = BTreeMap::<&str, Vec<&differential::Failure>>::new();
    for failure in &report.failures {
        classes.entry(&failure.class).or_default().push(failure);
    }
    let mut classes: Vec<_> = classes.into_iter().collect();
    classes.sort_by_key(|(_, failures)| std::cmp::Reverse(failures.len()));
    for (class, failures) in classes.iter().take(arguments.told) {
        println!("== {} times: {class}", failures.len());
        if let Some(shortest) = failures.iter().min_by_key(|failure| failure.to_string().len()) {
            println!("{shortest}");
        }
    }
    for (class, failures) in classes.iter().skip(arguments.told) {
        println!("== {} times: {class}", failures.len());
        println!("{}", brief(failures[0]));
    }
    for (reason, count) in &report.kept {
        println!("== known, {count} times: {reason}");
    }
    if !report.unsteady.is_empty() {
        println!("== differed once and not again: seeds {:?}", report.unsteady);
    }
    for (seed, why) in &report.broken {
        println!("== not answered: seed {seed}: {why}");
    }
    println!(
        "== sequences {}/{}",
        report.sequences - report.failures.len() - report.broken.len(),
        report.sequences
    );
    println!(
        "== differential: {} sequences of {} requests, {} differ in {} ways ({} allowed), after {:.0} s",
        report.sequences,
        report.requests,
        report.failures.len(),
        classes.len(),
        arguments.allow,
        began.elapsed().as_secs_f64()
    );
    if !report.broken.is_empty() {
        bail!(
            "{} sequences were not answered to their end; the lines above say why",
            report.broken.len()
        );
    }
    if report.failures.len() > arguments.allow {
        bail!(
            "the embedded cluster answers otherwise than the real one in {} sequences, and {} are allowed: mend what the \
             lines above tell, and replay one with --only SEED",
            report.failures.len(),
            arguments.allow
        );
    }
    Ok(())
}

/// The request whose answers differ, and how they begin to.
fn brief(failure: &differential::Failure) -> String {
    const LONGEST: usize = 260;
    let cut = |text: String| text.chars().take(LONGEST).collect::<String>();
    let mut text = format!("  seed {}", failure.seed);
    if let Some(request) = failure.requests.last() {
        text += &format!(
            "\n  {}",
            request.to_string().chars().take(3 * LONGEST).collect::<String>()
        );
    }
    for difference in failure.differences.iter().take(4) {
        let shown = |value: &Option<serde_json::Value>| {
            value
                .as_ref()
                .map_or_else(|| "nothing".to_owned(), ToString::to_string)
        };
        text += &format!(
            "\n    {}: {} | {}",
            difference.path,
            cut(shown(&difference.real)),
            cut(shown(&difference.embedded))
        );
    }
    text
}
