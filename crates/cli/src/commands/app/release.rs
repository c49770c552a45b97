//! `plumb app release`: ends a rollback that holds.

use clap::{ArgMatches, Args, FromArgMatches};
use plumb_pipeline::actions;

use super::UnitFlags;
use crate::{Command, Context, Exit, Failure, names};

/// The command.
pub(crate) const COMMAND: Command = Command {
    name: "release",
    clap: || {
        Arguments::augment_args(clap::Command::new("release").about("End a rollback and follow Git again"))
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
    let Some(hold) = loaded.unit.as_ref().ok().and_then(|unit| unit.hold.clone()) else {
        context
            .output
            .line(format!("{} is not held: nothing to release", loaded.id));
        return Ok(Exit::Success);
    };
    actions::release(&cluster, &loaded.id).await?;
    context.output.line(format!(
        "{} is released from {}; it follows Git again{}",
        loaded.id,
        hold.revision.short(),
        if loaded.unit.is_ok_and(|unit| unit.sync.automated) {
            ""
        } else {
            " once it is synced (`plumb app sync`)"
        }
    ));
    Ok(Exit::Success)
}
