//! `plumb diff PATH`: what applying a folder would change.

use clap::{ArgMatches, Args, FromArgMatches};
use plumb_pipeline::preview;

use crate::{ClusterFlags, Command, Context, Exit, Failure, compare};

/// The command.
pub(crate) const COMMAND: Command = Command {
    name: "diff",
    clap: || {
        Arguments::augment_args(clap::Command::new("diff").about(
            "Show what applying a folder would change; exit code 1 when anything, 2 when it cannot be told",
        ))
    },
    run: |context, matches| Box::pin(async move { run(&context, &matches).await }),
};

#[derive(Args, Debug)]
struct Arguments {
    /// Folder of manifests or with a kustomization
    #[arg(default_value = ".", value_name = "PATH")]
    path: String,
    /// Namespace for objects that name none [default: that of the kubeconfig's context]
    #[arg(short, long, value_name = "NAMESPACE")]
    namespace: Option<String>,
    #[command(flatten)]
    cluster: ClusterFlags,
}

async fn run(context: &Context, matches: &ArgMatches) -> Result<Exit, Failure> {
    let arguments = Arguments::from_arg_matches(matches)?;
    let output = &context.output;
    let cluster = context.cluster(&arguments.cluster).await?;
    let compared = compare::folder(&cluster, &arguments.path, arguments.namespace.as_deref()).await?;
    compared.warnings.iter().for_each(|warning| output.note(warning));
    let problems: Vec<&String> = compared
        .plan
        .verdicts()
        .iter()
        .filter_map(|verdict| verdict.problem.as_ref())
        .collect();
    problems.iter().for_each(|problem| output.note(problem));
    let texts: Vec<String> = compared
        .diffs
        .iter()
        .map(preview::unified)
        .filter(|text| !text.is_empty())
        .collect();
    texts.iter().for_each(|text| output.diff(text));
    Ok(match (problems.is_empty(), texts.is_empty()) {
        (false, _) => Exit::Error,
        (true, false) => Exit::Negative,
        (true, true) => Exit::Success,
    })
}
