//! `spec.ignore`: fields that are neither corrected nor applied again.

use plumb_model::{IgnoreRule, IgnoreTarget, IgnoredFields};

use plumb_model::spec::{Field, Problems};

pub(super) fn read(problems: &mut Problems, field: &Field<'_>) -> Vec<IgnoreRule> {
    let rules = problems.items(field);
    rules.iter().map(|rule| self::rule(problems, rule)).collect()
}

fn rule(problems: &mut Problems, rule: &Field<'_>) -> IgnoreRule {
    let target = rule.get("target");
    let mut text = |key: &str| problems.text(&target.get(key));
    let target = IgnoreTarget {
        group: text("group"),
        version: text("version"),
        kind: text("kind"),
        namespace: text("namespace"),
        name: text("name"),
        labels: text("labelSelector"),
        annotations: text("annotationSelector"),
    };
    let paths = problems.items(&rule.get("paths"));
    let pointers = paths.iter().filter_map(|field| {
        let text = problems.text(field)?;
        if !text.starts_with('/') {
            problems.add(
                field,
                format!("{text:?} is no JSON pointer"),
                "begin with /, as in /spec/replicas",
            );
        }
        Some(text)
    });
    let fields = IgnoredFields {
        pointers: pointers.collect(),
        kept: true,
        ..IgnoredFields::default()
    };
    IgnoreRule { target, fields }
}
