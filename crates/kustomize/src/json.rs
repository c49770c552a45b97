//! Nodes as JSON, keys sorted and `<`, `>`, `&` escaped, as Go's encoder writes it; and whether a text is JSON.

use plumb_yaml::{Node, Value};

/// `node` as JSON; `indented` puts every entry on a line of its own.
pub(crate) fn write(node: &Node, indented: bool) -> String {
    let mut text = String::new();
    value(node, indented.then_some(0), &mut text);
    text
}

fn value(node: &Node, indent: Option<usize>, out: &mut String) {
    match node.value.plain() {
        Value::Sequence(items) if items.is_empty() => out.push_str("[]"),
        Value::Sequence(items) => {
            out.push('[');
            for (index, item) in items.iter().enumerate() {
                separate(index, indent.map(|indent| indent + 2), out);
                value(item, indent.map(|indent| indent + 2), out);
            }
            close(']', indent, out);
        }
        Value::Mapping(mapping) if mapping.is_empty() => out.push_str("{}"),
        Value::Mapping(mapping) => {
            let mut entries: Vec<(&str, &Node)> = mapping.iter().collect();
            entries.sort_by_key(|(key, _)| *key);
            out.push('{');
            for (index, (key, item)) in entries.into_iter().enumerate() {
                separate(index, indent.map(|indent| indent + 2), out);
                string(key, out);
                out.push_str(if indent.is_some() { ": " } else { ":" });
                value(item, indent.map(|indent| indent + 2), out);
            }
            close('}', indent, out);
        }
        Value::Null => out.push_str("null"),
        Value::String(text) => string(text, out),
        scalar => out.push_str(&scalar.canonical_text().unwrap_or_default()),
    }
}

fn separate(index: usize, indent: Option<usize>, out: &mut String) {
    if index > 0 {
        out.push(',');
    }
    if let Some(indent) = indent {
        out.push('\n');
        out.push_str(&" ".repeat(indent));
    }
}

fn close(bracket: char, indent: Option<usize>, out: &mut String) {
    if let Some(indent) = indent {
        out.push('\n');
        out.push_str(&" ".repeat(indent));
    }
    out.push(bracket);
}

/// A string in quotes.
pub(crate) fn string(text: &str, out: &mut String) {
    out.push('"');
    for c in text.chars() {
        match c {
            '"' => out.push_str("\\\""),
            '\\' => out.push_str("\\\\"),
            '\n' => out.push_str("\\n"),
            '\r' => out.push_str("\\r"),
            '\t' => out.push_str("\\t"),
            '\u{8}' => out.push_str("\\b"),
            '\u{c}' => out.push_str("\\f"),
            '<' | '>' | '&' | '\u{2028}' | '\u{2029}' => out.push_str(&format!("\\u{:04x}", c as u32)),
            c if (c as u32) < 0x20 => out.push_str(&format!("\\u{:04x}", c as u32)),
            c => out.push(c),
        }
    }
    out.push('"');
}

/// Whether `text` is one JSON document and nothing else. It is only looked at, so deep nesting is refused early.
pub(crate) fn is_valid(text: &str) -> bool {
    const DEEPEST: usize = 1_000;
    let mut rest = text.as_bytes();
    check(&mut rest, DEEPEST).is_some() && rest.trim_ascii_start().is_empty()
}

fn check(rest: &mut &[u8], depth: usize) -> Option<()> {
    *rest = rest.trim_ascii_start();
    let (first, after) = rest.split_first()?;
    match first {
        b'{' | b'[' => {
            *rest = after;
            check_entries(rest, *first == b'{', depth.checked_sub(1)?)
        }
        b'"' => check_string(rest),
        b'-' | b'0'..=b'9' => {
            let end = rest
                .iter()
                .position(|byte| !b"+-.eE0123456789".contains(byte))
                .unwrap_or(rest.len());
            let number = std::str::from_utf8(&rest[..end]).ok()?;
            let digits = number.trim_start_matches('-');
            let is_padded =
                digits.len() > 1 && digits.starts_with('0') && digits.as_bytes()[1].is_ascii_digit();
            *rest = &rest[end..];
            (number.parse::<f64>().is_ok() && !is_padded && !number.ends_with('.')).then_some(())
        }
        _ => {
            let word = ["true", "false", "null"]
                .into_iter()
                .find(|word| rest.starts_with(word.as_bytes()))?;
            *rest = &rest[word.len()..];
            Some(())
        }
    }
}

/// The entries of a map or list, up to its end.
fn check_entries(rest: &mut &[u8], is_map: bool, depth: usize) -> Option<()> {
    let end = if is_map { b'}' } else { b']' };
    *rest = rest.trim_ascii_start();
    if rest.first() == Some(&end) {
        *rest = &rest[1..];
        return Some(());
    }
    loop {
        if is_map {
            *rest = rest.trim_ascii_start();
            check_string(rest)?;
            *rest = rest.trim_ascii_start().strip_prefix(b":")?;
        }
        check(rest, depth)?;
        *rest = rest.trim_ascii_start();
        let (next, after) = rest.split_first()?;
        *rest = after;
        match next {
            b',' => {}
            next if *next == end => return Some(()),
            _ => return None,
        }
    }
}

fn check_string(rest: &mut &[u8]) -> Option<()> {
    let mut at = rest.strip_prefix(b"\"")?;
    loop {
        let (byte, after) = at.split_first()?;
        at = match byte {
            b'"' => {
                *rest = after;
                return Some(());
            }
            b'\\' => {
                after
                    .split_first()
                    .filter(|(escaped, _)| b"\"\\/bfnrtu".contains(escaped))?
                    .1
            }
            0..0x20 => return None,
            _ => after,
        };
    }
}
