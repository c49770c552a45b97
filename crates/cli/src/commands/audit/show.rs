//! `plumb audit show`: one record, and what it changed.

use clap::{ArgMatches, Args, FromArgMatches};
use serde_json::Value;

use crate::{Command, Context, Exit, Failure, Format, context, context::LedgerFlags, entries};

/// The command.
pub(crate) const COMMAND: Command =
    Command {
        name: "show",
        clap: || {
            Arguments::augment_args(clap::Command::new("show").about(
                "Show everything in a record, and what it changed as a diff; of Secrets, digests only",
            ))
        },
        run: |context, matches| Box::pin(async move { run(&context, &matches) }),
    };

#[derive(Args, Debug)]
struct Arguments {
    /// The record: its id, or at least the first seven digits of it
    #[arg(value_name = "RECORD")]
    record: String,
    /// Form of the answer
    #[arg(short, long, value_enum, default_value = "table")]
    output: Format,
    #[command(flatten)]
    ledger: LedgerFlags,
}

fn run(context: &Context, matches: &ArgMatches) -> Result<Exit, Failure> {
    let arguments = Arguments::from_arg_matches(matches)?;
    let ledger = context::ledger(&arguments.ledger)?;
    let entry = ledger.entry(ledger.record_like(&arguments.record)?)?;
    let diffs = ledger.changes_of(&entry)?;
    let output = &context.output;
    if arguments.output.is_data() {
        let mut data = entry.to_json();
        let unit = &entry.record.unit;
        data["diffs"] = Value::Array(diffs.iter().map(|diff| entries::diff_data(unit, diff)).collect());
        output.data(&data, arguments.output);
        return Ok(Exit::Success);
    }
    if arguments.output == Format::Name {
        output.line(entry.id);
        return Ok(Exit::Success);
    }
    entries::page(output, &entry);
    output.line("");
    if diffs.is_empty() {
        output.line("What Git says was the same before.");
    }
    entries::diffs(output, &diffs, ("before", "after"));
    Ok(Exit::Success)
}
