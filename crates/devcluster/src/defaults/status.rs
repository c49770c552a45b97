//! The status that a new object starts with.
//!
//! **Start at** [`initial`].

use crate::resource::Resource;
use serde_json::{Value, json};

/// Sets the first status of a new object.
pub(crate) fn initial(resource: &Resource, object: &mut Value) {
    let status = match (resource.group.as_str(), resource.plural.as_str()) {
        ("", "namespaces") => json!({ "phase": "Active" }),
        ("", "pods") => json!({ "phase": "Pending", "qosClass": "BestEffort" }),
        ("", "persistentvolumeclaims" | "persistentvolumes") => json!({ "phase": "Pending" }),
        ("", "services") | ("networking.k8s.io", "ingresses") => json!({ "loadBalancer": {} }),
        ("" | "apps" | "batch" | "autoscaling" | "policy", _) => json!({}),
        _ => return,
    };
    object["status"] = status;
}
