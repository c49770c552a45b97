//! Keys and values that are plain or quoted.
//!
//! **Invariant:** what goes over more than one line, or holds escapes, is read by the same code as for the composer.
//! **Start at** [`Fast::value`].

use super::{Fast, continuation_bytes, is_odd};
use crate::parse::resolve::{Tag, plain_value, resolve};
use crate::parse::token::Style;
use crate::{Mark, Node, Value, Written};

/// Longest key that is read here, in bytes.
pub(super) const LONGEST_KEY: usize = 1000;

/// Bytes that neither end a plain scalar on its line nor need a second look.
static ORDINARY: [bool; 256] = table(b"\0 \t\r\n:\xC2\xE2\xEF");

/// Bytes in quotes that need no second look, whichever the quotes.
static ORDINARY_QUOTED: [bool; 256] = table(b"\0\r\n'\"\\\xC2\xE2\xEF");

/// Where a key stands.
#[derive(Clone, Copy, Debug)]
pub(super) struct Bounds {
    pub(super) start: usize,
    pub(super) end: usize,
    /// Behind its `:`.
    pub(super) behind: usize,
}

/// Why a plain scalar ends on its line.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Stop {
    Line,
    Comment,
    Colon,
}

impl Fast<'_, '_> {
    /// The value that begins here, on the line of its key or `-`, whose collection has `column`.
    pub(super) fn value(&mut self, column: isize) -> Option<Node> {
        match self.peek(0) {
            b'\'' | b'"' => {
                let node = self.quoted()?;
                self.end_line()?;
                Some(node)
            }
            b'[' | b'{' => {
                let node = self.flow()?;
                self.end_line()?;
                Some(node)
            }
            b'|' | b'>' => self.block_text(column),
            _ => self.plain(column),
        }
    }

    /// Where the key that begins here stands, if it is one.
    pub(super) fn key_bounds(&self) -> Option<Bounds> {
        let (start, end, colon) = match self.peek(0) {
            quote @ (b'\'' | b'"') => {
                let end = self.quoted_end(quote)?;
                (self.pos + 1, end, end + 1)
            }
            _ => {
                let (end, stop) = self.plain_end()?;
                if stop != Stop::Colon {
                    return None;
                }
                (self.pos, end, end)
            }
        };
        let fits = end - start <= LONGEST_KEY && self.at(colon) == b':' && self.is_gap(colon + 1);
        fits.then_some(Bounds {
            start,
            end,
            behind: colon + 1,
        })
    }

    /// Whether a plain key means its own text.
    pub(super) fn is_plain_key(&self, text: &str) -> bool {
        !text.ends_with(' ') && plain_value(self.dialect, text).is_none()
    }

    /// The scalar in quotes that begins here.
    pub(super) fn quoted(&mut self) -> Option<Node> {
        self.count()?;
        let mark = self.written(self.mark(), Written::Quoted);
        let quote = self.peek(0);
        if let Some(end) = self.quoted_end(quote) {
            let text = &self.text[self.pos + 1..end];
            if !text.is_ascii() {
                self.surplus += continuation_bytes(text.as_bytes());
            }
            self.pos = end + 1;
            let value = Value::String(text.into());
            return Some(Node { mark, value });
        }
        let mut cursor = self.cursor();
        let text = cursor.scan_quoted(quote).ok()?;
        let value = resolve(self.dialect, Tag::None, Style::Quoted, &text).ok()?;
        self.follow(&cursor)?;
        Some(Node { mark, value })
    }

    /// Where the closing quote stands, if the text between needs no second look.
    fn quoted_end(&self, quote: u8) -> Option<usize> {
        let mut at = self.pos + 1;
        loop {
            at += self.run(at, &ORDINARY_QUOTED);
            match self.at(at) {
                byte if byte == quote => {
                    let doubled = quote == b'\'' && self.at(at + 1) == quote;
                    return (!doubled).then_some(at);
                }
                b'\'' | b'"' => at += 1,
                b'\\' if quote == b'\'' => at += 1,
                0xC2 | 0xE2 | 0xEF if !is_odd(&self.bytes[at..]) => at += 1,
                _ => return None,
            }
        }
    }

    /// How many bytes from `at` on are in `table`.
    fn run(&self, at: usize, table: &[bool; 256]) -> usize {
        let rest = self.bytes.get(at..).unwrap_or_default();
        rest.iter()
            .position(|byte| !table[usize::from(*byte)])
            .unwrap_or(rest.len())
    }

    /// The plain scalar that begins here.
    fn plain(&mut self, column: isize) -> Option<Node> {
        self.count()?;
        let mark = self.mark();
        let (start, line, line_start) = (self.pos, self.line, self.line_start);
        let (end, stop) = self.plain_end()?;
        if stop == Stop::Colon {
            return None;
        }
        self.pos = end;
        self.end_line()?;
        if self.column <= column || stop == Stop::Comment {
            return self.plain_node(mark, &self.text[start..end]);
        }
        (self.pos, self.line, self.line_start) = (start, line, line_start);
        let mut cursor = self.cursor();
        let indent = usize::try_from(column + 1).ok()?;
        let (text, _) = cursor.scan_plain(indent, false).ok()?;
        self.follow(&cursor)?;
        self.next_token()?;
        self.plain_node(mark, &text)
    }

    /// The node of a plain scalar.
    pub(super) fn plain_node(&self, mark: Mark, text: &str) -> Option<Node> {
        let value = match plain_value(self.dialect, text) {
            None => Value::String(text.into()),
            Some(Value::Float(number)) if !number.is_finite() => return None,
            Some(value) if self.keeps_texts => value.written_as(text),
            Some(value) => value,
        };
        let mark = match value {
            Value::Null if text == "~" => self.written(mark, Written::Tilde),
            _ => mark,
        };
        Some(Node { mark, value })
    }

    /// Where the plain scalar that begins here ends on this line, and why.
    fn plain_end(&self) -> Option<(usize, Stop)> {
        let starts = match self.peek(0) {
            b'-' => !self.is_gap(self.pos + 1),
            b'?' | b',' | b'[' | b']' | b'{' | b'}' | b'#' | b'&' | b'*' | b'!' | b'|' | b'>' | b'\''
            | b'"' | b'%' | b'@' | b'`' => false,
            _ => true,
        };
        if !starts {
            return None;
        }
        let mut at = self.pos;
        loop {
            at += self.run(at, &ORDINARY);
            match self.at(at) {
                b' ' => {
                    let end = at;
                    while self.at(at) == b' ' {
                        at += 1;
                    }
                    match self.at(at) {
                        b'#' => return Some((end, Stop::Comment)),
                        b'\n' | 0 => return Some((end, Stop::Line)),
                        _ => {}
                    }
                }
                b':' if self.is_gap(at + 1) => return (at > self.pos).then_some((at, Stop::Colon)),
                b':' if matches!(self.at(at + 1), b'\t' | b'\r' | 0x80..) => return None,
                b':' => at += 1,
                b'\n' | 0 => return Some((at, Stop::Line)),
                0xC2 | 0xE2 | 0xEF if !is_odd(&self.bytes[at..]) => at += 1,
                _ => return None,
            }
        }
    }
}

const fn table(stops: &[u8]) -> [bool; 256] {
    let mut table = [true; 256];
    let mut index = 0;
    while index < stops.len() {
        table[stops[index] as usize] = false;
        index += 1;
    }
    table
}
