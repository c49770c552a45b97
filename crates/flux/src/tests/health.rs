//! The health of Flux's own kinds.

use plumb_health::Rules;
use plumb_model::HealthStatus;
use serde_json::{Value, json};

#[test]
fn what_is_not_ready_has_failed_unless_it_is_being_worked_at() {
    let rules = Rules::new(crate::KIND_RULES, Vec::new());
    let told = |spec: Value, conditions: Value| {
        let body = json!({"apiVersion": "helm.toolkit.fluxcd.io/v2", "kind": "HelmRelease", "metadata": {"name": "web"},
            "spec": spec, "status": {"conditions": conditions}});
        rules.assess(&body).map(|health| health.status)
    };
    let ready = |status: &str| json!({"type": "Ready", "status": status, "reason": "DependencyNotReady"});
    let working = json!({"type": "Reconciling", "status": "True"});
    assert_eq!(
        told(json!({}), json!([ready("True")])),
        Some(HealthStatus::Healthy)
    );
    assert_eq!(
        told(json!({}), json!([ready("False")])),
        Some(HealthStatus::Degraded)
    );
    assert_eq!(
        told(json!({}), json!([ready("False"), working])),
        Some(HealthStatus::Progressing)
    );
    assert_eq!(
        told(json!({"suspend": true}), json!([ready("False")])),
        Some(HealthStatus::Suspended)
    );
    assert_eq!(told(json!({}), json!([])), None);
}
