//! Characters on lines: indentation, folding and escapes.
//!
//! **Invariant:** lines are folded only at single spaces, behind column 80.
//! **Start at** [`Writer`].

use std::fmt::{Display, Write};

/// Text is folded at the first space behind this column.
const WIDTH: usize = 80;
const STEP: isize = 2;

/// The text so far, and what must be known of its last line.
#[derive(Debug)]
pub(super) struct Writer<'o> {
    out: &'o mut String,
    column: usize,
    /// Indentation of the innermost collection or scalar; -1 outside all.
    pub(super) depth: isize,
    /// The last character separates.
    whitespace: bool,
    /// Only indentation, `-`, `?` and `:` stand on this line so far.
    pub(super) indention: bool,
}

impl<'o> Writer<'o> {
    /// Nothing written, behind whole lines.
    pub(super) fn new(out: &'o mut String) -> Self {
        Self {
            out,
            column: 0,
            depth: -1,
            whitespace: true,
            indention: true,
        }
    }

    /// Goes one level deeper, unless `same`; the level before.
    pub(super) fn deepen(&mut self, scalar: bool, same: bool) -> isize {
        let outer = self.depth;
        if outer < 0 {
            self.depth = if scalar { STEP } else { 0 };
        } else if !same {
            self.depth += STEP;
        }
        outer
    }

    /// Begins a line, if need be, and indents it.
    pub(super) fn indent(&mut self) {
        let depth = usize::try_from(self.depth).unwrap_or(0);
        if !self.indention || self.column > depth || (self.column == depth && !self.whitespace) {
            self.line_break();
        }
        if self.column < depth {
            self.spaces(depth - self.column);
            self.column = depth;
        }
        self.whitespace = true;
        self.indention = true;
    }

    /// Writes punctuation.
    pub(super) fn indicator(
        &mut self,
        indicator: &str,
        separate: bool,
        is_whitespace: bool,
        is_indention: bool,
    ) {
        if separate {
            self.separate();
        }
        self.out.push_str(indicator);
        self.column += indicator.len();
        self.whitespace = is_whitespace;
        self.indention = self.indention && is_indention;
    }

    /// Writes one word of ASCII as it is.
    pub(super) fn word(&mut self, word: &str) {
        self.separate();
        self.out.push_str(word);
        self.column += word.len();
        self.whitespace = false;
        self.indention = false;
    }

    /// Writes a whole number.
    pub(super) fn number(&mut self, number: impl Display) {
        self.separate();
        let start = self.out.len();
        // Writing to a String does not fail.
        let _ = write!(self.out, "{number}");
        self.column += self.out.len() - start;
        self.whitespace = false;
        self.indention = false;
    }

    /// [`Writer::plain`] for printable ASCII.
    pub(super) fn plain_ascii(&mut self, text: &str, fold: bool) {
        self.separate();
        if fold && self.column + text.len() > WIDTH {
            self.fold_ascii(text);
        } else {
            self.out.push_str(text);
            self.column += text.len();
        }
        self.whitespace = false;
        self.indention = false;
    }

    fn fold_ascii(&mut self, text: &str) {
        let mut rest = text;
        let mut spaces = false;
        while let Some(length) = rest.bytes().position(|byte| byte == b' ') {
            self.out.push_str(&rest[..length]);
            self.column += length;
            if length > 0 {
                spaces = false;
                self.indention = false;
            }
            rest = &rest[length + 1..];
            if !spaces && self.column > WIDTH && !rest.starts_with(' ') {
                self.indent();
            } else {
                self.put(' ');
            }
            spaces = true;
        }
        self.out.push_str(rest);
        self.column += rest.len();
    }

    /// [`Writer::literal`] for printable ASCII with line feeds.
    pub(super) fn literal_ascii(&mut self, text: &str) {
        self.literal_header(text);
        let depth = usize::try_from(self.depth).unwrap_or(0);
        for line in text.split_inclusive('\n') {
            if line != "\n" {
                self.spaces(depth);
                self.column = depth;
            }
            self.out.push_str(line);
            self.column += line.len();
            self.indention = line.ends_with('\n');
            if self.indention {
                self.column = 0;
            }
        }
    }

    /// Writes text as it is.
    pub(super) fn plain(&mut self, text: &str, fold: bool) {
        self.separate();
        if !fold || self.column + text.len() <= WIDTH {
            self.out.push_str(text);
            self.column += text.chars().count();
        } else {
            let mut spaces = false;
            let mut characters = text.chars().peekable();
            while let Some(character) = characters.next() {
                if character != ' ' {
                    self.put(character);
                    self.indention = false;
                } else if !spaces && self.column > WIDTH && characters.peek() != Some(&' ') {
                    self.indent();
                } else {
                    self.put(' ');
                }
                spaces = character == ' ';
            }
        }
        self.whitespace = false;
        self.indention = false;
    }

    /// Writes text in single quotes.
    pub(super) fn single_quoted(&mut self, text: &str, fold: bool) {
        self.indicator("'", true, false, false);
        let (mut spaces, mut breaks) = (false, false);
        for (at, character) in text.char_indices() {
            let next = text[at + character.len_utf8()..].chars().next();
            if character == ' ' {
                let inside = at > 0 && next.is_some_and(|next| next != ' ');
                if fold && !spaces && self.column > WIDTH && inside {
                    self.indent();
                } else {
                    self.put(' ');
                }
                spaces = true;
            } else if is_break(character) {
                if !breaks && character == '\n' {
                    self.line_break();
                }
                self.break_as(character);
                self.indention = true;
                breaks = true;
            } else {
                if breaks {
                    self.indent();
                }
                if character == '\'' {
                    self.put('\'');
                }
                self.put(character);
                self.indention = false;
                (spaces, breaks) = (false, false);
            }
        }
        self.indicator("'", false, false, false);
    }

    /// Writes text in double quotes.
    pub(super) fn double_quoted(&mut self, text: &str, fold: bool) {
        self.indicator("\"", true, false, false);
        // go-yaml looks for a byte order mark at the beginning of the text instead of at the character.
        let escape_all = text.starts_with('\u{FEFF}');
        let mut spaces = false;
        for (at, character) in text.char_indices() {
            let must = !is_printable(character) || is_break(character) || matches!(character, '"' | '\\');
            if escape_all || must {
                self.escape(character);
                spaces = false;
            } else if character == ' ' {
                if fold && !spaces && self.column > WIDTH && at > 0 && at + 1 < text.len() {
                    self.indent();
                    if text[at + 1..].starts_with(' ') {
                        self.put('\\');
                    }
                } else {
                    self.put(' ');
                }
                spaces = true;
            } else {
                self.put(character);
                spaces = false;
            }
        }
        self.indicator("\"", false, false, false);
    }

    /// Writes text as a `|` block.
    pub(super) fn literal(&mut self, text: &str) {
        self.literal_header(text);
        let mut breaks = true;
        for character in text.chars() {
            if is_break(character) {
                self.break_as(character);
                self.indention = true;
                breaks = true;
            } else {
                if breaks {
                    self.indent();
                }
                self.put(character);
                self.indention = false;
                breaks = false;
            }
        }
    }

    fn literal_header(&mut self, text: &str) {
        self.indicator("|", true, false, false);
        if text.starts_with(|first| first == ' ' || is_break(first)) {
            self.indicator("2", false, false, false);
        }
        let mut last = text.chars().rev();
        match (last.next().is_some_and(is_break), last.next()) {
            (false, _) => self.indicator("-", false, false, false),
            (true, before) if before.is_none_or(is_break) => self.indicator("+", false, false, false),
            (true, _) => {}
        }
        self.line_break();
        self.indention = true;
        self.whitespace = true;
    }

    fn spaces(&mut self, count: usize) {
        const SPACES: &str = "                                                                ";
        let mut rest = count;
        while rest > SPACES.len() {
            self.out.push_str(SPACES);
            rest -= SPACES.len();
        }
        self.out.push_str(&SPACES[..rest]);
    }

    fn separate(&mut self) {
        if !self.whitespace {
            self.put(' ');
        }
    }

    fn put(&mut self, character: char) {
        self.out.push(character);
        self.column += 1;
    }

    fn line_break(&mut self) {
        self.out.push('\n');
        self.column = 0;
    }

    fn break_as(&mut self, character: char) {
        self.out.push(character);
        self.column = 0;
    }

    fn escape(&mut self, character: char) {
        self.put('\\');
        let short = match character {
            '\0' => '0',
            '\u{7}' => 'a',
            '\u{8}' => 'b',
            '\t' => 't',
            '\n' => 'n',
            '\u{B}' => 'v',
            '\u{C}' => 'f',
            '\r' => 'r',
            '\u{1B}' => 'e',
            '"' => '"',
            '\\' => '\\',
            '\u{85}' => 'N',
            '\u{A0}' => '_',
            '\u{2028}' => 'L',
            '\u{2029}' => 'P',
            _ => {
                let code = u32::from(character);
                let escaped = match code {
                    0..=0xFF => format!("x{code:02X}"),
                    0x100..=0xFFFF => format!("u{code:04X}"),
                    _ => format!("U{code:08X}"),
                };
                self.out.push_str(&escaped);
                self.column += escaped.len();
                return;
            }
        };
        self.put(short);
    }
}

/// Whether go-yaml v2 takes this for a line break.
pub(super) fn is_break(character: char) -> bool {
    matches!(character, '\n' | '\r' | '\u{85}' | '\u{2028}' | '\u{2029}')
}

/// Whether go-yaml v2 writes this as it is. It knows no characters beyond U+FFFF.
pub(super) fn is_printable(character: char) -> bool {
    matches!(character, '\n' | ' '..='~' | '\u{A0}'..='\u{D7FF}' | '\u{E000}'..='\u{FFFD}')
        && character != '\u{FEFF}'
}
