//! Matches labels against selectors.
//!
//! **Invariant:** an absent selector matches nothing, as in services; an empty one matches everything.

use serde_json::Value;

use super::fields::{items, text};

/// Whether a `LabelSelector` (`matchLabels` and `matchExpressions`) selects an object.
pub(super) fn selects(selector: Option<&Value>, object: &Value) -> bool {
    let Some(selector) = selector else { return false };
    let labels = &object["metadata"]["labels"];
    let exact = selector
        .get("matchLabels")
        .is_none_or(|wanted| contains(labels, wanted));
    exact
        && items(selector, "/matchExpressions")
            .iter()
            .all(|rule| holds(rule, labels))
}

/// Whether a plain map of labels (as in services) selects an object; an empty one selects nothing.
pub(super) fn selects_plain(selector: Option<&Value>, object: &Value) -> bool {
    selector.is_some_and(|wanted| {
        wanted.as_object().is_some_and(|map| !map.is_empty())
            && contains(&object["metadata"]["labels"], wanted)
    })
}

/// Whether all wanted labels are there with these values.
pub(super) fn contains(labels: &Value, wanted: &Value) -> bool {
    wanted
        .as_object()
        .is_none_or(|wanted| wanted.iter().all(|(key, value)| labels.get(key) == Some(value)))
}

fn holds(rule: &Value, labels: &Value) -> bool {
    let value = labels.get(text(rule, "/key"));
    let listed = value.is_some_and(|value| items(rule, "/values").contains(value));
    match text(rule, "/operator") {
        "In" => listed,
        "NotIn" => !listed,
        "Exists" => value.is_some(),
        "DoesNotExist" => value.is_none(),
        _ => false,
    }
}
