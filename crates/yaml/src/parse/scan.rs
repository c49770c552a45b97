//! Text to tokens.
//!
//! A key needs no mark of its own in YAML: only the `:` behind it tells. So the scanner remembers where a key could
//! have begun, and puts the tokens for it in front of what it has already read.
//!
//! **Invariant:** a token leaves the queue only when nothing can be put in front of it any more.
//! **Absent:** meaning; see [`super::compose`]. **Start at** [`Scanner::peek`]; each kind of token: [`fetch`].

mod fetch;

use super::cursor::Cursor;
use super::token::{At, Token, TokenKind};
use crate::{Dialect, ParseError, SourceId};
use std::collections::VecDeque;

/// Farthest a `:` may stand from the beginning of its key, in characters.
const LONGEST_KEY: usize = 1024;

/// Reads tokens.
#[derive(Debug)]
pub(super) struct Scanner<'a> {
    pub(super) cursor: Cursor<'a>,
    /// Read, not yet taken.
    queue: VecDeque<Token<'a>>,
    /// How many tokens were taken.
    taken: usize,
    /// Column of the innermost block collection, -1 outside all.
    pub(super) indent: isize,
    indents: Vec<isize>,
    /// Where a key may have begun, for each level of brackets.
    keys: Vec<PossibleKey>,
    /// Whether a key may begin here.
    pub(super) key_allowed: bool,
    ended: bool,
    dialect: Dialect,
}

/// Where a key may have begun.
#[derive(Clone, Copy, Debug, Default)]
struct PossibleKey {
    possible: bool,
    /// Nothing but a key can stand here.
    required: bool,
    /// Number of its first token, counted from the beginning of the text.
    number: usize,
    at: At,
}

impl<'a> Scanner<'a> {
    /// At the beginning of `text`.
    pub(super) fn new(text: &'a str, source: SourceId, line: u32, dialect: Dialect) -> Self {
        Self {
            dialect,
            cursor: Cursor::new(text, source, line),
            queue: VecDeque::new(),
            taken: 0,
            indent: -1,
            indents: Vec::new(),
            keys: vec![PossibleKey::default()],
            key_allowed: true,
            ended: false,
        }
    }

    /// The next token.
    pub(super) fn peek(&mut self) -> Result<&Token<'a>, ParseError> {
        self.fill()?;
        Ok(self.queue.front().expect("fill() leaves at least one token"))
    }

    /// Takes the next token.
    pub(super) fn next(&mut self) -> Result<Token<'a>, ParseError> {
        self.fill()?;
        self.taken += 1;
        Ok(self.queue.pop_front().expect("fill() leaves at least one token"))
    }

    /// Whether the text stands inside brackets.
    pub(super) fn in_flow(&self) -> bool {
        self.keys.len() > 1
    }

    fn fill(&mut self) -> Result<(), ParseError> {
        while self.queue.is_empty() || self.head_may_be_key()? {
            if self.ended {
                let at = self.cursor.at();
                self.queue.push_back(Token {
                    kind: TokenKind::StreamEnd,
                    at,
                });
                return Ok(());
            }
            self.fetch()?;
        }
        Ok(())
    }

    fn head_may_be_key(&mut self) -> Result<bool, ParseError> {
        for index in 0..self.keys.len() {
            if self.keys[index].possible
                && self.keys[index].number == self.taken
                && self.is_key_valid(index)?
            {
                return Ok(true);
            }
        }
        Ok(false)
    }

    /// Whether a `:` here would still belong to the key that may have begun at level `index`.
    fn is_key_valid(&mut self, index: usize) -> Result<bool, ParseError> {
        let key = self.keys[index];
        if !key.possible {
            return Ok(false);
        }
        let far = self.cursor.pos - key.at.pos > LONGEST_KEY
            && self.cursor.text[key.at.pos..self.cursor.pos].chars().count() > LONGEST_KEY;
        if key.at.line < self.cursor.line || far {
            if key.required {
                return Err(self.missing_colon(key.at));
            }
            self.keys[index].possible = false;
            return Ok(false);
        }
        Ok(true)
    }

    fn missing_colon(&self, at: At) -> ParseError {
        self.cursor.error(
            at,
            "could not find ':' after this key: write 'key: value', or check the indentation",
        )
    }

    fn save_key(&mut self) -> Result<(), ParseError> {
        if self.key_allowed {
            let required = !self.in_flow() && self.indent == to_signed(self.cursor.column());
            let number = self.taken + self.queue.len();
            self.forget_key()?;
            let at = self.cursor.at();
            *self.key() = PossibleKey {
                possible: true,
                required,
                number,
                at,
            };
        }
        Ok(())
    }

    fn forget_key(&mut self) -> Result<(), ParseError> {
        let key = *self.key();
        if key.possible && key.required {
            return Err(self.missing_colon(key.at));
        }
        self.key().possible = false;
        Ok(())
    }

    fn key(&mut self) -> &mut PossibleKey {
        self.keys
            .last_mut()
            .expect("the outermost level is never taken off")
    }

    /// Begins a block collection if `at` is indented deeper; its token goes in front of token `number`, or last.
    fn roll_indent(&mut self, at: At, number: Option<usize>, kind: TokenKind<'a>) {
        let column = to_signed(at.column);
        if self.in_flow() || self.indent >= column {
            return;
        }
        self.indents.push(self.indent);
        self.indent = column;
        match number {
            Some(number) => self.queue.insert(number - self.taken, Token { kind, at }),
            None => self.queue.push_back(Token { kind, at }),
        }
    }

    fn unroll_indent(&mut self, column: isize) {
        if self.in_flow() {
            return;
        }
        while self.indent > column {
            let at = self.cursor.at();
            self.queue.push_back(Token {
                kind: TokenKind::BlockEnd,
                at,
            });
            self.indent = self.indents.pop().unwrap_or(-1);
        }
    }

    fn skip_to_token(&mut self) {
        loop {
            if self.cursor.column() == 0 && self.cursor.bytes[self.cursor.pos..].starts_with(b"\xEF\xBB\xBF")
            {
                self.cursor.pos += 3;
                self.cursor.line_start += 2;
            }
            let tabs = self.in_flow() || !self.key_allowed;
            while self.cursor.peek(0) == b' ' || (tabs && self.cursor.peek(0) == b'\t') {
                self.cursor.pos += 1;
            }
            if self.cursor.peek(0) == b'#' {
                self.skip_comments();
            }
            if self.cursor.take_break().is_none() {
                return;
            }
            if !self.in_flow() {
                self.key_allowed = true;
            }
        }
    }

    /// Goes over a comment, and over those below it even where tabs stand before them, as go-yaml v3 does.
    fn skip_comments(&mut self) {
        loop {
            self.cursor.skip_to_break();
            let mut ahead = self.cursor.clone();
            loop {
                ahead.skip_blanks();
                if ahead.take_break().is_none() {
                    break;
                }
            }
            if ahead.peek(0) != b'#' || self.dialect == Dialect::V2 {
                return;
            }
            self.cursor = ahead;
        }
    }

    fn fetch(&mut self) -> Result<(), ParseError> {
        self.skip_to_token();
        self.unroll_indent(to_signed(self.cursor.column()));
        let at = self.cursor.at();
        if self.cursor.is_end() {
            self.unroll_indent(-1);
            self.forget_key()?;
            self.key_allowed = false;
            self.ended = true;
            self.queue.push_back(Token {
                kind: TokenKind::StreamEnd,
                at,
            });
            return Ok(());
        }
        if at.column == 0 && self.cursor.peek(0) == b'%' {
            self.leave_blocks()?;
            let kind = self.scan_directive()?;
            self.queue.push_back(Token { kind, at });
            return Ok(());
        }
        if self.cursor.is_document_indicator() {
            self.leave_blocks()?;
            let start = self.cursor.peek(0) == b'-';
            self.cursor.pos += 3;
            let kind = if start {
                TokenKind::DocumentStart
            } else {
                TokenKind::DocumentEnd
            };
            self.queue.push_back(Token { kind, at });
            return Ok(());
        }
        self.fetch_content(at)
    }

    fn leave_blocks(&mut self) -> Result<(), ParseError> {
        self.unroll_indent(-1);
        self.forget_key()?;
        self.key_allowed = false;
        Ok(())
    }
}

fn to_signed(column: usize) -> isize {
    isize::try_from(column).unwrap_or(isize::MAX)
}
