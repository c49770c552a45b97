//! `plumb app manifests`: the objects that a revision of an app stands for.

use clap::{ArgMatches, Args, FromArgMatches};
use plumb_model::ObjectId;
use plumb_yaml::{Mark, Node};

use super::UnitFlags;
use crate::{Command, Context, Exit, Failure, GitFlags, compare, names, units};

/// The command.
pub(crate) const COMMAND: Command = Command {
    name: "manifests",
    clap: || {
        Arguments::augment_args(
            clap::Command::new("manifests").about("Print the objects that an app stands for"),
        )
    },
    run: |context, matches| Box::pin(async move { run(&context, &matches).await }),
};

#[derive(Args, Debug)]
struct Arguments {
    #[command(flatten)]
    unit: UnitFlags,
    /// Commit, branch or tag [default: what the app is to be at]
    #[arg(long, value_name = "REVISION")]
    revision: Option<String>,
    /// Only this object, as Deployment/my-app
    #[arg(long, value_name = "KIND/NAME")]
    object: Option<String>,
    #[command(flatten)]
    git: GitFlags,
}

async fn run(context: &Context, matches: &ArgMatches) -> Result<Exit, Failure> {
    let arguments = Arguments::from_arg_matches(matches)?;
    let name = &arguments.unit;
    let line = context.line(&name.cluster, &arguments.git).await?;
    let loaded = names::find(line.own(), &name.name, name.app_namespace.as_deref()).await?;
    let unit = units::whole(line.own(), &loaded).await?;
    let commit = units::target(&line, &unit, arguments.revision.as_deref()).await?;
    let repository = units::repository(&line, &unit).await?;
    let rendered = plumb_pipeline::render_commit(&line, &unit, &repository, &commit).await?;
    let namespace = unit
        .render
        .default_namespace
        .as_deref()
        .or(unit.destination.namespace.as_deref());
    let cluster = plumb_pipeline::cluster_of(&line, &unit).await?;
    let placed = compare::place(&cluster, rendered, namespace, &unit.marks).await?;
    placed
        .warnings
        .iter()
        .for_each(|warning| context.output.note(warning));
    let wanted = |id: &ObjectId| {
        arguments
            .object
            .as_ref()
            .is_none_or(|text| format!("{}/{}", id.kind.kind, id.name).eq_ignore_ascii_case(text))
    };
    let documents: Vec<Node> = placed
        .objects
        .iter()
        .filter(|object| wanted(&object.id))
        .map(|object| Node::from_json(&object.body, Mark::default()))
        .collect();
    if let (Some(object), true) = (&arguments.object, documents.is_empty()) {
        return Err(anyhow::anyhow!("{} has no object {object}", loaded.id).into());
    }
    context.output.raw(&plumb_yaml::emit_documents(&documents));
    Ok(Exit::Success)
}
