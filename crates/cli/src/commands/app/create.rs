//! `plumb app create`: a new Application from flags.

use clap::{ArgMatches, Args, FromArgMatches};
use plumb_argo::ApplicationArgs;
use plumb_cluster::{Cluster, ClusterError, ServerSideApply};
use plumb_model::UnitKind;
use plumb_pipeline::actions;
use serde_json::Value;

use crate::{ClusterFlags, Command, Context, Exit, Failure, Format};

/// The field manager of what people create.
const MANAGER: &str = "plumb-cli";

/// The command.
pub(crate) const COMMAND: Command = Command {
    name: "create",
    clap: || Arguments::augment_args(clap::Command::new("create").about("Create an Application")),
    run: |context, matches| Box::pin(async move { run(&context, &matches).await }),
};

#[derive(Args, Debug)]
struct Arguments {
    /// Its name
    #[arg(value_name = "NAME")]
    name: String,
    /// URL of the repository
    #[arg(long, value_name = "URL")]
    repo: String,
    /// Folder in the repository
    #[arg(long, default_value = ".", value_name = "PATH")]
    path: String,
    /// Branch, tag or commit to follow
    #[arg(long, default_value = "HEAD", value_name = "REVISION")]
    revision: String,
    /// Namespace for objects that name none
    #[arg(long, default_value = "", value_name = "NAMESPACE")]
    dest_namespace: String,
    /// Cluster to deploy to, by the URL of its API server [default: the one that Plumb runs in]
    #[arg(long, value_name = "URL", conflicts_with = "dest_name")]
    dest_server: Option<String>,
    /// Cluster to deploy to, by name
    #[arg(long, value_name = "NAME")]
    dest_name: Option<String>,
    /// Whether new commits are applied without being asked
    #[arg(long, default_value = "none", value_parser = ["none", "manual", "automated", "automatic", "auto"])]
    sync_policy: String,
    /// Delete objects that left Git (with --sync-policy automated)
    #[arg(long)]
    auto_prune: bool,
    /// Correct drift (with --sync-policy automated)
    #[arg(long)]
    self_heal: bool,
    /// An option of syncs, as CreateNamespace=true; may be given several times
    #[arg(long = "sync-option", value_name = "OPTION=VALUE")]
    sync_options: Vec<String>,
    /// Project
    #[arg(long, default_value = "default", value_name = "NAME")]
    project: String,
    /// A label of the Application itself, as team=web; may be given several times
    #[arg(short = 'l', long = "label", value_name = "KEY=VALUE")]
    labels: Vec<String>,
    /// Delete its objects when it is deleted
    #[arg(long)]
    set_finalizer: bool,
    /// Namespace of the Application itself
    #[arg(short = 'N', long, default_value = plumb_argo::CONTROL_NAMESPACE, value_name = "NAMESPACE")]
    app_namespace: String,
    /// Change it where it is there already
    #[arg(long)]
    upsert: bool,
    /// Only print it, in this form
    #[arg(short, long, value_enum)]
    output: Option<Format>,
    #[command(flatten)]
    cluster: ClusterFlags,
}

async fn run(context: &Context, matches: &ArgMatches) -> Result<Exit, Failure> {
    let arguments = Arguments::from_arg_matches(matches)?;
    let object = application(&arguments)?;
    plumb_argo::unit(&object, &plumb_argo::Defaults::default())?;
    if let Some(format) = arguments.output {
        context.output.data(&object, format);
        return Ok(Exit::Success);
    }
    let cluster = context.cluster(&arguments.cluster).await?;
    let done = write(&cluster, &object, &arguments).await?;
    context.output.line(format!(
        "application/{}/{} {done}",
        arguments.app_namespace, arguments.name
    ));
    Ok(Exit::Success)
}

fn application(arguments: &Arguments) -> anyhow::Result<Value> {
    let automated = arguments.sync_policy.starts_with("auto");
    if !automated && (arguments.auto_prune || arguments.self_heal) {
        anyhow::bail!(
            "--auto-prune and --self-heal are about automated syncs: say --sync-policy automated too"
        );
    }
    let mut object = plumb_argo::application(&ApplicationArgs {
        name: arguments.name.clone(),
        namespace: arguments.app_namespace.clone(),
        project: arguments.project.clone(),
        repo_url: arguments.repo.clone(),
        revision: arguments.revision.clone(),
        path: arguments.path.clone(),
        cluster: arguments
            .dest_server
            .clone()
            .or(arguments.dest_name.clone())
            .unwrap_or_default(),
        destination_namespace: arguments.dest_namespace.clone(),
        automated,
        prune: arguments.auto_prune,
        self_heal: arguments.self_heal,
        create_namespace: false,
        cascade: arguments.set_finalizer,
    });
    if let Some(wrong) = arguments.sync_options.iter().find(|option| !option.contains('=')) {
        anyhow::bail!("--sync-option {wrong}: write it as CreateNamespace=true");
    }
    if !arguments.sync_options.is_empty() {
        object["spec"]["syncPolicy"]["syncOptions"] = arguments.sync_options.clone().into();
    }
    for label in &arguments.labels {
        let (key, value) = label
            .split_once('=')
            .ok_or_else(|| anyhow::anyhow!("--label {label}: write it as team=web"))?;
        object["metadata"]["labels"][key] = value.into();
    }
    Ok(object)
}

/// Creates it, or changes what is there where that is allowed; what was done.
async fn write(cluster: &Cluster, object: &Value, arguments: &Arguments) -> anyhow::Result<&'static str> {
    let gvk = actions::resource_kind(UnitKind::Application);
    let there = cluster
        .get(&gvk, Some(&arguments.app_namespace), &arguments.name)
        .await?;
    match there {
        Some(there) if there["spec"] == object["spec"] && arguments.labels.is_empty() => Ok("unchanged"),
        Some(_) if !arguments.upsert => anyhow::bail!(
            "application {}/{} is there already, and is otherwise than asked for: say --upsert to change it",
            arguments.app_namespace,
            arguments.name
        ),
        Some(_) => {
            let how = ServerSideApply {
                manager: MANAGER,
                force: true,
                dry_run: false,
                subresource: None,
            };
            cluster.server_side_apply(object, how).await?;
            Ok("updated")
        }
        None => match cluster.create(object, MANAGER).await {
            Ok(_) => Ok("created"),
            Err(error @ ClusterError::NotFound { .. }) => Err(anyhow::Error::from(error).context(format!(
                "is there a namespace {}? `kubectl create namespace {}` makes one",
                arguments.app_namespace, arguments.app_namespace
            ))),
            Err(error) => Err(error.into()),
        },
    }
}
