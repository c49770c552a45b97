//! YAML and JSON inside the text of a field, such as a file in a ConfigMap.

use plumb_yaml::{Limits, Mapping, Node, SourceId, Value};

/// The document in `text`; `None` when it is not a map or list.
pub(crate) fn parse(text: &str) -> Option<Node> {
    let read = plumb_yaml::parse_keeping_texts(text, SourceId::default(), &Limits::default()).ok()?;
    if read.has_repeats || read.odd_item_key.is_some() {
        return None;
    }
    read.nodes
        .into_iter()
        .next()
        .filter(|node| !crate::scalar::is_scalar(node))
}

/// `node` in the form of `original`: JSON stays JSON, indented if it was.
pub(crate) fn write(node: &Node, original: &str) -> Option<String> {
    if original.trim_start().starts_with(['{', '[']) {
        let indented = original.contains('\n') && original.contains("  ");
        return Some(crate::json::write(node, indented));
    }
    let mut text = String::new();
    block(node, 0, &mut text);
    Some(text.trim().to_owned())
}

/// Block style in the order written, as go-yaml v3 with an indentation of two writes it.
fn block(node: &Node, indent: usize, text: &mut String) {
    match &node.value {
        Value::Mapping(mapping) if !mapping.is_empty() => entries(mapping, indent, text, false),
        Value::Sequence(items) if !items.is_empty() => {
            for item in items {
                text.push_str(&" ".repeat(indent));
                text.push_str("- ");
                match &item.value {
                    Value::Mapping(mapping) if !mapping.is_empty() => {
                        entries(mapping, indent + 2, text, true)
                    }
                    Value::Sequence(inner) if !inner.is_empty() => {
                        let mut nested = String::new();
                        block(item, indent + 2, &mut nested);
                        text.push_str(nested.trim_start());
                    }
                    _ => leaf(item, text),
                }
            }
        }
        _ => leaf(node, text),
    }
}

fn entries(mapping: &Mapping, indent: usize, text: &mut String, mut is_inline: bool) {
    for (key, value) in mapping.iter() {
        if !std::mem::take(&mut is_inline) {
            text.push_str(&" ".repeat(indent));
        }
        text.push_str(plumb_yaml::emit(&Node::text(key)).trim_end());
        text.push(':');
        match &value.value {
            Value::Mapping(inner) if !inner.is_empty() => {
                text.push('\n');
                block(value, indent + 2, text);
            }
            Value::Sequence(inner) if !inner.is_empty() => {
                text.push('\n');
                block(value, indent + 2, text);
            }
            _ => {
                text.push(' ');
                leaf(value, text);
            }
        }
    }
}

fn leaf(node: &Node, text: &mut String) {
    match &node.value {
        Value::Lexical(lexical) => text.push_str(lexical.text()),
        _ => text.push_str(plumb_yaml::emit(node).trim_end()),
    }
    text.push('\n');
}
