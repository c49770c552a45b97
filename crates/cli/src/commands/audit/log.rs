//! `plumb audit log`: records, newest first.

use clap::{ArgMatches, Args, FromArgMatches};

use super::{FilterFlags, PageFlags, list};
use crate::{Command, Context, Exit, Failure, Format, context, context::LedgerFlags};

/// The command.
pub(crate) const COMMAND: Command = Command {
    name: "log",
    clap: || {
        Arguments::augment_args(
            clap::Command::new("log")
                .about("List what changed the cluster, newest first: when, why, by whom"),
        )
    },
    run: |context, matches| Box::pin(async move { run(&context, &matches) }),
};

#[derive(Args, Debug)]
struct Arguments {
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
    let cursor = arguments.page.cursor()?;
    let page = ledger.page(
        &arguments.filter.filter(),
        cursor.as_ref(),
        arguments.page.limit(),
    )?;
    list(&context.output, &ledger, &page, arguments.output);
    Ok(Exit::Success)
}
