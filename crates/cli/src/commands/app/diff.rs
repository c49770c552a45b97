//! `plumb app diff`: what a sync would change.

use clap::{ArgMatches, Args, FromArgMatches};
use plumb_pipeline::preview;

use super::UnitFlags;
use crate::{Command, Context, Exit, Failure, GitFlags, names, units};

/// The command.
pub(crate) const COMMAND: Command = Command {
    name: "diff",
    clap: || {
        Arguments::augment_args(
            clap::Command::new("diff")
                .about("Show what a sync would change; exit code 1 when anything, 2 when it cannot be told"),
        )
    },
    run: |context, matches| Box::pin(async move { run(&context, &matches).await }),
};

#[derive(Args, Debug)]
struct Arguments {
    #[command(flatten)]
    unit: UnitFlags,
    /// Commit, branch or tag to compare with [default: what the app is to be at]
    #[arg(long, value_name = "REVISION")]
    revision: Option<String>,
    #[command(flatten)]
    git: GitFlags,
}

async fn run(context: &Context, matches: &ArgMatches) -> Result<Exit, Failure> {
    let arguments = Arguments::from_arg_matches(matches)?;
    let name = &arguments.unit;
    let line = context.line(&name.cluster, &arguments.git).await?;
    let loaded = names::find(line.own(), &name.name, name.app_namespace.as_deref()).await?;
    let (_, preview) = units::preview_of(&line, &loaded, arguments.revision.as_deref()).await?;
    preview
        .warnings
        .iter()
        .for_each(|warning| context.output.note(warning));
    let problems: Vec<&String> = preview
        .plan
        .verdicts()
        .iter()
        .filter_map(|verdict| verdict.problem.as_ref())
        .collect();
    problems.iter().for_each(|problem| context.output.note(problem));
    let texts: Vec<String> = preview
        .diffs
        .iter()
        .map(preview::unified)
        .filter(|text| !text.is_empty())
        .collect();
    texts.iter().for_each(|text| context.output.diff(text));
    Ok(match (problems.is_empty(), texts.is_empty()) {
        (false, _) => Exit::Error,
        (true, false) => Exit::Negative,
        (true, true) => Exit::Success,
    })
}
