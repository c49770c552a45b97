//! A place in the text that moves forward, and knows lines and columns.
//!
//! **Invariant:** reading past the end gives NUL, which the text itself cannot hold.
//! **Start at** [`Cursor`].

use super::token::At;
use crate::{Mark, ParseError, ParseErrorKind, SourceId};
use std::cell::Cell;

/// Where reading stands.
#[derive(Clone, Debug)]
pub(super) struct Cursor<'a> {
    pub(super) text: &'a str,
    pub(super) bytes: &'a [u8],
    pub(super) pos: usize,
    pub(super) line: u32,
    /// Where the line begins; columns are counted from here.
    pub(super) line_start: usize,
    pub(super) source: SourceId,
    /// The last mark.
    marked: Cell<Marked>,
}

/// How many bytes more than characters stand between the beginning of a line and a place on it. Remembered, since
/// counting anew for each mark on a line takes time that grows with the square of its length.
#[derive(Clone, Copy, Debug, Default)]
struct Marked {
    line_start: usize,
    pos: usize,
    surplus: usize,
}

impl<'a> Cursor<'a> {
    /// At the beginning of `text`, whose first line is line `line` (from 0) of its source.
    pub(super) fn new(text: &'a str, source: SourceId, line: u32) -> Self {
        Self {
            text,
            bytes: text.as_bytes(),
            pos: 0,
            line,
            line_start: 0,
            source,
            marked: Cell::default(),
        }
    }

    /// The byte `ahead` bytes on.
    pub(super) fn peek(&self, ahead: usize) -> u8 {
        self.bytes.get(self.pos + ahead).copied().unwrap_or(0)
    }

    /// The column in bytes.
    pub(super) fn column(&self) -> usize {
        self.pos - self.line_start
    }

    /// This place.
    pub(super) fn at(&self) -> At {
        At {
            pos: self.pos,
            line: self.line,
            column: self.column(),
        }
    }

    /// Whether the text ends here.
    pub(super) fn is_end(&self) -> bool {
        self.pos >= self.bytes.len()
    }

    /// How many bytes the line break `ahead` bytes on has, 0 where there is none.
    pub(super) fn break_at(&self, ahead: usize) -> usize {
        match self.peek(ahead) {
            b'\n' => 1,
            b'\r' => 1 + usize::from(self.peek(ahead + 1) == b'\n'),
            0xC2 if self.peek(ahead + 1) == 0x85 => 2,
            0xE2 if self.peek(ahead + 1) == 0x80 && matches!(self.peek(ahead + 2), 0xA8 | 0xA9) => 3,
            _ => 0,
        }
    }

    /// Whether a space or tab stands `ahead` bytes on.
    pub(super) fn is_blank(&self, ahead: usize) -> bool {
        matches!(self.peek(ahead), b' ' | b'\t')
    }

    /// Whether a line break, or the end, stands `ahead` bytes on.
    pub(super) fn is_break_or_end(&self, ahead: usize) -> bool {
        self.pos + ahead >= self.bytes.len() || self.break_at(ahead) > 0
    }

    /// Whether a space, tab, line break or the end stands `ahead` bytes on.
    pub(super) fn is_gap(&self, ahead: usize) -> bool {
        self.is_blank(ahead) || self.is_break_or_end(ahead)
    }

    /// Goes over the line break here; the character it stands for, if there is one.
    pub(super) fn take_break(&mut self) -> Option<char> {
        let length = self.break_at(0);
        if length == 0 {
            return None;
        }
        let kept = match (length, self.peek(2)) {
            (3, 0xA8) => '\u{2028}',
            (3, _) => '\u{2029}',
            _ => '\n',
        };
        self.pos += length;
        self.line += 1;
        self.line_start = self.pos;
        Some(kept)
    }

    /// Goes over spaces and tabs.
    pub(super) fn skip_blanks(&mut self) {
        while self.is_blank(0) {
            self.pos += 1;
        }
    }

    /// Goes to the end of the line, not over it.
    pub(super) fn skip_to_break(&mut self) {
        while !self.is_break_or_end(0) {
            self.pos += 1;
        }
    }

    /// Whether `---` or `...` stands at the beginning of a line here.
    pub(super) fn is_document_indicator(&self) -> bool {
        self.column() == 0
            && matches!(self.peek(0), b'-' | b'.')
            && self.peek(1) == self.peek(0)
            && self.peek(2) == self.peek(0)
            && self.is_gap(3)
    }

    /// `at` as users count: lines and characters from 1.
    pub(super) fn mark(&self, at: At) -> Mark {
        let line_start = at.pos.saturating_sub(at.column);
        let last = self.marked.get();
        let (from, surplus) = if last.line_start == line_start && last.pos <= at.pos {
            (last.pos, last.surplus)
        } else {
            (line_start, 0)
        };
        let between = self.bytes.get(from..at.pos).unwrap_or_default();
        let surplus = surplus + between.iter().filter(|byte| **byte & 0xC0 == 0x80).count();
        self.marked.set(Marked {
            line_start,
            pos: at.pos,
            surplus,
        });
        let column = (at.pos - line_start).saturating_sub(surplus) + 1;
        Mark {
            source: self.source,
            line: at.line + 1,
            column: u32::try_from(column).unwrap_or(u32::MAX),
            ..Mark::default()
        }
    }

    /// A syntax error at `at`.
    pub(super) fn error(&self, at: At, message: impl Into<String>) -> ParseError {
        ParseError {
            mark: self.mark(at),
            kind: ParseErrorKind::Syntax(message.into()),
        }
    }

    /// A syntax error here.
    pub(super) fn error_here(&self, message: impl Into<String>) -> ParseError {
        self.error(self.at(), message)
    }
}
