//! JSON merge patches: what one says, and the smallest one between two values.

use serde_json::{Map, Value};

/// Whether `patch` would change `previous`.
#[must_use]
pub fn changes(previous: &Value, patch: &Value) -> bool {
    match patch {
        Value::Object(fields) => {
            !previous.is_object() && fields.is_empty()
                || fields.iter().any(|(key, field)| match field {
                    Value::Null => previous.get(key).is_some(),
                    _ => changes(&previous[key], field),
                })
        }
        other => previous != other,
    }
}

/// The patch that turns `before` into `after`, where the keys `owned` go when `after` lacks them and all others stay.
#[must_use]
pub fn between(before: &Value, after: &Map<String, Value>, owned: &[&str]) -> Option<Map<String, Value>> {
    let mut patch = Map::new();
    for (key, to) in after {
        if let Some(change) = difference(before.get(key), to) {
            patch.insert(key.clone(), change);
        }
    }
    for key in owned {
        if !after.contains_key(*key) && before.get(key).is_some() {
            patch.insert((*key).to_owned(), Value::Null);
        }
    }
    (!patch.is_empty()).then_some(patch)
}

fn difference(from: Option<&Value>, to: &Value) -> Option<Value> {
    match (from, to) {
        (Some(from), to) if from == to => None,
        (Some(Value::Object(from)), Value::Object(to)) => {
            let gone = from
                .keys()
                .filter(|key| !to.contains_key(*key))
                .map(|key| (key.clone(), Value::Null));
            let changed = to
                .iter()
                .filter_map(|(key, to)| Some((key.clone(), difference(from.get(key), to)?)));
            Some(Value::Object(gone.chain(changed).collect()))
        }
        (_, to) => Some(to.clone()),
    }
}
