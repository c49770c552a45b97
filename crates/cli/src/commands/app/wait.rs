//! `plumb app wait`: until apps are as asked.

use std::time::Duration;

use clap::{ArgMatches, Args, FromArgMatches};
use futures::future::join_all;
use plumb_model::{HealthStatus, UnitKind};
use plumb_pipeline::{actions::Loaded, restore};
use serde_json::Value;

use crate::{
    ClusterFlags, Command, Context, Exit, Failure, names, show,
    waiting::{self, Wait, Waited},
};

/// The command.
pub(crate) const COMMAND: Command = Command {
    name: "wait",
    clap: || {
        Arguments::augment_args(
            clap::Command::new("wait")
                .about("Wait until apps are synced, healthy and at rest; exit code 1 when not in time")
                .long_about(
                    "Wait until apps are synced, healthy and at rest; with flags, only for what they name. Exit code 1 when \
                     that does not come true in time.",
                ),
        )
    },
    run: |context, matches| Box::pin(async move { run(&context, &matches).await }),
};

#[derive(Args, Debug)]
struct Arguments {
    /// The apps: my-app, argocd/my-app, kustomization/flux-system/my-app, ...
    #[arg(required = true, value_name = "NAME")]
    names: Vec<String>,
    /// Namespace of the custom resources, where names have none
    #[arg(short = 'N', long, value_name = "NAMESPACE")]
    app_namespace: Option<String>,
    /// Wait until they are as Git says
    #[arg(long)]
    sync: bool,
    /// Wait until they are healthy
    #[arg(long)]
    health: bool,
    /// Wait until nothing is being applied
    #[arg(long)]
    operation: bool,
    /// Wait until they are suspended; with --health or --degraded, one of these is enough
    #[arg(long)]
    suspended: bool,
    /// Wait until they are degraded; with --health or --suspended, one of these is enough
    #[arg(long)]
    degraded: bool,
    /// Longest wait, as 90, 90s or 5m; 0 = without end
    #[arg(long, default_value = "5m", value_name = "TIME", value_parser = waiting::timeout)]
    timeout: Duration,
    #[command(flatten)]
    cluster: ClusterFlags,
}

async fn run(context: &Context, matches: &ArgMatches) -> Result<Exit, Failure> {
    let arguments = Arguments::from_arg_matches(matches)?;
    let cluster = context.cluster(&arguments.cluster).await?;
    let mut units = Vec::new();
    for name in &arguments.names {
        units.push(names::find(&cluster, name, arguments.app_namespace.as_deref()).await?);
    }
    let output = &context.output;
    let waits = units.iter().map(|loaded| {
        let id = &loaded.id;
        let limit = waiting::limit(arguments.timeout);
        let (cluster, arguments) = (&cluster, &arguments);
        async move {
            let wait = Wait::unit(id, limit, format!("waiting for {id}"));
            let enough = |object: Option<&Value>| object.is_none_or(|object| arguments.fits(id.kind, object));
            match wait.until(cluster, output, enough).await {
                Waited::Done(Some(object)) => Ok((loaded, object)),
                Waited::Done(None) => Err(anyhow::anyhow!("{id} was deleted meanwhile")),
                Waited::TimedOut(last) => Err(wait.timed_out(last.as_ref())),
            }
        }
    });
    let mut exit = Exit::Success;
    for ended in join_all(waits).await {
        match ended {
            Ok((loaded, object)) => {
                let report = restore(loaded.id.kind, &object);
                let reached = Loaded {
                    object,
                    report,
                    id: loaded.id.clone(),
                    unit: loaded.unit.clone(),
                };
                let cells = show::row(&reached);
                output.line(format!("{}: {} {}", reached.id, cells[5], cells[6]));
            }
            Err(error) => {
                output.failure(&error);
                exit = Exit::Negative;
            }
        }
    }
    Ok(exit)
}

impl Arguments {
    fn fits(&self, kind: UnitKind, object: &Value) -> bool {
        let any_health = self.health || self.suspended || self.degraded;
        let all = !(self.sync || any_health || self.operation);
        let status = restore(kind, object).health.status;
        let health = ((self.health || all) && waiting::is_healthy(kind, object))
            || (self.suspended && status == HealthStatus::Suspended)
            || (self.degraded && status == HealthStatus::Degraded);
        (!(self.sync || all) || waiting::is_synced(kind, object))
            && (!(any_health || all) || health)
            && (!(self.operation || all) || !waiting::is_running(kind, object))
    }
}
