//! What Argo CD's settings and annotations say of the health of objects.
//!
//! **Start at** [`health_rules`]. What the scripts are and mean: `plumb_expressions::lua`, `plumb_health`.

mod kinds;

use std::collections::BTreeMap;

use plumb_expressions::lua::Script;
use plumb_health::{KindRule, ScriptRule};
use plumb_model::Health;
use plumb_yaml::{Dialect, Limits, SourceId};
use serde_json::{Value, json};

use crate::{
    directives::is_hook,
    names::{GROUP, SETTINGS},
};

/// The key with the customizations of many kinds.
const ALL: &str = "resource.customizations";
/// What begins the key of the script of one kind.
const ONE: &str = "resource.customizations.health.";
/// The annotation that has a Pod be assessed as one that is to run for ever.
const IGNORE_RESTART_POLICY: &str = "argocd.argoproj.io/ignore-restart-policy";

/// Rules for kinds of which Argo CD has annotations or which are its own.
pub const KIND_RULES: &[KindRule] = &[
    KindRule {
        group: "",
        kind: "Pod",
        rule: pod,
    },
    own("AnalysisRun", kinds::run),
    own("ApplicationSet", kinds::application_set),
    own("Experiment", kinds::run),
    own("Rollout", kinds::rollout),
    own("Workflow", kinds::run),
];

const fn own(kind: &'static str, rule: fn(&Value) -> Option<Health>) -> KindRule {
    KindRule {
        group: GROUP,
        kind,
        rule,
    }
}

/// What is wrong with a key of the settings, so that nothing of it is in force.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("ConfigMap {SETTINGS}, key {key}: {why}")]
pub struct HealthRuleError {
    /// The key.
    pub key: String,
    /// What is wrong, and what to do.
    pub why: String,
}

/// The health scripts in the settings (ConfigMap `argocd-cm`), and what is wrong with keys that have none. A key of its own comes
/// before an entry of `resource.customizations`.
#[must_use]
pub fn health_rules(settings: &Value) -> (Vec<ScriptRule>, Vec<HealthRuleError>) {
    let mut scripts = BTreeMap::new();
    let mut errors = Vec::new();
    let texts = settings["data"].as_object().into_iter().flatten();
    let texts: Vec<(&str, &str)> = texts
        .filter_map(|(key, text)| Some((key.as_str(), text.as_str()?)))
        .collect();
    let wrong = |key: &str, why: String| HealthRuleError {
        key: key.to_owned(),
        why,
    };
    for (key, text) in texts.iter().filter(|(key, _)| *key == ALL) {
        match entries(text) {
            Ok(found) => scripts.extend(found.into_iter().map(|(of, script)| {
                let place = format!("ConfigMap {SETTINGS}, key {ALL}, entry {of}, health.lua");
                (of, (place, script))
            })),
            Err(why) => errors.push(wrong(key, why)),
        }
    }
    for (key, text) in &texts {
        let Some(name) = key.strip_prefix(ONE).filter(|_| !text.trim().is_empty()) else {
            continue;
        };
        match kind_of_key(name) {
            Some(of) => drop(scripts.insert(
                of,
                (format!("ConfigMap {SETTINGS}, key {key}"), (*text).to_owned()),
            )),
            None => errors.push(wrong(
                key,
                "it names no kind: write <group>_<Kind>, or <Kind> for the core group".to_owned(),
            )),
        }
    }
    let rules = scripts.into_iter().map(|(of, (written_in, text))| ScriptRule {
        of,
        written_in,
        script: Script::new(text),
    });
    (rules.collect(), errors)
}

fn kind_of_key(name: &str) -> Option<String> {
    match name.split('_').collect::<Vec<_>>().as_slice() {
        [kind] if !kind.is_empty() => Some((*kind).to_owned()),
        ["", kind] if !kind.is_empty() => Some((*kind).to_owned()),
        [group, kind] if !kind.is_empty() => Some(format!("{group}/{kind}")),
        _ => None,
    }
}

/// The scripts in the text that has those of many kinds.
fn entries(text: &str) -> Result<Vec<(String, String)>, String> {
    let documents = plumb_yaml::parse(text, SourceId::default(), Dialect::V3, &Limits::default())
        .map_err(|error| format!("{error}: write a YAML map of <group>/<Kind> to health.lua"))?;
    let mut found = Vec::new();
    for document in documents.iter().map(plumb_yaml::Node::to_json) {
        if document.is_null() {
            continue;
        }
        let kinds = document
            .as_object()
            .ok_or("it is no map: write a YAML map of <group>/<Kind> to health.lua")?;
        for (of, entry) in kinds {
            match &entry["health.lua"] {
                Value::Null => {}
                Value::String(script) if script.trim().is_empty() => {}
                Value::String(script) => found.push((of.trim_start_matches('/').to_owned(), script.clone())),
                _ => {
                    return Err(format!(
                        "entry {of}: health.lua is no text: write the script after `|`"
                    ));
                }
            }
        }
    }
    Ok(found)
}

/// A Pod that is marked so is assessed as if it restarted for ever, unless it is a hook.
fn pod(body: &Value) -> Option<Health> {
    let annotations = &body["metadata"]["annotations"];
    if annotations[IGNORE_RESTART_POLICY] != "true" || is_hook(annotations) {
        return None;
    }
    let mut lasting = body.clone();
    lasting["spec"]["restartPolicy"] = json!("Always");
    plumb_health::assess(&lasting)
}
