//! `plumb app approve`: allows the deletions that a plan waits with, or confirms those that ask for it.

use clap::{ArgMatches, Args, FromArgMatches};
use plumb_model::{ConditionKind, Phase, UnitKind};
use plumb_pipeline::actions::{self, Loaded};

use super::UnitFlags;
use crate::{Command, Context, Exit, Failure, names};

/// The command.
pub(crate) const COMMAND: Command = Command {
    name: "approve",
    clap: || {
        Arguments::augment_args(
            clap::Command::new("approve")
                .about("Allow the deletions that an app waits with; exit code 1 where it waits for none"),
        )
    },
    run: |context, matches| Box::pin(async move { run(&context, &matches).await }),
};

#[derive(Args, Debug)]
struct Arguments {
    #[command(flatten)]
    unit: UnitFlags,
    /// The plan that is meant, as `plumb app get` names it [default: the one that waits now]
    #[arg(value_name = "PLAN")]
    plan: Option<String>,
}

async fn run(context: &Context, matches: &ArgMatches) -> Result<Exit, Failure> {
    let arguments = Arguments::from_arg_matches(matches)?;
    let (name, output) = (&arguments.unit, &context.output);
    let cluster = context.cluster(&name.cluster).await?;
    let loaded = names::find(&cluster, &name.name, name.app_namespace.as_deref()).await?;
    let id = &loaded.id;
    let waits = loaded
        .report
        .conditions
        .iter()
        .find(|condition| condition.kind == ConditionKind::ApprovalNeeded);
    let digest = waits.and_then(|condition| plumb_policy::fuse::digest_in(&condition.message));
    match (digest, &arguments.plan) {
        (Some(digest), Some(plan)) if digest != plan => Err(anyhow::anyhow!(
            "{id} waits with plan {digest}, not {plan}: look at it again (`plumb app get {id}`)"
        )
        .into()),
        (Some(digest), _) => {
            actions::approve(&cluster, id, digest).await?;
            output.line(format!("{id}: the deletions of plan {digest} are allowed"));
            Ok(Exit::Success)
        }
        (None, _) if waits.is_some() || waits_for_confirmation(&loaded) => {
            actions::confirm(&cluster, &loaded).await?;
            output.line(format!("{id}: the deletion is confirmed"));
            Ok(Exit::Success)
        }
        _ => {
            output.line(format!("{id} waits for no approval"));
            Ok(Exit::Negative)
        }
    }
}

/// Whether its operation waits for objects that ask to be confirmed before they are deleted.
fn waits_for_confirmation(loaded: &Loaded) -> bool {
    let operation = loaded.report.operation.as_ref();
    loaded.id.kind == UnitKind::Application
        && operation.is_some_and(|operation| {
            operation.phase == Phase::Running && operation.message.contains("confirmation of")
        })
}
