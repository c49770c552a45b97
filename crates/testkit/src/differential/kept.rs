//! Differences that stay, each with its reason; SHORTCOMINGS.md says them too.
//!
//! **Invariant:** an entry covers one place of one sort of answer, and nothing beside it.
//! **Start at** [`reason`].

use serde_json::Value;

use super::{compare::Difference, request::Request};

/// Why a watch that only one server can begin is let be.
pub(super) const FORGOTTEN: &str = "of types that change often, a real server soon forgets old versions; what is remembered here is not the same";

/// One difference that stays.
struct Kept {
    reason: &'static str,
    covers: fn(&Request, &Difference) -> bool,
}

/// Why answers about a type whose definition is going are let be.
pub(super) const LEAVING: &str =
    "how long a definition that is being deleted is still served is a question of time";

const KEPT: [Kept; 5] = [
    Kept {
        reason: "a definition that is being deleted tells how far that is, at the pace of the real server",
        covers: |request, difference| {
            const TOLD: [&str; 4] = [
                "body.metadata.deletionGracePeriodSeconds",
                "body.metadata.managedFields[",
                "body.metadata.resourceVersion",
                "body.status.conditions[",
            ];
            request.about() == "customresourcedefinitions"
                && ["DELETE", "GET"].contains(&request.method)
                && TOLD.iter().any(|path| difference.path.starts_with(path))
        },
    },
    Kept {
        reason: "the columns of tables have no descriptions: those are texts of Kubernetes, and kubectl does not show them",
        covers: |_, difference| {
            difference.path.starts_with("body")
                && difference.path.contains("columnDefinitions[")
                && difference.path.ends_with("].description")
                && difference.embedded.as_ref().is_some_and(|text| text == "")
        },
    },
    Kept {
        reason: "a forbidden change of a Job is refused with fewer causes",
        covers: |request, difference| changes(request, "jobs") && is_cause(difference),
    },
    Kept {
        reason: "a forbidden change of a Pod's tolerations is refused in other words",
        covers: |request, difference| {
            changes(request, "pods")
                && is_cause(difference)
                && (says(&difference.embedded, "pod updates may not change fields")
                    || says(&difference.real, "olerations"))
        },
    },
    Kept {
        reason: "a struct of Go in the refusal of a StatefulSet's updateStrategy has its fields in another order",
        covers: |request, difference| {
            changes(request, "statefulsets")
                && is_cause(difference)
                && says(&difference.real, "\"Partition\":")
                && says(&difference.embedded, "\"Partition\":")
        },
    },
];

/// Why a difference is let be, where it is.
pub(super) fn reason(request: &Request, difference: &Difference) -> Option<&'static str> {
    let kept = KEPT.iter().find(|kept| (kept.covers)(request, difference));
    kept.map(|kept| kept.reason)
}

/// Do the requests delete a definition?
pub(super) fn is_leaving(requests: &[Request]) -> bool {
    requests
        .iter()
        .any(|request| request.method == "DELETE" && request.about() == "customresourcedefinitions")
}

/// Does the request replace or patch an object of this type?
fn changes(request: &Request, plural: &str) -> bool {
    ["PUT", "PATCH"].contains(&request.method) && request.about() == plural
}

/// Is it what a refusal says, both servers having refused? A code that differs is a difference of its own.
fn is_cause(difference: &Difference) -> bool {
    let said = |value: &Option<Value>| value.is_some();
    difference.path == "body.message" && said(&difference.real) && said(&difference.embedded)
        || difference.path.starts_with("body.details.causes[")
}

fn says(value: &Option<Value>, what: &str) -> bool {
    let text = match value {
        Some(Value::String(text)) => text.clone(),
        Some(other) => other.to_string(),
        None => return false,
    };
    text.contains(what) || text.contains(&what.replace('"', "\\\""))
}
