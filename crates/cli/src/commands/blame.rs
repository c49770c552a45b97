//! `plumb blame`: who set each field of an object, when, and in which line of Git.

use anyhow::bail;
use clap::{ArgMatches, Args, FromArgMatches};
use plumb_history::{At, BlameLine, Ledger};
use plumb_model::{ObjectId, UnitId};
use serde_json::{Value, json};

use crate::{Command, Context, Exit, Failure, Format, Output, context, context::LedgerFlags, entries, names};

/// Most objects that an error names.
const MOST: usize = 3;

/// The command.
pub(crate) const COMMAND: Command = Command {
    name: "blame",
    clap: || {
        Arguments::augment_args(
            clap::Command::new("blame")
                .about("Show who set each field of an object to what it is, in which commit and line"),
        )
    },
    run: |context, matches| Box::pin(async move { run(&context, &matches) }),
};

#[derive(Args, Debug)]
struct Arguments {
    /// The object: Deployment/frontend, Deployment/web/frontend or deployment.apps/web/frontend
    #[arg(value_name = "OBJECT")]
    object: String,
    /// Only this field and what lies in it: .spec.replicas, .spec
    #[arg(value_name = "PATH")]
    path: Option<String>,
    /// Namespace of the object, where OBJECT has none
    #[arg(short, long, value_name = "NAMESPACE")]
    namespace: Option<String>,
    /// The unit that it is of, where several have it
    #[arg(long, value_name = "UNIT")]
    unit: Option<String>,
    /// Form of the answer; wide has the values too
    #[arg(short, long, value_enum, default_value = "table")]
    output: Format,
    #[command(flatten)]
    ledger: LedgerFlags,
}

/// An object as people write it.
struct Wanted<'a> {
    kind: Option<&'a str>,
    namespace: Option<&'a str>,
    name: &'a str,
}

fn run(context: &Context, matches: &ArgMatches) -> Result<Exit, Failure> {
    let arguments = Arguments::from_arg_matches(matches)?;
    let ledger = context::ledger(&arguments.ledger)?;
    let (unit, object) = find(&ledger, &arguments)?;
    let path = arguments.path.as_deref().map(|path| match path {
        path if path.starts_with(['.', '[']) => path.to_owned(),
        path => format!(".{path}"),
    });
    let lines = ledger.blame(&object, path.as_deref(), Some(&unit))?;
    let output = &context.output;
    match arguments.output {
        Format::Json | Format::Yaml => output.data(&lines.iter().map(data).collect(), arguments.output),
        Format::Name => lines
            .iter()
            .for_each(|line| output.line(plumb_history::shown(&line.path))),
        format => table(output, &lines, format == Format::Wide),
    }
    Ok(Exit::Success)
}

fn table(output: &Output, lines: &[BlameLine], wide: bool) {
    let mut head = vec![
        "field",
        "record",
        "time",
        "cause",
        "commit",
        "author",
        "written in",
        "request",
    ];
    if wide {
        head.push("value");
    }
    let rows = lines.iter().map(|line| {
        let record = &line.entry.record;
        let mut row = vec![
            line.path.clone(),
            line.entry.id.short(),
            entries::time(record.finished),
            record.cause.word().to_owned(),
            entries::commit(record),
            author(line),
            line.origin.as_ref().map(ToString::to_string).unwrap_or_default(),
            entries::request(record),
        ];
        if wide {
            row.push(line.value.to_string());
        }
        row
    });
    output.table(&head, rows.collect());
}

fn author(line: &BlameLine) -> String {
    let source = line.entry.record.source.as_ref();
    let author = source.and_then(|source| source.author.as_ref());
    author.map(|author| author.name.clone()).unwrap_or_default()
}

fn data(line: &BlameLine) -> Value {
    json!({
        "field": line.path,
        "value": line.value,
        "origin": line.origin.as_ref().map(ToString::to_string),
        "record": line.entry.to_json(),
    })
}

/// The object that is meant, and the unit that has it.
fn find(ledger: &Ledger, arguments: &Arguments) -> anyhow::Result<(UnitId, ObjectId)> {
    let text = &arguments.object;
    let all = ledger.names_at(&At::Newest)?;
    let unit = match &arguments.unit {
        Some(text) => {
            let known: Vec<UnitId> = all.iter().map(|(unit, _)| unit.clone()).collect();
            Some(names::choose(text, &known, "plumb state -o name")?)
        }
        None => None,
    };
    let mut fitting: Vec<(UnitId, ObjectId)> = Vec::new();
    let wanted = Wanted::readings(text, arguments.namespace.as_deref())?;
    for (of, objects) in all {
        if unit.as_ref().is_some_and(|unit| *unit != of) {
            continue;
        }
        let fit = objects
            .into_iter()
            .filter(|object| wanted.iter().any(|wanted| wanted.fits(object)));
        fitting.extend(fit.map(|object| (of.clone(), object)));
    }
    match &fitting[..] {
        [_] => Ok(fitting.remove(0)),
        [] => bail!(
            "no unit has an object {text:?} as of now: `plumb state -o name` lists those there are, `plumb audit log \
             --object {text}` finds those that were"
        ),
        [(_, first), rest @ ..] if rest.iter().all(|(_, object)| object == first) => {
            let units: Vec<String> = fitting
                .iter()
                .take(MOST)
                .map(|(unit, _)| unit.to_string())
                .collect();
            bail!("{text:?} is of {}: say which by --unit", units.join(" and "))
        }
        _ => {
            let objects = fitting.iter().take(MOST).map(|(_, object)| object.to_string());
            let objects: Vec<String> = objects.collect();
            bail!(
                "{text:?} may be {}: write it as KIND/NAMESPACE/NAME",
                objects.join(" or ")
            )
        }
    }
}

impl<'a> Wanted<'a> {
    /// Everything that `text` may mean.
    fn readings(text: &'a str, namespace: Option<&'a str>) -> anyhow::Result<Vec<Self>> {
        // Errors and lists write `Deployment.apps web/frontend`.
        let parts: Vec<&str> = text.split(['/', ' ']).collect();
        if parts.iter().any(|part| part.is_empty()) {
            bail!("{text:?} is no object: write it as Deployment/frontend or Deployment/web/frontend");
        }
        let of = |kind, inner: Option<&'a str>, name| Self {
            kind,
            namespace: inner.or(namespace),
            name,
        };
        match parts[..] {
            [name] => Ok(vec![of(None, None, name)]),
            [first, name] => Ok(vec![of(Some(first), None, name), of(None, Some(first), name)]),
            [kind, inner, name] => Ok(vec![of(Some(kind), Some(inner), name)]),
            _ => bail!("{text:?} has too many parts: write it as Deployment/web/frontend"),
        }
    }

    fn fits(&self, object: &ObjectId) -> bool {
        let kind = &object.kind;
        let is_kind = |asked: &str| {
            let whole = format!("{}.{}", kind.kind, kind.group);
            let plural = format!("{}s", kind.kind);
            let group_plural = format!("{plural}.{}", kind.group);
            [&kind.kind, &whole, &plural, &group_plural]
                .into_iter()
                .any(|name| asked.eq_ignore_ascii_case(name))
        };
        self.name == object.name
            && self.kind.is_none_or(is_kind)
            && self
                .namespace
                .is_none_or(|namespace| object.namespace.as_deref() == Some(namespace))
    }
}

#[cfg(test)]
mod tests;
