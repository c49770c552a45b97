//! Differences that stay, each with its reason; SHORTCOMINGS.md says them too.
//!
//! **Invariant:** an entry covers one place of one sort of answer, and nothing beside it.
//! **Start at** [`reason`].

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

const KEPT: [Kept; 2] = [
    Kept {
        reason: "a definition that is being deleted tells how far that is, at the pace of the real server",
        covers: |request, difference| {
            const TOLD: [&str; 4] = [
                "metadata.deletionGracePeriodSeconds",
                "metadata.managedFields[",
                "metadata.resourceVersion",
                "status.conditions[",
            ];
            let path = difference.path.trim_start_matches("body.");
            let path = path.trim_start_matches("rows[0].object.");
            request.about() == "customresourcedefinitions"
                && ["DELETE", "GET"].contains(&request.method)
                && TOLD.iter().any(|told| path.starts_with(told))
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
