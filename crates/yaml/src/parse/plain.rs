//! Plain scalars, over one line or more.
//!
//! **Start at** [`Cursor::scan_plain`].

use super::cursor::Cursor;
use super::quoted::Folding;
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

impl<'a> Cursor<'a> {
    /// Reads a plain scalar whose further lines are indented by `indent` at least unless it stands in brackets (`flow`),
    /// and the blanks behind it; whether these held a line break.
    pub(super) fn scan_plain(
        &mut self,
        indent: usize,
        flow: bool,
    ) -> Result<(Cow<'a, str>, bool), ParseError> {
        let (start, text) = (self.pos, self.text);
        let mut end = start;
        // The value, once it is no longer a slice of the input.
        let mut joined: Option<String> = None;
        let mut folding = Folding::default();
        loop {
            if self.is_document_indicator() || self.peek(0) == b'#' {
                break;
            }
            let word = self.pos;
            self.skip_plain_word(flow);
            if self.pos > word {
                if folding.has_breaks() {
                    let joined = joined.get_or_insert_with(|| text[start..end].to_owned());
                    folding.finish(joined);
                    joined.push_str(&text[word..self.pos]);
                } else if let Some(joined) = &mut joined {
                    joined.push_str(&text[end..self.pos]);
                }
                end = self.pos;
            }
            if !self.is_blank(0) && self.break_at(0) == 0 {
                break;
            }
            self.skip_plain_gap(&mut folding, indent)?;
            if !flow && self.column() < indent {
                break;
            }
        }
        let scalar = match joined {
            Some(joined) => Cow::Owned(joined),
            None => Cow::Borrowed(&text[start..end]),
        };
        Ok((scalar, folding.has_breaks()))
    }

    fn skip_plain_word(&mut self, flow: bool) {
        loop {
            while ORDINARY[usize::from(self.peek(0))] {
                self.pos += 1;
            }
            let ends = match self.peek(0) {
                b':' => self.is_gap(1),
                b',' | b'?' | b'[' | b']' | b'{' | b'}' => flow,
                _ => self.is_gap(0),
            };
            if ends {
                return;
            }
            self.pos += 1;
        }
    }

    fn skip_plain_gap(&mut self, folding: &mut Folding, indent: usize) -> Result<(), ParseError> {
        loop {
            if self.is_blank(0) {
                let shallow = self.column() < indent;
                if folding.has_breaks() && shallow && self.peek(0) == b'\t' {
                    return Err(self.error_here(
                        "found a tab where the indentation of the value's next line is expected: use spaces",
                    ));
                }
                self.pos += 1;
            } else if let Some(line_break) = self.take_break() {
                folding.add(line_break);
            } else {
                return Ok(());
            }
        }
    }
}
