//! `plumb app history`: what was applied when, and by whom.

use clap::{ArgMatches, Args, FromArgMatches};
use plumb_git::CommitInfo;
use plumb_model::HistoryEntry;
use plumb_pipeline::{actions::Loaded, reconcile};
use serde_json::{Value, json};

use super::UnitFlags;
use crate::{Command, Context, Exit, Failure, Format, GitFlags, Output, names, units};

/// The command.
pub(crate) const COMMAND: Command = Command {
    name: "history",
    clap: || {
        Arguments::augment_args(
            clap::Command::new("history").about("Show what was applied when, oldest first"),
        )
    },
    run: |context, matches| Box::pin(async move { run(&context, &matches).await }),
};

#[derive(Args, Debug)]
struct Arguments {
    #[command(flatten)]
    unit: UnitFlags,
    /// Form of the answer; wide reads the repository too, for the author and subject of each commit
    #[arg(short, long, value_enum, default_value = "table")]
    output: Format,
    #[command(flatten)]
    git: GitFlags,
}

async fn run(context: &Context, matches: &ArgMatches) -> Result<Exit, Failure> {
    let Arguments {
        unit,
        output: format,
        git,
    } = Arguments::from_arg_matches(matches)?;
    let cluster = context.cluster(&unit.cluster).await?;
    let loaded = names::find(&cluster, &unit.name, unit.app_namespace.as_deref()).await?;
    let history = &loaded.report.history;
    let authors = match context.line(&unit.cluster, &git).await {
        Ok(line) => authors(&line, &loaded).await,
        Err(error) => Err(error),
    };
    let authors = authors.unwrap_or_else(|error| {
        context.output.note(format!("Authors are not shown: {error:#}"));
        vec![None; history.len()]
    });
    let output = &context.output;
    if format.is_data() {
        let entries = history
            .iter()
            .zip(&authors)
            .map(|(entry, commit)| data(entry, commit.as_ref()));
        output.data(&entries.collect(), format);
        return Ok(Exit::Success);
    }
    if format == Format::Name {
        history.iter().for_each(|entry| output.line(entry.id));
        return Ok(Exit::Success);
    }
    table(output, history, &authors, format == Format::Wide);
    if let Ok(plumb_model::Unit { hold: Some(hold), .. }) = &loaded.unit {
        output.note(format!(
            "A rollback to {} holds: `plumb app release` ends it",
            hold.history_id
        ));
    }
    Ok(Exit::Success)
}

/// The history as a table; the subject of each commit too where there is room.
fn table(output: &Output, history: &[HistoryEntry], authors: &[Option<CommitInfo>], wide: bool) {
    let mut head = vec!["id", "date", "revision", "author", "by"];
    if wide {
        head.push("subject");
    }
    let row = |(entry, commit): (&HistoryEntry, &Option<CommitInfo>)| {
        let author = commit.as_ref().map(|commit| commit.author.name.clone());
        let subject = commit.as_ref().map(|commit| commit.subject.clone());
        let by = if entry.initiated_by.is_empty() {
            "automated"
        } else {
            &entry.initiated_by
        };
        let mut row = vec![
            entry.id.to_string(),
            entry.deployed_at.clone(),
            revision(entry),
            author.unwrap_or_default(),
            by.to_owned(),
            subject.unwrap_or_default(),
        ];
        row.truncate(head.len());
        row
    };
    output.table(&head, history.iter().zip(authors).map(row).collect());
}

/// The commits of the history, as far as the repository has them.
async fn authors(line: &plumb_pipeline::Line, loaded: &Loaded) -> anyhow::Result<Vec<Option<CommitInfo>>> {
    let commits: Vec<_> = loaded
        .report
        .history
        .iter()
        .map(|entry| entry.revision.commit.clone())
        .collect();
    if commits.is_empty() {
        return Ok(Vec::new());
    }
    let unit = units::whole(line.own(), loaded).await?;
    let repository = reconcile::repository(line, &unit).await?;
    let read = move || {
        // What the mirror has already costs no look at the remote repository.
        if commits.iter().any(|commit| repository.commit(commit).is_err()) {
            repository.refresh()?;
        }
        Ok(commits
            .iter()
            .map(|commit| repository.commit(commit).ok())
            .collect())
    };
    tokio::task::spawn_blocking(read).await?
}

/// A revision as argocd shows it: `main (abc1234)`.
fn revision(entry: &HistoryEntry) -> String {
    match &entry.revision.name {
        Some(name) => format!("{name} ({})", entry.revision.commit.short()),
        None => entry.revision.commit.short().to_owned(),
    }
}

fn data(entry: &HistoryEntry, commit: Option<&CommitInfo>) -> Value {
    json!({
        "id": entry.id,
        "revision": entry.revision.commit.as_str(),
        "reference": entry.revision.name,
        "deployStartedAt": entry.started_at,
        "deployedAt": entry.deployed_at,
        "initiatedBy": entry.initiated_by,
        "author": commit.map(|commit| format!("{} <{}>", commit.author.name, commit.author.email)),
        "subject": commit.map(|commit| &commit.subject),
    })
}
