//! A case of noise as it is written: what Git says, and what happens before and then.

use std::path::{Path, PathBuf};

use plumb_model::{IgnoreRule, IgnoreTarget, IgnoredFields};
use plumb_yaml::{Dialect, Limits, SourceId};
use serde_json::Value;

/// One case.
#[derive(Debug)]
pub(super) struct Case {
    pub(super) name: String,
    /// Who reported it, as `argoproj/argo-cd#1`, where somebody did.
    pub(super) reports: Vec<String>,
    pub(super) git: Vec<Value>,
    pub(super) before: Vec<Act>,
    pub(super) then: Vec<Act>,
    pub(super) ignore: Vec<IgnoreRule>,
    /// It needs what only a real server does.
    pub(super) needs_real: bool,
}

/// What somebody else does.
#[derive(Debug)]
pub(super) struct Act {
    pub(super) by: String,
    pub(super) deed: Deed,
}

#[derive(Debug)]
pub(super) enum Deed {
    Create(Value),
    Apply(Value),
    Patch {
        object: String,
        subresource: Option<String>,
        with: Value,
    },
    Await {
        object: String,
        field: String,
        is: Value,
    },
    /// Seconds, for what tells nobody that it is in force.
    Wait(u64),
}

/// Every case of a folder, by name.
pub(super) fn all(folder: &str) -> Vec<Case> {
    let folder = folder_of(folder);
    let mut files: Vec<PathBuf> = std::fs::read_dir(&folder)
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .collect();
    files.sort();
    files.iter().map(|file| read(file)).collect()
}

/// Every document of the files in a folder.
pub(super) fn documents(folder: &str) -> Vec<Value> {
    let mut files: Vec<PathBuf> = std::fs::read_dir(folder_of(folder))
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .collect();
    files.sort();
    let texts = files.iter().map(|file| std::fs::read_to_string(file).unwrap());
    texts.flat_map(|text| parse(&text)).collect()
}

fn folder_of(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("tests/drift")
        .join(name)
}

fn read(file: &Path) -> Case {
    let text = std::fs::read_to_string(file).unwrap();
    let name = file.file_stem().unwrap().to_string_lossy().into_owned();
    let document = parse(&text).into_iter().next().unwrap();
    let list = |key: &str| document[key].as_array().cloned().unwrap_or_default();
    for key in document.as_object().unwrap().keys() {
        let known = ["git", "before", "then", "ignore", "respect", "needs"].contains(&key.as_str());
        assert!(known, "{name}: {key} says nothing");
    }
    let acts = |key: &str| list(key).iter().map(|act| self::act(act, &name)).collect();
    let comment: String = text.lines().take_while(|line| line.starts_with('#')).collect();
    let words = comment.split(|c: char| c.is_whitespace() || ",:;()".contains(c));
    Case {
        reports: words.filter(|word| is_report(word)).map(str::to_owned).collect(),
        git: list("git"),
        before: acts("before"),
        then: acts("then"),
        ignore: list("ignore")
            .iter()
            .map(|rule| self::rule(rule, document["respect"] == true))
            .collect(),
        needs_real: document["needs"] == "a real server",
        name,
    }
}

/// Whether it is an issue or a pull request: `owner/repository#number`.
fn is_report(word: &str) -> bool {
    let number = |text: &str| !text.is_empty() && text.bytes().all(|it| it.is_ascii_digit());
    word.split_once('#')
        .is_some_and(|(repository, of)| repository.matches('/').count() == 1 && number(of))
}

fn parse(text: &str) -> Vec<Value> {
    let nodes = plumb_yaml::parse(text, SourceId::default(), Dialect::V3, &Limits::default()).unwrap();
    nodes.iter().map(plumb_yaml::Node::to_json).collect()
}

fn act(act: &Value, case: &str) -> Act {
    let text = |key: &str| act[key].as_str().map(str::to_owned);
    let patch = |key: &str, subresource: Option<&str>, with: &Value| Deed::Patch {
        object: text(key).unwrap(),
        subresource: subresource.map(str::to_owned),
        with: with.clone(),
    };
    let deed = if act["create"].is_object() {
        Deed::Create(act["create"].clone())
    } else if act["apply"].is_object() {
        Deed::Apply(act["apply"].clone())
    } else if act["patch"].is_string() {
        patch("patch", None, &act["with"])
    } else if act["status"].is_string() {
        patch("status", Some("status"), &act["with"])
    } else if act["scale"].is_string() {
        let with = serde_json::json!({"spec": {"replicas": act["to"]}});
        patch("scale", Some("scale"), &with)
    } else if act["await"].is_string() {
        Deed::Await {
            object: text("await").unwrap(),
            field: text("field").unwrap(),
            is: act["is"].clone(),
        }
    } else if let Some(seconds) = act["wait"].as_u64() {
        Deed::Wait(seconds)
    } else {
        panic!("{case}: {act} is nothing that can be done")
    };
    Act {
        by: text("by").unwrap_or_default(),
        deed,
    }
}

fn rule(rule: &Value, kept: bool) -> IgnoreRule {
    let texts = |key: &str| {
        let items = rule[key].as_array().into_iter().flatten();
        items.map(|text| text.as_str().unwrap().to_owned()).collect()
    };
    IgnoreRule {
        target: IgnoreTarget {
            kind: rule["kind"].as_str().map(str::to_owned),
            ..IgnoreTarget::default()
        },
        fields: IgnoredFields {
            pointers: texts("pointers"),
            expressions: texts("jq"),
            managers: texts("managers"),
            kept,
        },
    }
}
