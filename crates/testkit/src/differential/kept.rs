//! Differences that stay, each with its reason; SHORTCOMINGS.md says them too.
//!
//! **Invariant:** an entry covers one place of one sort of answer, and nothing beside it.
//! **Start at** [`reason`].

use super::{compare::Difference, request::Request};

/// One difference that stays.
struct Kept {
    reason: &'static str,
    covers: fn(&Request, &Difference) -> bool,
}

const KEPT: [Kept; 1] = [Kept {
    reason: "the columns of tables have no descriptions: those are texts of Kubernetes, and kubectl does not show them",
    covers: |_, difference| {
        difference.path.starts_with("body")
            && difference.path.contains("columnDefinitions[")
            && difference.path.ends_with("].description")
            && difference.embedded.as_ref().is_some_and(|text| text == "")
    },
}];

/// Why a difference is let be, where it is.
pub(super) fn reason(request: &Request, difference: &Difference) -> Option<&'static str> {
    let kept = KEPT.iter().find(|kept| (kept.covers)(request, difference));
    kept.map(|kept| kept.reason)
}
