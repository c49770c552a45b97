//! `plumb app sync`: applies what Git says, now.

use clap::{ArgMatches, Args, FromArgMatches};
use plumb_cluster::Cluster;
use plumb_model::{ConditionKind, GroupKind, Phase, Selected, SyncStatus, UnitKind};
use plumb_pipeline::{
    Line,
    actions::{self, Loaded, SyncRequest},
    restore,
};
use serde_json::Value;

use super::{WaitFlags, caller};
use crate::{
    ClusterFlags, Command, Context, Exit, Failure, GitFlags, Output, names, show, units,
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
    /// The app: my-app, argocd/my-app, application/argocd/my-app or kustomization/flux-system/my-app
    #[arg(
        value_name = "NAME",
        required_unless_present = "selector",
        conflicts_with = "selector"
    )]
    name: Option<String>,
    /// All apps that these labels pick, as team=web,tier!=test
    #[arg(short = 'l', long, value_name = "LABELS")]
    selector: Option<String>,
    /// Namespace of the custom resource, where NAME has none
    #[arg(short = 'N', long, value_name = "NAMESPACE")]
    app_namespace: Option<String>,
    #[command(flatten)]
    cluster: ClusterFlags,
    /// Delete what left Git too
    #[arg(long)]
    prune: bool,
    /// Only show what would be done
    #[arg(long)]
    dry_run: bool,
    /// Commit, branch or tag to go to, this once [default: what the app follows]
    #[arg(long, value_name = "REVISION")]
    revision: Option<String>,
    /// Only this object, as GROUP:KIND:NAME or GROUP:KIND:NAMESPACE/NAME; can be repeated
    #[arg(long, value_name = "GROUP:KIND:NAME", value_parser = selected)]
    resource: Vec<Selected>,
    #[command(flatten)]
    wait: WaitFlags,
    #[command(flatten)]
    git: GitFlags,
}

async fn run(context: &Context, matches: &ArgMatches) -> Result<Exit, Failure> {
    let arguments = Arguments::from_arg_matches(matches)?;
    let output = &context.output;
    if arguments.dry_run {
        let line = context.line(&arguments.cluster, &arguments.git).await?;
        for loaded in chosen(line.own(), &arguments).await? {
            preview_one(&line, output, &loaded, arguments.revision.as_deref()).await?;
        }
        return Ok(Exit::Success);
    }
    let cluster = context.cluster(&arguments.cluster).await?;
    let all = chosen(&cluster, &arguments).await?;
    // All or none: what cannot be asked for is told before anything is.
    all.iter().try_for_each(|loaded| check(loaded, &arguments))?;
    let mut asked = Vec::with_capacity(all.len());
    for loaded in all {
        if let Some(hold) = loaded.unit.as_ref().ok().and_then(|unit| unit.hold.as_ref()) {
            let at = hold.revision.short();
            output.note(format!(
                "A rollback to {at} holds, so {at} is applied; `plumb app release {}` ends it",
                loaded.id
            ));
        }
        let token = ask(&cluster, &loaded, &arguments).await?;
        asked.push((loaded, token));
    }
    let mut exit = Exit::Success;
    for (loaded, token) in &asked {
        if arguments.wait.no_wait {
            output.line(format!("{}: a sync is asked for", loaded.id));
        } else if let Exit::Negative = wait_for(&cluster, output, &arguments, (loaded, token)).await? {
            exit = Exit::Negative;
        }
    }
    Ok(exit)
}

/// The apps that are meant.
async fn chosen(cluster: &Cluster, arguments: &Arguments) -> anyhow::Result<Vec<Loaded>> {
    let namespace = arguments.app_namespace.as_deref();
    let Some(selector) = &arguments.selector else {
        let name = arguments.name.as_deref().unwrap_or_default();
        return Ok(vec![names::find(cluster, name, namespace).await?]);
    };
    let mut found = Vec::new();
    for kind in names::KINDS {
        found.extend(units::list(cluster, kind, namespace, selector).await?);
    }
    if found.is_empty() {
        anyhow::bail!("no app has the labels {selector}: `plumb app list -l {selector}` shows which do");
    }
    Ok(found)
}

async fn preview_one(
    line: &Line,
    output: &Output,
    loaded: &Loaded,
    revision: Option<&str>,
) -> anyhow::Result<()> {
    let preview = units::preview_of(line, loaded, revision).await?;
    units::show_preview(output, "Sync", loaded, &preview);
    Ok(())
}

async fn wait_for(
    cluster: &Cluster,
    output: &Output,
    arguments: &Arguments,
    (loaded, token): (&Loaded, &str),
) -> Result<Exit, Failure> {
    let id = &loaded.id;
    let wait = Wait::unit(
        id,
        waiting::limit(arguments.wait.timeout),
        format!("waiting for the sync of {id}"),
    );
    let over = |object: Option<&Value>| {
        object.is_none_or(|object| {
            waiting::is_answered(id.kind, object, token) || waits_for_approval(id.kind, object)
        })
    };
    match wait.until(cluster, output, over).await {
        Waited::Done(Some(object)) => Ok(conclude(output, loaded, &object)),
        Waited::Done(None) => Err(anyhow::anyhow!("{id} was deleted meanwhile").into()),
        Waited::TimedOut(last) => Err(wait
            .timed_out(last.as_ref())
            .context("the sync is asked for and may still happen")
            .into()),
    }
}

/// Whether it stopped because somebody has to allow what it would delete.
fn waits_for_approval(kind: UnitKind, object: &Value) -> bool {
    let conditions = restore(kind, object).conditions;
    conditions
        .iter()
        .any(|condition| condition.kind == ConditionKind::ApprovalNeeded)
}

/// Reads the name of an object, as `apps:Deployment:web`.
fn selected(text: &str) -> Result<Selected, String> {
    let mut parts = text.splitn(3, ':');
    let (Some(group), Some(kind), Some(name)) = (parts.next(), parts.next(), parts.next()) else {
        return Err(format!(
            "{text:?} names no object: write GROUP:KIND:NAME, as apps:Deployment:web or :ConfigMap:settings"
        ));
    };
    let (namespace, name) = match name.split_once('/') {
        Some((namespace, name)) => (Some(namespace.to_owned()), name),
        None => (None, name),
    };
    Ok(Selected {
        kind: GroupKind::new(group, kind),
        namespace,
        name: name.to_owned(),
    })
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
    let special = arguments.revision.is_some() || arguments.prune || !arguments.resource.is_empty();
    if id.kind == UnitKind::Kustomization && special {
        anyhow::bail!(
            "{id}: a Kustomization follows its GitRepository and spec.prune, so --revision, --prune and --resource cannot \
             be asked; \
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
                only: arguments.resource.clone(),
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
