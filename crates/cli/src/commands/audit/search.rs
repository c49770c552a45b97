//! `plumb audit search`: records that hold words.

use clap::{ArgMatches, Args, FromArgMatches};
use plumb_history::{Most, Words};

use super::{FilterFlags, PageFlags, list};
use crate::{Command, Context, Exit, Failure, Format, context, context::LedgerFlags};

/// The command.
pub(crate) const COMMAND: Command = Command {
    name: "search",
    clap: || {
        Arguments::augment_args(clap::Command::new("search").about(
            "Find records by words, newest first: in units, objects, fields, people, subjects and messages",
        ))
    },
    run: |context, matches| Box::pin(async move { run(&context, &matches) }),
};

#[derive(Args, Debug)]
struct Arguments {
    /// Words that a record must hold, each somewhere and in any case
    #[arg(value_name = "TEXT", required = true, num_args = 1..)]
    words: Vec<String>,
    #[command(flatten)]
    filter: FilterFlags,
    #[command(flatten)]
    page: PageFlags,
    /// Form of the answer
    #[arg(short, long, value_enum, default_value = "table")]
    output: Format,
    #[command(flatten)]
    ledger: LedgerFlags,
}

fn run(context: &Context, matches: &ArgMatches) -> Result<Exit, Failure> {
    let arguments = Arguments::from_arg_matches(matches)?;
    let ledger = context::ledger(&arguments.ledger)?;
    let page = ledger.search(
        &arguments.filter.filter(),
        &Words::of(&arguments.words.join(" ")),
        arguments.page.cursor()?,
        Most::found(arguments.page.limit()),
    )?;
    list(&context.output, &ledger, &page, arguments.output);
    Ok(Exit::Success)
}
