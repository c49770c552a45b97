//! What cannot be printed: keys that are there twice, and texts that a replacement wrote over a number or null.
//!
//! The original minds neither until it prints an object or reads it anew. Of two equal keys it looks at the first. What
//! a patch says twice, or what is never printed, does not matter.

use plumb_yaml::{Node, Value, Written};

use crate::{
    error::{BuildErrorKind, Failure, Result},
    scalar,
};

/// Fails where something in `node` cannot be printed.
pub(crate) fn refuse(node: &Node) -> Result<()> {
    refuse_mistyped(node)?;
    match &node.value {
        Value::Sequence(items) => items.iter().try_for_each(refuse),
        Value::Mapping(mapping) => {
            if let Some((key, second)) = mapping.repeated() {
                let (first, line) = (
                    mapping.get(key).map_or(0, |first| first.mark.line),
                    second.mark.line,
                );
                let message = format!(
                    "line {line}: mapping key {key:?} already defined at line {first}: remove one of the two"
                );
                return Err(Failure::new(BuildErrorKind::Yaml(message)).marked(second));
            }
            mapping.iter().try_for_each(|(_, value)| refuse(value))
        }
        _ => Ok(()),
    }
}

/// Fails where `node` is a text that has the type of a number, boolean or null.
pub(crate) fn refuse_mistyped(node: &Node) -> Result<()> {
    if node.mark.written != Written::Mistyped {
        return Ok(());
    }
    let (text, wanted) = match &node.value {
        Value::Lexical(lexical) => (lexical.text(), kept_tag(lexical.value())),
        Value::String(text) => (text, "!!null"),
        _ => return Ok(()),
    };
    let is = tag(scalar::resolve(text).plain());
    let message = format!("yaml: cannot decode {is} `{text}` as a {wanted}");
    Err(Failure::new(BuildErrorKind::Transformer(message)).marked(node))
}

/// A text over a scalar of another type, with the tag that keeps that type.
pub(crate) fn with_tag(node: &Node) -> String {
    let tag = match &node.value {
        Value::Lexical(lexical) => kept_tag(lexical.value()),
        _ => "!!null",
    };
    format!("{tag} {}", scalar::plain_text(node))
}

/// The tag of what a text was written over: of texts, only dates keep theirs.
fn kept_tag(value: &Value) -> &'static str {
    match value {
        Value::String(_) => "!!timestamp",
        value => tag(value),
    }
}

fn tag(value: &Value) -> &'static str {
    match value {
        Value::Null => "!!null",
        Value::Bool(_) => "!!bool",
        Value::Float(_) => "!!float",
        Value::Int(_) | Value::Uint(_) => "!!int",
        _ => "!!str",
    }
}
