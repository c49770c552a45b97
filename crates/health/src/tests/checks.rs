//! Expressions of units over the rules for kinds.

use plumb_model::{GroupKind, Health, HealthExpressions, HealthStatus::*};
use serde_json::{Value, json};

use crate::{Checks, Rules};

fn told(current: &str, in_progress: Option<&str>, failed: Option<&str>, body: &Value) -> Health {
    let kind = GroupKind::new("example.org", "Widget");
    let checks = Checks::new(&[HealthExpressions {
        kind: kind.clone(),
        current: current.to_owned(),
        in_progress: in_progress.map(str::to_owned),
        failed: failed.map(str::to_owned),
    }]);
    let check = checks.of(&kind).expect("there is one");
    let told = Rules::default().assess_with(Some(&check), body);
    told.expect("expressions always tell something")
}

fn widget(phase: &str) -> Value {
    json!({"apiVersion": "example.org/v1", "kind": "Widget", "metadata": {"name": "one", "generation": 2},
        "status": {"observedGeneration": 2, "phase": phase, "conditions": [{"type": "Stalled", "status": "True"}]}})
}

#[test]
fn the_first_expression_that_holds_counts() {
    let phase = |word: &str| format!("status.phase == '{word}'");
    let (up, moving, down) = (phase("up"), phase("moving"), phase("down"));
    let health = |body: &Value| told(&up, Some(&moving), Some(&down), body);
    assert_eq!(health(&widget("up")), Health::healthy());
    assert_eq!(health(&widget("moving")).status, Progressing);
    assert_eq!(
        health(&widget("down")),
        Health::new(Degraded, "failed holds: status.phase == 'down'")
    );
    assert_eq!(health(&widget("odd")).status, Progressing);
    assert_eq!(
        told("true", Some("true"), Some("true"), &widget("")).status,
        Progressing
    );
    assert_eq!(told("true", None, Some("true"), &widget("")).status, Degraded);
}

#[test]
fn an_old_generation_and_a_deletion_come_first() {
    let mut body = widget("up");
    body["metadata"]["generation"] = json!(3);
    assert_eq!(told("true", None, Some("true"), &body).status, Progressing);
    body["metadata"]["deletionTimestamp"] = json!("2026-08-01T10:00:00Z");
    assert_eq!(told("true", None, None, &body).message, "Pending deletion");
}

#[test]
fn what_is_wrong_with_an_expression_is_told() {
    let health = told("status.none == 1", None, None, &widget("up"));
    assert_eq!(health.status, Unknown);
    assert!(health.message.contains("no such key: none"), "{}", health.message);
    let health = told("status.phase ==", None, None, &widget("up"));
    assert_eq!(health.status, Unknown);
    assert!(health.message.contains("failed to parse"), "{}", health.message);
}
