//! Differences that stay, each with its reason; SHORTCOMINGS.md says them too.
//!
//! **Invariant:** an entry covers one place of one sort of answer, and nothing beside it.
//! **Start at** [`reason`].

use super::{compare::Difference, request::Request};

/// Why a difference is let be, where it is.
pub(super) fn reason(_request: &Request, _difference: &Difference) -> Option<&'static str> {
    None
}
