//! Plain scalars, over one line or more.
//!
//! **Start at** [`Scanner::scan_plain`].

use super::quoted::Folding;
use super::scan::Scanner;
use crate::ParseError;
use std::borrow::Cow;

/// Bytes that cannot end a plain scalar, whatever stands around them.
static ORDINARY: [bool; 256] = {
    let mut table = [true; 256];
    let stops = b"\0 \t\r\n:,?[]{}\xC2\xE2";
    let mut index = 0;
    while index < stops.len() {
        table[stops[index] as usize] = false;
        index += 1;
    }
    table
};

impl<'a> Scanner<'a> {
    /// Reads a plain scalar and the blanks behind it.
    pub(super) fn scan_plain(&mut self) -> Result<Cow<'a, str>, ParseError> {
        let (start, text) = (self.cursor.pos, self.cursor.text);
        let indent = self.indent + 1;
        let mut end = start;
        // The value, once it is no longer a slice of the input.
        let mut joined: Option<String> = None;
        let mut folding = Folding::default();
        loop {
            if self.cursor.is_document_indicator() || self.cursor.peek(0) == b'#' {
                break;
            }
            let word = self.cursor.pos;
            self.skip_plain_word();
            if self.cursor.pos > word {
                if folding.has_breaks() {
                    let joined = joined.get_or_insert_with(|| text[start..end].to_owned());
                    folding.finish(joined);
                    joined.push_str(&text[word..self.cursor.pos]);
                } else if let Some(joined) = &mut joined {
                    joined.push_str(&text[end..self.cursor.pos]);
                }
                end = self.cursor.pos;
            }
            if !self.cursor.is_blank(0) && self.cursor.break_at(0) == 0 {
                break;
            }
            self.skip_plain_gap(&mut folding, indent)?;
            if !self.in_flow() && isize::try_from(self.cursor.column()).unwrap_or(isize::MAX) < indent {
                break;
            }
        }
        if folding.has_breaks() {
            self.key_allowed = true;
        }
        Ok(match joined {
            Some(joined) => Cow::Owned(joined),
            None => Cow::Borrowed(&text[start..end]),
        })
    }

    fn skip_plain_word(&mut self) {
        let flow = self.in_flow();
        loop {
            while ORDINARY[usize::from(self.cursor.peek(0))] {
                self.cursor.pos += 1;
            }
            let ends = match self.cursor.peek(0) {
                b':' => self.cursor.is_gap(1),
                b',' | b'?' | b'[' | b']' | b'{' | b'}' => flow,
                _ => self.cursor.is_gap(0),
            };
            if ends {
                return;
            }
            self.cursor.pos += 1;
        }
    }

    fn skip_plain_gap(&mut self, folding: &mut Folding, indent: isize) -> Result<(), ParseError> {
        loop {
            if self.cursor.is_blank(0) {
                let shallow = isize::try_from(self.cursor.column()).unwrap_or(isize::MAX) < indent;
                if folding.has_breaks() && shallow && self.cursor.peek(0) == b'\t' {
                    return Err(self
                        .cursor
                        .error_here("found a tab where indentation is expected: use spaces"));
                }
                self.cursor.pos += 1;
            } else if let Some(line_break) = self.cursor.take_break() {
                folding.add(line_break);
            } else {
                return Ok(());
            }
        }
    }
}
