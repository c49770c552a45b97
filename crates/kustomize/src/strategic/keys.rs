//! The values by which elements of merged lists are told apart.

/// The values of the keys of an element; empty where it has none.
pub(super) type Values = Vec<plumb_yaml::Text>;

/// Completes values that lack a key from values that agree in the others.
pub(super) fn complete(all: &mut [Values]) {
    if all
        .iter()
        .all(|values| values.iter().all(|value| !value.is_empty()))
    {
        return;
    }
    for i in 0..all.len() {
        for j in 0..all.len() {
            if let Some(merged) = agreeing(&all[i], &all[j]) {
                all[i].clone_from(&merged);
                all[j] = merged;
            }
        }
    }
}

fn agreeing(a: &Values, b: &Values) -> Option<Values> {
    let mut shared = false;
    let mut merged = Vec::with_capacity(a.len());
    for (a, b) in a.iter().zip(b) {
        if a == b {
            shared = true;
        } else if !a.is_empty() && !b.is_empty() {
            return None;
        }
        merged.push(if a.is_empty() { b.clone() } else { a.clone() });
    }
    shared.then_some(merged)
}
