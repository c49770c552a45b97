//! YAML and JSON inside the text of a field, such as a file in a ConfigMap.
//!
//! What is not changed comes out as it was written, but for comments, anchors and the quotes of keys. **Start at**
//! [`parse`] and [`write`].

use plumb_yaml::{Limits, Mapping, Node, SourceId, Value, Written};

use crate::{repeats, scalar};

/// The document in `text`; `None` when it is not a map or list.
pub(crate) fn parse(text: &str) -> Option<Node> {
    let read = plumb_yaml::parse_keeping_texts(text, SourceId::default(), &Limits::default()).ok()?;
    if read.has_repeats || read.odd_item_key.is_some() {
        return None;
    }
    read.nodes
        .into_iter()
        .next()
        .filter(|node| !scalar::is_scalar(node))
}

/// `node` in the form of `original`, which it was read from: JSON stays JSON, indented if it was.
pub(crate) fn write(node: &Node, original: &str) -> Option<String> {
    if original.trim_start().starts_with(['{', '[']) {
        let indented = original.contains('\n') && original.contains("  ");
        return Some(crate::json::write(node, indented));
    }
    let before = parse(original)?;
    let mut page = Page {
        lines: original.lines().collect(),
        text: String::new(),
    };
    page.block(node, Some(&before), 0);
    Some(page.text.trim().to_owned())
}

/// A text as it is written, as go-yaml v3 with an indentation of two writes what it read.
struct Page<'o> {
    /// Those of the original.
    lines: Vec<&'o str>,
    text: String,
}

impl Page<'_> {
    /// A value on lines of its own; `old` is what stood in its place.
    fn block(&mut self, node: &Node, old: Option<&Node>, indent: usize) {
        match &node.value {
            Value::Mapping(mapping) if is_block(node) => self.entries(mapping, old, indent, false),
            Value::Sequence(items) if is_block(node) => self.items(items, old, indent, false),
            _ => {
                let scalar = self.scalar(node, old, indent + 2);
                self.line(&scalar);
            }
        }
    }

    /// `is_inline`: the first one goes on in a line that was begun.
    fn items(&mut self, items: &[Node], old: Option<&Node>, indent: usize, mut is_inline: bool) {
        let old = old.and_then(Node::as_sequence).unwrap_or_default();
        for (position, item) in items.iter().enumerate() {
            self.pad(indent, &mut is_inline);
            self.text.push('-');
            let old = old.get(position);
            match &item.value {
                Value::Mapping(mapping) if is_block(item) => {
                    self.text.push(' ');
                    self.entries(mapping, old, indent + 2, true);
                }
                Value::Sequence(inner) if is_block(item) => {
                    self.text.push(' ');
                    self.items(inner, old, indent + 2, true);
                }
                _ => self.behind(item, old, indent + 2),
            }
        }
    }

    fn entries(&mut self, mapping: &Mapping, old: Option<&Node>, indent: usize, mut is_inline: bool) {
        for (key, value) in mapping.iter() {
            self.pad(indent, &mut is_inline);
            self.text.push_str(&plain(key));
            self.text.push(':');
            let old = old.and_then(|old| old.get(key));
            match &value.value {
                Value::Mapping(_) if is_block(value) => {
                    self.text.push('\n');
                    self.block(value, old, indent + 2);
                }
                Value::Sequence(_) if is_block(value) => {
                    self.text.push('\n');
                    self.block(value, old, indent);
                }
                _ => self.behind(value, old, indent + 2),
            }
        }
    }

    fn pad(&mut self, indent: usize, is_inline: &mut bool) {
        if !std::mem::take(is_inline) {
            self.text.push_str(&" ".repeat(indent));
        }
    }

    /// A value in the line of its key or dash.
    fn behind(&mut self, node: &Node, old: Option<&Node>, indent: usize) {
        let scalar = self.scalar(node, old, indent);
        if !scalar.is_empty() {
            self.text.push(' ');
        }
        self.line(&scalar);
    }

    fn line(&mut self, text: &str) {
        self.text.push_str(text);
        self.text.push('\n');
    }

    /// What stands in one line, or is a text of several that are indented that far.
    fn scalar(&self, node: &Node, old: Option<&Node>, indent: usize) -> String {
        match &node.value {
            Value::Mapping(mapping) => {
                let entry = |(key, value): (&str, &Node)| {
                    let old = old.and_then(|old| old.get(key));
                    format!("{}: {}", plain(key), self.in_brackets(value, old))
                };
                let entries: Vec<String> = mapping.iter().map(entry).collect();
                format!("{{{}}}", entries.join(", "))
            }
            Value::Sequence(items) => {
                let old = old.and_then(Node::as_sequence).unwrap_or_default();
                let item = |(position, item): (usize, &Node)| self.in_brackets(item, old.get(position));
                let items: Vec<String> = items.iter().enumerate().map(item).collect();
                format!("[{}]", items.join(", "))
            }
            Value::Null => self.null(node).to_owned(),
            _ if node.mark.written == Written::Mistyped => repeats::with_tag(node),
            Value::String(text) if scalar::is_quoted(node) => self.delimited(text, old, indent),
            Value::Lexical(lexical) if scalar::is_quoted(node) => self.delimited(lexical.text(), old, indent),
            Value::String(text) if node.mark.written == Written::Tagged => format!("!!str {text}"),
            Value::String(text) if node.mark.written != Written::Untyped => plain(text),
            _ => scalar::plain_text(node).to_string(),
        }
    }

    fn in_brackets(&self, node: &Node, old: Option<&Node>) -> String {
        let text = match &node.value {
            // Blocks have no place there.
            Value::String(text) if scalar::is_quoted(node) && text.contains('\n') => double(text),
            _ => self.scalar(node, old, 0),
        };
        if text.is_empty() { "''".into() } else { text }
    }

    /// A null as it is written.
    fn null(&self, node: &Node) -> &'static str {
        if node.mark.written == Written::Tilde {
            return "~";
        }
        if scalar::is_left_empty(node) {
            return "";
        }
        let written = self.at(node);
        let spellings = ["Null", "NULL"];
        spellings
            .into_iter()
            .find(|spelling| written.starts_with(spelling))
            .unwrap_or("null")
    }

    /// A text in the quotes, or as the kind of block, that `old` has.
    fn delimited(&self, text: &str, old: Option<&Node>, indent: usize) -> String {
        match old.and_then(|old| self.at(old).chars().next()) {
            Some('\'') if !text.contains('\n') => format!("'{}'", text.replace('\'', "''")),
            Some('|') => literal(text, indent),
            Some('>') => folded(text, indent),
            _ => double(text),
        }
    }

    /// The original from where a node begins.
    fn at(&self, node: &Node) -> &str {
        let line = (node.mark.line as usize).checked_sub(1);
        let line = line.and_then(|line| self.lines.get(line)).copied().unwrap_or("");
        let column = (node.mark.column as usize).saturating_sub(1);
        let start = line.char_indices().nth(column).map_or(line.len(), |(at, _)| at);
        &line[start..]
    }
}

/// Whether a list or map has lines of its own.
fn is_block(node: &Node) -> bool {
    let is_empty = match &node.value {
        Value::Mapping(mapping) => mapping.is_empty(),
        Value::Sequence(items) => items.is_empty(),
        _ => true,
    };
    !is_empty && !scalar::is_in_brackets(node)
}

/// A text without quotes, if it is one to YAML 1.2 then.
fn plain(text: &str) -> String {
    let emitted = plumb_yaml::emit(&Node::text(text));
    let is_word = text.bytes().all(|byte| byte.is_ascii_alphabetic());
    match scalar::resolve(text) {
        Value::String(_) if is_word && !text.is_empty() => text.to_owned(),
        _ => emitted.trim_end().to_owned(),
    }
}

fn double(text: &str) -> String {
    let mut quoted = String::from("\"");
    for character in text.chars() {
        match character {
            '"' => quoted.push_str("\\\""),
            '\\' => quoted.push_str("\\\\"),
            '\n' => quoted.push_str("\\n"),
            '\t' => quoted.push_str("\\t"),
            '\r' => quoted.push_str("\\r"),
            control if control.is_control() => quoted.push_str(&format!("\\x{:02X}", u32::from(control))),
            other => quoted.push(other),
        }
    }
    quoted.push('"');
    quoted
}

fn literal(text: &str, indent: usize) -> String {
    let mut block = format!("|{}", chomping(text));
    for line in text.trim_end_matches('\n').split('\n') {
        push_line(&mut block, line, indent);
    }
    block
}

/// A break that is folded away when it is read is written twice.
fn folded(text: &str, indent: usize) -> String {
    let mut block = format!(">{}", chomping(text));
    let mut lines = text.trim_end_matches('\n').split('\n').peekable();
    while let Some(line) = lines.next() {
        push_line(&mut block, line, indent);
        if lines
            .peek()
            .is_some_and(|next| !next.is_empty() && !line.is_empty())
        {
            block.push('\n');
        }
    }
    if text.ends_with('\n') {
        block.push('\n');
    }
    block
}

/// What a block says of its last breaks.
fn chomping(text: &str) -> &'static str {
    match (text.ends_with('\n'), text.ends_with("\n\n")) {
        (false, _) => "-",
        (true, false) => "",
        (true, true) => "+",
    }
}

fn push_line(block: &mut String, line: &str, indent: usize) {
    block.push('\n');
    if !line.is_empty() {
        block.push_str(&" ".repeat(indent));
        block.push_str(line);
    }
}
