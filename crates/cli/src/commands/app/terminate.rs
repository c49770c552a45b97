//! `plumb app terminate-op`: ends the operation that is under way.

use clap::{ArgMatches, Args, FromArgMatches};
use plumb_model::UnitKind;
use plumb_pipeline::actions;

use super::UnitFlags;
use crate::{Command, Context, Exit, Failure, names};

/// The command.
pub(crate) const COMMAND: Command =
    Command {
        name: "terminate-op",
        clap: || {
            Arguments::augment_args(clap::Command::new("terminate-op").about(
                "End the operation of an app that is under way, and its hooks; exit code 1 where none is",
            ))
        },
        run: |context, matches| Box::pin(async move { run(&context, &matches).await }),
    };

#[derive(Args, Debug)]
struct Arguments {
    #[command(flatten)]
    unit: UnitFlags,
}

async fn run(context: &Context, matches: &ArgMatches) -> Result<Exit, Failure> {
    let Arguments { unit: name } = Arguments::from_arg_matches(matches)?;
    let cluster = context.cluster(&name.cluster).await?;
    let loaded = names::find(&cluster, &name.name, name.app_namespace.as_deref()).await?;
    let id = &loaded.id;
    if id.kind != UnitKind::Application {
        return Err(anyhow::anyhow!(
            "{id}: only operations of Applications can be ended; a Kustomization is paused with `plumb suspend`"
        )
        .into());
    }
    if loaded.report.running().is_none() {
        context.output.line(format!("{id}: no operation is under way"));
        return Ok(Exit::Negative);
    }
    actions::terminate(&cluster, id).await?;
    context.output.line(format!("{id}: the operation is to end"));
    Ok(Exit::Success)
}
