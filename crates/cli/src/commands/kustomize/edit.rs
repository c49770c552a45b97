//! `kustomize edit`: changes the kustomization file of the working folder.

use clap::ArgMatches;
use plumb_kustomize::edit::edit;

use super::folder::WorkingFolder;
use crate::{Command, Context, Exit, Failure, working_folder};

/// The command under `kustomize`.
pub(crate) const COMMAND: Command = Command {
    name: "edit",
    clap: || command("Change the kustomization file of the working folder"),
    run: |context, matches| Box::pin(async move { run(&context, &matches) }),
};

/// The same as `plumb edit`.
pub(crate) const PLUMB_EDIT: Command = Command {
    clap: || command("Change the kustomization file of the working folder, as kustomize edit does"),
    ..COMMAND
};

const EXAMPLES: &str =
    "set image myapp=myapp:1.2.3        set namespace NAME    set nameprefix|namesuffix TEXT
set replicas myapp=5                set label|annotation KEY:VALUE,...
set|add|remove configmap|secret     add|remove resource|component|transformer PATH
add|remove patch --path FILE        add|remove label|annotation KEY:VALUE,...
fix                                 (and the rest of `kustomize edit`, with the same arguments)";

fn command(about: &'static str) -> clap::Command {
    clap::Command::new("edit")
        .about(about)
        .after_help(format!("Edits:\n{EXAMPLES}"))
        .arg_required_else_help(true)
        .arg(
            clap::Arg::new("edit")
                .value_name("EDIT")
                .help("The edit and its arguments, as after `kustomize edit`")
                .num_args(1..)
                .trailing_var_arg(true)
                .allow_hyphen_values(true)
                .required(true),
        )
}

fn run(context: &Context, matches: &ArgMatches) -> Result<Exit, Failure> {
    let words: Vec<String> = matches.get_many("edit").into_iter().flatten().cloned().collect();
    let mut files = WorkingFolder::new(working_folder()?);
    let outcome = edit(&words, &mut files)?;
    outcome.stderr.lines().for_each(|line| context.output.note(line));
    context.output.raw(&outcome.stdout);
    Ok(Exit::Success)
}
