//! What cannot be printed: keys that are there twice, and texts that a replacement wrote over a number.
//!
//! The original minds neither until it prints an object or reads it anew. Of two equal keys it looks at the first. What
//! a patch says twice, or what is never printed, does not matter.

use plumb_yaml::{Node, Value, Written};

use crate::error::{BuildErrorKind, Failure, Result};

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

/// Fails where `node` is a text that has the type of a number or boolean.
pub(crate) fn refuse_mistyped(node: &Node) -> Result<()> {
    let Value::Lexical(lexical) = &node.value else {
        return Ok(());
    };
    if node.mark.written != Written::Mistyped {
        return Ok(());
    }
    let tag = match lexical.value() {
        Value::Bool(_) => "!!bool",
        Value::Float(_) => "!!float",
        _ => "!!int",
    };
    let message = format!("yaml: cannot decode !!str `{}` as a {tag}", lexical.text());
    Err(Failure::new(BuildErrorKind::Transformer(message)).marked(node))
}
