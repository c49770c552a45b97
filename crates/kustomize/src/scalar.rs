//! Scalars as text, and text as scalars, as the original's node tree has them.
//!
//! Its nodes keep the text of a scalar and guess the type late; ours keep the type, and the text where that is not the
//! one that the type would be written with. Where a transformer writes text over a scalar, the rules here say which
//! type comes out. Nothing else may ask a [`Value::Lexical`] what it is before [`Value::plain`].

use std::borrow::Cow;

use base64::{Engine, engine::general_purpose::STANDARD};
use plumb_yaml::{Dialect, Limits, Mapping, Mark, Node, SourceId, Text, Value, Written};

use crate::resource::shared;

/// The text of a scalar; empty for null, lists and maps.
pub(crate) fn text(node: &Node) -> Cow<'_, str> {
    match &node.value {
        Value::String(text) => Cow::Borrowed(text),
        Value::Lexical(lexical) => Cow::Borrowed(lexical.text()),
        Value::Bool(flag) => Cow::Borrowed(if *flag { "true" } else { "false" }),
        Value::Int(number) => Cow::Owned(number.to_string()),
        value => Cow::Owned(value.canonical_text().unwrap_or_default().into()),
    }
}

/// [`text`], owned.
pub(crate) fn plain_text(node: &Node) -> Text {
    match &node.value {
        Value::String(text) => text.clone(),
        Value::Lexical(lexical) => lexical.text().clone(),
        _ => text(node).into(),
    }
}

/// Whether a scalar's tag says that it is base64, which quotes do not change: printed, it is what that stands for.
pub(crate) fn is_encoded(node: &Node) -> bool {
    let Value::Lexical(lexical) = &node.value else {
        return false;
    };
    match lexical.value() {
        // Dates and folded texts are another text in the end, too.
        Value::String(decoded) => {
            let letters: String = lexical.text().split_ascii_whitespace().collect();
            STANDARD
                .decode(letters)
                .is_ok_and(|bytes| bytes == decoded.as_bytes())
        }
        _ => false,
    }
}

/// Whether a text is written in quotes or as a block; what is written over it stays a text.
pub(crate) fn is_quoted(node: &Node) -> bool {
    matches!(node.value.plain(), Value::String(_)) && is_delimited(node.mark.written)
}

fn is_delimited(written: Written) -> bool {
    matches!(written, Written::Quoted | Written::Folded)
}

/// A text that is written as another was: if that is folded, its breaks change in the end.
pub(crate) fn text_as(text: &str, written: Written) -> Value {
    if written == Written::Folded {
        plumb_yaml::folded(text)
    } else {
        Value::from(text)
    }
}

/// Whether a text that the program writes goes in quotes, or as a block.
pub(crate) fn needs_quotes(text: &str) -> bool {
    let is_plain_word = text.starts_with(|c: char| c.is_ascii_alphabetic())
        && text.len() > "false".len()
        && text
            .bytes()
            .all(|byte| byte.is_ascii_alphanumeric() || b"-_./".contains(&byte));
    !is_plain_word && plumb_yaml::emit(&Node::text(text)).starts_with(['\'', '"', '|', '>'])
}

/// Whether a text that was put into a map as one goes in quotes: it would be something else without, or has several lines.
pub(crate) fn keeps_quotes(text: &str) -> bool {
    text.contains('\n')
        || !text.is_empty() && needs_quotes(text) && plumb_yaml::emit(&Node::text(text)).starts_with('"')
}

/// The text of a node that is one to the original, by its tag; what was written without saying of which type it is has
/// none, and is one, too.
pub(crate) fn as_text(node: &Node) -> Option<Text> {
    match &node.value {
        Value::String(_) if node.mark.written == Written::Mistyped => None,
        Value::String(text) => Some(text.clone()),
        Value::Lexical(lexical) if is_quoted(node) => Some(lexical.text().clone()),
        _ => (is_scalar(node) && node.mark.written == Written::Untyped).then(|| plain_text(node)),
    }
}

/// Whether plain text that the original takes for a text is none to YAML 1.1.
pub(crate) fn reads_as_no_text(text: &str) -> bool {
    const SPECIAL: [&str; 9] = ["y", "n", "yes", "no", "on", "off", "true", "false", "null"];
    let is_word = text.starts_with(|c: char| c.is_ascii_alphabetic())
        && !text.contains([':', '#'])
        && (text.len() > "false".len()
            || !SPECIAL
                .iter()
                .any(|word| text.trim_end().eq_ignore_ascii_case(word)));
    if is_word || text.is_empty() || text.contains('\n') {
        return false;
    }
    let parsed = plumb_yaml::parse(text, SourceId::default(), Dialect::V2, &Limits::default());
    parsed.is_ok_and(|nodes| {
        nodes
            .first()
            .is_none_or(|node| !matches!(node.value, Value::String(_)))
    })
}

/// What setting a field to what it holds already does, which merging does to nearly all: what was written without saying
/// of which type it is becomes a text.
pub(crate) fn set_again(node: &mut Node) {
    if shared::is_shared(node) {
        // It is in other places, too, which are known by its mark.
        return;
    }
    let is_text = match &node.value {
        Value::String(_) => {
            !is_delimited(node.mark.written)
                && !matches!(node.mark.written, Written::Mistyped | Written::Tagged)
        }
        Value::Null => false,
        _ => node.mark.written == Written::Untyped,
    };
    if is_text && is_scalar(node) && reads_as_no_text(&text(node)) {
        node.value = Value::String(plain_text(node));
        node.mark.written = Written::Quoted;
    }
}

/// Whether a null was left empty, or made by the program, and not written out.
pub(crate) fn is_left_empty(null: &Node) -> bool {
    if null.mark.written == Written::Untyped {
        return false;
    }
    null.mark.line == 0 || matches!(null.mark.written, Written::Nothing | Written::NothingInside)
}

/// Forgets how scalars were written, as being decoded into Go's values and read from JSON does: all texts are in quotes,
/// all else is in brackets.
pub(crate) fn forget_manner(node: &mut Node) {
    shared::note_made(node);
    let is_block = is_delimited(std::mem::take(&mut node.mark.written));
    match &mut node.value {
        Value::Sequence(items) => items.iter_mut().for_each(forget_manner),
        Value::Mapping(mapping) => mapping.iter_mut().for_each(|(_, value)| forget_manner(value)),
        Value::Lexical(lexical) if is_block => node.value = Value::String(lexical.text().clone()),
        Value::Lexical(lexical) => node.value = lexical.value().clone(),
        _ => {}
    }
    node.mark.written = match node.value {
        Value::String(_) => Written::Quoted,
        Value::Sequence(_) | Value::Mapping(_) => Written::Brackets,
        _ => Written::Plain,
    };
}

/// Makes of a node what is left of it once it was written as YAML and read into JSON.
pub(crate) fn settle(node: &mut Node) {
    settle_within(node, false);
}

fn settle_within(node: &mut Node, in_brackets: bool) {
    settle_scalar(node, in_brackets);
    let in_brackets = in_brackets || is_in_brackets(node);
    match &mut node.value {
        Value::Sequence(items) => items.iter_mut().for_each(|item| settle_within(item, in_brackets)),
        Value::Mapping(mapping) => mapping
            .iter_mut()
            .for_each(|(_, value)| settle_within(value, in_brackets)),
        _ => {}
    }
}

/// [`settle`] for one scalar, which is written in brackets or not.
pub(crate) fn settle_scalar(node: &mut Node, in_brackets: bool) {
    match &node.value {
        // What is in quotes or a block is in quotes within brackets. No number has a colon; a date that has one is put
        // in quotes there, and then is a text.
        Value::Lexical(lexical)
            if in_brackets
                && (lexical.text().contains(':') || is_delimited(node.mark.written))
                && !is_encoded(node) =>
        {
            node.value = Value::String(lexical.text().clone());
        }
        Value::Lexical(lexical) => node.value = lexical.value().clone(),
        Value::Null if node.mark.written == Written::NothingInside => node.value = Value::from(""),
        Value::Null if in_brackets && node.mark.written == Written::Nothing => node.value = Value::from(""),
        _ => {}
    }
}

/// Whether a list or map is written in brackets; what is in it is, too.
pub(crate) fn is_in_brackets(node: &Node) -> bool {
    node.mark.written == Written::Brackets
}

/// [`plain_text`], but of a null what is written. One that was left empty is an empty text.
pub(crate) fn written_text(node: &Node) -> Text {
    match &node.value {
        Value::Null if is_left_empty(node) => "".into(),
        Value::Null if node.mark.written == Written::Tilde => "~".into(),
        Value::Null => "null".into(),
        _ => plain_text(node),
    }
}

/// What Go calls the type of a value that was read without one in mind.
pub(crate) fn go_type(value: &Value) -> &'static str {
    match value.plain() {
        Value::Null | Value::Lexical(_) => "<nil>",
        Value::Bool(_) => "bool",
        Value::Int(_) | Value::Uint(_) => "int",
        Value::Float(_) => "float64",
        Value::String(_) => "string",
        Value::Sequence(_) => "[]interface {}",
        Value::Mapping(_) => "map[string]interface {}",
    }
}

/// A value as Go prints it.
pub(crate) fn in_go(value: &Value) -> String {
    if let Value::Lexical(lexical) = value
        && let Value::String(text) = lexical.value()
        && let Some(date) = date_in_go(text)
    {
        return date;
    }
    match value.plain() {
        Value::Null => "<nil>".into(),
        Value::Sequence(items) => {
            let items: Vec<String> = items.iter().map(|item| in_go(&item.value)).collect();
            format!("[{}]", items.join(" "))
        }
        Value::Mapping(mapping) => {
            let mut entries: Vec<(&str, String)> = mapping
                .iter()
                .map(|(key, node)| (key, in_go(&node.value)))
                .collect();
            entries.sort();
            let entries: Vec<String> = entries
                .iter()
                .map(|(key, value)| format!("{key}:{value}"))
                .collect();
            format!("map[{}]", entries.join(" "))
        }
        other => text(&other.clone().into()).into_owned(),
    }
}

/// A date with its time, as RFC 3339 has it, as Go prints it.
fn date_in_go(text: &str) -> Option<String> {
    let (date, rest) = text.split_once('T').filter(|(date, _)| date.len() == 10)?;
    let zone = rest.find(['Z', '+', '-'])?;
    let (time, zone) = rest.split_at(zone);
    let is_plain = |text: &str| {
        text.bytes()
            .all(|byte| byte.is_ascii_digit() || b"-:.+".contains(&byte))
    };
    match zone {
        "Z" if is_plain(date) && is_plain(time) => Some(format!("{date} {time} +0000 UTC")),
        zone if is_plain(text.replacen('T', "", 1).as_str()) => {
            let zone = zone.replace(':', "");
            Some(format!("{date} {time} {zone} {zone}"))
        }
        _ => None,
    }
}

/// Whether this is a string, number, boolean or null.
pub(crate) fn is_scalar(node: &Node) -> bool {
    !matches!(node.value, Value::Sequence(_) | Value::Mapping(_))
}

/// A scalar with an empty text that nobody said to be one: it is printed as a null, and yet is none.
pub(crate) fn nothing() -> Node {
    let mark = Mark {
        written: Written::Untyped,
        ..Mark::default()
    };
    Node {
        mark,
        value: Value::Null,
    }
}

/// Writes `new`, which `mark` says, over a scalar without saying of which type it is: unless that was written in quotes,
/// it is what it reads as.
pub(crate) fn set_untyped(node: &mut Node, new: &str, mark: Mark) {
    let written = if is_quoted(node) {
        node.mark.written
    } else {
        Written::Untyped
    };
    node.value = if written == Written::Untyped {
        resolve(new)
    } else {
        text_as(new, written)
    };
    node.mark = Mark { written, ..mark };
}

/// [`set_untyped`] for a field, made where missing.
pub(crate) fn enter_untyped(mapping: &mut Mapping, key: &str, new: &str) {
    let field = mapping.entry_or_insert_with(key, || Node::text(""));
    let mark = field.mark;
    set_untyped(field, new, mark);
}

fn begins_as_a_date(text: &str) -> bool {
    let (year, rest) = text.as_bytes().split_at_checked(4).unwrap_or_default();
    year.len() == 4 && year.iter().all(u8::is_ascii_digit) && rest.starts_with(b"-")
}

/// Writes `new` over a scalar and keeps its type. False when `new` cannot have that type.
pub(crate) fn set_keeping_type(node: &mut Node, new: &str) -> bool {
    let value = resolve(new);
    if node.mark.written == Written::Untyped {
        node.value = value;
        return true;
    }
    let is_null_for_good = node.mark.written == Written::Mistyped && matches!(node.value, Value::String(_));
    if !is_null_for_good && (matches!(node.value, Value::String(_)) || is_quoted(node)) {
        node.value = text_as(new, node.mark.written);
        return true;
    }
    if is_null_for_good {
        node.value = Value::Null;
    }
    let fits = matches!(
        (node.value.plain(), value.plain()),
        (Value::Null, Value::Null)
            | (Value::Bool(_), Value::Bool(_))
            | (Value::Int(_) | Value::Uint(_), Value::Int(_) | Value::Uint(_))
            | (Value::Float(_), Value::Float(_) | Value::Int(_) | Value::Uint(_))
    ) || match (node.value.plain(), value.plain()) {
        // Only a date is a text, and yet not written as itself; and what is base64.
        (Value::String(_), Value::String(_)) => is_encoded(node) || begins_as_a_date(new),
        _ => false,
    };
    if fits {
        node.value = value;
    }
    fits
}

/// What an unquoted scalar means.
pub(crate) fn resolve(text: &str) -> Value {
    if matches!(text, "null" | "Null" | "NULL" | "~") {
        return Value::Null;
    }
    let suspicious =
        text.is_empty() || text.starts_with(|c: char| c.is_ascii_digit() || "+-.~nNtTfF".contains(c));
    if !suspicious || text.contains(['\n', '#', ':']) {
        return Value::from(text);
    }
    let parsed = plumb_yaml::parse_keeping_texts(text, SourceId::default(), &Limits::default());
    match parsed.ok().and_then(|mut read| read.nodes.pop()) {
        Some(node) if is_scalar(&node) => node.value,
        None if text.trim().is_empty() => Value::Null,
        _ => Value::from(text),
    }
}
