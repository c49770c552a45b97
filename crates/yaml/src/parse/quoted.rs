//! Scalars in single and double quotes.
//!
//! **Start at** [`Cursor::scan_quoted`].

use super::cursor::Cursor;
use super::token::At;
use crate::ParseError;
use std::borrow::Cow;

/// Line breaks inside a scalar that are to become a space or fewer breaks.
#[derive(Debug, Default)]
pub(super) struct Folding {
    first: Option<char>,
    more: String,
}

impl Folding {
    /// Whether there is a break at all.
    pub(super) fn has_breaks(&self) -> bool {
        self.first.is_some()
    }

    /// One more break.
    pub(super) fn add(&mut self, line_break: char) {
        match self.first {
            None => self.first = Some(line_break),
            Some(_) => self.more.push(line_break),
        }
    }

    /// Writes what the breaks fold to, and begins anew.
    pub(super) fn finish(&mut self, text: &mut String) {
        match self.first.take() {
            Some('\n') if self.more.is_empty() => text.push(' '),
            Some('\n') | None => text.push_str(&self.more),
            Some(kept) => {
                text.push(kept);
                text.push_str(&self.more);
            }
        }
        self.more.clear();
    }
}

/// Bytes in quotes that are no blank, break, quote or backslash, whatever follows.
static ORDINARY: [bool; 256] = {
    let mut table = [true; 256];
    let others = b"\0 \t\r\n'\"\\\xC2\xE2";
    let mut index = 0;
    while index < others.len() {
        table[others[index] as usize] = false;
        index += 1;
    }
    table
};

impl<'a> Cursor<'a> {
    /// Reads from one `quote` to the next.
    pub(super) fn scan_quoted(&mut self, quote: u8) -> Result<Cow<'a, str>, ParseError> {
        let start = self.at();
        self.pos += 1;
        if let Some(text) = self.scan_quoted_simple(quote) {
            return Ok(Cow::Borrowed(text));
        }
        let mut text = String::new();
        loop {
            if self.is_document_indicator() {
                return Err(self.error_here(format!(
                    "found a document marker inside the quotes opened on line {}: close them",
                    start.line + 1
                )));
            }
            if self.is_end() {
                return Err(self.error(start, "these quotes are never closed: add the closing quote"));
            }
            let escaped_break = self.scan_quoted_word(quote, &mut text, start)?;
            if self.peek(0) == quote {
                break;
            }
            self.scan_quoted_gap(escaped_break, &mut text);
        }
        self.pos += 1;
        Ok(Cow::Owned(text))
    }

    /// The text in the quotes where nothing in it needs a second look.
    fn scan_quoted_simple(&mut self, quote: u8) -> Option<&'a str> {
        let start = self.pos;
        let rest = &self.bytes[start..];
        let stop = |byte: &u8| *byte == quote || matches!(*byte, b'\\' | b'\n' | b'\r' | 0xC2 | 0xE2);
        let length = rest.iter().position(stop)?;
        if rest[length] != quote || (quote == b'\'' && rest.get(length + 1) == Some(&quote)) {
            return None;
        }
        self.pos += length + 1;
        Some(&self.text[start..start + length])
    }

    /// Reads up to a blank, a break or the closing quote; whether it ended with an escaped break.
    fn scan_quoted_word(&mut self, quote: u8, text: &mut String, start: At) -> Result<bool, ParseError> {
        while !self.is_gap(0) {
            let next = self.peek(0);
            if next == quote {
                if quote == b'"' || self.peek(1) != quote {
                    return Ok(false);
                }
                text.push('\'');
                self.pos += 2;
            } else if quote == b'"' && next == b'\\' {
                if self.break_at(1) > 0 {
                    self.pos += 1;
                    self.take_break();
                    return Ok(true);
                }
                text.push(self.scan_escape(start)?);
            } else {
                let from = self.pos;
                self.pos += 1;
                self.skip_ordinary();
                // A multi-byte character never ends here: continuation bytes are ordinary.
                text.push_str(&self.text[from..self.pos]);
            }
        }
        Ok(false)
    }

    /// Goes over words with single spaces between them.
    fn skip_ordinary(&mut self) {
        loop {
            while ORDINARY[usize::from(self.peek(0))] {
                self.pos += 1;
            }
            let next = self.peek(0);
            if next == b' ' && ORDINARY[usize::from(self.peek(1))] {
                self.pos += 2;
            } else if matches!(next, 0xC2 | 0xE2) && !self.is_gap(0) {
                self.pos += 1;
            } else {
                return;
            }
        }
    }

    fn scan_quoted_gap(&mut self, escaped_break: bool, text: &mut String) {
        let from = self.pos;
        let mut folding = Folding::default();
        let mut blanks = from..from;
        let mut folded = escaped_break;
        loop {
            if self.is_blank(0) {
                self.pos += 1;
                if !folded {
                    blanks.end = self.pos;
                }
            } else if let Some(line_break) = self.take_break() {
                // Behind an escaped break, every break is kept.
                if escaped_break {
                    folding.more.push(line_break);
                } else {
                    folding.add(line_break);
                }
                folded = true;
            } else {
                break;
            }
        }
        if folded {
            folding.finish(text);
        } else {
            text.push_str(&self.text[blanks]);
        }
    }

    fn scan_escape(&mut self, start: At) -> Result<char, ParseError> {
        let digits = match self.peek(1) {
            b'x' => 2,
            b'u' => 4,
            b'U' => 8,
            other => {
                let Some(character) = short_escape(other) else {
                    return Err(self.error_here(format!(
                        "unknown escape in the double quotes opened on line {}: write '\\\\' for a backslash, \
                         or use single quotes",
                        start.line + 1
                    )));
                };
                self.pos += 2;
                return Ok(character);
            }
        };
        let from = self.pos + 2;
        let code = self
            .bytes
            .get(from..from + digits)
            .filter(|code| code.iter().all(u8::is_ascii_hexdigit))
            .and_then(|code| std::str::from_utf8(code).ok())
            .and_then(|code| u32::from_str_radix(code, 16).ok())
            .ok_or_else(|| self.error_here(format!("this escape needs {digits} hexadecimal digits")))?;
        let character = char::from_u32(code)
            .ok_or_else(|| self.error_here("this escape names no Unicode character: check its digits"))?;
        self.pos = from + digits;
        Ok(character)
    }
}

fn short_escape(letter: u8) -> Option<char> {
    Some(match letter {
        b'0' => '\0',
        b'a' => '\u{7}',
        b'b' => '\u{8}',
        b't' | b'\t' => '\t',
        b'n' => '\n',
        b'v' => '\u{B}',
        b'f' => '\u{C}',
        b'r' => '\r',
        b'e' => '\u{1B}',
        b' ' => ' ',
        b'"' => '"',
        b'\'' => '\'',
        b'\\' => '\\',
        b'N' => '\u{85}',
        b'_' => '\u{A0}',
        b'L' => '\u{2028}',
        b'P' => '\u{2029}',
        _ => return None,
    })
}
