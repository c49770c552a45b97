//! What says when a Kustomization, and what it depends on, is ready.

use std::collections::{BTreeMap, BTreeSet};

use plumb_expressions::cel::Expression;
use plumb_model::{GroupKind, HealthExpressions, ObjectId, Readiness, UnitId, UnitKind};

use plumb_model::spec::{Field, Problems, SpecError};

/// The dependencies, and the expressions for them.
pub(super) fn depends_on(
    problems: &mut Problems,
    field: &Field<'_>,
    own: &str,
) -> (Vec<UnitId>, BTreeMap<UnitId, String>) {
    let mut units = Vec::new();
    let mut expressions = BTreeMap::new();
    for item in problems.items(field) {
        let id = UnitId {
            kind: UnitKind::Kustomization,
            namespace: problems
                .text(&item.get("namespace"))
                .unwrap_or_else(|| own.to_owned()),
            name: problems.required(&item.get("name"), "the name of a Kustomization"),
        };
        if let Some(expression) = problems.text(&item.get("readyExpr")) {
            expressions.insert(id.clone(), expression);
        }
        units.push(id);
    }
    (units, expressions)
}

pub(super) fn readiness(
    problems: &mut Problems,
    spec: &Field<'_>,
    dependencies: BTreeMap<UnitId, String>,
) -> Readiness {
    let expressions = problems.items(&spec.get("healthCheckExprs"));
    let expressions = expressions.iter().map(|item| HealthExpressions {
        kind: kind(problems, item),
        current: problems.required(&item.get("current"), "an expression that is true of what is well"),
        in_progress: problems.text(&item.get("inProgress")),
        failed: problems.text(&item.get("failed")),
    });
    let expressions = expressions.collect();
    let wait = problems.flag(&spec.get("wait")) == Some(true);
    let checks = problems.items(&spec.get("healthChecks"));
    let named: BTreeSet<ObjectId> = checks
        .iter()
        .map(|item| ObjectId {
            kind: kind(problems, item),
            namespace: problems.text(&item.get("namespace")),
            name: problems.required(&item.get("name"), "the name of an object"),
        })
        .collect();
    Readiness {
        expressions,
        only: (!wait && !named.is_empty()).then_some(named),
        dependencies,
    }
}

/// All expressions that are no CEL.
pub(super) fn check(spec: &Field<'_>) -> Result<(), SpecError> {
    let mut problems = Problems::default();
    let mut fields = Vec::new();
    for item in problems.items(&spec.get("dependsOn")) {
        fields.push(item.get("readyExpr"));
    }
    for item in problems.items(&spec.get("healthCheckExprs")) {
        fields.extend(["current", "inProgress", "failed"].map(|key| item.get(key)));
    }
    for field in fields {
        if let Some(text) = problems.text(&field)
            && let Err(error) = Expression::compile(&text)
        {
            problems.add(&field, error.to_string(), "correct the expression");
        }
    }
    problems.finish(())
}

fn kind(problems: &mut Problems, item: &Field<'_>) -> GroupKind {
    let version = problems.text(&item.get("apiVersion")).unwrap_or_default();
    let group = version.split_once('/').map_or("", |(group, _)| group);
    GroupKind::new(
        group,
        problems.required(&item.get("kind"), "the kind of an object"),
    )
}
