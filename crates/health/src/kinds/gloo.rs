//! What Gloo validates: each of its controllers says by a word or a number what it thinks of it.

use plumb_model::Health;
use serde_json::Value;

use crate::fields::{degraded, healthy, progressing, suspended, text};

pub(crate) fn assess(body: &Value) -> Health {
    let status = &body["status"];
    let each = status["statuses"].as_object().into_iter().flatten();
    let parts = each.map(|(_, part)| part).chain(std::iter::once(status));
    let mut told = parts.filter_map(told);
    told.next().unwrap_or_else(|| progressing("Update in progress"))
}

fn told(part: &Value) -> Option<Health> {
    let state = &part["state"];
    let word = match (state.as_str(), state.as_u64()) {
        (Some(word), _) => word,
        (None, Some(number)) => {
            *["Pending", "Accepted", "Rejected", "Warning"].get(usize::try_from(number).ok()?)?
        }
        (None, None) => return None,
    };
    match word {
        "Accepted" => Some(healthy("The resource has been validated")),
        "Pending" => Some(suspended("The resource has not yet been validated")),
        "Rejected" | "Warning" => Some(degraded(text(&part["reason"]))),
        _ => None,
    }
}
