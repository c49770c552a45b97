//! `plumb build`: what a folder renders to, as `kustomize build` prints it; plain manifests too.

mod all;

use clap::{ArgMatches, Args, FromArgMatches};
use plumb_git::Folder;
use plumb_model::{ReadLimits, Reader, TreePath};
use plumb_yaml::{Mark, Node};

use super::kustomize::build::BuildFlags;
use crate::{Command, Context, Exit, Failure, compare, working_folder};

/// The command.
pub(crate) const COMMAND: Command = Command {
    name: "build",
    clap: || {
        Arguments::augment_args(
            clap::Command::new("build").about("Render a folder of manifests or a kustomization"),
        )
    },
    run: |context, matches| Box::pin(async move { run(&context, &matches) }),
};

#[derive(Args, Debug)]
struct Arguments {
    /// Folder to render
    #[arg(default_value = ".", value_name = "PATH")]
    path: String,
    /// Build every kustomization below PATH; with -o, each into a file in that folder
    #[arg(long)]
    all: bool,
    #[command(flatten)]
    flags: BuildFlags,
}

fn run(context: &Context, matches: &ArgMatches) -> Result<Exit, Failure> {
    let arguments = Arguments::from_arg_matches(matches)?;
    let folder = working_folder()?.join(&arguments.path);
    if arguments.all {
        return all::run(context, &folder, &arguments.flags);
    }
    let tree = Folder::new("/")?;
    let path = TreePath::parse(&folder.to_string_lossy())?;
    let reader = Reader::new(&tree, ReadLimits::default());
    let (text, warnings) = if plumb_kustomize::is_kustomization_root(&reader, &path)?.is_some() {
        let (outside, options) = (arguments.flags.outside.outside(), arguments.flags.options());
        let built = plumb_kustomize::Build::new(&reader, &options)
            .with_host(&outside)
            .folder(&path)?;
        (built.to_yaml(), built.warnings)
    } else {
        let rendered = compare::render(&arguments.path)?;
        let documents: Vec<Node> = rendered
            .objects
            .iter()
            .map(|object| Node::from_json(&object.body, Mark::default()))
            .collect();
        (plumb_yaml::emit_documents(&documents), rendered.warnings)
    };
    warnings.iter().for_each(|warning| context.output.note(warning));
    arguments.flags.write(context, &text)?;
    Ok(Exit::Success)
}
