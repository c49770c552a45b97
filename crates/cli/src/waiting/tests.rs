use serde_json::json;

use super::*;

#[test]
fn lengths_of_time_are_read() {
    for (text, seconds) in [("0", 0), ("90", 90), ("90s", 90), ("5m", 300), ("1h30m", 5400)] {
        assert_eq!(timeout(text), Ok(Duration::from_secs(seconds)), "{text}");
    }
    for text in ["", "m", "5x", "5m3", "-1", "99999999999999999999h"] {
        assert!(timeout(text).is_err(), "{text}");
    }
}

#[test]
fn an_application_has_answered_when_the_operation_is_off_and_over() {
    let answered = |object: Value| is_answered(UnitKind::Application, &object, "");
    assert!(!answered(json!({"operation": {"sync": {}}})));
    assert!(!answered(
        json!({"status": {"operationState": {"phase": "Running", "startedAt": "2026-01-01T00:00:00Z"}}})
    ));
    assert!(answered(
        json!({"status": {"operationState": {"phase": "Failed", "startedAt": "2026-01-01T00:00:00Z"}}})
    ));
}

#[test]
fn a_kustomization_has_answered_when_it_names_the_request_and_is_ready_or_not() {
    let object = |token: &str, ready: &str| json!({"status": {"lastHandledReconcileAt": token, "conditions": [{"type": "Ready", "status": ready}]}});
    let answered = |object: Value| is_answered(UnitKind::Kustomization, &object, "new");
    assert!(answered(object("new", "True")) && answered(object("new", "False")));
    assert!(!answered(object("old", "True")) && !answered(object("new", "Unknown")));
}
