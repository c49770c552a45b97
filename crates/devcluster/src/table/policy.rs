//! Rows of what limits or permits.
//!
//! **Start at** the function of the kind.

use super::{count, items, name, own_age, size};
use serde_json::Value;

/// NAME REQUEST LIMIT AGE
pub(super) fn quotas(quota: &Value) -> Vec<Value> {
    let (mut requests, mut limits) = (Vec::new(), Vec::new());
    for (resource, hard) in quota["status"]["hard"].as_object().into_iter().flatten() {
        let used = quota["status"]["used"][resource].as_str().unwrap_or("0");
        let line = format!("{resource}: {used}/{}", hard.as_str().unwrap_or_default());
        if resource.starts_with("limits") {
            limits.push(line)
        } else {
            requests.push(line)
        }
    }
    vec![
        name(quota),
        requests.join(", ").into(),
        limits.join(", ").into(),
        own_age(quota),
    ]
}

/// NAME MIN-AVAILABLE MAX-UNAVAILABLE ALLOWED-DISRUPTIONS AGE
pub(super) fn disruption_budgets(budget: &Value) -> Vec<Value> {
    let shown = |field: &str| match &budget["spec"][field] {
        Value::Null => "N/A".to_owned(),
        Value::String(text) => text.clone(),
        number => number.to_string(),
    };
    vec![
        name(budget),
        shown("minAvailable").into(),
        shown("maxUnavailable").into(),
        count(&budget["status"]["disruptionsAllowed"]).into(),
        own_age(budget),
    ]
}

/// NAME ROLE AGE USERS GROUPS SERVICEACCOUNTS
pub(super) fn bindings(binding: &Value) -> Vec<Value> {
    let word = |value: &Value| value.as_str().unwrap_or_default().to_owned();
    let role = format!(
        "{}/{}",
        word(&binding["roleRef"]["kind"]),
        word(&binding["roleRef"]["name"])
    );
    let of = |kind: &str| -> Value {
        let subjects = items(&binding["subjects"]).filter(|subject| subject["kind"] == kind);
        let shown = |subject: &Value| match kind {
            "ServiceAccount" => {
                let namespace = subject["namespace"].as_str().unwrap_or_default();
                format!("{namespace}/{}", word(&subject["name"]))
            }
            _ => word(&subject["name"]),
        };
        subjects.map(shown).collect::<Vec<_>>().join(", ").into()
    };
    vec![
        name(binding),
        role.into(),
        own_age(binding),
        of("User"),
        of("Group"),
        of("ServiceAccount"),
    ]
}

/// NAME WEBHOOKS AGE
pub(super) fn webhooks(configuration: &Value) -> Vec<Value> {
    vec![
        name(configuration),
        size(&configuration["webhooks"]).into(),
        own_age(configuration),
    ]
}
