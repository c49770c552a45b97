//! Lists and maps in brackets.
//!
//! **Invariant:** plain text only of letters and a few signs, and nothing left out between commas; pairs in lists and
//! plain text over several lines make this give up.
//! **Start at** [`Fast::flow`].

use super::scalar::LONGEST_KEY;
use super::{Fast, keys};
use crate::{Node, Text, Value, Written};

impl Fast<'_, '_> {
    /// The `[` or `{` here, up to its end.
    pub(super) fn flow(&mut self) -> Option<Node> {
        self.enter()?;
        let mark = if self.keeps_texts {
            self.written(self.mark(), Written::Brackets)
        } else {
            self.mark()
        };
        let value = if self.peek(0) == b'[' {
            self.flow_list()?
        } else {
            self.flow_map()?
        };
        self.depth -= 1;
        Some(Node { mark, value })
    }

    fn flow_list(&mut self) -> Option<Value> {
        let start = self.items.len();
        self.pos += 1;
        self.flow_gap()?;
        if self.peek(0) == b']' {
            self.pos += 1;
            return Some(Value::Sequence(Vec::new()));
        }
        loop {
            let item = self.flow_value()?;
            self.items.push(item);
            if self.flow_next(b']')? {
                break;
            }
        }
        Some(Value::Sequence(self.items.drain(start..).collect()))
    }

    fn flow_map(&mut self) -> Option<Value> {
        let start = self.entries.len();
        self.pos += 1;
        self.flow_gap()?;
        if self.peek(0) == b'}' {
            self.pos += 1;
            return Some(Value::Mapping(crate::Mapping::new()));
        }
        loop {
            let (key, print) = self.flow_key()?;
            self.flow_gap()?;
            let value = self.flow_value()?;
            self.entries.push((key, value));
            self.prints.push(print);
            if self.flow_next(b'}')? {
                break;
            }
        }
        self.take_map(start).map(Value::Mapping)
    }

    /// Goes over the `,` behind a value, or over `close`, or both; whether the collection ends.
    fn flow_next(&mut self, close: u8) -> Option<bool> {
        self.flow_gap()?;
        let next = self.peek(0);
        self.pos += 1;
        if next == close {
            return Some(true);
        }
        (next == b',').then_some(())?;
        self.flow_gap()?;
        let ends = self.peek(0) == close;
        self.pos += usize::from(ends);
        Some(ends)
    }

    fn flow_value(&mut self) -> Option<Node> {
        match self.peek(0) {
            b'[' | b'{' => self.flow(),
            b'\'' | b'"' => self.quoted(),
            _ => {
                self.count()?;
                let mark = self.mark();
                let end = self.flow_plain_end()?;
                let text = &self.text[self.pos..end];
                self.pos = end;
                // No number has a colon; and a date that has one is put in quotes when kustomize writes it in brackets,
                // unless it was taken out of them before.
                if text.contains(':') && !self.keeps_texts {
                    let value = Value::String(text.into());
                    return Some(Node { mark, value });
                }
                self.plain_node(mark, text)
            }
        }
    }

    fn flow_key(&mut self) -> Option<(Text, u64)> {
        if matches!(self.peek(0), b'\'' | b'"') {
            // Here a quoted key needs no space behind its `:`.
            let line = self.line;
            let node = self.quoted()?;
            let text = node
                .as_str()
                .filter(|text| text.len() <= LONGEST_KEY && *text != "<<")?;
            (self.line == line && self.peek(0) == b':').then_some(())?;
            self.pos += 1;
            let print = keys::fingerprint(text.as_bytes());
            return Some((self.known.text(text, print), print));
        }
        let end = self.flow_plain_end()?;
        let text = &self.text[self.pos..end];
        let is_key = self.at(end) == b':' && self.is_gap(end + 1) && text.len() <= LONGEST_KEY;
        if !is_key || !self.is_plain_key(text) {
            return None;
        }
        self.count()?;
        self.pos = end + 1;
        let print = keys::fingerprint(text.as_bytes());
        Some((self.known.text(text, print), print))
    }

    /// Where the plain scalar here ends, if it is an ordinary one.
    fn flow_plain_end(&self) -> Option<usize> {
        let first = self.peek(0);
        let starts = first.is_ascii_alphanumeric()
            || matches!(first, b'_' | b'/' | b'$')
            || (matches!(first, b'-' | b'.') && is_word(self.peek(1)) && self.pos > self.line_start);
        starts.then_some(())?;
        let mut at = self.pos + 1;
        loop {
            let byte = self.at(at);
            let within = matches!(byte, b':' | b' ') && is_word(self.at(at + 1));
            if !within && !is_word(byte) {
                return Some(at);
            }
            at += 1;
        }
    }

    /// Goes over spaces, line breaks and comments.
    fn flow_gap(&mut self) -> Option<()> {
        loop {
            match self.peek(0) {
                b' ' => self.skip_spaces(),
                b'\n' => self.new_line(self.pos + 1),
                b'#' if matches!(self.at(self.pos - 1), b' ' | b'\n') => self.skip_comment()?,
                b'-' | b'.' | b'%' if self.pos == self.line_start => return None,
                _ => return Some(()),
            }
        }
    }
}

fn is_word(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'.' | b'/' | b'-' | b'+' | b'=' | b'$' | b'*')
}
