//! Text written as a block, with `|` or `>`.
//!
//! **Invariant:** only `|` with a clear indentation is read here; for the rest the code of the composer is asked.
//! **Start at** [`Fast::block_text`].

use super::{Fast, has_odd_break};
use crate::parse::Dialect;
use crate::parse::block::in_the_end;
use crate::parse::resolve::{Tag, resolve};
use crate::parse::token::Style;
use crate::{Node, Text, Value, Written};

impl Fast<'_, '_> {
    /// The `|` or `>` here and the lines below it, in a collection at `column`.
    pub(super) fn block_text(&mut self, column: isize) -> Option<Node> {
        self.count()?;
        let mark = self.written(self.mark(), Written::Quoted);
        let place = (self.pos, self.line, self.line_start, self.surplus);
        if let Some(text) = self.literal(column) {
            self.next_token()?;
            return Some(Node {
                mark,
                value: Value::String(text),
            });
        }
        (self.pos, self.line, self.line_start, self.surplus) = place;
        let mut cursor = self.cursor();
        let folded = self.peek(0) == b'>' && self.dialect == Dialect::V3;
        let text = cursor.scan_block_scalar(column, self.dialect).ok()?;
        let mut value = resolve(self.dialect, Tag::None, Style::Quoted, &text).ok()?;
        if folded {
            value = in_the_end(value, &text, self.keeps_texts);
        }
        self.follow(&cursor)?;
        self.next_token()?;
        let mark = if folded && self.keeps_texts {
            self.written(mark, Written::Folded)
        } else {
            mark
        };
        Some(Node { mark, value })
    }

    /// A `|` text whose first line with something on it says how far all are indented.
    fn literal(&mut self, column: isize) -> Option<Text> {
        if self.peek(0) != b'|' {
            return None;
        }
        let chomp = match self.peek(1) {
            chomp @ (b'-' | b'+') => chomp,
            _ => 0,
        };
        let header = 1 + usize::from(chomp != 0);
        if self.peek(header) != b'\n' {
            return None;
        }
        self.new_line(self.pos + header + 1);
        self.buffer.clear();
        let (mut breaks, mut deepest) = (0, 0);
        while self.skip_empty(usize::MAX) {
            breaks += 1;
            deepest = deepest.max(self.pos - self.line_start);
            self.new_line(self.pos + 1);
        }
        let indent = self.pos - self.line_start;
        if self.offset(self.pos) <= column || deepest > indent || matches!(self.peek(0), b'\t' | 0) {
            return None;
        }
        while self.pos - self.line_start == indent && self.peek(0) != 0 {
            self.buffer.extend(std::iter::repeat_n('\n', breaks));
            breaks = self.literal_line(indent)?;
        }
        if self.peek(0) == b'\t' && self.pos - self.line_start < indent {
            return None;
        }
        match chomp {
            b'+' => self.buffer.extend(std::iter::repeat_n('\n', breaks)),
            b'-' => {}
            _ if breaks > 0 => self.buffer.push('\n'),
            _ => {}
        }
        let begins_with_tab = self.dialect == Dialect::V3 && self.buffer.starts_with('\t');
        (!begins_with_tab).then(|| self.buffer.as_str().into())
    }

    /// Takes the line here and the empty lines below it; how many line breaks that were.
    fn literal_line(&mut self, indent: usize) -> Option<usize> {
        let rest = &self.text[self.pos..];
        let line = &rest[..rest.find('\n').unwrap_or(rest.len())];
        if has_odd_break(line.as_bytes()) {
            return None;
        }
        self.buffer.push_str(line);
        self.pos += line.len();
        let mut breaks = 0;
        while self.peek(0) == b'\n' {
            breaks += 1;
            self.new_line(self.pos + 1);
            self.skip_empty(indent);
        }
        Some(breaks)
    }

    /// Goes over `indent` spaces at most, from the beginning of the line; whether it ends there.
    fn skip_empty(&mut self, indent: usize) -> bool {
        let start = self.pos;
        self.skip_spaces();
        self.pos = self.pos.min(start.saturating_add(indent));
        self.peek(0) == b'\n'
    }
}
