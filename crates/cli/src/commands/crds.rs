//! `plumb crds`: the definitions of every kind that Plumb reads.

use std::time::Duration;

use anyhow::Context as _;
use clap::{ArgMatches, Args, FromArgMatches};
use plumb_cluster::{Cluster, ServerSideApply};
use plumb_model::GroupVersionKind;
use plumb_yaml::{Dialect, Limits, SourceId};
use serde_json::Value;

use crate::{
    ClusterFlags, Command, Context, Exit, Failure, Output,
    waiting::{Wait, Waited},
};

/// Longest wait for a definition to be in force.
const ESTABLISHED_WITHIN: Duration = Duration::from_secs(30);

/// The command.
pub(crate) const COMMAND: Command = Command {
    name: "crds",
    clap: || {
        Arguments::augment_args(
            clap::Command::new("crds")
                .about("Print or install the CustomResourceDefinitions that Plumb reads"),
        )
    },
    run: |context, matches| Box::pin(async move { run(&context, &matches).await }),
};

#[derive(Args, Debug)]
struct Arguments {
    /// Apply them to the cluster rather than print them
    #[arg(long)]
    install: bool,
    #[command(flatten)]
    cluster: ClusterFlags,
}

async fn run(context: &Context, matches: &ArgMatches) -> Result<Exit, Failure> {
    let arguments = Arguments::from_arg_matches(matches)?;
    let texts = [plumb_argo::crds(), plumb_flux::crds()];
    if !arguments.install {
        texts.iter().for_each(|text| context.output.raw(text));
        return Ok(Exit::Success);
    }
    let cluster = context.cluster(&arguments.cluster).await?;
    for text in texts {
        for definition in plumb_yaml::parse(text, SourceId::default(), Dialect::V3, &Limits::default())? {
            install(&context.output, &cluster, &definition.to_json()).await?;
        }
    }
    Ok(Exit::Success)
}

async fn install(output: &Output, cluster: &Cluster, definition: &Value) -> anyhow::Result<()> {
    let name = definition["metadata"]["name"].as_str().unwrap_or_default();
    let how = ServerSideApply {
        manager: "plumb",
        force: true,
        dry_run: false,
        subresource: None,
    };
    let applied = cluster.server_side_apply(definition, how).await;
    applied.with_context(|| format!("CustomResourceDefinition {name} could not be installed"))?;
    let wait = Wait {
        gvk: GroupVersionKind::new("apiextensions.k8s.io", "v1", "CustomResourceDefinition"),
        namespace: None,
        name,
        timeout: Some(ESTABLISHED_WITHIN),
        what: format!("waiting for CustomResourceDefinition {name}"),
    };
    match wait
        .until(cluster, output, |object| object.is_some_and(is_established))
        .await
    {
        Waited::Done(_) => output.line(format!("customresourcedefinition/{name} installed")),
        Waited::TimedOut(last) => return Err(wait.timed_out(last.as_ref())),
    }
    Ok(())
}

fn is_established(definition: &Value) -> bool {
    let mut conditions = definition["status"]["conditions"]
        .as_array()
        .into_iter()
        .flatten();
    conditions.any(|condition| condition["type"] == "Established" && condition["status"] == "True")
}
