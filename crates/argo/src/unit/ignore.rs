//! `spec.ignoreDifferences`, and what the settings of Argo CD ignore for all Applications.

use plumb_expressions::jq::PathExpression;
use plumb_model::{IgnoreRule, IgnoreTarget, IgnoredFields};
use plumb_yaml::{Dialect, Limits, Node, SourceId, parse};
use serde_json::Value;

use plumb_model::spec::{Field, Problems, SpecError};

/// What the keys of the settings that ignore differences begin with.
const SETTING: &str = "resource.customizations.ignoreDifferences.";
/// The older form: one key for all customizations, by group and kind.
const ALL_SETTINGS: &str = "resource.customizations";

/// Reads the rules of an Application.
pub(super) fn read(problems: &mut Problems, spec: &Field<'_>, kept: bool) -> Vec<IgnoreRule> {
    let rules = problems.items(&spec.get("ignoreDifferences"));
    rules
        .iter()
        .map(|rule| self::rule(problems, rule, kept))
        .collect()
}

/// The rules that the data of `argocd-cm` holds for all Applications. `respected` = an apply leaves their fields alone, too,
/// which the Application decides.
///
/// # Errors
/// When a rule cannot be read: all that is wrong, by setting.
pub fn ignore_settings(data: &Value, respected: bool) -> Result<Vec<IgnoreRule>, SpecError> {
    let mut problems = Problems::default();
    let mut rules = Vec::new();
    for (key, text) in data.as_object().into_iter().flatten() {
        let text = text.as_str().unwrap_or_default();
        if let Some(kind) = key.strip_prefix(SETTING) {
            let target = if kind == "all" {
                Some(IgnoreTarget::default())
            } else {
                target_of(kind)
            };
            if let (Some(target), Some(value)) = (target, yaml(&mut problems, key, text)) {
                let fields = fields(&mut problems, &place(&value, key), respected);
                rules.push(IgnoreRule { target, fields });
            }
        } else if key == ALL_SETTINGS {
            let Some(all) = yaml(&mut problems, key, text) else {
                continue;
            };
            for (kind, settings) in all.as_object().into_iter().flatten() {
                let (Some(text), Some(target)) = (
                    settings["ignoreDifferences"].as_str(),
                    target_of(&kind.replacen('/', "_", 1)),
                ) else {
                    continue;
                };
                let at = format!("{key}[{kind:?}].ignoreDifferences");
                if let Some(value) = yaml(&mut problems, &at, text) {
                    let fields = fields(&mut problems, &place(&value, &at), respected);
                    rules.push(IgnoreRule { target, fields });
                }
            }
        }
    }
    problems.finish(rules)
}

fn rule(problems: &mut Problems, rule: &Field<'_>, kept: bool) -> IgnoreRule {
    // Without a group, the core group is meant.
    let group = problems.text(&rule.get("group")).unwrap_or_default();
    let kind = problems.required(
        &rule.get("kind"),
        "the kind of object whose differences are ignored, or *",
    );
    let target = IgnoreTarget {
        group: Some(glob(&group)),
        kind: Some(glob(&kind)),
        namespace: problems
            .text(&rule.get("namespace"))
            .map(|text| regex::escape(&text)),
        name: problems.text(&rule.get("name")).map(|text| regex::escape(&text)),
        ..IgnoreTarget::default()
    };
    let fields = fields(problems, rule, kept);
    IgnoreRule { target, fields }
}

fn fields(problems: &mut Problems, rule: &Field<'_>, kept: bool) -> IgnoredFields {
    let pointers = problems.items(&rule.get("jsonPointers"));
    let pointers = pointers
        .iter()
        .filter_map(|field| {
            let text = problems.text(field)?;
            if !text.starts_with('/') {
                problems.add(
                    field,
                    format!("{text:?} is no JSON pointer"),
                    "begin with /, as in /spec/replicas",
                );
            }
            Some(text)
        })
        .collect();
    let expressions = problems.items(&rule.get("jqPathExpressions"));
    let expressions = expressions
        .iter()
        .filter_map(|field| {
            let text = problems.text(field)?;
            if let Err(error) = PathExpression::parse(&text) {
                problems.add(field, error.to_string(), "");
            }
            Some(text)
        })
        .collect();
    IgnoredFields {
        pointers,
        expressions,
        managers: problems.texts(&rule.get("managedFieldsManagers")),
        kept,
    }
}

/// A kind as settings write it: `apps_Deployment`, `ConfigMap`, `*.example.org_*`.
fn target_of(text: &str) -> Option<IgnoreTarget> {
    let (group, kind) = text.rsplit_once('_').unwrap_or(("", text));
    (!kind.is_empty()).then(|| IgnoreTarget {
        group: Some(glob(group)),
        kind: Some(glob(kind)),
        ..IgnoreTarget::default()
    })
}

/// A glob as a regular expression: `*`, `?` and `{a,b}`.
fn glob(text: &str) -> String {
    let mut out = String::new();
    let mut open = 0;
    for character in text.chars() {
        match character {
            '*' => out.push_str(".*"),
            '?' => out.push('.'),
            '{' => {
                open += 1;
                out.push_str("(?:");
            }
            '}' if open > 0 => {
                open -= 1;
                out.push(')');
            }
            ',' if open > 0 => out.push('|'),
            other => out.push_str(&regex::escape(other.encode_utf8(&mut [0; 4]))),
        }
    }
    out
}

fn yaml(problems: &mut Problems, key: &str, text: &str) -> Option<Value> {
    let parsed = parse(text, SourceId::default(), Dialect::V3, &Limits::default());
    match parsed {
        Ok(documents) => documents.first().map(Node::to_json),
        Err(error) => {
            problems.add(&place(&Value::Null, key), format!("it is no YAML: {error}"), "");
            None
        }
    }
}

fn place<'v>(value: &'v Value, key: &str) -> Field<'v> {
    Field {
        value,
        path: format!("argocd-cm: {key}"),
    }
}
