//! Recorded edits and creations.

use std::collections::BTreeMap;

use plumb_kustomize::edit::{Writing, create, edit};
use serde_json::Value;

use crate::{
    Tally,
    memory::Files,
    recorded::{records, shared},
};

/// Every record.
pub(crate) fn recorded() -> Option<Tally> {
    let folder = shared("kustomize-cases")?;
    let mut tally = Tally::default();
    for record in records(&folder.join("edit.jsonl")) {
        let id = format!("{} {}", record["id"], record["argv"]);
        tally.note(&id, replay(&record));
    }
    Some(tally)
}

/// The folder that a record was made in, where its answer names it.
fn recorded_root(text: &str) -> Option<String> {
    let start = text.find("/tmp/kedit-")?;
    let length = text[start..].find("/root/")?;
    Some(text[start..start + length + "/root".len()].to_owned())
}

fn replay(record: &Value) -> Result<(), String> {
    let complaint = |what: String| Err(what);
    let entries = |value: &Value| -> Vec<(String, String)> {
        let entries = value.as_object().into_iter().flatten();
        entries
            .map(|(path, text)| (path.clone(), text.as_str().unwrap_or_default().to_owned()))
            .collect()
    };
    let before = entries(&record["before"]);
    let mut files = Files::new(before.iter().map(|(path, text)| (path.as_str(), text.as_str())));
    let folders = record["empty_dirs"]
        .as_array()
        .into_iter()
        .flatten()
        .filter_map(Value::as_str);
    files.folders.extend(folders.map(str::to_owned));
    let argv: Vec<String> = record["argv"]
        .as_array()
        .into_iter()
        .flatten()
        .filter_map(Value::as_str)
        .map(str::to_owned)
        .collect();
    let answer = &record["cli"];
    if let Some(root) = recorded_root(answer["stdout"].as_str().unwrap_or_default()) {
        files.location = root;
    }
    let outcome = match argv.first().map(String::as_str) {
        Some("edit") => edit(&argv[1..], Writing::Anew, &mut files),
        Some("create") => create(&argv[1..], &mut files),
        _ => return complaint("is neither an edit nor a creation".into()),
    };
    let is_refused = answer["rc"].as_i64() != Some(0);
    if outcome.result.is_err() != is_refused {
        return complaint(format!("{:?}, not {}", outcome.result, answer["stderr"]));
    }
    if let Err(error) = &outcome.result {
        let message = error.to_string();
        let first = message.lines().next().unwrap_or_default();
        if !answer["stderr"].as_str().unwrap_or_default().contains(first) {
            return complaint(format!(
                "{first}, not {}",
                answer["stderr"]
                    .as_str()
                    .unwrap_or_default()
                    .lines()
                    .next()
                    .unwrap_or_default()
            ));
        }
    }
    if outcome.stdout != answer["stdout"].as_str().unwrap_or_default() {
        return complaint(format!("prints {:?}", outcome.stdout));
    }
    let mut wanted: BTreeMap<String, String> = before.into_iter().collect();
    if answer["after"].is_object() {
        wanted = entries(&answer["after"]).into_iter().collect();
    } else {
        wanted.extend(entries(&answer["after_changed"]));
    }
    match wanted
        .iter()
        .find(|(path, text)| files.files.get(*path) != Some(text))
    {
        Some((path, text)) => complaint(format!("{path} is {:?}\n    not {text:?}", files.files.get(path))),
        None => Ok(()),
    }
}
