//! `plumb app rollback`: back to an earlier revision, and it stays there.

use std::time::Duration;

use anyhow::Context as _;
use clap::{ArgMatches, Args, FromArgMatches};
use plumb_cluster::Cluster;
use plumb_model::{Hold, SyncStatus, UnitId, UnitKind};
use plumb_pipeline::{
    actions::{self, Loaded, RollbackRequest},
    preview::Preview,
    restore,
    revert::{self, RevertRequest},
};
use plumb_plan::ObjectDiff;
use serde_json::Value;

use super::{UnitFlags, WaitFlags, caller};
use crate::{
    Command, Context, Exit, Failure, GitFlags, Output, names, show, units,
    waiting::{self, Wait, Waited},
};

/// The command.
pub(crate) const COMMAND: Command = Command {
    name: "rollback",
    clap: || {
        Arguments::augment_args(
            clap::Command::new("rollback")
                .about("Go back to an earlier revision and stay there until a newer commit arrives")
                .long_about(
                    "Go back to an earlier revision and stay there until a newer commit arrives, or `plumb app release` \
                     is asked. Automated sync and self-heal may stay on: they keep the cluster at that revision meanwhile. \
                     With --revert, Git says the same afterwards, and the hold ends by itself.",
                ),
        )
    },
    run: |context, matches| Box::pin(async move { run(&context, &matches).await }),
};

#[derive(Args, Debug)]
struct Arguments {
    #[command(flatten)]
    unit: UnitFlags,
    /// Number of the history entry to go back to (see `plumb app history`) [default: the one before]
    #[arg(value_name = "ID")]
    id: Option<u64>,
    /// Why, for the record
    #[arg(long, value_name = "TEXT")]
    reason: Option<String>,
    /// End by itself after so long, if nothing newer came before (as 90m, 8h, 2d)
    #[arg(long = "for", value_name = "TIME", value_parser = waiting::length)]
    length: Option<Duration>,
    /// Take it back in Git too: commit to the branch that what the app renders from is as it was
    #[arg(long)]
    revert: bool,
    /// Only show what would change
    #[arg(long)]
    dry_run: bool,
    #[command(flatten)]
    wait: WaitFlags,
    #[command(flatten)]
    git: GitFlags,
}

async fn run(context: &Context, matches: &ArgMatches) -> Result<Exit, Failure> {
    let arguments = Arguments::from_arg_matches(matches)?;
    let name = &arguments.unit;
    let output = &context.output;
    let request = RollbackRequest {
        entry: arguments.id,
        by: caller(),
        reason: arguments.reason.clone(),
        length: arguments.length,
    };
    if arguments.dry_run {
        let line = context.line(&name.cluster, &arguments.git).await?;
        let loaded = names::find(line.own(), &name.name, name.app_namespace.as_deref()).await?;
        let unit = units::whole(line.own(), &loaded).await?;
        let hold = actions::hold_for(&loaded.id, &unit, &loaded.report, &request)?;
        let preview = units::preview_of(&line, &loaded, Some(hold.revision.as_str())).await?;
        units::show_preview(output, "Rollback", &loaded, &preview);
        show_effects(output, &preview.1, &loaded);
        return Ok(Exit::Success);
    }
    let cluster = context.cluster(&name.cluster).await?;
    let loaded = names::find(&cluster, &name.name, name.app_namespace.as_deref()).await?;
    let hold = actions::rollback(&cluster, &loaded.id, &request).await?;
    announce(output, &loaded, &hold);
    let held = if arguments.wait.no_wait {
        Exit::Success
    } else {
        finish(output, &cluster, &loaded, &hold, arguments.wait.timeout).await?
    };
    if arguments.revert {
        take_back(context, &arguments, &loaded, &hold).await?;
    }
    Ok(held)
}

/// The images that would run instead, and what going back does not undo.
fn show_effects(output: &Output, preview: &Preview, loaded: &Loaded) {
    let diffs: Vec<&ObjectDiff> = preview.diffs.iter().collect();
    let none = || "none".to_owned();
    for change in plumb_plan::images(&diffs) {
        output.line(format!(
            "Image of {} in {}: {} -> {}",
            change.container,
            change.id,
            change.before.unwrap_or_else(none),
            change.after.unwrap_or_else(none)
        ));
    }
    for lasting in preview.lasting(&loaded.report) {
        output.line(format!("Not undone: {lasting}"));
    }
}

/// The cluster is back already, and stays so until the commit is there, whatever becomes of that.
async fn take_back(
    context: &Context,
    arguments: &Arguments,
    loaded: &Loaded,
    hold: &Hold,
) -> anyhow::Result<()> {
    let line = context.line(&arguments.unit.cluster, &arguments.git).await?;
    let unit = units::whole(line.own(), loaded).await?;
    let request = RevertRequest {
        by: caller(),
        email: author_email(),
        reason: arguments.reason.clone(),
    };
    let done = revert::revert(&line, &unit, hold, &request).await;
    let done = done.with_context(|| {
        format!(
            "{} is held at {}, but nothing was taken back in Git",
            loaded.id,
            hold.revision.short()
        )
    })?;
    context.output.line(format!(
        "Taken back in Git: commit {} on {}, {} files as at {}",
        done.commit.short(),
        done.branch,
        done.files.len(),
        hold.revision.short()
    ));
    Ok(())
}

fn author_email() -> String {
    let given = ["GIT_AUTHOR_EMAIL", "EMAIL"]
        .iter()
        .find_map(|name| std::env::var(name).ok());
    given.unwrap_or_else(|| format!("{}@localhost", caller()))
}

fn announce(output: &Output, loaded: &Loaded, hold: &Hold) {
    output.line(format!(
        "{}: rolling back from {} to {} (history {})",
        loaded.id,
        hold.from.short(),
        hold.revision.short(),
        hold.history_id
    ));
    if loaded.unit.as_ref().is_ok_and(|unit| unit.sync.automated) {
        output.line(format!(
            "Automated sync stays on and keeps it there until a commit newer than {} arrives, {}or `plumb app release {}`",
            hold.from.short(),
            hold.until.as_ref().map_or_else(String::new, |until| format!("it is {until}, ")),
            loaded.id
        ));
    }
}

async fn finish(
    output: &Output,
    cluster: &Cluster,
    loaded: &Loaded,
    hold: &Hold,
    timeout: Duration,
) -> Result<Exit, Failure> {
    let id = &loaded.id;
    let wait = Wait::unit(
        id,
        waiting::limit(timeout),
        format!("waiting for {id} to be at {}", hold.revision.short()),
    );
    let seen_at = loaded.report.reconciled_at.clone();
    let over = |object: Option<&Value>| object.is_none_or(|object| is_over(id, object, hold, &seen_at));
    let object = match wait.until(cluster, output, over).await {
        Waited::Done(Some(object)) => object,
        Waited::Done(None) => return Err(anyhow::anyhow!("{id} was deleted meanwhile").into()),
        Waited::TimedOut(last) => {
            let error = wait.timed_out(last.as_ref());
            return Err(error.context("the rollback is asked for and stays so").into());
        }
    };
    let report = restore(id.kind, &object);
    show::results(output, &report);
    if is_at(id.kind, &object, hold) {
        output.line(format!(
            "{id} is at {} ({})",
            hold.revision.short(),
            report.health.status
        ));
        return Ok(Exit::Success);
    }
    for condition in &report.conditions {
        output.note(format!("{:?}: {}", condition.kind, condition.message));
    }
    output.line(format!("{id} could not be brought to {}", hold.revision.short()));
    Ok(Exit::Negative)
}

/// Whether the unit is where the hold wants it.
fn is_at(kind: UnitKind, object: &Value, hold: &Hold) -> bool {
    let report = restore(kind, object);
    let at = match kind {
        UnitKind::Application => &report.revision,
        UnitKind::Kustomization => &report.applied,
    };
    report.sync == SyncStatus::Synced && at.as_ref().is_some_and(|at| at.commit == hold.revision)
}

/// Whether the attempt to bring it there has come to an end, good or bad.
fn is_over(id: &UnitId, object: &Value, hold: &Hold, seen_at: &str) -> bool {
    let report = restore(id.kind, object);
    if waiting::is_running(id.kind, object) {
        return false;
    }
    let tried = report
        .attempted
        .as_ref()
        .is_some_and(|tried| tried.commit == hold.revision);
    let failed = !report.conditions.is_empty() && (tried || report.sync == SyncStatus::Unknown);
    is_at(id.kind, object, hold) || (failed && report.reconciled_at != seen_at)
}
