//! `kustomize create`: a new kustomization file in the working folder.

use clap::{ArgMatches, Args, FromArgMatches};
use plumb_kustomize::edit::create;

use super::{edit::tell, folder::WorkingFolder};
use crate::{Command, Context, Exit, Failure, working_folder};

/// The command.
pub(crate) const COMMAND: Command = Command {
    name: "create",
    clap: || {
        Arguments::augment_args(
            clap::Command::new("create")
                .alias("init")
                .about("Create a kustomization file in the working folder"),
        )
    },
    run: |context, matches| Box::pin(async move { run(&context, &matches) }),
};

#[derive(Args, Debug)]
struct Arguments {
    /// Files and folders to name in it, with commas between
    #[arg(long, value_name = "PATHS", overrides_with = "resources")]
    resources: Option<String>,
    /// Name every file that holds objects
    #[arg(long)]
    autodetect: bool,
    /// Look for them in folders below too
    #[arg(long)]
    recursive: bool,
    /// Namespace for all objects
    #[arg(long, value_name = "NAMESPACE", overrides_with = "namespace")]
    namespace: Option<String>,
    /// What the names of all objects are to begin with
    #[arg(
        long,
        value_name = "TEXT",
        overrides_with = "nameprefix",
        allow_hyphen_values = true
    )]
    nameprefix: Option<String>,
    /// What the names of all objects are to end with
    #[arg(
        long,
        value_name = "TEXT",
        overrides_with = "namesuffix",
        allow_hyphen_values = true
    )]
    namesuffix: Option<String>,
    /// Annotations for all objects, as key:value,key:value
    #[arg(long, value_name = "PAIRS", overrides_with = "annotations")]
    annotations: Option<String>,
    /// Labels for all objects, as key:value,key:value
    #[arg(long, value_name = "PAIRS", overrides_with = "labels")]
    labels: Option<String>,
}

fn run(context: &Context, matches: &ArgMatches) -> Result<Exit, Failure> {
    let arguments = Arguments::from_arg_matches(matches)?;
    let texts = [
        ("resources", arguments.resources),
        ("namespace", arguments.namespace),
        ("nameprefix", arguments.nameprefix),
        ("namesuffix", arguments.namesuffix),
        ("annotations", arguments.annotations),
        ("labels", arguments.labels),
    ];
    let switches = [
        ("autodetect", arguments.autodetect),
        ("recursive", arguments.recursive),
    ];
    let texts = texts
        .into_iter()
        .filter_map(|(name, text)| text.map(|text| format!("--{name}={text}")));
    let switches = switches
        .into_iter()
        .filter(|(_, is_on)| *is_on)
        .map(|(name, _)| format!("--{name}"));
    let argv: Vec<String> = texts.chain(switches).collect();
    let mut files = WorkingFolder::new(working_folder()?);
    tell(context, create(&argv, &mut files))
}

#[cfg(test)]
mod tests;
