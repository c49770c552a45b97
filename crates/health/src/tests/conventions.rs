//! Kinds without a rule of their own.

use plumb_model::HealthStatus::*;
use serde_json::{Value, json};

use super::{check, says};
use crate::assess;

fn told(spec: Value, status: Value) -> Option<(plumb_model::HealthStatus, String)> {
    let body = json!({"apiVersion": "example.com/v1", "kind": "Widget", "metadata": {"generation": 2},
        "spec": spec, "status": status});
    assess(&body).map(|health| (health.status, health.message))
}

#[test]
fn conditions_that_say_that_something_is_wrong_come_first() {
    for kind in [
        "Stalled",
        "Failed",
        "Error",
        "Invalid",
        "Degraded",
        "NotReady",
        "ReconcileError",
    ] {
        let conditions = json!({"conditions": [
            {"type": "Ready", "status": "True"}, {"type": kind, "status": "True", "message": "because"}]});
        check(
            "example.com/v1",
            "Widget",
            &[(json!({}), conditions, Degraded, "because")],
        );
        let fine =
            json!({"conditions": [{"type": "Ready", "status": "True"}, {"type": kind, "status": "False"}]});
        check("example.com/v1", "Widget", &[(json!({}), fine, Healthy, "")]);
    }
    for kind in ["Synced", "Accepted", "ResolvedRefs"] {
        check(
            "example.com/v1",
            "Widget",
            &[
                (json!({}), says(kind, "False", "Refused"), Degraded, "because"),
                (json!({}), says(kind, "False", "Pending"), Progressing, "because"),
            ],
        );
    }
}

#[test]
fn the_reason_tells_whether_what_is_not_ready_stays_so() {
    check(
        "example.com/v1",
        "Widget",
        &[
            (
                json!({}),
                says("Ready", "False", "BuildFailed"),
                Degraded,
                "because",
            ),
            (
                json!({}),
                says("Ready", "False", "InvalidSpec"),
                Degraded,
                "because",
            ),
            (
                json!({}),
                says("Ready", "Unknown", "BuildFailed"),
                Progressing,
                "because",
            ),
            (
                json!({}),
                says("Ready", "False", "Creating"),
                Progressing,
                "because",
            ),
        ],
    );
}

#[test]
fn a_condition_of_an_old_generation_says_nothing_of_the_new_one() {
    let ready = json!({"conditions": [{"type": "Ready", "status": "True", "observedGeneration": 1}]});
    assert_eq!(told(json!({}), ready).map(|told| told.0), Some(Progressing));
}

#[test]
fn common_words_for_a_phase_are_known_and_others_say_nothing() {
    for (field, word, expected) in [
        ("phase", "Failed", Some(Degraded)),
        ("state", "ERROR", Some(Degraded)),
        ("phase", "In Progress", Some(Progressing)),
        ("status", "Completed", Some(Healthy)),
        ("phase", "Paused", Some(Suspended)),
        ("state", "Unknown", Some(Unknown)),
        ("state", "NotFound", Some(Missing)),
        ("phase", "Running", None),
        ("phase", "Dancing", None),
    ] {
        let told = told(json!({}), json!({field: word}));
        assert_eq!(told, expected.map(|status| (status, word.to_owned())), "{word}");
    }
    // Conditions say more than a word, except that something failed.
    let both = |word: &str| json!({"phase": word, "conditions": [{"type": "Ready", "status": "True", "message": "up"}]});
    assert_eq!(told(json!({}), both("Pending")), Some((Healthy, "up".to_owned())));
    assert_eq!(
        told(json!({}), both("Failed")),
        Some((Degraded, "Failed".to_owned()))
    );
}

#[test]
fn what_people_paused_is_suspended() {
    for field in ["suspend", "suspended", "paused", "pause"] {
        let status = told(json!({field: true}), json!({"observedGeneration": 1})).map(|told| told.0);
        assert_eq!(status, Some(Suspended));
        assert_eq!(told(json!({field: false}), json!({})), None);
    }
}
