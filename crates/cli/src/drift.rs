//! What is not as Git says, in words and as data.
//!
//! **Invariant:** no value of a Secret is shown.

use owo_colors::OwoColorize;
use plumb_model::{FieldDrift, ObjectId, SyncStatus};
use plumb_plan::{Plan, Verdict};
use serde_json::{Value, json};

use crate::{Exit, Format, Output};

/// What was found of one unit or folder.
#[derive(Debug)]
pub(crate) struct Found {
    /// The unit and its commit, or the folder.
    pub(crate) what: String,
    /// What is not as it says.
    pub(crate) objects: Vec<Drifted>,
    /// Objects that could not be looked at.
    pub(crate) problems: Vec<String>,
}

/// One object that is not as Git says.
#[derive(Debug)]
pub(crate) struct Drifted {
    pub(crate) id: ObjectId,
    pub(crate) how: How,
    pub(crate) fields: Vec<FieldDrift>,
}

/// In what way an object is not as Git says.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum How {
    /// Fields are otherwise.
    Changed,
    /// It is not there.
    Missing,
    /// It is there, and Git has it no longer.
    Surplus,
}

impl How {
    fn word(self) -> &'static str {
        match self {
            Self::Changed => "changed",
            Self::Missing => "missing",
            Self::Surplus => "surplus",
        }
    }
}

impl Found {
    /// What a plan thinks of its objects.
    pub(crate) fn of(what: String, plan: &Plan) -> Self {
        let (mut objects, mut problems) = (Vec::new(), Vec::new());
        for verdict in plan.verdicts() {
            match &verdict.problem {
                Some(problem) => problems.push(problem.clone()),
                None if verdict.sync == SyncStatus::OutOfSync => objects.push(Drifted::of(verdict)),
                None => {}
            }
        }
        Self {
            what,
            objects,
            problems,
        }
    }
}

impl Drifted {
    fn of(verdict: &Verdict) -> Self {
        let how = match (verdict.requires_pruning, verdict.drift.is_empty()) {
            (true, _) => How::Surplus,
            (false, true) => How::Missing,
            (false, false) => How::Changed,
        };
        let secret = verdict.id.kind.group.is_empty() && verdict.id.kind.kind == "Secret";
        let hide = |field: &FieldDrift| {
            let hidden = |value: &Option<Value>| value.as_ref().map(|_| Value::from("<hidden>"));
            let content = [".data", ".stringData"]
                .iter()
                .any(|part| field.path.starts_with(part));
            match secret && content {
                true => FieldDrift {
                    desired: hidden(&field.desired),
                    live: hidden(&field.live),
                    ..field.clone()
                },
                false => field.clone(),
            }
        };
        Self {
            id: verdict.id.clone(),
            how,
            fields: verdict.drift.iter().map(hide).collect(),
        }
    }

    fn data(&self) -> Value {
        json!({
            "group": self.id.kind.group,
            "kind": self.id.kind.kind,
            "namespace": self.id.namespace,
            "name": self.id.name,
            "state": self.how.word(),
            "fields": self.fields,
        })
    }
}

/// Prints what was found; the exit code that follows from it.
pub(crate) fn print(output: &Output, found: &[Found], format: Format) -> Exit {
    let objects = || found.iter().flat_map(|found| &found.objects);
    let drifted = objects().next().is_some();
    let failed = found.iter().any(|found| !found.problems.is_empty());
    for problem in found.iter().flat_map(|found| &found.problems) {
        output.note(format!("{} {problem}", "Error:".red().bold()));
    }
    if format.is_data() {
        output.data(&data(found, drifted), format);
    } else {
        found.iter().for_each(|found| print_one(output, found));
        output.line(summary(found));
    }
    match (failed, drifted) {
        (true, _) => Exit::Error,
        (false, true) => Exit::Negative,
        (false, false) => Exit::Success,
    }
}

fn data(found: &[Found], drifted: bool) -> Value {
    let checked: Vec<Value> = found
        .iter()
        .map(|found| {
            let objects: Vec<Value> = found.objects.iter().map(Drifted::data).collect();
            json!({"of": found.what, "objects": objects, "problems": found.problems})
        })
        .collect();
    json!({"drift": drifted, "checked": checked})
}

fn print_one(output: &Output, found: &Found) {
    if found.objects.is_empty() {
        return;
    }
    output.line(found.what.bold());
    for object in &found.objects {
        match object.how {
            How::Missing => output.line(format!(
                "  {}: in Git, {}",
                object.id,
                "missing in the cluster".red()
            )),
            How::Surplus => output.line(format!(
                "  {}: in the cluster, {}",
                object.id,
                "no longer in Git".red()
            )),
            How::Changed => {
                output.line(format!("  {}", object.id));
                object.fields.iter().for_each(|field| print_field(output, field));
            }
        }
    }
    output.line("");
}

fn print_field(output: &Output, field: &FieldDrift) {
    let text = |value: &Option<Value>| {
        value
            .as_ref()
            .map_or_else(|| "(none)".to_owned(), Value::to_string)
    };
    let who = match (&field.manager, &field.since) {
        (Some(manager), Some(since)) => format!("  (by {manager}, {since})"),
        (Some(manager), None) => format!("  (by {manager})"),
        _ => String::new(),
    };
    output.line(format!("    {}", field.path));
    output.line(format!("      Git   {}", text(&field.desired).green()));
    output.line(format!("      live  {}{}", text(&field.live).red(), who.dimmed()));
}

/// The last line: what the script of old said, with numbers.
fn summary(found: &[Found]) -> String {
    let objects: Vec<&Drifted> = found.iter().flat_map(|found| &found.objects).collect();
    if objects.is_empty() {
        let failed = found.iter().any(|found| !found.problems.is_empty());
        return if failed {
            "No drift detected where it could be told"
        } else {
            "No drift detected"
        }
        .to_owned();
    }
    let count = |how| objects.iter().filter(|object| object.how == how).count();
    let plural = |count: usize, word: &str| format!("{count} {word}{}", if count == 1 { "" } else { "s" });
    let fields = objects.iter().map(|object| object.fields.len()).sum();
    let mut parts = Vec::new();
    if count(How::Changed) > 0 {
        parts.push(format!(
            "{} in {}",
            plural(fields, "field"),
            plural(count(How::Changed), "object")
        ));
    }
    if count(How::Missing) > 0 {
        parts.push(format!("{} missing", plural(count(How::Missing), "object")));
    }
    if count(How::Surplus) > 0 {
        parts.push(format!(
            "{} no longer in Git",
            plural(count(How::Surplus), "object")
        ));
    }
    format!("Drift detected: {}", parts.join(", "))
}

#[cfg(test)]
mod tests;
