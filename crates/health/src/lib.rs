//! Tells the health of an object from its own words.
//!
//! **Invariant:** pure functions of one object's JSON, never wrong about what it does not say: a kind about which nothing can
//! be told has no health. The rules and words are Argo CD's for the kinds it knows, and those of status conditions elsewhere.
//! **Absent:** kinds in groups of the delivery tools, whose rules the adapters hand in ([`KindRule`]).
//! **Start at** [`Rules::assess`]. One kind is one file in `kinds` and one line in `registry`.

mod aggregate;
mod checks;
mod conditions;
mod fields;
mod glob;
mod kinds;
mod registry;
mod rules;

#[cfg(test)]
mod tests;

pub use aggregate::aggregate;
pub use checks::{Check, Checks};
pub use rules::{KindRule, Rules, ScriptRule};

use plumb_model::{GroupKind, Health, HealthStatus};
use serde_json::Value;

/// The health of a live object by the built-in rules alone.
#[must_use]
pub fn assess(body: &Value) -> Option<Health> {
    pending_deletion(body).or_else(|| built_in(&rules::kind_of(body)?, body))
}

fn built_in(kind: &GroupKind, body: &Value) -> Option<Health> {
    match registry::find(&kind.group, &kind.kind) {
        Some(rule) => Some(rule(body)),
        None => conditions::assess(&kind.group, body),
    }
}

/// What is being deleted is on its way, however well it is.
fn pending_deletion(body: &Value) -> Option<Health> {
    let deleted = body["metadata"]["deletionTimestamp"].is_string();
    deleted.then(|| Health::new(HealthStatus::Progressing, "Pending deletion"))
}
