//! The lines of a file, and changes to them that do not get into each other's way.

use std::collections::{BTreeMap, BTreeSet};

use plumb_yaml::{Node, Value};

use super::render;

/// The lines of a file. Lines and columns are counted from 0.
pub(super) struct Page {
    has_byte_order_mark: bool,
    lines: Vec<String>,
    /// What ends a line.
    ending: &'static str,
    ends_with_break: bool,
    cut: BTreeSet<usize>,
    /// New lines, by the line that they follow; 0 is before the first.
    added: BTreeMap<usize, Vec<String>>,
    changed: BTreeSet<usize>,
}

/// Lines from one up to and with another.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Span {
    pub(super) first: usize,
    pub(super) last: usize,
}

impl Page {
    /// `None` when the lines end in different ways.
    pub(super) fn new(text: &str) -> Option<Self> {
        let (has_byte_order_mark, text) = match text.strip_prefix('\u{feff}') {
            Some(text) => (true, text),
            None => (false, text),
        };
        let breaks = text.matches('\n').count();
        let returns = text.matches("\r\n").count();
        if text.starts_with('\u{feff}')
            || (returns != 0 && returns != breaks)
            || text.matches('\r').count() != returns
        {
            return None;
        }
        Some(Self {
            has_byte_order_mark,
            lines: text.lines().map(str::to_owned).collect(),
            ending: if returns == 0 { "\n" } else { "\r\n" },
            ends_with_break: text.is_empty() || text.ends_with('\n'),
            cut: BTreeSet::new(),
            added: BTreeMap::new(),
            changed: BTreeSet::new(),
        })
    }

    pub(super) fn line(&self, number: usize) -> &str {
        self.lines.get(number).map_or("", String::as_str)
    }

    /// The place of a node that stood in the text.
    pub(super) fn place(&self, node: &Node) -> Option<(usize, usize)> {
        let (line, column) = (node.mark.line as usize, node.mark.column as usize);
        let line = line.checked_sub(1).filter(|line| *line < self.lines.len())?;
        let column = self.lines[line]
            .char_indices()
            .map(|(index, _)| index)
            .nth(column.checked_sub(1)?)?;
        Some((line, column))
    }

    /// Changes a line, which must not have been changed before.
    pub(super) fn change(&mut self, number: usize, line: String) -> Option<()> {
        *self.lines.get_mut(number)? = line;
        self.changed.insert(number).then_some(())
    }

    pub(super) fn add_after(&mut self, number: usize, lines: Vec<String>) {
        self.added.entry(number + 1).or_default().extend(lines);
    }

    /// Takes lines out, but leaves comments where they are.
    pub(super) fn cut(&mut self, span: Span) {
        let has_block = (span.first..=span.last).any(|number| {
            let code = self.line(number).split(" #").next().unwrap_or("").trim_end();
            code.trim_end_matches(['+', '-']).ends_with(['|', '>'])
        });
        for number in span.first..=span.last {
            if has_block || !is_comment(self.line(number)) && !self.line(number).trim().is_empty() {
                self.cut.insert(number);
            }
        }
    }

    pub(super) fn is_cut(&self, number: usize) -> bool {
        self.cut.contains(&number)
    }

    pub(super) fn is_added_in(&self, span: Span) -> bool {
        self.added.range(span.first + 1..=span.last + 1).next().is_some()
    }

    /// The last line of what begins at a line, and stands deeper than `column`. With `in_map`, a list that is no
    /// deeper belongs to it too.
    pub(super) fn end(&self, first: usize, column: usize, in_map: bool) -> usize {
        let mut last = first;
        for number in first + 1..self.lines.len() {
            let line = self.line(number);
            let text = line.trim_start();
            if text.is_empty() {
                continue;
            }
            let indent = line.len() - text.len();
            let is_item = in_map && indent == column && (text == "-" || text.starts_with("- "));
            let closes = in_map && indent == column && text.starts_with([']', '}']);
            if is_document_end(line) {
                break;
            } else if indent > column || is_item || closes {
                last = number;
            } else if !is_comment(line) {
                break;
            }
        }
        last
    }

    /// The line of `key` in a map that begins at a line and column; keys match in any case.
    pub(super) fn key_line(&self, first: usize, column: usize, key: &str) -> Option<usize> {
        (first..self.lines.len())
            .take_while(|number| {
                let line = self.line(*number);
                let indent = line.len() - line.trim_start().len();
                *number == first || indent >= column || line.trim().is_empty() || is_comment(line)
            })
            .find(|number| {
                let line = self.line(*number);
                let is_inside = *number == first || line.len() - line.trim_start().len() == column;
                is_inside
                    && line
                        .get(column..)
                        .is_some_and(|rest| key_length(rest, key).is_some())
            })
    }

    /// The lines of a field of the file.
    pub(super) fn entry(&self, name: &str) -> Option<Span> {
        // Of several, the last counts.
        let found = (0..self.document_end())
            .rev()
            .find(|number| !self.is_cut(*number) && key_length(self.line(*number), name).is_some())?;
        Some(Span {
            first: found,
            last: self.end(found, 0, true),
        })
    }

    pub(super) fn remove_entry(&mut self, name: &str) {
        while let Some(span) = self.entry(name) {
            self.cut(span);
        }
    }

    /// Gives a field that has an old name its new one.
    pub(super) fn rename_entry(&mut self, old: &str, new: &str) -> Option<()> {
        let line = self.entry(old)?.first;
        let text = self.line(line);
        let quote = usize::from(text.starts_with(['"', '\'']));
        let renamed = format!("{}{new}{}", &text[..quote], &text[quote + old.len()..]);
        // Other changes to the line would be to its value, which stands at another place now.
        if token_follows(text, old) {
            return None;
        }
        self.change(line, renamed)
    }

    /// Adds a field of the file, at its end or where it stands empty.
    pub(super) fn add_entry(&mut self, name: &str, value: &Node) -> Option<()> {
        let step = self.list_step();
        if let Some(span) = self.entry(name) {
            return self.fill_entry(name, span, value);
        }
        let lines = render::entry(name, value, 0, step);
        let end = self.document_end();
        let last = (0..end).rev().find(|number| {
            let line = self.line(*number);
            !line.trim().is_empty() && !is_comment(line)
        });
        // Comments that stand deeper belong to what is above them.
        let last = last.map(|last| self.end(last, 0, false));
        match last {
            Some(last) => self.add_after(last, lines),
            None => self.added.entry(end).or_default().extend(lines),
        }
        Some(())
    }

    fn fill_entry(&mut self, name: &str, span: Span, value: &Node) -> Option<()> {
        let line = self.line(span.first).to_owned();
        let colon = key_length(&line, name)?;
        let (before, after) = line.split_at(colon + 1);
        let after = ["[]", "{}", "\"\"", "''", "null", "~"]
            .iter()
            .find_map(|nothing| after.trim_start().strip_prefix(nothing))
            .unwrap_or(after);
        if span.first != span.last || !(after.trim().is_empty() || after.trim_start().starts_with('#')) {
            return None;
        }
        let lines = render::entry(name, value, 0, self.list_step());
        let (head, rest) = lines.split_first()?;
        let head = head.strip_prefix(name)?.strip_prefix(':')?;
        let after = after.trim_end();
        let gap = if after.is_empty() || after.starts_with(' ') {
            ""
        } else {
            " "
        };
        self.change(span.first, format!("{before}{head}{gap}{after}"))?;
        self.add_after(span.first, rest.to_vec());
        Some(())
    }

    /// How much deeper than its key the file writes a list.
    pub(super) fn list_step(&self) -> usize {
        let is_item = |line: &str| line.trim_start().starts_with("- ");
        let lists = self.lines.windows(2).filter(|pair| {
            pair[0].trim_end().ends_with(':') && !pair[0].starts_with([' ', '-', '#']) && is_item(&pair[1])
        });
        let first = lists
            .map(|pair| pair[1].len() - pair[1].trim_start().len())
            .next();
        first.unwrap_or(0)
    }

    /// Where the first document ends.
    fn document_end(&self) -> usize {
        let has_started = |number: usize| {
            (0..number).any(|number| {
                let line = self.line(number);
                !line.trim().is_empty()
                    && !is_comment(line)
                    && !line.starts_with('%')
                    && !is_document_end(line)
            })
        };
        (0..self.lines.len())
            .find(|number| is_document_end(self.line(*number)) && has_started(*number))
            .unwrap_or(self.lines.len())
    }

    pub(super) fn finish(self) -> String {
        let mut text = String::from(if self.has_byte_order_mark { "\u{feff}" } else { "" });
        let mut put = |line: &str| {
            text.push_str(line);
            text.push_str(self.ending);
        };
        self.added
            .get(&0)
            .into_iter()
            .flatten()
            .for_each(|line| put(line));
        for (number, line) in self.lines.iter().enumerate() {
            if !self.cut.contains(&number) {
                put(line);
            }
            self.added
                .get(&(number + 1))
                .into_iter()
                .flatten()
                .for_each(|line| put(line));
        }
        let is_longer = self.added.contains_key(&self.lines.len());
        // Where every line was cut, there is no break to take off.
        if !self.ends_with_break && !is_longer && text.ends_with(self.ending) {
            text.truncate(text.len() - self.ending.len());
        }
        text
    }
}

fn is_comment(line: &str) -> bool {
    line.trim_start().starts_with('#')
}

fn is_document_end(line: &str) -> bool {
    ["---", "..."].iter().any(|mark| {
        line.strip_prefix(mark)
            .is_some_and(|rest| rest.is_empty() || rest.starts_with([' ', '\t']))
    })
}

/// Where the colon behind `key` is, if `text` begins with it.
pub(super) fn key_length(text: &str, key: &str) -> Option<usize> {
    let quote = text.chars().next().filter(|c| matches!(c, '"' | '\''));
    let start = quote.map_or(0, char::len_utf8);
    let end = start + key.len();
    if !text.get(start..end)?.eq_ignore_ascii_case(key) {
        return None;
    }
    let rest = text.get(end..)?;
    let rest = quote.map_or(Some(rest), |quote| rest.strip_prefix(quote))?;
    let spaces = rest.len() - rest.trim_start_matches(' ').len();
    let rest = rest[spaces..].strip_prefix(':')?;
    let is_key = rest.is_empty() || rest.starts_with([' ', '\t']);
    is_key.then(|| end + start + spaces)
}

/// Whether a value is written over several lines.
pub(super) fn is_collection(node: &Node) -> bool {
    matches!(node.value, Value::Mapping(_) | Value::Sequence(_))
}

/// Whether the value of `key` begins in the line of the key.
fn token_follows(line: &str, key: &str) -> bool {
    let value = key_length(line, key).and_then(|colon| line.get(colon + 1..));
    value.is_some_and(|value| !value.trim().is_empty() && !value.trim_start().starts_with('#'))
}
