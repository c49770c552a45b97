//! `plumb suspend` and `plumb resume`: nothing is done for a while.

use std::time::Duration;

use clap::{ArgMatches, Args, FromArgMatches};
use plumb_model::{ObjectId, Pause};
use plumb_pipeline::actions;

use super::{app::caller, get::What, reconcile::find};
use crate::{ClusterFlags, Command, Context, Exit, Failure, waiting};

/// The field manager of what is asked for.
const MANAGER: &str = "plumb-cli";

/// `plumb suspend`.
pub(crate) const SUSPEND: Command = Command {
    name: "suspend",
    clap: || {
        let command = clap::Command::new("suspend")
            .about("Leave an app or a source as it is until it is resumed, or the time is over");
        PauseFlags::augment_args(Arguments::augment_args(command))
    },
    run: |context, matches| Box::pin(async move { suspend(&context, &matches).await }),
};

/// `plumb resume`.
pub(crate) const RESUME: Command = Command {
    name: "resume",
    clap: || {
        Arguments::augment_args(clap::Command::new("resume").about("Let a suspended app or source go on"))
    },
    run: |context, matches| Box::pin(async move { resume(&context, &matches).await }),
};

#[derive(Args, Debug)]
struct Arguments {
    /// kustomization NAME, source git NAME, or application NAME
    #[arg(value_name = "WHAT", required = true, num_args = 2..)]
    words: Vec<String>,
    /// Namespace of the custom resource, where more than one has the name
    #[arg(short, long, value_name = "NAMESPACE")]
    namespace: Option<String>,
    #[command(flatten)]
    cluster: ClusterFlags,
}

#[derive(Args, Debug)]
struct PauseFlags {
    /// Go on by itself after so long (as 90m, 8h, 2d); sources need `plumb resume`
    #[arg(long = "for", value_name = "TIME", value_parser = waiting::length)]
    length: Option<Duration>,
    /// Why, for the record
    #[arg(long, value_name = "TEXT")]
    reason: Option<String>,
}

async fn suspend(context: &Context, matches: &ArgMatches) -> Result<Exit, Failure> {
    let flags = PauseFlags::from_arg_matches(matches)?;
    let pause = actions::pause_for(&caller(), flags.reason.as_deref(), flags.length);
    let (what, id) = write(context, matches, Some(&pause)).await?;
    let until = pause
        .until
        .map_or_else(String::new, |until| format!("{until}, or "));
    context.output.line(format!(
        "{id} is suspended: nothing is done for it until {until}`plumb resume {} {}`",
        what.word(),
        id.name
    ));
    Ok(Exit::Success)
}

async fn resume(context: &Context, matches: &ArgMatches) -> Result<Exit, Failure> {
    let (_, id) = write(context, matches, None).await?;
    context.output.line(format!("{id} goes on"));
    Ok(Exit::Success)
}

/// Pauses what the arguments name, or lets it go on.
async fn write(
    context: &Context,
    matches: &ArgMatches,
    pause: Option<&Pause>,
) -> Result<(What, ObjectId), Failure> {
    let arguments = Arguments::from_arg_matches(matches)?;
    let (whats, name) = What::parse(&arguments.words)?;
    let ([what], Some(name)) = (&whats[..], name) else {
        return Err(anyhow::anyhow!("say what, and its name: `plumb suspend kustomization NAME`").into());
    };
    let patch = match what {
        What::Unit(kind) => actions::suspend_patch(*kind, pause),
        What::GitRepository if pause.is_some_and(|pause| pause.until.is_some()) => {
            let why = "a source does not go on by itself: leave --for out, and `plumb resume` it";
            return Err(anyhow::anyhow!(why).into());
        }
        What::GitRepository => plumb_flux::suspend_patch(pause),
    };
    let cluster = context.cluster(&arguments.cluster).await?;
    let (id, _) = find(&cluster, *what, name, arguments.namespace.as_deref()).await?;
    cluster
        .merge_patch(&what.gvk(), &id, None, &patch, MANAGER)
        .await?;
    Ok((*what, id))
}
