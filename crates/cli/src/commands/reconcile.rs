//! `plumb reconcile`: looks at Git and at the cluster, now.

use std::time::Duration;

use clap::{ArgMatches, Args, FromArgMatches};
use plumb_cluster::Cluster;
use plumb_model::{ObjectId, UnitKind};
use plumb_pipeline::actions;
use serde_json::Value;

use super::get::What;
use crate::{
    ClusterFlags, Command, Context, Exit, Failure, Output, names, units,
    waiting::{self, Wait, Waited},
};

/// The field manager of what is asked for.
const MANAGER: &str = "plumb-cli";

/// The command.
pub(crate) const COMMAND: Command = Command {
    name: "reconcile",
    clap: || {
        Arguments::augment_args(
            clap::Command::new("reconcile")
                .about("Look at Git and the cluster now, and wait for what comes of it"),
        )
    },
    run: |context, matches| Box::pin(async move { run(&context, &matches).await }),
};

#[derive(Args, Debug)]
struct Arguments {
    /// kustomization NAME, source git NAME, or application NAME
    #[arg(value_name = "WHAT", required = true, num_args = 2..)]
    words: Vec<String>,
    /// Namespace of the custom resource, where more than one has the name
    #[arg(short, long, value_name = "NAMESPACE")]
    namespace: Option<String>,
    /// Of a Kustomization, its source first
    #[arg(long)]
    with_source: bool,
    /// Longest wait, as 90, 90s or 5m; 0 = without end
    #[arg(long, default_value = "5m", value_name = "TIME", value_parser = waiting::timeout)]
    timeout: Duration,
    #[command(flatten)]
    cluster: ClusterFlags,
}

async fn run(context: &Context, matches: &ArgMatches) -> Result<Exit, Failure> {
    let arguments = Arguments::from_arg_matches(matches)?;
    let (whats, name) = What::parse(&arguments.words)?;
    let ([what], Some(name)) = (&whats[..], name) else {
        return Err(anyhow::anyhow!(
            "say what to reconcile, and its name: `plumb reconcile kustomization NAME`"
        )
        .into());
    };
    let cluster = context.cluster(&arguments.cluster).await?;
    let output = &context.output;
    let (id, object) = find(&cluster, *what, name, arguments.namespace.as_deref()).await?;
    if arguments.with_source
        && *what == What::Unit(UnitKind::Kustomization)
        && let Some((namespace, name)) = plumb_flux::source_of(&object)
    {
        let (id, object) = find(&cluster, What::GitRepository, &name, Some(&namespace)).await?;
        let exit = reconcile(
            output,
            &cluster,
            Asked {
                what: What::GitRepository,
                id,
                object,
                timeout: arguments.timeout,
            },
        )
        .await?;
        if exit != Exit::Success {
            return Ok(exit);
        }
    }
    Ok(reconcile(
        output,
        &cluster,
        Asked {
            what: *what,
            id,
            object,
            timeout: arguments.timeout,
        },
    )
    .await?)
}

/// What is to be looked at.
struct Asked {
    what: What,
    id: ObjectId,
    object: Value,
    timeout: Duration,
}

/// The custom resource that is meant.
pub(crate) async fn find(
    cluster: &Cluster,
    what: What,
    name: &str,
    namespace: Option<&str>,
) -> anyhow::Result<(ObjectId, Value)> {
    if let What::Unit(kind) = what {
        let loaded = names::find_of(cluster, name, namespace, Some(kind)).await?;
        return Ok((actions::object_id(&loaded.id), loaded.object));
    }
    let (namespace, name) = match name.split_once('/') {
        Some((namespace, name)) => (Some(namespace), name),
        None => (namespace, name),
    };
    let mut found = units::known(cluster.list(&what.gvk(), namespace, "").await)?;
    found.retain(|object| object["metadata"]["name"] == *name);
    let place = |object: &Value| {
        object["metadata"]["namespace"]
            .as_str()
            .unwrap_or_default()
            .to_owned()
    };
    match &found[..] {
        [object] => {
            let id = ObjectId {
                kind: what.gvk().group_kind(),
                namespace: Some(place(object)),
                name: name.to_owned(),
            };
            Ok((id, object.clone()))
        }
        [] => anyhow::bail!(
            "there is no {} {name:?}: `plumb get source git` shows what is",
            what.word()
        ),
        several => {
            let all: Vec<String> = several
                .iter()
                .map(|object| format!("{}/{name}", place(object)))
                .collect();
            anyhow::bail!("{name:?} may be {}: say which one", all.join(" or "))
        }
    }
}

async fn reconcile(output: &Output, cluster: &Cluster, asked: Asked) -> anyhow::Result<Exit> {
    let Asked {
        what,
        id,
        object,
        timeout,
    } = &asked;
    if object["spec"]["suspend"] == true {
        anyhow::bail!(
            "{id} is suspended: `plumb resume {} {}` first",
            what.word(),
            id.name
        );
    }
    let token = jiff::Timestamp::now().to_string();
    let patch = match what {
        What::Unit(UnitKind::Application) => plumb_argo::refresh_request(),
        _ => plumb_flux::refresh_request(&token),
    };
    let asked = cluster
        .merge_patch(&what.gvk(), id, None, &patch, MANAGER)
        .await?;
    output.line(format!("{id} is asked to look again"));
    let wait = Wait {
        gvk: what.gvk(),
        namespace: id.namespace.as_deref(),
        name: &id.name,
        timeout: waiting::limit(*timeout),
        what: format!("waiting for {id}"),
    };
    let done = |object: Option<&Value>| object.is_none_or(|object| is_done(*what, object, &token));
    match wait.until(cluster, output, done).await {
        Waited::Done(Some(object)) => Ok(conclude(output, *what, &id.to_string(), &object)),
        Waited::Done(None) => anyhow::bail!("{id} was deleted meanwhile"),
        Waited::TimedOut(last) => {
            let last = last.or(Some(asked));
            Err(wait
                .timed_out(last.as_ref())
                .context("it is asked for and may still happen"))
        }
    }
}

fn is_done(what: What, object: &Value, token: &str) -> bool {
    match what {
        What::Unit(UnitKind::Application) => {
            // The request is taken off once it is done.
            plumb_argo::unit(object, &plumb_argo::Defaults::default())
                .is_ok_and(|unit| unit.request.is_none())
                && !waiting::is_running(UnitKind::Application, object)
        }
        _ => waiting::is_answered(UnitKind::Kustomization, object, token),
    }
}

fn conclude(output: &Output, what: What, id: &str, object: &Value) -> Exit {
    let (good, message) = match what {
        What::Unit(kind @ UnitKind::Application) => {
            let report = plumb_pipeline::restore(kind, object);
            let state = format!("{:?}, {}", report.sync, report.health.status);
            let problem = report
                .conditions
                .first()
                .map(|condition| condition.message.clone());
            (report.conditions.is_empty(), problem.unwrap_or(state))
        }
        _ => {
            let ready = waiting::ready(object);
            (
                ready["status"] == "True",
                ready["message"].as_str().unwrap_or_default().to_owned(),
            )
        }
    };
    output.line(format!("{id}: {message}"));
    if good { Exit::Success } else { Exit::Negative }
}
