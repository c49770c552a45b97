//! Tells the health of an object from its own words.
//!
//! **Invariant:** pure functions of one object's JSON, never wrong about what it does not say: a kind about which nothing can
//! be told has no health. The rules and words are Argo CD's for the kinds it knows, and those of status conditions elsewhere.
//! **Absent:** rules written by users (Lua, CEL); kinds in groups of the delivery tools, which have conditions like others.
//! **Start at** [`assess`]. One kind is one file in `kinds` and one line in `registry`.

mod aggregate;
mod conditions;
mod fields;
mod kinds;
mod registry;

#[cfg(test)]
mod tests;

pub use aggregate::aggregate;

use plumb_model::{Health, HealthStatus};
use serde_json::Value;

/// The health of a live object; `None` where its kind has none, so that being there is enough.
#[must_use]
pub fn assess(body: &Value) -> Option<Health> {
    if body["metadata"]["deletionTimestamp"].is_string() {
        return Some(Health::new(HealthStatus::Progressing, "Pending deletion"));
    }
    let api_version = body["apiVersion"].as_str()?;
    let group = api_version.split_once('/').map_or("", |(group, _)| group);
    match registry::find(group, body["kind"].as_str()?) {
        Some(rule) => Some(rule(body)),
        None => conditions::assess(group, body),
    }
}
