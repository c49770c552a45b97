//! `plumb audit export`: records for other programs.

use std::{
    fs::File,
    io::Write as _,
    path::{Path, PathBuf},
};

use anyhow::Context as _;
use clap::{ArgMatches, Args, FromArgMatches, builder::PossibleValuesParser};
use plumb_history::{Format, HistoryError, Ledger, RecordId, Words};

use super::FilterFlags;
use crate::{Command, Context, Exit, Failure, context, context::LedgerFlags};

/// The command.
pub(crate) const COMMAND: Command = Command {
    name: "export",
    clap: || {
        Arguments::augment_args(clap::Command::new("export").about(
            "Write records for other programs, oldest first: JSON lines, CSV, or CDEvents in CloudEvents",
        ))
    },
    run: |context, matches| Box::pin(async move { run(&context, &matches) }),
};

#[derive(Args, Debug)]
struct Arguments {
    /// The format
    #[arg(long, value_name = "FORMAT", value_parser = PossibleValuesParser::new(Format::ALL.map(Format::word)))]
    format: String,
    /// File to write to, instead of standard output
    #[arg(short, long, value_name = "FILE")]
    file: Option<PathBuf>,
    #[command(flatten)]
    filter: FilterFlags,
    #[command(flatten)]
    ledger: LedgerFlags,
}

fn run(context: &Context, matches: &ArgMatches) -> Result<Exit, Failure> {
    let arguments = Arguments::from_arg_matches(matches)?;
    let format = Format::parse(&arguments.format).context("--format is none that is known")?;
    let ledger = context::ledger(&arguments.ledger)?;
    let mut ids = ledger.ids(&arguments.filter.filter());
    ids.reverse();
    let output = &context.output;
    match &arguments.file {
        None => ledger.export(&ids, &Words::default(), format, |text| {
            output.raw(text);
            Ok::<_, HistoryError>(())
        })?,
        Some(file) => {
            write(file, &ledger, &ids, format)?;
            let count = ids.len();
            output.note(format!("Wrote {count} records to {}", file.display()));
        }
    }
    Ok(Exit::Success)
}

fn write(file: &Path, ledger: &Ledger, ids: &[RecordId], format: Format) -> anyhow::Result<()> {
    let failed = || format!("{} cannot be written", file.display());
    let mut to = File::create(file).with_context(failed)?;
    ledger.export(ids, &Words::default(), format, |text| {
        to.write_all(text.as_bytes()).with_context(failed)
    })
}
