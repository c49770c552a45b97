//! `kustomize edit` and `plumb edit`: change the kustomization file of the working folder.

use clap::ArgMatches;
use plumb_kustomize::edit::{EditOutcome, Writing, edit};

use super::folder::WorkingFolder;
use crate::{Command, Context, Exit, Failure, working_folder};

/// The command under `kustomize`: files are written as the original writes them.
pub(crate) const COMMAND: Command = Command {
    name: "edit",
    clap: || command("Change the kustomization file of the working folder"),
    run: |context, matches| Box::pin(async move { run(&context, &matches, Writing::Anew) }),
};

/// The same as `plumb edit`: only the lines that an edit concerns change.
pub(crate) const PLUMB_EDIT: Command = Command {
    name: "edit",
    clap: || {
        command(
            "Change the kustomization file of the working folder, and only the lines that the edit concerns",
        )
        .arg(
            clap::Arg::new(KEEP_FORMAT)
                .long(KEEP_FORMAT)
                .value_name("BOOL")
                .help(
                    "Keep comments, order, quotes and layout; with =false, write the file as kustomize does",
                )
                .value_parser(clap::value_parser!(bool))
                .num_args(0..=1)
                .require_equals(true)
                .default_value("true")
                .default_missing_value("true"),
        )
    },
    run: |context, matches| {
        let writing = if matches.get_one(KEEP_FORMAT) == Some(&false) {
            Writing::Anew
        } else {
            Writing::KeepingFormat
        };
        Box::pin(async move { run(&context, &matches, writing) })
    },
};

const KEEP_FORMAT: &str = "keep-format";

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
        .arg(
            clap::Arg::new("edit")
                .value_name("EDIT")
                .help(
                    "The edit and its arguments, as after `kustomize edit`; none lists what edits there are",
                )
                .num_args(0..)
                .trailing_var_arg(true)
                .allow_hyphen_values(true),
        )
}

fn run(context: &Context, matches: &ArgMatches, writing: Writing) -> Result<Exit, Failure> {
    let words: Vec<String> = matches.get_many("edit").into_iter().flatten().cloned().collect();
    let mut files = WorkingFolder::new(working_folder()?);
    tell(context, edit(&words, writing, &mut files))
}

/// Prints what came of an edit.
pub(super) fn tell(context: &Context, outcome: EditOutcome) -> Result<Exit, Failure> {
    for remark in outcome.remarks {
        if remark.is_logged {
            let time = jiff::Zoned::now().strftime("%Y/%m/%d %H:%M:%S");
            context.output.note(format!("{time} {}", remark.text));
        } else {
            context.output.note(remark.text);
        }
    }
    context.output.raw(&outcome.stdout);
    outcome.result?;
    Ok(Exit::Success)
}
