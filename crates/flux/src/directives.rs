//! What the annotations and labels of Flux on an object say about how to treat it.

use plumb_model::{Directives, Removal};
use serde_json::Value;

const SSA: &str = "kustomize.toolkit.fluxcd.io/ssa";
const FORCE: &str = "kustomize.toolkit.fluxcd.io/force";
const PRUNE: &str = "kustomize.toolkit.fluxcd.io/prune";
const RECONCILE: &str = "kustomize.toolkit.fluxcd.io/reconcile";
const SUBSTITUTE: &str = "kustomize.toolkit.fluxcd.io/substitute";

/// Reads an object's annotations and labels; the case of their values does not matter.
#[must_use]
pub fn directives(object: &Value) -> Directives {
    let says = |key: &str, value: &str| says(object, key, |found| found.eq_ignore_ascii_case(value));
    let disabled = says(RECONCILE, "disabled");
    Directives {
        prune: (says(PRUNE, "disabled") || disabled).then_some(Removal::Forbidden),
        delete: if says(PRUNE, "disabled") || disabled {
            Removal::Forbidden
        } else {
            Removal::Allowed
        },
        ignore: disabled || says(SSA, "Ignore"),
        create_only: says(SSA, "IfNotPresent"),
        force: says(FORCE, "enabled"),
        ..Directives::default()
    }
}

/// Whether variables are put into an object; here the case of the value matters, as it does to Flux.
#[must_use]
pub fn substitutes(object: &Value) -> bool {
    !says(object, SUBSTITUTE, |found| found == "disabled")
}

fn says(object: &Value, key: &str, is: impl Fn(&str) -> bool) -> bool {
    ["annotations", "labels"]
        .iter()
        .any(|place| object["metadata"][place][key].as_str().is_some_and(&is))
}
