//! `plumb state`: what the units had rendered to at a moment.

use anyhow::Context as _;
use clap::{ArgMatches, Args, FromArgMatches};
use plumb_history::{StoredObject, UnitState, shown};
use plumb_yaml::{Dialect, Limits, SourceId};
use serde_json::{Value, json};

use crate::{Command, Context, Exit, Failure, Format, Output, context, context::LedgerFlags, moments, names};

/// What the digest of a secret value begins with.
const DIGEST: &str = "hmac-sha256:";

/// The command.
pub(crate) const COMMAND: Command = Command {
    name: "state",
    clap: || {
        Arguments::augment_args(
            clap::Command::new("state")
                .about("Show what the units had rendered to at a moment; of Secrets, digests only")
                .after_help(moments::FORMS),
        )
    },
    run: |context, matches| Box::pin(async move { run(&context, &matches) }),
};

#[derive(Args, Debug)]
struct Arguments {
    /// The moment
    #[arg(long, value_name = "MOMENT", default_value = "now")]
    at: String,
    /// Only of this unit: my-app, argocd/my-app or application/argocd/my-app
    #[arg(long, value_name = "UNIT")]
    unit: Option<String>,
    /// Form of the answer: YAML documents, a table, JSON, or only the names of units and objects
    #[arg(short, long, value_enum, default_value = "yaml")]
    output: Format,
    #[command(flatten)]
    ledger: LedgerFlags,
}

fn run(context: &Context, matches: &ArgMatches) -> Result<Exit, Failure> {
    let arguments = Arguments::from_arg_matches(matches)?;
    let ledger = context::ledger(&arguments.ledger)?;
    let unit = names::recorded(&ledger, arguments.unit.as_deref())?;
    let at = moments::of(&ledger, "--at", &arguments.at, unit.as_ref())?;
    let states = ledger.state_at(&at, unit.as_ref())?;
    let output = &context.output;
    print(output, &states, arguments.output)?;
    if states.is_empty() {
        output.note("There was nothing then.");
    }
    if objects(&states).any(|(_, object)| object.text.contains(DIGEST)) {
        output.note("Values of Secrets are not in the ledger: what is shown of them are digests.");
    }
    Ok(Exit::Success)
}

fn print(output: &Output, states: &[UnitState], format: Format) -> anyhow::Result<()> {
    match format {
        Format::Yaml => {
            for (position, (state, object)) in objects(states).enumerate() {
                let rule = if position == 0 { "" } else { "---\n" };
                output.raw(&format!(
                    "{rule}# {}\n{}",
                    shown(&state.unit.to_string()),
                    object.text
                ));
            }
        }
        Format::Json => {
            let data = objects(states).map(|(state, object)| {
                Ok(json!({"unit": state.unit.to_string(), "object": parsed(object)?}))
            });
            output.data(&data.collect::<anyhow::Result<Value>>()?, format);
        }
        Format::Name => {
            for (state, object) in objects(states) {
                output.line(shown(&format!("{} {}", state.unit, object.id)));
            }
        }
        Format::Table | Format::Wide => {
            let rows =
                objects(states).map(|(state, object)| vec![state.unit.to_string(), object.id.to_string()]);
            output.table(&["unit", "object"], rows.collect());
        }
    }
    Ok(())
}

fn objects(states: &[UnitState]) -> impl Iterator<Item = (&UnitState, &StoredObject)> {
    states
        .iter()
        .flat_map(|state| state.objects.iter().map(move |object| (state, object)))
}

fn parsed(object: &StoredObject) -> anyhow::Result<Value> {
    let documents = plumb_yaml::parse(
        &object.text,
        SourceId::default(),
        Dialect::default(),
        &Limits::default(),
    )
    .with_context(|| format!("{} in the ledger is no YAML; run `plumb audit verify`", object.id))?;
    Ok(documents.first().map_or(Value::Null, plumb_yaml::Node::to_json))
}
