//! `kustomize build`, with its flags.

use std::{
    path::{Path, PathBuf},
    sync::Arc,
};

use clap::{ArgMatches, Args, FromArgMatches};
use plumb_git::Folder;
use plumb_kustomize::{Build, Host as _, LoadRestrictor, Options, Reorder, remote_target};
use plumb_model::{ReadLimits, Reader, Tree, TreePath};

use crate::{Command, Context, Exit, Failure, outside::OutsideFlags, working_folder};

/// The command.
pub(crate) const COMMAND: Command = Command {
    name: "build",
    clap: || Arguments::augment_args(clap::Command::new("build").about("Build a kustomization")),
    run: |context, matches| Box::pin(async move { run(&context, &matches) }),
};

#[derive(Args, Debug)]
struct Arguments {
    /// Folder with a kustomization file, on this machine or in a repository (https://github.com/org/repo//path?ref=v1)
    #[arg(default_value = ".", value_name = "DIR")]
    path: String,
    #[command(flatten)]
    flags: BuildFlags,
}

// The flags of a build. (No doc comment: clap would take it for the help of every such command.)
#[derive(Args, Debug)]
pub(crate) struct BuildFlags {
    /// Write to this file rather than to standard output
    #[arg(short, long, value_name = "FILE")]
    output: Option<PathBuf>,
    /// Whether files may be read from outside the kustomization's own folder
    #[arg(long, value_name = "NAME", default_value = "LoadRestrictionsRootOnly",
          value_parser = ["LoadRestrictionsRootOnly", "LoadRestrictionsNone"])]
    load_restrictor: String,
    /// Order of the objects where the kustomization does not say: legacy = prerequisites first
    #[arg(long, value_name = "ORDER", value_parser = ["legacy", "none"])]
    reorder: Option<String>,
    /// Put the label app.kubernetes.io/managed-by on everything
    #[arg(long)]
    enable_managedby_label: bool,
    #[command(flatten)]
    pub(crate) outside: OutsideFlags,
}

impl BuildFlags {
    /// What they choose.
    pub(crate) fn options(&self) -> Options {
        let none = self.load_restrictor == "LoadRestrictionsNone";
        let load_restrictor = if none {
            LoadRestrictor::None
        } else {
            LoadRestrictor::RootOnly
        };
        let reorder = if self.reorder.as_deref() == Some("none") {
            Reorder::None
        } else {
            Reorder::Legacy
        };
        self.outside.choose(Options {
            load_restrictor,
            reorder,
            managed_by_label: self.enable_managedby_label,
            ..Options::default()
        })
    }

    /// Says which of the flags in use have a successor, as the original does.
    pub(crate) fn note_deprecated(&self, context: &Context) {
        if self.reorder.is_some() {
            context.output.note(
                "Flag --reorder has been deprecated, use the new 'sortOptions' field in kustomization.yaml instead.",
            );
        }
    }

    /// Where to write.
    pub(crate) fn output(&self) -> Option<&Path> {
        self.output.as_deref()
    }

    /// Puts what was built where they say.
    pub(crate) fn write(&self, context: &Context, text: &str) -> anyhow::Result<()> {
        match &self.output {
            Some(file) if file.is_dir() => {
                anyhow::bail!("-o {}: it is a folder; name a file in it", file.display())
            }
            Some(file) => std::fs::write(file, text)
                .map_err(|error| anyhow::anyhow!("-o {}: it cannot be written: {error}", file.display())),
            None => {
                context.output.raw(text);
                Ok(())
            }
        }
    }
}

fn run(context: &Context, matches: &ArgMatches) -> Result<Exit, Failure> {
    let arguments = Arguments::from_arg_matches(matches)?;
    let (outside, options) = (arguments.flags.outside.outside(), arguments.flags.options());
    let (tree, path): (Arc<dyn Tree>, TreePath) = match remote_target(&arguments.path) {
        Some(repository) => (
            outside.repository(&repository)?.tree,
            TreePath::parse(&repository.path)?,
        ),
        None => {
            let folder = working_folder()?.join(&arguments.path);
            (
                Arc::new(Folder::new("/")?),
                TreePath::parse(&folder.to_string_lossy())?,
            )
        }
    };
    arguments.flags.note_deprecated(context);
    let reader = Reader::shared(tree, ReadLimits::default());
    let built = Build::new(&reader, &options).with_host(&outside).folder(&path)?;
    built
        .warnings
        .iter()
        .for_each(|warning| context.output.note(warning));
    arguments.flags.write(context, &built.to_yaml())?;
    // The process ends here; taking thousands of nodes apart one by one first would help nobody.
    std::mem::forget((built, reader));
    Ok(Exit::Success)
}
