//! `plumb audit verify`: proves that nobody has changed the ledger.

use std::{
    collections::BTreeSet,
    path::{Path, PathBuf},
};

use anyhow::Context as _;
use clap::{ArgMatches, Args, FromArgMatches};
use plumb_history::{AllowedSigners, Ledger, Report, VerifyOptions, Witness, shown};
use plumb_pipeline::Sources;
use serde_json::json;

use super::EMPTY;
use crate::{Command, Context, Exit, Failure, Format, GitFlags, Output, context, context::LedgerFlags};

/// The command.
pub(crate) const COMMAND: Command = Command {
    name: "verify",
    clap: || {
        Arguments::augment_args(
            clap::Command::new("verify")
                .about("Prove the ledger: every record and object, the chain, source commits, signatures")
                .after_help(
                    "Exit code 1: something is wrong. Source commits are looked for in the repositories that records \
                     name; one that cannot be reached within three seconds proves nothing, and is no fault.",
                ),
        )
    },
    run: |context, matches| Box::pin(async move { run(context, &matches).await }),
};

#[derive(Args, Debug)]
struct Arguments {
    /// Whose SSH signatures count, as of gpg.ssh.allowedSignersFile; with it, every record has to be signed
    #[arg(long, value_name = "FILE")]
    allowed_signers: Option<PathBuf>,
    /// Do not look for source commits
    #[arg(long)]
    no_sources: bool,
    /// Form of the answer
    #[arg(short, long, value_enum, default_value = "table")]
    output: Format,
    #[command(flatten)]
    ledger: LedgerFlags,
    #[command(flatten)]
    git: GitFlags,
}

async fn run(context: Context, matches: &ArgMatches) -> Result<Exit, Failure> {
    let arguments = Arguments::from_arg_matches(matches)?;
    let folder = context::ledger_folder(&arguments.ledger)?;
    let signers = arguments.allowed_signers.as_deref().map(signers).transpose()?;
    let repositories = if arguments.no_sources {
        None
    } else {
        Some(Sources::of(context::repositories(&arguments.git)?.into()))
    };
    let asks_signers = signers.is_some();
    let verified = tokio::task::spawn_blocking(move || {
        let ledger = Ledger::open_for_verifying(&folder)
            .with_context(|| format!("the ledger in {} cannot be read", folder.display()))?;
        let options = VerifyOptions {
            witness: repositories.as_ref().map(|sources| sources as &dyn Witness),
            signers: signers.as_ref(),
            ..VerifyOptions::default()
        };
        let report = ledger.verify(&options)?;
        let silent = repositories.map(Sources::silent).unwrap_or_default();
        Ok::<_, anyhow::Error>((report, silent))
    });
    let (report, silent) = verified.await??;
    let output = &context.output;
    if arguments.output.is_data() {
        output.data(&data(&report, &silent), arguments.output);
    } else {
        say(output, &report, asks_signers);
        for why in &silent {
            output.note(format!("Source commits are not proven there: {}", shown(why)));
        }
    }
    Ok(if report.is_good() {
        Exit::Success
    } else {
        Exit::Negative
    })
}

fn signers(file: &Path) -> anyhow::Result<AllowedSigners> {
    let place = || format!("--allowed-signers {}", file.display());
    let text = std::fs::read_to_string(file).with_context(place)?;
    AllowedSigners::parse(&text).with_context(place)
}

fn say(output: &Output, report: &Report, asks_signers: bool) {
    for finding in &report.findings {
        output.line(shown(&finding.to_string()));
    }
    output.line(format!("records             {}", report.records));
    output.line(format!("objects             {}", report.objects));
    output.line(format!("with source commit  {}", report.witnessed));
    if asks_signers {
        output.line(format!("signed              {}", report.signed));
    }
    match report.findings.len() {
        0 if report.records == 0 => output.line(EMPTY),
        0 => output.line("The ledger is good."),
        1 => output.line("1 thing is wrong. Restore the ledger from a copy, and find out who wrote to it."),
        count => output.line(format!(
            "{count} things are wrong. Restore the ledger from a copy, and find out who wrote to it."
        )),
    }
}

fn data(report: &Report, silent: &BTreeSet<String>) -> serde_json::Value {
    let findings = report.findings.iter().map(|finding| {
        json!({
            "shard": finding.shard.as_str(),
            "sequence": finding.sequence.0,
            "record": finding.record.map(|id| id.to_string()),
            "kind": finding.kind.word(),
            "why": finding.why,
        })
    });
    json!({
        "good": report.is_good(),
        "records": report.records,
        "objects": report.objects,
        "signed": report.signed,
        "witnessed": report.witnessed,
        "findings": findings.collect::<Vec<_>>(),
        "unreachable": silent,
    })
}
