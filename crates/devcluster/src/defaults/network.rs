//! Network policies, role bindings, webhook configurations.
//!
//! **Start at** the function of the kind.

use super::{each, object, present, set};
use serde_json::{Value, json};

/// Fills in a NetworkPolicy.
pub(super) fn policy(policy: &mut Value) {
    let spec = object(policy, "spec");
    for list in ["ingress", "egress"] {
        for rule in each(spec, list) {
            for port in each(rule, "ports") {
                set(port, "protocol", "TCP");
            }
        }
    }
    let egress = spec["egress"].as_array().is_some_and(|rules| !rules.is_empty());
    set(
        spec,
        "policyTypes",
        if egress {
            json!(["Ingress", "Egress"])
        } else {
            json!(["Ingress"])
        },
    );
}

/// Fills in a RoleBinding or ClusterRoleBinding.
pub(super) fn binding(binding: &mut Value) {
    const GROUP: &str = "rbac.authorization.k8s.io";
    // Go does not tell an empty group from none.
    let fill = |place: &mut Value| {
        if place["apiGroup"].as_str().is_none_or(str::is_empty) {
            place["apiGroup"] = GROUP.into();
        }
    };
    if let Some(role) = present(binding, "roleRef") {
        fill(role);
    }
    for subject in each(binding, "subjects") {
        if matches!(subject["kind"].as_str(), Some("User" | "Group")) {
            fill(subject);
        }
    }
}

/// Fills in the webhooks of a configuration.
pub(super) fn webhooks(configuration: &mut Value, mutating: bool) {
    for webhook in each(configuration, "webhooks") {
        set(webhook, "failurePolicy", "Fail");
        set(webhook, "matchPolicy", "Equivalent");
        set(webhook, "namespaceSelector", json!({}));
        set(webhook, "objectSelector", json!({}));
        set(webhook, "timeoutSeconds", 10);
        if mutating {
            set(webhook, "reinvocationPolicy", "Never");
        }
        for rule in each(webhook, "rules") {
            set(rule, "scope", "*");
        }
        if let Some(service) = present(object(webhook, "clientConfig"), "service") {
            set(service, "port", 443);
        }
    }
}
