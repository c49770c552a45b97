//! Block scalars: `|` and `>`.
//!
//! **Start at** [`Scanner::scan_block_scalar`].

use super::scan::Scanner;
use super::token::At;
use crate::ParseError;

/// What happens to line breaks at the end.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Chomp {
    Strip,
    Clip,
    Keep,
}

impl Scanner<'_> {
    /// Reads `|` or `>`, what is written behind it, and the lines below it.
    pub(super) fn scan_block_scalar(&mut self) -> Result<String, ParseError> {
        let start = self.cursor.at();
        let literal = self.cursor.peek(0) == b'|';
        self.cursor.pos += 1;
        let (chomp, increment) = self.scan_block_header()?;
        let outer = usize::try_from(self.indent).unwrap_or(0);
        let mut indent = if increment > 0 { outer + increment } else { 0 };
        let mut text = String::new();
        let mut trailing = String::new();
        let mut pending: Option<char> = None;
        let mut after_blank = false;
        self.scan_block_breaks(&mut indent, &mut trailing, start)?;
        while self.cursor.column() == indent && !self.cursor.is_end() {
            let blank = self.cursor.is_blank(0);
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
            let line = self.cursor.pos;
            self.cursor.skip_to_break();
            text.push_str(&self.cursor.text[line..self.cursor.pos]);
            pending = self.cursor.take_break();
            self.scan_block_breaks(&mut indent, &mut trailing, start)?;
        }
        if chomp != Chomp::Strip
            && let Some(line_break) = pending
        {
            text.push(line_break);
        }
        if chomp == Chomp::Keep {
            text.push_str(&trailing);
        }
        if !self.is_rewritten || is_quoted(&text) {
            return Ok(text);
        }
        if text.starts_with('\t') {
            return Err(self.cursor.error(
                start,
                "this text begins with a tab, which kustomize cannot write: begin it with something else",
            ));
        }
        Ok(if literal { text } else { rewrite(text) })
    }

    fn scan_block_header(&mut self) -> Result<(Chomp, usize), ParseError> {
        let mut chomp = self.scan_chomp();
        let mut increment = 0;
        if self.cursor.peek(0).is_ascii_digit() {
            increment = usize::from(self.cursor.peek(0) - b'0');
            if increment == 0 {
                return Err(self
                    .cursor
                    .error_here("an indentation of 0 is not allowed here: write 1 to 9, or nothing"));
            }
            self.cursor.pos += 1;
            if chomp.is_none() {
                chomp = self.scan_chomp();
            }
        }
        self.cursor.skip_blanks();
        if self.cursor.peek(0) == b'#' {
            self.cursor.skip_to_break();
        }
        if !self.cursor.is_break_or_end(0) {
            return Err(self
                .cursor
                .error_here("found text behind '|' or '>': begin it on the next line"));
        }
        self.cursor.take_break();
        Ok((chomp.unwrap_or(Chomp::Clip), increment))
    }

    fn scan_chomp(&mut self) -> Option<Chomp> {
        let chomp = match self.cursor.peek(0) {
            b'+' => Chomp::Keep,
            b'-' => Chomp::Strip,
            _ => return None,
        };
        self.cursor.pos += 1;
        Some(chomp)
    }

    /// Goes over indentation and empty lines; sets `indent` from the first line with text where it is still 0.
    fn scan_block_breaks(
        &mut self,
        indent: &mut usize,
        breaks: &mut String,
        start: At,
    ) -> Result<(), ParseError> {
        let mut deepest = 0;
        loop {
            while (*indent == 0 || self.cursor.column() < *indent) && self.cursor.peek(0) == b' ' {
                self.cursor.pos += 1;
            }
            deepest = deepest.max(self.cursor.column());
            if (*indent == 0 || self.cursor.column() < *indent) && self.cursor.peek(0) == b'\t' {
                return Err(self.cursor.error_here(format!(
                    "found a tab where the indentation of the text that begins on line {} is expected: use spaces",
                    start.line + 1
                )));
            }
            match self.cursor.take_break() {
                Some(line_break) => breaks.push(line_break),
                None => break,
            }
        }
        if *indent == 0 {
            *indent = deepest.max(usize::try_from(self.indent + 1).unwrap_or(0)).max(1);
        }
        Ok(())
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

/// What becomes of a folded text that go-yaml v3 writes and reads again. It means to double the breaks that would
/// fold, but doubles others too, and none at all where the text begins with a blank.
fn rewrite(text: String) -> String {
    let is_blank = |character: char| matches!(character, ' ' | '\t');
    let doubles = !text.trim_start_matches('\n').starts_with(is_blank);
    let mut rewritten = String::with_capacity(text.len() + 8);
    let mut rest = text.as_str();
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
    rewritten
}
