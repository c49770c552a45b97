//! `plumb app list`: every unit, one row each.

use clap::{ArgMatches, Args, FromArgMatches};
use serde_json::Value;

use crate::{ClusterFlags, Command, Context, Exit, Failure, Format, names::KINDS, show, units};

/// The command.
pub(crate) const COMMAND: Command = Command {
    name: "list",
    clap: || {
        Arguments::augment_args(
            clap::Command::new("list")
                .about("List Applications and Kustomizations")
                .alias("ls"),
        )
    },
    run: |context, matches| Box::pin(async move { run(&context, &matches).await }),
};

#[derive(Args, Debug)]
struct Arguments {
    /// Only those that these labels pick, as team=web,tier!=test
    #[arg(short = 'l', long, default_value = "", value_name = "LABELS")]
    selector: String,
    /// Only those whose custom resource is in this namespace
    #[arg(short = 'N', long, value_name = "NAMESPACE")]
    app_namespace: Option<String>,
    /// Only those of this project
    #[arg(short = 'p', long, value_name = "NAME")]
    project: Option<String>,
    /// Form of the answer
    #[arg(short, long, value_enum, default_value = "wide")]
    output: Format,
    #[command(flatten)]
    cluster: ClusterFlags,
}

async fn run(context: &Context, matches: &ArgMatches) -> Result<Exit, Failure> {
    let arguments = Arguments::from_arg_matches(matches)?;
    let cluster = context.cluster(&arguments.cluster).await?;
    let mut found = Vec::new();
    for kind in KINDS {
        found.extend(
            units::list(
                &cluster,
                kind,
                arguments.app_namespace.as_deref(),
                &arguments.selector,
            )
            .await?,
        );
    }
    if let Some(project) = &arguments.project {
        found.retain(|loaded| loaded.object["spec"]["project"] == **project);
    }
    let output = &context.output;
    match arguments.output {
        Format::Json | Format::Yaml => {
            let objects: Vec<Value> = found.into_iter().map(|loaded| loaded.object).collect();
            output.data(&Value::Array(objects), arguments.output);
        }
        Format::Name => found.iter().for_each(|loaded| output.line(&loaded.id)),
        Format::Table | Format::Wide => {
            let mut head = show::COLUMNS.to_vec();
            if arguments.output == Format::Wide {
                head.extend(show::MORE_COLUMNS);
            }
            let cut = |loaded| show::row(loaded).into_iter().take(head.len()).collect();
            output.table(&head, found.iter().map(cut).collect());
        }
    }
    Ok(Exit::Success)
}
