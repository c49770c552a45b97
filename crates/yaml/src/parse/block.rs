//! Block scalars: `|` and `>`.
//!
//! **Start at** [`Cursor::scan_block_scalar`].

use std::borrow::Cow;

use super::cursor::Cursor;
use super::token::At;
use crate::{Dialect, ParseError, Value};

/// What happens to line breaks at the end.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Chomp {
    Strip,
    Clip,
    Keep,
}

impl Cursor<'_> {
    /// Reads `|` or `>`, what is written behind it, and the lines below it, in a block at column `block`.
    pub(super) fn scan_block_scalar(&mut self, block: isize, dialect: Dialect) -> Result<String, ParseError> {
        let start = self.at();
        let literal = self.peek(0) == b'|';
        self.pos += 1;
        let (chomp, increment) = self.scan_block_header()?;
        let outer = usize::try_from(block).unwrap_or(0);
        let mut indent = if increment > 0 { outer + increment } else { 0 };
        let mut text = String::new();
        let mut trailing = String::new();
        let mut pending: Option<char> = None;
        let mut after_blank = false;
        let deepest = self.scan_block_breaks(indent, &mut trailing, start)?;
        if indent == 0 {
            indent = deepest.max(usize::try_from(block + 1).unwrap_or(0)).max(1);
        }
        while self.column() == indent && !self.is_end() {
            let blank = self.is_blank(0);
            if !literal && !after_blank && !blank && pending == Some('\n') {
                if trailing.is_empty() {
                    text.push(' ');
                }
            } else if let Some(line_break) = pending {
                text.push(line_break);
            }
            text.push_str(&trailing);
            trailing.clear();
            after_blank = blank;
            let line = self.pos;
            self.skip_to_break();
            text.push_str(&self.text[line..self.pos]);
            pending = self.take_break();
            self.scan_block_breaks(indent, &mut trailing, start)?;
        }
        if chomp != Chomp::Strip
            && let Some(line_break) = pending
        {
            text.push(line_break);
        }
        if chomp == Chomp::Keep {
            text.push_str(&trailing);
        }
        if dialect == Dialect::V3 && text.starts_with('\t') && !is_quoted(&text) {
            return Err(self.error(
                start,
                "this text begins with a tab, which kustomize cannot write: begin it with something else",
            ));
        }
        Ok(text)
    }

    fn scan_block_header(&mut self) -> Result<(Chomp, usize), ParseError> {
        let mut chomp = self.scan_chomp();
        let mut increment = 0;
        if self.peek(0).is_ascii_digit() {
            increment = usize::from(self.peek(0) - b'0');
            if increment == 0 {
                return Err(
                    self.error_here("an indentation of 0 is not allowed here: write 1 to 9, or nothing")
                );
            }
            self.pos += 1;
            if chomp.is_none() {
                chomp = self.scan_chomp();
            }
        }
        self.skip_blanks();
        if self.peek(0) == b'#' {
            self.skip_to_break();
        }
        if !self.is_break_or_end(0) {
            return Err(self.error_here("found text behind '|' or '>': begin it on the next line"));
        }
        self.take_break();
        Ok((chomp.unwrap_or(Chomp::Clip), increment))
    }

    fn scan_chomp(&mut self) -> Option<Chomp> {
        let chomp = match self.peek(0) {
            b'+' => Chomp::Keep,
            b'-' => Chomp::Strip,
            _ => return None,
        };
        self.pos += 1;
        Some(chomp)
    }

    /// Goes over empty lines and `indent` spaces, or all spaces where it is 0; the deepest column on the way.
    fn scan_block_breaks(
        &mut self,
        indent: usize,
        breaks: &mut String,
        start: At,
    ) -> Result<usize, ParseError> {
        let mut deepest = 0;
        loop {
            while (indent == 0 || self.column() < indent) && self.peek(0) == b' ' {
                self.pos += 1;
            }
            deepest = deepest.max(self.column());
            if (indent == 0 || self.column() < indent) && self.peek(0) == b'\t' {
                return Err(self.error_here(format!(
                    "found a tab where the indentation of the text that begins on line {} is expected: use spaces",
                    start.line + 1
                )));
            }
            match self.take_break() {
                Some(line_break) => breaks.push(line_break),
                None => return Ok(deepest),
            }
        }
    }
}

/// Whether go-yaml v3 writes a block text in double quotes after all, where nothing happens to it.
fn is_quoted(text: &str) -> bool {
    let is_special = |character: char| {
        !matches!(character, '\t' | '\n' | ' '..='~' | '\u{A0}'..='\u{D7FF}' | '\u{E000}'..='\u{FFFD}')
            || character == '\u{FEFF}'
    };
    text.ends_with(' ') || text.contains(" \n") || text.contains(is_special)
}

/// The value of a folded text: what it is in the end, and what it is until then.
pub(super) fn in_the_end(value: Value, text: &str, keeps_texts: bool) -> Value {
    match value {
        Value::String(_) => {
            let value = Value::String(rewrite(text).into());
            if keeps_texts {
                value.written_as(text)
            } else {
                value
            }
        }
        value => value,
    }
}

/// A text that is written as a folded block, which makes another text of it.
#[must_use]
pub fn folded(text: &str) -> Value {
    Value::String(rewrite(text).into()).written_as(text)
}

/// What becomes of a folded text that go-yaml v3 writes and reads again, as kustomize does with resources in the end.
/// It means to double the breaks that would fold, but doubles others too, and none at all where the text begins with a
/// blank.
fn rewrite(text: &str) -> Cow<'_, str> {
    if is_quoted(text) {
        return Cow::Borrowed(text);
    }
    let is_blank = |character: char| matches!(character, ' ' | '\t');
    let doubles = !text.trim_start_matches('\n').starts_with(is_blank);
    let mut rewritten = String::with_capacity(text.len() + 8);
    let mut rest = text;
    while let Some(end) = rest.find('\n') {
        let line = &rest[..end];
        let breaks = rest[end..].bytes().take_while(|byte| *byte == b'\n').count();
        let behind = &rest[end + breaks..];
        rewritten.push_str(line);
        let folds = !line.is_empty() && !line.starts_with(is_blank);
        let kept = match (folds, doubles) {
            (true, true) => {
                breaks + usize::from(behind.starts_with(is_blank) || (behind.is_empty() && breaks > 1))
            }
            (true, false) if !behind.is_empty() && !behind.starts_with(is_blank) => breaks - 1,
            _ => breaks,
        };
        if kept == 0 {
            rewritten.push(' ');
        }
        rewritten.extend(std::iter::repeat_n('\n', kept));
        rest = behind;
    }
    rewritten.push_str(rest);
    Cow::Owned(rewritten)
}
