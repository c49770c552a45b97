//! Selectors of labels, as `app=web, tier in (a, b), !beta`.

use serde_json::Value;

/// Whether `selector` picks what carries `labels`; one that cannot be read picks nothing.
pub(super) fn selects(selector: &str, labels: &Value) -> bool {
    requirements(selector).is_some_and(|all| all.iter().all(|requirement| requirement.holds(labels)))
}

/// One condition of a selector.
struct Requirement<'a> {
    key: &'a str,
    /// `None` = it is there, whatever it says.
    values: Option<Vec<&'a str>>,
    negated: bool,
}

impl Requirement<'_> {
    fn holds(&self, labels: &Value) -> bool {
        let value = labels[self.key].as_str();
        let holds = match (&self.values, value) {
            (None, value) => value.is_some(),
            (Some(values), Some(value)) => values.contains(&value),
            (Some(_), None) => false,
        };
        holds != self.negated
    }
}

fn requirements(selector: &str) -> Option<Vec<Requirement<'_>>> {
    let parts = split(selector);
    parts
        .into_iter()
        .map(str::trim)
        .filter(|part| !part.is_empty())
        .map(requirement)
        .collect()
}

fn requirement(text: &str) -> Option<Requirement<'_>> {
    if let Some((key, value)) = text.split_once("!=") {
        return Some(compare(key, value, true));
    }
    if let Some((key, value)) = text.split_once("==").or_else(|| text.split_once('=')) {
        return Some(compare(key, value, false));
    }
    for (word, negated) in [(" notin ", true), (" in ", false)] {
        if let Some((key, list)) = text.split_once(word) {
            let list = list.trim().strip_prefix('(')?.strip_suffix(')')?;
            return Some(Requirement {
                key: key.trim(),
                values: Some(list.split(',').map(str::trim).collect()),
                negated,
            });
        }
    }
    let (key, negated) = text.strip_prefix('!').map_or((text, false), |key| (key, true));
    let key = key.trim();
    (!key.is_empty() && !key.contains(char::is_whitespace)).then_some(Requirement {
        key,
        values: None,
        negated,
    })
}

fn compare<'a>(key: &'a str, value: &'a str, negated: bool) -> Requirement<'a> {
    Requirement {
        key: key.trim(),
        values: Some(vec![value.trim()]),
        negated,
    }
}

/// Splits at commas that are not within brackets.
fn split(selector: &str) -> Vec<&str> {
    let (mut parts, mut open, mut from) = (Vec::new(), 0, 0);
    for (at, byte) in selector.bytes().enumerate() {
        match byte {
            b'(' => open += 1,
            b')' => open -= 1,
            b',' if open == 0 => {
                parts.push(&selector[from..at]);
                from = at + 1;
            }
            _ => {}
        }
    }
    parts.push(&selector[from..]);
    parts
}
