//! `plumb get`: custom resources as the flux command lists them.

use clap::{ArgMatches, Args, FromArgMatches};
use plumb_model::{GroupVersionKind, UnitKind};
use plumb_pipeline::actions;
use serde_json::Value;

use crate::{ClusterFlags, Command, Context, Exit, Failure, Format, names, units, waiting};

/// The command.
pub(crate) const COMMAND: Command = Command {
    name: "get",
    clap: || {
        Arguments::augment_args(
            clap::Command::new("get")
                .about("List Kustomizations, their sources and Applications, as flux does"),
        )
    },
    run: |context, matches| Box::pin(async move { run(&context, &matches).await }),
};

#[derive(Args, Debug)]
struct Arguments {
    /// kustomizations (ks), sources git, applications (apps) or all; then a name, if only one is wanted
    #[arg(value_name = "WHAT", default_value = "all", num_args = 1..)]
    words: Vec<String>,
    /// Only of this namespace
    #[arg(short, long, value_name = "NAMESPACE")]
    namespace: Option<String>,
    /// Of all namespaces, as without --namespace
    #[arg(short = 'A', long, conflicts_with = "namespace")]
    all_namespaces: bool,
    /// Form of the answer
    #[arg(short, long, value_enum, default_value = "table")]
    output: Format,
    #[command(flatten)]
    cluster: ClusterFlags,
}

/// What can be listed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum What {
    Unit(UnitKind),
    GitRepository,
}

impl What {
    /// Reads `ks NAME`, `sources git NAME`, `all`: what is meant, and the name where there is one.
    pub(crate) fn parse(words: &[String]) -> anyhow::Result<(Vec<Self>, Option<&str>)> {
        let text: Vec<&str> = words.iter().map(String::as_str).collect();
        let (what, rest) = match text[..] {
            ["all", ..] => {
                let all = [UnitKind::Application, UnitKind::Kustomization].map(Self::Unit);
                ([&[Self::GitRepository], &all[..]].concat(), &text[1..])
            }
            ["source" | "sources", "git" | "all", ..] => (vec![Self::GitRepository], &text[2..]),
            ["source" | "sources", ..] => {
                anyhow::bail!("of sources, Plumb knows those that are in Git: say `source git`")
            }
            ["gitrepository" | "gitrepositories" | "gitrepo", ..] => (vec![Self::GitRepository], &text[1..]),
            [word, ..] => match names::kind(word) {
                Some(kind) => (vec![Self::Unit(kind)], &text[1..]),
                None => anyhow::bail!(
                    "{word:?} is not known here: it is kustomization (ks), source git, application (app), or all"
                ),
            },
            [] => anyhow::bail!("nothing is named: say kustomization, source git or application"),
        };
        match rest {
            [] => Ok((what, None)),
            [name] => Ok((what, Some(name))),
            [_, more, ..] => anyhow::bail!("{more:?} is one word too many: one name is expected"),
        }
    }

    pub(crate) fn gvk(self) -> GroupVersionKind {
        match self {
            Self::Unit(kind) => actions::resource_kind(kind),
            Self::GitRepository => actions::git_repository_kind(),
        }
    }

    pub(crate) fn word(self) -> &'static str {
        match self {
            Self::Unit(kind) => kind.word(),
            Self::GitRepository => "gitrepository",
        }
    }
}

async fn run(context: &Context, matches: &ArgMatches) -> Result<Exit, Failure> {
    let arguments = Arguments::from_arg_matches(matches)?;
    let (whats, name) = What::parse(&arguments.words)?;
    let cluster = context.cluster(&arguments.cluster).await?;
    let mut found = Vec::new();
    for what in whats {
        let mut objects = units::known(
            cluster
                .list(&what.gvk(), arguments.namespace.as_deref(), "")
                .await,
        )?;
        objects.retain(|object| name.is_none_or(|name| object["metadata"]["name"] == *name));
        objects.sort_by_key(|object| (field(object, "namespace"), field(object, "name")));
        found.extend(objects.into_iter().map(|object| (what, object)));
    }
    if let (Some(name), true) = (name, found.is_empty()) {
        return Err(anyhow::anyhow!(
            "there is no {name:?}: `plumb get {}` shows what is",
            arguments.words[0]
        )
        .into());
    }
    let output = &context.output;
    match arguments.output {
        Format::Json | Format::Yaml => {
            let objects: Vec<Value> = found.into_iter().map(|(_, object)| object).collect();
            output.data(&Value::Array(objects), arguments.output);
        }
        Format::Name => {
            for (what, object) in &found {
                output.line(format!(
                    "{}/{}/{}",
                    what.word(),
                    field(object, "namespace"),
                    field(object, "name")
                ));
            }
        }
        Format::Table | Format::Wide if found.is_empty() => output.note("There are none."),
        Format::Table | Format::Wide => {
            let head = [
                "kind",
                "namespace",
                "name",
                "revision",
                "suspended",
                "ready",
                "message",
            ];
            output.table(
                &head,
                found.iter().map(|(what, object)| row(*what, object)).collect(),
            );
        }
    }
    Ok(Exit::Success)
}

fn row(what: What, object: &Value) -> Vec<String> {
    let ready = waiting::ready(object);
    let (revision, ready, message, suspended) = match what {
        What::Unit(UnitKind::Application) => {
            let report = plumb_pipeline::restore(UnitKind::Application, object);
            let revision = report.revision.map(|revision| revision.commit.short().to_owned());
            let problem = report
                .conditions
                .first()
                .map(|condition| condition.message.clone());
            let state = format!("{:?}, {}", report.sync, report.health.status);
            let good = waiting::is_synced(UnitKind::Application, object)
                && waiting::is_healthy(UnitKind::Application, object);
            let suspended =
                plumb_argo::unit(object, &plumb_argo::Defaults::default()).is_ok_and(|unit| unit.suspended);
            let word = if good { "True" } else { "False" };
            (
                revision.unwrap_or_default(),
                word.to_owned(),
                problem.unwrap_or(state),
                suspended,
            )
        }
        What::Unit(UnitKind::Kustomization) => (
            short(&text(&object["status"]["lastAppliedRevision"])),
            text(&ready["status"]),
            text(&ready["message"]),
            object["spec"]["suspend"] == true,
        ),
        What::GitRepository => {
            let revision = short(&text(&object["status"]["artifact"]["revision"]));
            (
                revision,
                text(&ready["status"]),
                text(&ready["message"]),
                object["spec"]["suspend"] == true,
            )
        }
    };
    let suspended = if suspended { "True" } else { "False" };
    vec![
        what.word().to_owned(),
        field(object, "namespace"),
        field(object, "name"),
        revision,
        suspended.to_owned(),
        ready,
        short(&message),
    ]
}

/// Commits cut short, as flux shows them: `main@sha1:1234abcd`.
fn short(text: &str) -> String {
    let mut out = String::new();
    let mut run = 0;
    for letter in text.chars() {
        run = if letter.is_ascii_hexdigit() { run + 1 } else { 0 };
        out.push(letter);
        if run == 40 {
            out.truncate(out.len() - 32);
        }
    }
    out
}

fn field(object: &Value, name: &str) -> String {
    text(&object["metadata"][name])
}

fn text(value: &Value) -> String {
    value.as_str().unwrap_or_default().to_owned()
}

#[cfg(test)]
mod tests;
