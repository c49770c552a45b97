//! `plumb audit diff`: what differs between two moments.

use clap::{ArgMatches, Args, FromArgMatches};
use serde_json::Value;

use crate::{
    Command, Context, Exit, Failure, Format, context, context::LedgerFlags, entries, moments, names,
};

/// The command.
pub(crate) const COMMAND: Command = Command {
    name: "diff",
    clap: || {
        Arguments::augment_args(
            clap::Command::new("diff")
                .about("Compare what the units had rendered to at two moments; exit code 1: they differ")
                .after_help(moments::FORMS),
        )
    },
    run: |context, matches| Box::pin(async move { run(&context, &matches) }),
};

#[derive(Args, Debug)]
struct Arguments {
    /// The one moment
    #[arg(value_name = "BEFORE")]
    before: String,
    /// The other
    #[arg(value_name = "AFTER", default_value = "now")]
    after: String,
    /// Only of this unit
    #[arg(long, value_name = "UNIT")]
    unit: Option<String>,
    /// Form of the answer: a diff, JSON, YAML, or only the names of the units
    #[arg(short, long, value_enum, default_value = "table")]
    output: Format,
    #[command(flatten)]
    ledger: LedgerFlags,
}

fn run(context: &Context, matches: &ArgMatches) -> Result<Exit, Failure> {
    let arguments = Arguments::from_arg_matches(matches)?;
    let ledger = context::ledger(&arguments.ledger)?;
    let wanted = names::recorded(&ledger, arguments.unit.as_deref())?;
    let before = moments::of(&ledger, "BEFORE", &arguments.before, wanted.as_ref())?;
    let after = moments::of(&ledger, "AFTER", &arguments.after, wanted.as_ref())?;
    let mut diffs = ledger.diff(&before, &after)?;
    diffs.retain(|diff| wanted.as_ref().is_none_or(|unit| *unit == diff.unit));
    let output = &context.output;
    match arguments.output {
        Format::Json | Format::Yaml => {
            let data = diffs.iter().flat_map(|unit| {
                unit.objects
                    .iter()
                    .map(|diff| entries::diff_data(&unit.unit, diff))
            });
            output.data(&data.collect::<Value>(), arguments.output);
        }
        Format::Name => diffs.iter().for_each(|diff| output.line(&diff.unit)),
        Format::Table | Format::Wide => {
            for diff in &diffs {
                output.line(format!("# {}", plumb_history::shown(&diff.unit.to_string())));
                entries::diffs(output, &diff.objects, ("before", "after"));
            }
        }
    }
    Ok(if diffs.is_empty() {
        Exit::Success
    } else {
        Exit::Negative
    })
}
