//! New values as lines, and within one line.

use plumb_yaml::{Mapping, Node, Value};

use super::page::is_collection;

/// `key: value`, at a column; lists stand `step` deeper than their keys.
pub(super) fn entry(key: &str, value: &Node, column: usize, step: usize) -> Vec<String> {
    let pad = " ".repeat(column);
    let written_key = scalar(&Node::text(key));
    match &value.value {
        Value::Mapping(mapping) if !mapping.is_empty() => {
            let mut lines = vec![format!("{pad}{written_key}:")];
            lines.extend(map(mapping, column + 2, step));
            lines
        }
        Value::Sequence(items) if !items.is_empty() => {
            let mut lines = vec![format!("{pad}{written_key}:")];
            lines.extend(items.iter().flat_map(|node| item(node, column + step, step)));
            lines
        }
        _ => {
            let mut mapping = Mapping::new();
            mapping.push(key, value.clone());
            indented(&plumb_yaml::emit(&Value::Mapping(mapping).into()), column)
        }
    }
}

/// `- value`, at a column.
pub(super) fn item(value: &Node, column: usize, step: usize) -> Vec<String> {
    if !is_collection(value) || matches!(&value.value, Value::Mapping(mapping) if mapping.is_empty()) {
        return indented(
            &plumb_yaml::emit(&Value::Sequence(vec![value.clone()]).into()),
            column,
        );
    }
    let mut lines = match &value.value {
        Value::Mapping(mapping) => map(mapping, column + 2, step),
        Value::Sequence(items) => items
            .iter()
            .flat_map(|node| item(node, column + 2, step))
            .collect(),
        _ => Vec::new(),
    };
    if let Some(first) = lines.first_mut() {
        first.replace_range(column..column + 2, "- ");
    }
    lines
}

fn map(mapping: &Mapping, column: usize, step: usize) -> Vec<String> {
    mapping
        .iter()
        .flat_map(|(key, value)| entry(key, value, column, step))
        .collect()
}

fn indented(text: &str, column: usize) -> Vec<String> {
    let pad = " ".repeat(column);
    let line = |line: &str| {
        if line.is_empty() {
            String::new()
        } else {
            format!("{pad}{line}")
        }
    };
    text.lines().map(line).collect()
}

/// A value that is no collection, within a line.
pub(super) fn scalar(node: &Node) -> String {
    match node.as_str() {
        Some(text) if text.contains(['\n', '\r']) => double_quoted(text),
        _ => {
            // By itself a long text would be folded; as a key of a flow it would not, so lines are put together.
            let text = plumb_yaml::emit(node);
            text.trim_end()
                .lines()
                .map(str::trim_start)
                .collect::<Vec<_>>()
                .join(" ")
        }
    }
}

pub(super) fn double_quoted(text: &str) -> String {
    let mut quoted = String::from("\"");
    for c in text.chars() {
        match c {
            '"' | '\\' => quoted.extend(['\\', c]),
            '\n' => quoted.push_str("\\n"),
            '\r' => quoted.push_str("\\r"),
            '\t' => quoted.push_str("\\t"),
            c => quoted.push(c),
        }
    }
    quoted.push('"');
    quoted
}

pub(super) fn single_quoted(text: &str) -> String {
    format!("'{}'", text.replace('\'', "''"))
}

/// A value that is no collection, within brackets.
pub(super) fn in_brackets(node: &Node) -> String {
    let text = scalar(node);
    let is_quoted = text.starts_with(['"', '\'']);
    if !is_quoted && text.contains([',', '[', ']', '{', '}']) {
        double_quoted(node.as_str().unwrap_or(&text))
    } else {
        text
    }
}
