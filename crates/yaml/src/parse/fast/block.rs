//! Maps and lists written by indentation.
//!
//! **Invariant:** each function leaves the place at the next token and its column in [`Fast::column`]; a token deeper
//! than the collection it should belong to makes the caller give up.
//! **Start at** [`Fast::block`].

use super::scalar::Bounds;
use super::{Fast, continuation_bytes, keys};
use crate::node::Mapping;
use crate::{Node, Text, Value, Written};

impl Fast<'_, '_> {
    /// What begins with the token here, at [`Fast::column`], in a collection at column `outer`.
    pub(super) fn block(&mut self, outer: isize) -> Option<Node> {
        let column = self.column;
        if self.is_dash() {
            return self.list(column, false);
        }
        match self.key_bounds() {
            Some(first) => self.map(column, first),
            // Alone in a document, text may go on where it could not elsewhere.
            None if outer >= 0 => self.value(outer),
            None => None,
        }
    }

    fn is_dash(&self) -> bool {
        self.peek(0) == b'-' && self.is_gap(self.pos + 1)
    }

    /// A list with its `-` at `column`; `indentless` where this is the column of the map around it.
    fn list(&mut self, column: isize, indentless: bool) -> Option<Node> {
        self.enter()?;
        let mark = self.mark();
        let start = self.items.len();
        loop {
            self.pos += 1;
            let item = self.item(column)?;
            self.items.push(item);
            if self.column > column {
                return None;
            }
            if self.column < column {
                break;
            }
            if !self.is_dash() {
                if indentless {
                    break;
                }
                return None;
            }
        }
        self.depth -= 1;
        let value = Value::Sequence(self.items.drain(start..).collect());
        Some(Node { mark, value })
    }

    /// What stands behind `-`.
    fn item(&mut self, column: isize) -> Option<Node> {
        let dash = self.pos;
        while self.peek(0) == b' ' {
            self.pos += 1;
        }
        match self.peek(0) {
            b'\n' | 0 => self.below(column, false),
            b'#' if self.pos > dash => self.below(column, false),
            b'-' if self.is_gap(self.pos + 1) => {
                let inner = self.offset(self.pos);
                self.list(inner, false)
            }
            _ => match self.key_bounds() {
                Some(first) => {
                    let inner = self.offset(self.pos);
                    self.map(inner, first)
                }
                None => self.value(column),
            },
        }
    }

    /// A map with its keys at `column`, the first of them known.
    fn map(&mut self, column: isize, first: Bounds) -> Option<Node> {
        self.enter()?;
        let mark = self.mark();
        let start = self.entries.len();
        let mut bounds = first;
        loop {
            let (key, print) = self.key(bounds)?;
            let value = self.entry_value(column)?;
            self.entries.push((key, value));
            self.prints.push(print);
            if self.column > column {
                return None;
            }
            if self.column < column {
                break;
            }
            bounds = self.key_bounds()?;
        }
        self.depth -= 1;
        Some(Node {
            mark,
            value: Value::Mapping(self.take_map(start)?),
        })
    }

    /// The map of the entries from `start` on.
    pub(super) fn take_map(&mut self, start: usize) -> Option<Mapping> {
        if keys::may_repeat(&mut self.prints[start..]) {
            return None;
        }
        self.prints.truncate(start);
        Some(Mapping::from_top(&mut self.entries, start))
    }

    /// What stands behind the `:` of a key at `column`.
    fn entry_value(&mut self, column: isize) -> Option<Node> {
        let colon = self.pos;
        while self.peek(0) == b' ' {
            self.pos += 1;
        }
        match self.peek(0) {
            b'\n' | 0 => self.below(column, true),
            b'#' if self.pos > colon => self.below(column, true),
            _ => self.value(column),
        }
    }

    /// The value of a key or `-` at `column` behind which the line ends.
    fn below(&mut self, column: isize, of_key: bool) -> Option<Node> {
        self.next_token()?;
        if self.column > column {
            return self.block(column);
        }
        if of_key && self.column == column && self.is_dash() {
            return self.list(column, true);
        }
        self.count()?;
        Some(Node {
            mark: self.written(self.mark(), Written::Nothing),
            value: Value::Null,
        })
    }

    /// The key here, and its fingerprint; goes behind its `:`.
    fn key(&mut self, bounds: Bounds) -> Option<(Text, u64)> {
        self.count()?;
        let text = &self.text[bounds.start..bounds.end];
        if text == "<<" || (bounds.start == self.pos && !self.is_plain_key(text)) {
            return None;
        }
        if !text.is_ascii() {
            self.surplus += continuation_bytes(text.as_bytes());
        }
        self.pos = bounds.behind;
        let print = keys::fingerprint(text.as_bytes());
        Some((self.known.text(text, print), print))
    }
}
