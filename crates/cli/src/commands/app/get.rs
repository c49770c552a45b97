//! `plumb app get`: one unit, with its objects and what is wrong with it.

use clap::{ArgMatches, Args, FromArgMatches};

use super::UnitFlags;
use crate::{Command, Context, Exit, Failure, Format, names, show};

/// The command.
pub(crate) const COMMAND: Command = Command {
    name: "get",
    clap: || {
        Arguments::augment_args(
            clap::Command::new("get").about("Show one app: its state, objects and problems"),
        )
    },
    run: |context, matches| Box::pin(async move { run(&context, &matches).await }),
};

#[derive(Args, Debug)]
struct Arguments {
    #[command(flatten)]
    unit: UnitFlags,
    /// Form of the answer
    #[arg(short, long, value_enum, default_value = "table")]
    output: Format,
}

async fn run(context: &Context, matches: &ArgMatches) -> Result<Exit, Failure> {
    let Arguments { unit, output: format } = Arguments::from_arg_matches(matches)?;
    let cluster = context.cluster(&unit.cluster).await?;
    let loaded = names::find(&cluster, &unit.name, unit.app_namespace.as_deref()).await?;
    match format {
        Format::Json | Format::Yaml => context.output.data(&loaded.object, format),
        Format::Name => context.output.line(&loaded.id),
        Format::Table | Format::Wide => show::page(&context.output, &loaded),
    }
    Ok(Exit::Success)
}
