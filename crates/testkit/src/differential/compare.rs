//! Two normalised answers, and where they differ.
//!
//! **Start at** [`differences`].

use serde_json::Value;

use super::request::Request;

/// One place where answers differ.
#[derive(Debug, Clone, PartialEq)]
pub struct Difference {
    /// Where: `body.metadata.labels.app`.
    pub path: String,
    /// What the real server has there.
    pub real: Option<Value>,
    /// What the embedded cluster has there.
    pub embedded: Option<Value>,
}

/// All places where two answers differ.
pub(super) fn differences(real: &Value, embedded: &Value) -> Vec<Difference> {
    let mut found = Vec::new();
    walk(Some(real), Some(embedded), String::new(), &mut found);
    found
}

fn walk(real: Option<&Value>, embedded: Option<&Value>, path: String, found: &mut Vec<Difference>) {
    match (real, embedded) {
        (Some(Value::Object(left)), Some(Value::Object(right))) => {
            let mut keys: Vec<&String> = left.keys().chain(right.keys()).collect();
            keys.sort();
            keys.dedup();
            for key in keys {
                let path = if path.is_empty() {
                    key.clone()
                } else {
                    format!("{path}.{key}")
                };
                walk(left.get(key), right.get(key), path, found);
            }
        }
        (Some(Value::Array(left)), Some(Value::Array(right))) => {
            for at in 0..left.len().max(right.len()) {
                walk(left.get(at), right.get(at), format!("{path}[{at}]"), found);
            }
        }
        (left, right) if left == right => {}
        (left, right) => found.push(Difference {
            path,
            real: left.cloned(),
            embedded: right.cloned(),
        }),
    }
}

/// What differences of one cause have in common: verb, resource and places, without what varies.
pub(super) fn class(request: &Request, differences: &[Difference]) -> String {
    let mut content = request
        .content
        .trim_start_matches("application/")
        .split(['-', '+'])
        .next()
        .unwrap_or_default()
        .to_owned();
    if request.accept.contains("as=") {
        content.push_str(" as other");
    }
    let about = request.about();
    let code = differences.iter().find(|difference| difference.path == "code");
    if let Some(code) = code {
        let code_of = |value: &Option<Value>| value.as_ref().map(Value::to_string).unwrap_or_default();
        return format!(
            "{} {about} ({content}): {} there, {} here",
            request.method,
            code_of(&code.real),
            code_of(&code.embedded)
        );
    }
    let mut places: Vec<String> = differences
        .iter()
        .map(|difference| plain(&difference.path))
        .collect();
    places.dedup();
    places.truncate(3);
    format!("{} {about} ({content}): {}", request.method, places.join(", "))
}

/// A path without its numbers.
fn plain(path: &str) -> String {
    path.split('[')
        .map(|part| part.split_once(']').map_or(part, |(_, rest)| rest))
        .collect::<Vec<_>>()
        .join("[]")
}
