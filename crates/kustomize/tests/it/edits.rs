//! Edits as the original makes them: our own cases, and recorded answers where they are at hand.

use std::collections::BTreeMap;

use plumb_kustomize::edit::{Writing, create, edit};
use serde_json::Value;

use crate::{
    memory::Files,
    replay::{records, shared},
};

fn after(argv: &str, before: &str) -> String {
    let mut files = Files::new([
        ("kustomization.yaml", before),
        ("a.yaml", "x: y\n"),
        ("b.yaml", "x: y\n"),
    ]);
    let argv: Vec<String> = argv.split(' ').map(str::to_owned).collect();
    edit(&argv, Writing::Anew, &mut files)
        .result
        .expect("the command does not refuse");
    files.files.remove("kustomization.yaml").unwrap_or_default()
}

const HEAD: &str = "apiVersion: kustomize.config.k8s.io/v1beta1\nkind: Kustomization\n";

#[test]
fn an_image_takes_its_place_by_name() {
    let before =
        format!("{HEAD}# what runs\nimages:\n- name: web\n  newTag: \"1\"\n- name: db\n  newTag: \"9\"\n");
    let wanted = format!(
        "{HEAD}# what runs\nimages:\n- name: db\n  newTag: \"9\"\n- name: web\n  newName: mirror/web\n  newTag: \"2\"\n"
    );
    assert_eq!(after("set image web=mirror/web:2", &before), wanted);
}

#[test]
fn comments_inside_a_field_move_above_it_and_the_last_ones_vanish() {
    let before = format!("{HEAD}resources:\n# first\n- a.yaml\n# end\n");
    assert_eq!(
        after("add resource b.yaml", &before),
        format!("{HEAD}# first\nresources:\n- a.yaml\n- b.yaml\n")
    );
}

#[test]
fn old_fields_move_on_any_edit() {
    let wanted = format!("{HEAD}resources:\n- base\nnamespace: shop\n");
    assert_eq!(after("set namespace shop", "bases:\n- base\n"), wanted);
}

#[test]
fn a_command_that_refuses_writes_nothing() {
    let mut files = Files::new([("kustomization.yaml", HEAD)]);
    let argv = ["set", "replicas", "web"].map(str::to_owned);
    let error = edit(&argv, Writing::Anew, &mut files)
        .result
        .expect_err("there is no count");
    assert!(error.to_string().contains("<name>=<count>"), "{error}");
    assert_eq!(files.files["kustomization.yaml"], HEAD);
}

#[test]
fn recorded_edits_give_the_same() {
    let Some(folder) = shared("kustomize-cases") else {
        return;
    };
    let records = records(&folder.join("edit.jsonl"));
    let failures: Vec<String> = records.iter().filter_map(|record| replay(record).err()).collect();
    let passed = records.len() - failures.len();
    println!("{}", failures.join("\n"));
    println!("edit {passed}/{}", records.len());
    assert!(
        passed >= FLOOR,
        "{passed} of {} pass, {FLOOR} did before",
        records.len()
    );
}

/// How many recorded edits gave the same before.
const FLOOR: usize = 483;

/// The folder that a record was made in, where its answer names it.
fn recorded_root(text: &str) -> Option<String> {
    let start = text.find("/tmp/kedit-")?;
    let length = text[start..].find("/root/")?;
    Some(text[start..start + length + "/root".len()].to_owned())
}

fn replay(record: &Value) -> Result<(), String> {
    let complaint = |what: String| Err(format!("{} {}: {what}", record["id"], record["argv"]));
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
