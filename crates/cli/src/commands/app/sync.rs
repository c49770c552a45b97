//! `plumb app sync`: applies what Git says, now.

use clap::{ArgMatches, Args, FromArgMatches};
use plumb_cluster::Cluster;
use plumb_model::{Phase, SyncStatus, UnitKind};
use plumb_pipeline::{
    actions::{self, Loaded, SyncRequest},
    preview, restore,
};
use serde_json::Value;

use super::{UnitFlags, WaitFlags, caller};
use crate::{
    Command, Context, Exit, Failure, GitFlags, Output, names, show, units,
    waiting::{self, Wait, Waited},
};

/// The command.
pub(crate) const COMMAND: Command = Command {
    name: "sync",
    clap: || {
        Arguments::augment_args(
            clap::Command::new("sync")
                .about("Apply what Git says, now; exit code 1 when it does not succeed"),
        )
    },
    run: |context, matches| Box::pin(async move { run(&context, &matches).await }),
};

#[derive(Args, Debug)]
struct Arguments {
    #[command(flatten)]
    unit: UnitFlags,
    /// Delete what left Git too
    #[arg(long)]
    prune: bool,
    /// Only show what would be done
    #[arg(long)]
    dry_run: bool,
    /// Commit, branch or tag to go to, this once [default: what the app follows]
    #[arg(long, value_name = "REVISION")]
    revision: Option<String>,
    #[command(flatten)]
    wait: WaitFlags,
    #[command(flatten)]
    git: GitFlags,
}

async fn run(context: &Context, matches: &ArgMatches) -> Result<Exit, Failure> {
    let arguments = Arguments::from_arg_matches(matches)?;
    let (name, output) = (&arguments.unit, &context.output);
    if arguments.dry_run {
        let line = context.line(&name.cluster, &arguments.git).await?;
        let loaded = names::find(line.own(), &name.name, name.app_namespace.as_deref()).await?;
        let (commit, preview) = units::preview_of(&line, &loaded, arguments.revision.as_deref()).await?;
        preview
            .diffs
            .iter()
            .for_each(|diff| output.diff(&preview::unified(diff)));
        let summary = preview.plan.summary();
        output.line(format!(
            "Sync of {} to {}: {summary}; nothing was done",
            loaded.id,
            commit.short()
        ));
        return Ok(Exit::Success);
    }
    let cluster = context.cluster(&name.cluster).await?;
    let loaded = names::find(&cluster, &name.name, name.app_namespace.as_deref()).await?;
    check(&loaded, &arguments)?;
    if let Some(hold) = loaded.unit.as_ref().ok().and_then(|unit| unit.hold.as_ref()) {
        let at = hold.revision.short();
        output.note(format!(
            "A rollback to {at} holds, so {at} is applied; `plumb app release {}` ends it",
            loaded.id
        ));
    }
    let token = ask(&cluster, &loaded, &arguments).await?;
    if arguments.wait.no_wait {
        output.line(format!("{}: a sync is asked for", loaded.id));
        return Ok(Exit::Success);
    }
    let id = &loaded.id;
    let wait = Wait::unit(
        id,
        waiting::limit(arguments.wait.timeout),
        format!("waiting for the sync of {id}"),
    );
    let over =
        |object: Option<&Value>| object.is_none_or(|object| waiting::is_answered(id.kind, object, &token));
    match wait.until(&cluster, output, over).await {
        Waited::Done(Some(object)) => Ok(conclude(output, &loaded, &object)),
        Waited::Done(None) => Err(anyhow::anyhow!("{id} was deleted meanwhile").into()),
        Waited::TimedOut(last) => Err(wait
            .timed_out(last.as_ref())
            .context("the sync is asked for and may still happen")
            .into()),
    }
}

fn check(loaded: &Loaded, arguments: &Arguments) -> anyhow::Result<()> {
    let id = &loaded.id;
    let unit = loaded
        .unit
        .as_ref()
        .map_err(|why| anyhow::anyhow!("{id}: {why}"))?;
    if unit.suspended {
        anyhow::bail!(
            "{id} is suspended: `plumb resume {} {}` first",
            id.kind.word(),
            id.name
        );
    }
    if id.kind == UnitKind::Kustomization && (arguments.revision.is_some() || arguments.prune) {
        anyhow::bail!(
            "{id}: a Kustomization follows its GitRepository and spec.prune, so --revision and --prune cannot be asked; \
             change those, or roll back (`plumb app rollback`)"
        );
    }
    if waiting::is_running(id.kind, &loaded.object) && id.kind == UnitKind::Application {
        anyhow::bail!(
            "{id}: another operation is in progress: wait for it (`plumb app wait {id} --operation`)"
        );
    }
    Ok(())
}

/// Asks for the sync; what it can be told by.
async fn ask(cluster: &Cluster, loaded: &Loaded, arguments: &Arguments) -> anyhow::Result<String> {
    let token = jiff::Timestamp::now().to_string();
    match loaded.id.kind {
        UnitKind::Application => {
            let request = SyncRequest {
                prune: arguments.prune,
                dry_run: false,
                revision: arguments.revision.clone(),
                by: caller(),
            };
            actions::sync(cluster, &loaded.id, &request).await?;
        }
        UnitKind::Kustomization => {
            actions::patch_unit(cluster, &loaded.id, &plumb_flux::refresh_request(&token)).await?;
        }
    }
    Ok(token)
}

fn conclude(output: &Output, before: &Loaded, object: &Value) -> Exit {
    let id = &before.id;
    let report = restore(id.kind, object);
    let same = report.operation == before.report.operation;
    if !same {
        show::results(output, &report);
    }
    let failed = report
        .operation
        .as_ref()
        .is_some_and(|operation| !same && operation.phase != Phase::Succeeded);
    for condition in &report.conditions {
        output.note(format!("{:?}: {}", condition.kind, condition.message));
    }
    let message = report
        .operation
        .as_ref()
        .filter(|_| !same)
        .map(|operation| operation.message.clone());
    let revision = report
        .revision
        .as_ref()
        .map(|revision| revision.commit.short().to_owned());
    output.line(format!(
        "{id}: {:?} at {}, {}{}",
        report.sync,
        revision.unwrap_or_else(|| "no revision".to_owned()),
        report.health.status,
        message
            .map(|message| format!("; {message}"))
            .unwrap_or_else(|| "; nothing was to be done".to_owned()),
    ));
    let bad = failed || report.sync == SyncStatus::Unknown || !report.conditions.is_empty();
    if bad { Exit::Negative } else { Exit::Success }
}
