//! Documents to text.
//!
//! Writes what kustomize writes: the tree goes through JSON (which turns `1.0` into `1`), and from there through
//! go-yaml v2.
//!
//! **Invariant:** the same tree gives the same text, whatever the order of its keys.
//! **Start at** [`emit`]. Keys: [`sort`]; the style of a text: [`analyze`]; its characters: [`write`].

mod analyze;
mod number;
mod sort;
mod write;

use crate::{Mapping, Node, Value};
use analyze::{Analysis, Style, can_be_plain};
pub(crate) use number::short_float;
use std::borrow::Cow;
use write::Writer;

/// Longest key that needs no `? ` before it, in bytes.
const LONGEST_SIMPLE_KEY: usize = 128;

/// Writes a document as sigs.k8s.io/yaml's `JSONToYAML` does: go-yaml v2, keys in natural order, folded at 80 columns.
#[must_use]
pub fn emit(node: &Node) -> String {
    let mut writer = Writer::new();
    write_node(&mut writer, node, false);
    writer.indent();
    writer.finish()
}

/// Writes documents with `---` between them.
#[must_use]
pub fn emit_documents<'a>(documents: impl IntoIterator<Item = &'a Node>) -> String {
    documents.into_iter().map(emit).collect::<Vec<_>>().join("---\n")
}

fn write_node(writer: &mut Writer, node: &Node, in_mapping: bool) {
    match &node.value {
        Value::Null => writer.plain("null", true),
        Value::Bool(true) => writer.plain("true", true),
        Value::Bool(false) => writer.plain("false", true),
        Value::Int(number) => writer.plain(&number.to_string(), true),
        Value::Uint(number) => writer.plain(&number.to_string(), true),
        Value::Float(number) => writer.plain(&number::json_float(*number), true),
        Value::String(text) => write_text(writer, text, false),
        Value::Sequence(items) => write_sequence(writer, items, in_mapping),
        Value::Mapping(mapping) => write_mapping(writer, mapping),
    }
}

fn write_sequence(writer: &mut Writer, items: &[Node], in_mapping: bool) {
    if items.is_empty() {
        writer.indicator("[", true, true, false);
        writer.indicator("]", false, false, false);
        return;
    }
    let outer = writer.deepen(false, in_mapping && !writer.indention);
    for item in items {
        writer.indent();
        writer.indicator("-", true, false, true);
        write_node(writer, item, false);
    }
    writer.depth = outer;
}

fn write_mapping(writer: &mut Writer, mapping: &Mapping) {
    if mapping.is_empty() {
        writer.indicator("{", true, true, false);
        writer.indicator("}", false, false, false);
        return;
    }
    let outer = writer.deepen(false, false);
    for (key, value) in sort::sorted(mapping) {
        writer.indent();
        let simple = key.len() <= LONGEST_SIMPLE_KEY && !Analysis::of(key).multiline;
        if simple {
            write_text(writer, key, true);
            writer.indicator(":", false, false, false);
        } else {
            writer.indicator("?", true, false, true);
            write_text(writer, key, false);
            writer.indent();
            writer.indicator(":", true, false, true);
        }
        write_node(writer, value, true);
    }
    writer.depth = outer;
}

fn write_text(writer: &mut Writer, text: &str, simple_key: bool) {
    let text = through_json(text);
    let analysis = Analysis::of(&text);
    let style = analysis.style(&text, can_be_plain(&text), simple_key);
    let outer = writer.deepen(true, false);
    match style {
        Style::Plain => writer.plain(&text, !simple_key),
        Style::Single => writer.single_quoted(&text, !simple_key),
        Style::Double => writer.double_quoted(&text, !simple_key),
        Style::Literal => writer.literal(&text),
    }
    writer.depth = outer;
}

/// What is left of a text after it was JSON and read as YAML: U+0085 counts as a line break there, and folds.
fn through_json(text: &str) -> Cow<'_, str> {
    const NEXT_LINE: char = '\u{85}';
    if !text.contains(NEXT_LINE) {
        return Cow::Borrowed(text);
    }
    let mut folded = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(at) = rest.find(NEXT_LINE) {
        folded.push_str(rest[..at].trim_end_matches(' '));
        let behind = rest[at..].trim_start_matches([NEXT_LINE, ' ']);
        let gap = &rest[at..rest.len() - behind.len()];
        match gap.matches(NEXT_LINE).count() {
            1 => folded.push(' '),
            breaks => folded.extend(std::iter::repeat_n('\n', breaks - 1)),
        }
        rest = behind;
    }
    folded.push_str(rest);
    Cow::Owned(folded)
}
