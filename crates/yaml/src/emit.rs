//! Documents to text.
//!
//! Writes what kustomize writes: the tree goes through JSON (which turns `1.0` into `1`), and from there through
//! go-yaml v2.
//!
//! **Invariant:** the same tree gives the same text, whatever the order of its keys.
//! **Start at** [`emit`]. Keys: [`sort`]; the style of a text: [`ordinary`] for
//! nearly all, [`analyze`] for the rest; its characters: [`write`].

mod analyze;
mod number;
mod ordinary;
mod sort;
mod write;

use crate::{Mapping, Node, Value};
use analyze::{Analysis, Style, can_be_plain};
pub(crate) use number::go_json_float;
pub use number::{go_yaml_float, short_float};
use ordinary::Ordinary;
use sort::Entry;
use std::borrow::Cow;
use write::Writer;

/// Longest key that needs no `? ` before it, in bytes.
const LONGEST_SIMPLE_KEY: usize = 128;

/// Writes a document as sigs.k8s.io/yaml's `JSONToYAML` does: go-yaml v2, keys in natural order, folded at 80 columns.
#[must_use]
pub fn emit(node: &Node) -> String {
    let mut out = String::new();
    emit_to(&mut out, node);
    out
}

/// [`emit`], behind what `out` already holds, which must be whole lines.
pub fn emit_to(out: &mut String, node: &Node) {
    Emitter::new(out).document(node);
}

/// Writes documents with `---` between them.
#[must_use]
pub fn emit_documents<'a>(documents: impl IntoIterator<Item = &'a Node>) -> String {
    let mut out = String::new();
    for (index, document) in documents.into_iter().enumerate() {
        if index > 0 {
            out.push_str("---\n");
        }
        emit_to(&mut out, document);
    }
    out
}

/// Writes nodes.
struct Emitter<'o, 'n> {
    writer: Writer<'o>,
    /// The entries of the maps that are being written; each map takes its own off the top.
    entries: Vec<Entry<'n>>,
}

impl<'o, 'n> Emitter<'o, 'n> {
    fn new(out: &'o mut String) -> Self {
        Self {
            writer: Writer::new(out),
            entries: Vec::new(),
        }
    }

    fn document(mut self, node: &'n Node) {
        self.node(node, false);
        self.writer.indent();
    }

    fn node(&mut self, node: &'n Node, in_mapping: bool) {
        self.value(&node.value, in_mapping);
    }

    fn value(&mut self, value: &'n Value, in_mapping: bool) {
        match value {
            Value::Null => self.writer.word("null"),
            Value::Bool(true) => self.writer.word("true"),
            Value::Bool(false) => self.writer.word("false"),
            Value::Int(number) => self.writer.number(*number),
            Value::Uint(number) => self.writer.number(*number),
            Value::Float(number) => self.writer.word(&number::json_float(*number)),
            Value::String(text) => self.text(text, ordinary::of(text), false),
            Value::Sequence(items) => self.sequence(items, in_mapping),
            Value::Mapping(mapping) => self.mapping(mapping),
            Value::Lexical(lexical) => self.value(lexical.value(), in_mapping),
        }
    }

    fn sequence(&mut self, items: &'n [Node], in_mapping: bool) {
        if items.is_empty() {
            self.writer.indicator("[", true, true, false);
            self.writer.indicator("]", false, false, false);
            return;
        }
        let outer = self.writer.deepen(false, in_mapping && !self.writer.indention);
        for item in items {
            self.writer.indent();
            self.writer.indicator("-", true, false, true);
            self.node(item, false);
        }
        self.writer.depth = outer;
    }

    fn mapping(&mut self, mapping: &'n Mapping) {
        if mapping.is_empty() {
            self.writer.indicator("{", true, true, false);
            self.writer.indicator("}", false, false, false);
            return;
        }
        let outer = self.writer.deepen(false, false);
        let start = self.entries.len();
        self.entries.extend(mapping.iter());
        let end = self.entries.len();
        sort::sort(&mut self.entries[start..]);
        for index in start..end {
            let (key, value) = self.entries[index];
            self.writer.indent();
            self.key(key);
            self.node(value, true);
        }
        self.entries.truncate(start);
        self.writer.depth = outer;
    }

    fn key(&mut self, key: &str) {
        let style = ordinary::of(key);
        let plain = style == Some(Ordinary::Plain);
        if key.len() <= LONGEST_SIMPLE_KEY && (plain || !Analysis::of(key).multiline) {
            self.text(key, style, true);
            self.writer.indicator(":", false, false, false);
        } else {
            self.writer.indicator("?", true, false, true);
            self.text(key, style, false);
            self.writer.indent();
            self.writer.indicator(":", true, false, true);
        }
    }

    /// Writes a text whose style is `style`, if it is ordinary.
    fn text(&mut self, text: &str, style: Option<Ordinary>, simple_key: bool) {
        let outer = self.writer.deepen(true, false);
        match style {
            Some(Ordinary::Plain) if can_be_plain(text) => self.writer.plain_ascii(text, !simple_key),
            Some(Ordinary::Literal) if !simple_key => self.writer.literal_ascii(text),
            _ => self.unusual_text(text, simple_key),
        }
        self.writer.depth = outer;
    }

    fn unusual_text(&mut self, text: &str, simple_key: bool) {
        let text = through_json(text);
        let style = Analysis::of(&text).style(&text, can_be_plain(&text), simple_key);
        match style {
            Style::Plain => self.writer.plain(&text, !simple_key),
            Style::Single => self.writer.single_quoted(&text, !simple_key),
            Style::Double => self.writer.double_quoted(&text, !simple_key),
            Style::Literal => self.writer.literal(&text),
        }
    }
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
