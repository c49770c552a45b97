//! Ordinary documents, read in one go over their bytes.
//!
//! Block maps and lists, scalars of every style, and simple brackets: what nearly every resource is written with. For
//! anything else (anchors, tags, merge keys, errors, ...) this gives up, and [`super::compose`] reads the document.
//!
//! **Invariant:** gives exactly what the composer gives, marks and counts included, or gives up. What looks odd is never
//! judged here. Deeper than [`DEEPEST`] it gives up too, so that recursion cannot overflow the stack.
//! **Absent:** errors. **Start at** [`Fast::document`]; maps and lists: [`block`], brackets: [`flow`].

mod block;
mod block_text;
mod flow;
mod keys;
mod scalar;

use super::cursor::Cursor;
use super::{Dialect, Limits};
use crate::node::mapping::Entry;
use crate::{Mark, Node, SourceId, Written};
use keys::Known;

/// Deepest nesting that is read here.
const DEEPEST: usize = 100;

/// What [`Fast::column`] is where the document ends.
const END: isize = -1;

/// Reads ordinary documents.
#[derive(Debug)]
pub(super) struct Fast<'a, 'l> {
    text: &'a str,
    bytes: &'a [u8],
    /// Where reading stands.
    pos: usize,
    /// 0-based line.
    line: u32,
    /// Where the line begins.
    line_start: usize,
    /// How many bytes more than characters stand on this line before `pos`.
    surplus: usize,
    /// The column of the next token once [`Fast::next_token`] found it, in bytes; [`END`] where there is none.
    column: isize,
    source: SourceId,
    dialect: Dialect,
    limits: &'l Limits,
    /// Nodes made so far, in this text.
    nodes: usize,
    depth: usize,
    /// The items of the lists that are being read; each list takes its own off the top.
    items: Vec<Node>,
    /// The same for maps.
    entries: Vec<Entry>,
    /// A fingerprint of each key in `entries`.
    prints: Vec<u64>,
    known: Known,
    buffer: String,
    keeps_texts: bool,
}

impl<'a, 'l> Fast<'a, 'l> {
    /// At the beginning of `text`.
    pub(super) fn new(text: &'a str, source: SourceId, dialect: Dialect, limits: &'l Limits) -> Self {
        Self {
            text,
            bytes: text.as_bytes(),
            pos: 0,
            line: 0,
            line_start: 0,
            surplus: 0,
            column: END,
            source,
            dialect,
            limits,
            nodes: 0,
            depth: 0,
            items: Vec::new(),
            entries: Vec::new(),
            prints: Vec::new(),
            known: Known::default(),
            buffer: String::new(),
            keeps_texts: false,
        }
    }

    /// Whether scalars keep the text they were written as.
    pub(super) fn keeping_texts(mut self, keeps_texts: bool) -> Self {
        self.keeps_texts = keeps_texts;
        self
    }

    /// Where the next document begins.
    pub(super) fn position(&self) -> usize {
        self.pos
    }

    /// Goes to a document that begins at `pos`, on line `line` (from 0).
    pub(super) fn go_to(&mut self, pos: usize, line: u32) {
        (self.pos, self.line_start, self.line, self.surplus) = (pos, pos, line, 0);
    }

    /// Reads the document here and goes to the next, if there is one: `None` where this gives up and stays, else the
    /// document, if there is anything in it, and whether another follows. `nodes` counts on.
    pub(super) fn document(&mut self, nodes: &mut usize) -> Option<(Option<Node>, bool)> {
        let (start, line) = (self.pos, self.line);
        self.nodes = *nodes;
        self.depth = 0;
        let read = self.read();
        if read.is_some() {
            *nodes = self.nodes;
        } else {
            self.go_to(start, line);
            self.items.clear();
            self.entries.clear();
            self.prints.clear();
        }
        read
    }

    fn read(&mut self) -> Option<(Option<Node>, bool)> {
        let marked = self.bytes[self.pos..].starts_with(b"---");
        if marked {
            self.pos += 3;
            self.end_line()?;
        } else {
            self.next_token()?;
        }
        if self.column == END {
            return if marked { None } else { Some((None, self.leave()?)) };
        }
        let root = match self.peek(0) {
            b'[' | b'{' => {
                let root = self.flow()?;
                self.end_line()?;
                root
            }
            _ => self.block(END)?,
        };
        if self.column != END {
            return None;
        }
        Some((Some(root), self.leave()?))
    }

    /// Goes over the `---` at the end of a document; whether there was one.
    fn leave(&mut self) -> Option<bool> {
        if self.pos >= self.bytes.len() {
            return Some(false);
        }
        let mut at = self.pos + 3;
        while self.at(at) == b' ' {
            at += 1;
        }
        if !matches!(self.at(at), b'\n' | b'#') {
            return None;
        }
        let rest = &self.bytes[at..];
        let length = rest.iter().position(|byte| *byte == b'\n')?;
        self.new_line(at + length + 1);
        Some(true)
    }

    /// Goes over spaces, empty lines and comments to the next token, and sets the column.
    fn next_token(&mut self) -> Option<()> {
        loop {
            self.skip_spaces();
            match self.peek(0) {
                b'\n' => self.new_line(self.pos + 1),
                b'#' => self.skip_comment()?,
                0 => {
                    self.column = END;
                    return Some(());
                }
                b'\t' | b'\r' => return None,
                0x80.. if is_odd(&self.bytes[self.pos..]) => return None,
                b'-' | b'.' | b'%' if self.pos == self.line_start => return self.special_line(),
                _ => {
                    self.column = self.offset(self.pos);
                    return Some(());
                }
            }
        }
    }

    /// A line that begins with `-`, `.` or `%`.
    fn special_line(&mut self) -> Option<()> {
        let rest = &self.bytes[self.pos..];
        self.column = match (rest.starts_with(b"---"), self.dialect) {
            (true, Dialect::V3) => END,
            (false, _) if rest[0] == b'-' => 0,
            _ => return None,
        };
        Some(())
    }

    /// Goes over what may stand on the line behind a finished value, and to the next token.
    fn end_line(&mut self) -> Option<()> {
        let start = self.pos;
        self.skip_spaces();
        match self.peek(0) {
            b'\n' => self.new_line(self.pos + 1),
            b'#' if self.pos > start => self.skip_comment()?,
            0 => {}
            _ => return None,
        }
        self.next_token()
    }

    /// Goes over a comment, to the line break behind it.
    fn skip_comment(&mut self) -> Option<()> {
        let rest = &self.text[self.pos..];
        let comment = &rest.as_bytes()[..rest.find('\n').unwrap_or(rest.len())];
        if !comment.is_ascii() {
            // The text may end here, and a value that is nothing stands at its end.
            self.surplus += continuation_bytes(comment);
        }
        if has_odd_break(comment) {
            return None;
        }
        self.pos += comment.len();
        Some(())
    }

    /// Goes over spaces; there are often many, so eight are looked at together.
    fn skip_spaces(&mut self) {
        const SPACES: u64 = u64::from_le_bytes(*b"        ");
        while let Some((word, _)) = self.bytes.get(self.pos..).and_then(<[u8]>::split_first_chunk) {
            let others = u64::from_le_bytes(*word) ^ SPACES;
            if others != 0 {
                self.pos += usize::try_from(others.trailing_zeros() / 8).unwrap_or(0);
                return;
            }
            self.pos += 8;
        }
        while self.peek(0) == b' ' {
            self.pos += 1;
        }
    }

    fn new_line(&mut self, start: usize) {
        (self.pos, self.line_start, self.surplus) = (start, start, 0);
        self.line += 1;
    }

    fn peek(&self, ahead: usize) -> u8 {
        self.at(self.pos + ahead)
    }

    /// The byte at `pos`, 0 behind the end; the text holds no 0.
    fn at(&self, pos: usize) -> u8 {
        self.bytes.get(pos).copied().unwrap_or(0)
    }

    fn is_gap(&self, pos: usize) -> bool {
        matches!(self.at(pos), b' ' | b'\n' | 0)
    }

    /// The column of `pos` on this line, in bytes.
    fn offset(&self, pos: usize) -> isize {
        isize::try_from(pos - self.line_start).unwrap_or(isize::MAX)
    }

    /// This place as users count.
    fn mark(&self) -> Mark {
        let column = self.pos - self.line_start - self.surplus + 1;
        Mark {
            source: self.source,
            line: self.line + 1,
            column: u32::try_from(column).unwrap_or(u32::MAX),
            ..Mark::default()
        }
    }

    /// `mark`, of what is written like that; the older dialect forgets it.
    fn written(&self, mark: Mark, written: Written) -> Mark {
        match self.dialect {
            Dialect::V3 => Mark { written, ..mark },
            Dialect::V2 => mark,
        }
    }

    fn count(&mut self) -> Option<()> {
        self.nodes += 1;
        (self.nodes <= self.limits.nodes).then_some(())
    }

    /// One level deeper.
    fn enter(&mut self) -> Option<()> {
        self.count()?;
        self.depth += 1;
        (self.depth <= self.limits.depth.min(DEEPEST)).then_some(())
    }

    /// The place for the scanner of a single scalar.
    fn cursor(&self) -> Cursor<'a> {
        let mut cursor = Cursor::new(self.text, self.source, self.line);
        (cursor.pos, cursor.line_start) = (self.pos, self.line_start);
        cursor
    }

    /// Goes to where the scanner of a scalar ended.
    fn follow(&mut self, cursor: &Cursor<'a>) -> Option<()> {
        let read = &self.bytes[self.pos..cursor.pos];
        let crosses = cursor.line > self.line;
        // Where only line feeds break lines, lines are counted alike here, there and between documents.
        if has_odd_break(read) || (crosses && self.text[self.pos..cursor.pos].contains("\n---")) {
            return None;
        }
        if crosses {
            let start = &self.bytes[cursor.line_start..cursor.pos];
            self.surplus = continuation_bytes(start);
        } else {
            self.surplus += continuation_bytes(read);
        }
        (self.pos, self.line, self.line_start) = (cursor.pos, cursor.line, cursor.line_start);
        Some(())
    }
}

/// Whether a line break other than a line feed, or a byte order mark, may stand in `bytes`.
fn has_odd_break(bytes: &[u8]) -> bool {
    let suspicious = bytes
        .iter()
        .fold(false, |found, byte| found | (*byte == b'\r') | (*byte >= 0x80));
    suspicious && (0..bytes.len()).any(|at| is_odd(&bytes[at..]))
}

/// Whether `bytes` begin with a line break other than a line feed, or a byte order mark.
fn is_odd(bytes: &[u8]) -> bool {
    matches!(
        bytes,
        [b'\r', ..] | [0xC2, 0x85, ..] | [0xE2, 0x80, 0xA8 | 0xA9, ..] | [0xEF, 0xBB, 0xBF, ..]
    )
}

fn continuation_bytes(bytes: &[u8]) -> usize {
    bytes.iter().filter(|byte| **byte & 0xC0 == 0x80).count()
}
