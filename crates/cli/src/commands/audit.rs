//! `plumb audit`: what the ledger tells of every change of a cluster.

pub(crate) mod diff;
pub(crate) mod export;
pub(crate) mod log;
pub(crate) mod search;
pub(crate) mod show;
pub(crate) mod verify;

use clap::builder::PossibleValuesParser;
use jiff::Timestamp;
use plumb_history::{Cause, Filter, Ledger, Outcome, Page};

use crate::{
    Command, Format, Output, entries, moments,
    registry::{AUDIT, dispatch, group},
};

/// The command.
pub(crate) const COMMAND: Command = Command {
    name: "audit",
    clap: || {
        group(
            "audit",
            "Read and prove the ledger: who changed what in a cluster, when and why",
            AUDIT,
        )
    },
    run: |context, matches| dispatch(AUDIT, context, &matches),
};

/// What a list of records without any says.
const NONE: &str = "No record fits.";
/// What it says where there is nothing to choose from.
const EMPTY: &str = "The ledger is empty: nothing was recorded yet.";

// Which records are wanted. (No doc comment: clap would take it for the help of every command that has these flags.)
#[derive(clap::Args, Clone, Debug, Default)]
#[command(next_help_heading = "Which records")]
pub(crate) struct FilterFlags {
    /// Of this unit: my-app, argocd/my-app or application/argocd/my-app
    #[arg(long, value_name = "UNIT")]
    unit: Option<String>,
    /// That touched this object: Deployment.apps/web/frontend, Deployment/frontend, web/frontend or frontend
    #[arg(long, value_name = "OBJECT")]
    object: Option<String>,
    /// That put this field right, or one in it: .spec.replicas, .spec
    #[arg(long, value_name = "PATH")]
    field: Option<String>,
    /// Begun, or written in Git, by somebody whose name or mail address holds this
    #[arg(long, value_name = "NAME")]
    actor: Option<String>,
    /// Of this cluster
    #[arg(long, value_name = "NAME")]
    cluster: Option<String>,
    /// That applied the source's commit whose id begins so
    #[arg(long, value_name = "COMMIT")]
    commit: Option<String>,
    /// For this reason
    #[arg(long, value_name = "CAUSE", value_parser = PossibleValuesParser::new(Cause::ALL.map(Cause::word)))]
    cause: Option<String>,
    /// That ended so
    #[arg(long, value_name = "OUTCOME",
          value_parser = PossibleValuesParser::new([Outcome::Succeeded, Outcome::Failed].map(Outcome::word)))]
    outcome: Option<String>,
    /// Since this time: 2026-01-31T12:00:00Z, 2026-01-31, or back from now as 2h or 3d
    #[arg(long, value_name = "TIME", value_parser = moments::since)]
    since: Option<Timestamp>,
    /// Until this time, with all of the second or day that it names
    #[arg(long, value_name = "TIME", value_parser = moments::until)]
    until: Option<Timestamp>,
}

impl FilterFlags {
    fn filter(&self) -> Filter {
        Filter {
            unit: self.unit.clone(),
            object: self.object.clone(),
            field: self.field.clone(),
            actor: self.actor.clone(),
            cluster: self.cluster.clone(),
            commit: self.commit.clone(),
            cause: self.cause.as_deref().and_then(Cause::parse),
            outcome: self.outcome.as_deref().and_then(Outcome::parse),
            since: self.since,
            until: self.until,
        }
    }
}

// How much of a list is shown. (No doc comment, as above.)
#[derive(clap::Args, Clone, Debug)]
pub(crate) struct PageFlags {
    /// Most records to show
    #[arg(short = 'n', long, value_name = "COUNT", default_value_t = 30, value_parser = clap::value_parser!(u32).range(1..))]
    limit: u32,
    /// Go on where a page ended, as told at its end
    #[arg(long, value_name = "CURSOR")]
    cursor: Option<String>,
}

impl PageFlags {
    fn limit(&self) -> usize {
        usize::try_from(self.limit).unwrap_or(usize::MAX)
    }

    fn cursor(&self) -> anyhow::Result<Option<plumb_history::Cursor>> {
        let cursor = self.cursor.as_deref().map(plumb_history::Cursor::parse);
        Ok(cursor.transpose()?)
    }
}

/// Prints a page of records, and how to go on where there is more.
fn list(output: &Output, ledger: &Ledger, page: &Page, format: Format) {
    let none = if ledger.is_empty() { EMPTY } else { NONE };
    entries::list(output, &page.entries, format, none);
    if let Some(next) = &page.next {
        output.note(format!("There is more: add --cursor {next}"));
    }
}
