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

/// Why `text` is not one JSON document and nothing else, in Go's words; `None` when it is. It is only looked at, so deep
/// nesting is refused early.
pub(crate) fn complaint(text: &str) -> Option<String> {
    const DEEPEST: usize = 1_000;
    let mut rest = text.as_bytes();
    let result = check(&mut rest, DEEPEST).and_then(|()| {
        rest = rest.trim_ascii_start();
        if rest.is_empty() {
            Ok(())
        } else {
            Err("after top-level value".into())
        }
    });
    let place = result.err()?;
    let found = text[text.len() - rest.len()..].chars().next();
    Some(found.map_or_else(
        || "unexpected end of JSON input".into(),
        |found| format!("invalid character {found:?} {place}"),
    ))
}

/// Takes a value off the beginning. Where there is none, what was looked for, and `rest` begins with what is there.
fn check(rest: &mut &[u8], depth: usize) -> Result<(), String> {
    *rest = rest.trim_ascii_start();
    match rest.first() {
        Some(opening @ (b'{' | b'[')) => {
            let deeper = depth.checked_sub(1).ok_or("exceeded max depth")?;
            *rest = &rest[1..];
            check_entries(rest, *opening == b'{', deeper)
        }
        Some(b'"') => check_string(rest),
        Some(b'-' | b'0'..=b'9') => check_number(rest),
        Some(b't') => check_word(rest, "true"),
        Some(b'f') => check_word(rest, "false"),
        Some(b'n') => check_word(rest, "null"),
        _ => Err("looking for beginning of value".into()),
    }
}

fn check_word(rest: &mut &[u8], word: &str) -> Result<(), String> {
    for letter in word.bytes() {
        if rest.first() != Some(&letter) {
            let expected = char::from(letter);
            return Err(format!("in literal {word} (expecting {expected:?})"));
        }
        *rest = &rest[1..];
    }
    Ok(())
}

fn check_number(rest: &mut &[u8]) -> Result<(), String> {
    let is_part = |byte: &u8| b"+-.eE0123456789".contains(byte);
    let end = rest.iter().position(|byte| !is_part(byte)).unwrap_or(rest.len());
    let number = std::str::from_utf8(&rest[..end]).unwrap_or_default();
    let digits = number.trim_start_matches('-');
    let is_padded = digits.len() > 1 && digits.starts_with('0') && digits.as_bytes()[1].is_ascii_digit();
    if number.parse::<f64>().is_err() || is_padded || number.ends_with('.') {
        return Err("in numeric literal".into());
    }
    *rest = &rest[end..];
    Ok(())
}

/// The entries of a map or list, up to its end.
fn check_entries(rest: &mut &[u8], is_map: bool, depth: usize) -> Result<(), String> {
    let (end, behind) = if is_map {
        (b'}', "after object key:value pair")
    } else {
        (b']', "after array element")
    };
    *rest = rest.trim_ascii_start();
    if rest.first() == Some(&end) {
        *rest = &rest[1..];
        return Ok(());
    }
    loop {
        if is_map {
            *rest = rest.trim_ascii_start();
            if rest.first() != Some(&b'"') {
                return Err("looking for beginning of object key string".into());
            }
            check_string(rest)?;
            *rest = rest.trim_ascii_start();
            *rest = rest.strip_prefix(b":").ok_or("after object key")?;
        }
        check(rest, depth)?;
        *rest = rest.trim_ascii_start();
        let next = rest.first().copied();
        if next == Some(b',') || next == Some(end) {
            *rest = &rest[1..];
        }
        match next {
            Some(b',') => {}
            next if next == Some(end) => return Ok(()),
            _ => return Err(behind.into()),
        }
    }
}

/// A text, whose opening quote is there.
fn check_string(rest: &mut &[u8]) -> Result<(), String> {
    *rest = &rest[1..];
    while let Some((byte, after)) = rest.split_first() {
        match byte {
            b'"' => {
                *rest = after;
                return Ok(());
            }
            b'\\' => {
                *rest = after;
                match after.first() {
                    Some(escaped) if b"\"\\/bfnrtu".contains(escaped) => *rest = &after[1..],
                    _ => return Err("in string escape code".into()),
                }
            }
            0..0x20 => return Err("in string literal".into()),
            _ => *rest = after,
        }
    }
    Err("in string literal".into())
}
