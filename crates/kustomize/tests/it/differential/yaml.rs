//! YAML to write, in many styles.

use super::random::Random;

/// A document, or a part of one.
#[derive(Clone, Debug)]
pub(crate) enum Y {
    /// A scalar as it is written.
    Raw(String),
    /// A block scalar: its header and its lines.
    Block(&'static str, Vec<String>),
    List(Vec<Y>),
    Map(Vec<(String, Y)>),
}

/// A scalar as it is written.
pub(crate) fn raw(text: impl Into<String>) -> Y {
    Y::Raw(text.into())
}

/// A text, in quotes where it needs them.
pub(crate) fn text(text: &str) -> Y {
    let is_plain = !text.is_empty()
        && text
            .bytes()
            .all(|byte| byte.is_ascii_alphanumeric() || b"-_./".contains(&byte))
        && text.starts_with(|c: char| c.is_ascii_alphabetic())
        && !["true", "false", "null", "yes", "no", "on", "off", "y", "n"].contains(&text);
    Y::Raw(if is_plain { text.to_owned() } else { quoted(text) })
}

/// A text in double quotes.
pub(crate) fn quoted(text: &str) -> String {
    serde_json::Value::from(text).to_string()
}

pub(crate) fn map<const N: usize>(entries: [(&str, Y); N]) -> Y {
    Y::Map(
        entries
            .into_iter()
            .map(|(key, value)| (key.to_owned(), value))
            .collect(),
    )
}

pub(crate) fn list<const N: usize>(items: [Y; N]) -> Y {
    Y::List(items.into())
}

impl Y {
    /// Sets a field of a map.
    pub(crate) fn set(&mut self, key: &str, value: Y) {
        let Self::Map(entries) = self else { return };
        match entries.iter_mut().find(|(known, _)| known == key) {
            Some((_, old)) => *old = value,
            None => entries.push((key.to_owned(), value)),
        }
    }

    pub(crate) fn get_mut(&mut self, key: &str) -> Option<&mut Y> {
        let Self::Map(entries) = self else { return None };
        entries
            .iter_mut()
            .find(|(known, _)| known == key)
            .map(|(_, value)| value)
    }

    /// Sets what a path leads to; `is_list` says which fields hold lists. A new element is made now and then.
    pub(crate) fn put(&mut self, path: &[&str], value: Y, is_list: fn(&str) -> bool, random: &mut Random) {
        match self {
            Self::List(items) => {
                if items.is_empty() || random.chance(15) {
                    items.push(Self::Map(Vec::new()));
                }
                let last = items.len() - 1;
                items[last].put(path, value, is_list, random);
            }
            Self::Map(_) => {
                let Some((first, rest)) = path.split_first() else {
                    return;
                };
                let first = first.trim_end_matches("[]");
                if rest.is_empty() {
                    return self.set(first, value);
                }
                if self.get_mut(first).is_none() {
                    let empty = if is_list(first) {
                        Self::List(Vec::new())
                    } else {
                        Self::Map(Vec::new())
                    };
                    self.set(first, empty);
                }
                if let Some(next) = self.get_mut(first) {
                    next.put(rest, value, is_list, random);
                }
            }
            Self::Raw(_) | Self::Block(..) => {}
        }
    }

    fn is_leaf(&self) -> bool {
        match self {
            Self::Raw(_) | Self::Block(..) => true,
            Self::List(items) => items.is_empty(),
            Self::Map(entries) => entries.is_empty(),
        }
    }

    fn has_block(&self) -> bool {
        match self {
            Self::Raw(text) => text.contains(['\n', '&', '*', '<']),
            Self::Block(..) => true,
            Self::List(items) => items.iter().any(Self::has_block),
            Self::Map(entries) => entries
                .iter()
                .any(|(key, value)| key == "<<" || value.has_block()),
        }
    }

    /// The document as text, in block style with some of its parts in flow style.
    pub(crate) fn write(&self, random: &mut Random) -> String {
        let style = Style {
            flow: random.below(8),
            comments: random.below(4),
            indented_lists: random.chance(40),
        };
        let mut text = String::new();
        if self.is_leaf() {
            text.push_str(&self.flow());
            text.push('\n');
        } else {
            self.block(0, &style, random, &mut text);
        }
        text
    }

    /// The document on one line.
    pub(crate) fn flow(&self) -> String {
        match self {
            Self::Raw(text) => text.clone(),
            Self::Block(_, lines) => quoted(&lines.join("\n")),
            Self::List(items) => {
                let items: Vec<String> = items.iter().map(Self::flow).collect();
                format!("[{}]", items.join(", "))
            }
            Self::Map(entries) => {
                let entry = |(key, value): &(String, Self)| format!("{key}: {}", value.flow());
                let entries: Vec<String> = entries.iter().map(entry).collect();
                format!("{{{}}}", entries.join(", "))
            }
        }
    }

    fn block(&self, indent: usize, style: &Style, random: &mut Random, out: &mut String) {
        let margin = " ".repeat(indent);
        match self {
            Self::Map(entries) => {
                for (index, (key, value)) in entries.iter().enumerate() {
                    if index > 0 || indent == 0 {
                        out.push_str(&margin);
                    }
                    out.push_str(key);
                    out.push(':');
                    let deeper = if matches!(value, Self::List(_)) && !style.indented_lists {
                        0
                    } else {
                        2
                    };
                    value.after(indent, indent + deeper, style, random, out);
                }
            }
            Self::List(items) => {
                for (index, item) in items.iter().enumerate() {
                    if index > 0 || indent == 0 {
                        out.push_str(&margin);
                    }
                    out.push('-');
                    if item.is_leaf() || random.below(20) < style.flow && !item.has_block() {
                        item.after(indent, indent + 2, style, random, out);
                    } else {
                        out.push(' ');
                        item.block(indent + 2, style, random, out);
                    }
                }
            }
            Self::Raw(_) | Self::Block(..) => {}
        }
    }

    /// What stands after a key or a dash; `out` is at the end of that.
    fn after(&self, margin: usize, indent: usize, style: &Style, random: &mut Random, out: &mut String) {
        if let Self::Block(header, lines) = self {
            out.push_str(&format!(" {header}\n"));
            for line in lines {
                if !line.is_empty() {
                    out.push_str(&" ".repeat(margin + 2));
                }
                out.push_str(line);
                out.push('\n');
            }
            return;
        }
        if self.is_leaf() || !self.has_block() && random.below(40) < style.flow {
            let written = self.flow();
            if !written.is_empty() {
                out.push(' ');
                out.push_str(&written);
            }
            if random.below(25) < style.comments && !written.contains('\n') {
                out.push_str(random.pick(&[" # note", "  #", "\n# left", "\n", " # a: b"]));
            }
            out.push('\n');
            return;
        }
        out.push('\n');
        out.push_str(&" ".repeat(if indent == 0 { 0 } else { indent }));
        self.block(indent, style, random, out);
    }
}

struct Style {
    flow: usize,
    comments: usize,
    indented_lists: bool,
}
