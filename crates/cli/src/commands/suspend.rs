//! `plumb suspend` and `plumb resume`: nothing is done for a while.

use clap::{ArgMatches, Args, FromArgMatches};
use plumb_model::UnitKind;

use super::{get::What, reconcile::find};
use crate::{ClusterFlags, Command, Context, Exit, Failure};

/// The field manager of what is asked for.
const MANAGER: &str = "plumb-cli";

/// `plumb suspend`.
pub(crate) const SUSPEND: Command = Command {
    name: "suspend",
    clap: || {
        Arguments::augment_args(
            clap::Command::new("suspend").about("Leave an app or a source as it is until it is resumed"),
        )
    },
    run: |context, matches| Box::pin(async move { run(&context, &matches, true).await }),
};

/// `plumb resume`.
pub(crate) const RESUME: Command = Command {
    name: "resume",
    clap: || {
        Arguments::augment_args(clap::Command::new("resume").about("Let a suspended app or source go on"))
    },
    run: |context, matches| Box::pin(async move { run(&context, &matches, false).await }),
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

async fn run(context: &Context, matches: &ArgMatches, suspend: bool) -> Result<Exit, Failure> {
    let arguments = Arguments::from_arg_matches(matches)?;
    let (whats, name) = What::parse(&arguments.words)?;
    let ([what], Some(name)) = (&whats[..], name) else {
        return Err(anyhow::anyhow!("say what, and its name: `plumb suspend kustomization NAME`").into());
    };
    let cluster = context.cluster(&arguments.cluster).await?;
    let (id, _) = find(&cluster, *what, name, arguments.namespace.as_deref()).await?;
    let patch = match what {
        What::Unit(UnitKind::Application) => plumb_argo::suspend_patch(suspend),
        _ => plumb_flux::suspend_patch(suspend),
    };
    cluster
        .merge_patch(&what.gvk(), &id, None, &patch, MANAGER)
        .await?;
    context.output.line(if suspend {
        format!(
            "{id} is suspended: nothing is done for it until `plumb resume {} {}`",
            what.word(),
            id.name
        )
    } else {
        format!("{id} goes on")
    });
    Ok(Exit::Success)
}
