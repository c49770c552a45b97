//! The status that a new object starts with.
//!
//! **Start at** [`initial`].

use crate::resource::Resource;
use serde_json::Value;

/// Sets the first status of a new object.
pub(crate) fn initial(resource: &Resource, object: &mut Value) {
    let phase = match (resource.group.as_str(), resource.plural.as_str()) {
        ("", "namespaces") => "Active",
        ("", "pods" | "persistentvolumeclaims" | "persistentvolumes") => "Pending",
        _ => return,
    };
    let status = &mut object["status"];
    if status["phase"].as_str().is_none_or(str::is_empty) {
        status["phase"] = phase.into();
    }
}
