//! Cells of custom resources: the JSON paths of their printer columns.
//!
//! Knows the forms that printer columns use: fields, indexes, `[*]`, and filters `[?(@.type=="Ready")]`.
//!
//! **Start at** [`cells`].

use super::{Column, age, name};
use serde_json::Value;

/// The name, then one cell per path.
pub(super) fn cells(paths: &[String], columns: &[Column], object: &Value) -> Vec<Value> {
    let mut cells = vec![name(object)];
    for (path, column) in paths.iter().zip(columns.iter().skip(1)) {
        cells.push(cell(object, path, column.kind()));
    }
    cells
}

fn cell(object: &Value, path: &str, kind: &str) -> Value {
    let found = find(object, path);
    let Some(first) = found.first() else {
        return if kind == "date" {
            "<unknown>".into()
        } else {
            Value::Null
        };
    };
    match kind {
        "date" => age(first).into(),
        "integer" if first.is_i64() => (*first).clone(),
        "number" if first.is_number() => (*first).clone(),
        "boolean" if first.is_boolean() => (*first).clone(),
        "integer" | "number" | "boolean" => Value::Null,
        _ if found.len() > 1 => found
            .iter()
            .map(|value| plain(value))
            .collect::<Vec<_>>()
            .join(",")
            .into(),
        _ => plain(first).into(),
    }
}

fn plain(value: &Value) -> String {
    value.as_str().map_or_else(|| value.to_string(), str::to_owned)
}

/// What a JSON path leads to.
pub(super) fn find<'a>(object: &'a Value, path: &str) -> Vec<&'a Value> {
    let mut found = vec![object];
    let mut rest = path
        .trim_start_matches('{')
        .trim_end_matches('}')
        .trim_start_matches('$');
    while !rest.is_empty() {
        if let Some(inner) = rest.strip_prefix('[') {
            let end = closing(inner);
            let (step, tail) = inner.split_at(end);
            rest = tail.strip_prefix(']').unwrap_or("");
            found = found.into_iter().flat_map(|value| bracket(value, step)).collect();
        } else {
            let field = rest.trim_start_matches('.');
            let mut end = 0;
            let mut escaped = false;
            for (at, c) in field.char_indices() {
                if !escaped && (c == '.' || c == '[') {
                    break;
                }
                escaped = c == '\\';
                end = at + c.len_utf8();
            }
            let key = field[..end].replace("\\.", ".");
            rest = &field[end..];
            if !key.is_empty() {
                found = found.into_iter().filter_map(|value| value.get(&key)).collect();
            }
        }
    }
    found.into_iter().filter(|value| !value.is_null()).collect()
}

fn closing(inner: &str) -> usize {
    let mut quote = None;
    for (at, c) in inner.char_indices() {
        match (quote, c) {
            (None, ']') => return at,
            (None, '"' | '\'') => quote = Some(c),
            (Some(open), c) if open == c => quote = None,
            _ => {}
        }
    }
    inner.len()
}

fn bracket<'a>(value: &'a Value, step: &str) -> Vec<&'a Value> {
    let quoted = |text: &str| text.trim().trim_matches(|c| c == '"' || c == '\'').to_owned();
    if step == "*" {
        return match value {
            Value::Array(list) => list.iter().collect(),
            Value::Object(map) => map.values().collect(),
            _ => Vec::new(),
        };
    }
    if let Some(filter) = step.strip_prefix("?(").and_then(|step| step.strip_suffix(')')) {
        let (equal, split) = match filter.split_once("!=") {
            Some(split) => (false, Some(split)),
            None => (true, filter.split_once("==")),
        };
        let Some((left, right)) = split else {
            return Vec::new();
        };
        let (left, right) = (left.trim().trim_start_matches('@').to_owned(), quoted(right));
        let items = value.as_array().into_iter().flatten();
        let matches = |item: &&Value| {
            find(item, &left)
                .first()
                .is_some_and(|v| (plain(v) == right) == equal)
        };
        return items.filter(matches).collect();
    }
    match step.parse::<i64>() {
        Ok(index) => {
            let list = value.as_array().map(Vec::as_slice).unwrap_or_default();
            let length = i64::try_from(list.len()).unwrap_or(0);
            let index = if index < 0 { index + length } else { index };
            usize::try_from(index)
                .ok()
                .and_then(|index| list.get(index))
                .into_iter()
                .collect()
        }
        Err(_) => value.get(quoted(step)).into_iter().collect(),
    }
}

#[cfg(test)]
mod tests;
