//! The `fieldsV1` form: `{"f:spec": {".": {}, "k:{\"name\":\"web\"}": {...}}}`.

use std::sync::Arc;

use serde_json::{Map, Value};

use super::{FieldSet, Segment};

/// Why a `fieldsV1` document cannot be read.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("fieldsV1: {problem} at {at:?}")]
pub struct FieldSetError {
    /// The entry as written.
    pub at: String,
    /// What is wrong with it.
    pub problem: String,
}

impl FieldSet {
    /// Reads `managedFields[].fieldsV1`.
    ///
    /// # Errors
    /// When an entry is none of `.`, `f:`, `k:`, `v:`, `i:`, or is malformed.
    pub fn decode(fields_v1: &Value) -> Result<FieldSet, FieldSetError> {
        decode(fields_v1).map(|(_, set)| set)
    }

    /// Writes `managedFields[].fieldsV1`.
    #[must_use]
    pub fn encode(&self) -> Value {
        let mut out = Map::new();
        for entry in &self.entries {
            let below = match entry.children.encode() {
                Value::Object(mut below) if entry.member && !below.is_empty() => {
                    below.insert(".".to_owned(), Value::Object(Map::new()));
                    Value::Object(below)
                }
                below => below,
            };
            out.insert(entry.segment.encode(), below);
        }
        Value::Object(out)
    }
}

impl Segment {
    /// The step as `fieldsV1` writes it, such as `f:spec`.
    #[must_use]
    pub fn encode(&self) -> String {
        match self {
            Self::Field(name) => format!("f:{name}"),
            Self::Key(keys) => {
                let mut text = String::from("k:{");
                for (at, (name, value)) in keys.iter().enumerate() {
                    let comma = if at == 0 { "" } else { "," };
                    text.push_str(&format!("{comma}{}:{value}", Value::from(name.as_ref())));
                }
                text.push('}');
                text
            }
            Self::Value(value) => format!("v:{value}"),
            Self::Index(at) => format!("i:{at}"),
        }
    }

    /// Reads a step as `fieldsV1` writes it.
    ///
    /// # Errors
    /// When it is none of `f:`, `k:`, `v:`, `i:`, or is malformed.
    pub fn decode(text: &str) -> Result<Segment, FieldSetError> {
        let wrong = |problem: &str| FieldSetError {
            at: text.to_owned(),
            problem: problem.to_owned(),
        };
        let (tag, rest) = text.split_once(':').ok_or_else(|| wrong("missing colon"))?;
        let json = |text: &str| serde_json::from_str::<Value>(text).map_err(|_| wrong("malformed JSON"));
        match tag {
            "f" => Ok(Self::field(rest)),
            "k" => match json(rest)? {
                Value::Object(keys) => Ok(Self::key(
                    keys.into_iter()
                        .map(|(name, value)| (Arc::from(name), value))
                        .collect(),
                )),
                _ => Err(wrong("keys are not an object")),
            },
            "v" => Ok(Self::Value(Arc::new(json(rest)?))),
            "i" => rest.parse().map(Self::Index).map_err(|_| wrong("not a position")),
            _ => Err(wrong("unknown kind of entry")),
        }
    }
}

/// Reads what lies below one step, and whether the step is a member itself.
fn decode(value: &Value) -> Result<(bool, FieldSet), FieldSetError> {
    let Value::Object(fields) = value else {
        return Err(FieldSetError {
            at: value.to_string(),
            problem: "not an object".to_owned(),
        });
    };
    let mut set = FieldSet::new();
    for (text, below) in fields.iter().filter(|(text, _)| *text != ".") {
        let segment = Segment::decode(text)?;
        let (dot, children) = decode(below)?;
        let member = dot || children.is_empty();
        set.put(segment, member, children);
    }
    Ok((fields.contains_key("."), set))
}
