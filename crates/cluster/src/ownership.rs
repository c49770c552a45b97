//! Whose fields are whose: what `managedFields` say, read as far as this crate needs it.

use plumb_model::Digest;
use plumb_schema::{
    FieldSet,
    apply::{Claim, Operation},
};
use serde_json::Value;

/// The annotation in which `kubectl apply` keeps what it applied last.
pub(crate) const LAST_APPLIED: &str = "kubectl.kubernetes.io/last-applied-configuration";

/// The resource version of a body; 0 where it has none.
pub(crate) fn version(body: &Value) -> u64 {
    body["metadata"]["resourceVersion"]
        .as_str()
        .and_then(|text| text.parse().ok())
        .unwrap_or(0)
}

/// A digest of the values that `fields` cover in `body`, and of what `manager` owns by having applied it.
pub(crate) fn projection(fields: &FieldSet, manager: &str, body: &Value) -> Digest {
    let values = fields.digest(body);
    let owned = applied_entry(body, manager)
        .map(|entry| entry["fieldsV1"].to_string())
        .unwrap_or_default();
    Digest::of(&[&values[..], owned.as_bytes()].concat())
}

/// The fields that `manager` owns by having applied them.
pub(crate) fn applied(body: &Value, manager: &str) -> Option<FieldSet> {
    FieldSet::decode(&applied_entry(body, manager)?["fieldsV1"]).ok()
}

/// Whether others wrote to `body` in ways that an apply of `manager` has to take over.
pub(crate) fn is_foreign(body: &Value, manager: &str) -> bool {
    !body["metadata"]["annotations"][LAST_APPLIED].is_null()
        || entries(body).any(|entry| {
            let text = |key: &str| entry[key].as_str().unwrap_or_default();
            text("subresource").is_empty()
                && is_predecessor(text("manager"), text("operation") == "Apply", manager)
        })
}

/// The entry of a claim that an apply of `manager` has to take over.
pub(crate) fn is_taken_over(claim: &Claim, manager: &str) -> bool {
    claim.subresource.is_empty()
        && is_predecessor(&claim.manager, claim.operation == Operation::Apply, manager)
}

/// Whether a manager is one that people or earlier tools deploy with, and not a controller at work on the object.
fn is_predecessor(other: &str, applied: bool, manager: &str) -> bool {
    if other == manager {
        return !applied;
    }
    // What `kubectl rollout restart` sets is a wish that Git does not know of; taking it over would undo it.
    let kubectl = other.starts_with("kubectl") && other != "kubectl-rollout";
    kubectl
        || other == "before-first-apply"
        || other.eq_ignore_ascii_case("helm")
        || other.starts_with("argocd")
}

fn applied_entry<'v>(body: &'v Value, manager: &str) -> Option<&'v Value> {
    entries(body).find(|entry| {
        entry["manager"] == *manager
            && entry["operation"] == "Apply"
            && entry["subresource"].as_str().unwrap_or_default().is_empty()
    })
}

fn entries(body: &Value) -> impl Iterator<Item = &Value> {
    body["metadata"]["managedFields"].as_array().into_iter().flatten()
}
