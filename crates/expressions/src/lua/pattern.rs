//! Lua's patterns, matched step by counted step.
//!
//! Lua's own matcher takes time that grows with the power of the number of repetitions in a pattern, and nothing counts
//! it. This one takes its steps from the budget of the run.
//!
//! **Start at** [`Pattern::find`].

use super::Budget;

/// How deep items may nest in one match, as in Lua.
const DEPTH: u32 = 200;
/// How many captures a pattern may have, as in Lua.
const CAPTURES: usize = 32;

/// A pattern.
pub(super) struct Pattern<'a> {
    items: &'a [u8],
    anchored: bool,
}

/// A match.
pub(super) struct Found {
    pub(super) start: usize,
    pub(super) end: usize,
    pub(super) captures: Vec<Capture>,
}

/// What is within parentheses.
#[derive(Clone, Copy)]
pub(super) enum Capture {
    Text { start: usize, end: usize },
    Position(usize),
}

/// Why there is no telling.
pub(super) enum PatternError {
    /// It is no pattern.
    Malformed(&'static str),
    /// There are no steps left.
    Spent,
}

/// One try at one place.
struct Try<'a> {
    text: &'a [u8],
    pattern: &'a [u8],
    budget: &'a Budget,
    captures: Vec<Open>,
    depth: u32,
}

#[derive(Clone, Copy)]
enum Open {
    /// Began here, not ended yet.
    Since(usize),
    Done(Capture),
}

type Step<T> = Result<T, PatternError>;

impl<'a> Pattern<'a> {
    pub(super) fn new(text: &'a [u8]) -> Self {
        match text.strip_prefix(b"^") {
            Some(items) => Self {
                items,
                anchored: true,
            },
            None => Self::unanchored(text),
        }
    }

    pub(super) fn unanchored(items: &'a [u8]) -> Self {
        Self {
            items,
            anchored: false,
        }
    }

    pub(super) fn is_anchored(&self) -> bool {
        self.anchored
    }

    /// The first match at or after `from`.
    pub(super) fn find(&self, text: &[u8], from: usize, budget: &Budget) -> Step<Option<Found>> {
        let last = if self.anchored { from } else { text.len() };
        for start in from..=last {
            let mut attempt = Try {
                text,
                pattern: self.items,
                budget,
                captures: Vec::new(),
                depth: 0,
            };
            if let Some(end) = attempt.items(start, 0)? {
                let captures = attempt.finished()?;
                return Ok(Some(Found { start, end, captures }));
            }
        }
        Ok(None)
    }
}

/// The first place at or after `from` where `wanted` stands.
pub(super) fn plain(text: &[u8], wanted: &[u8], from: usize) -> Option<Found> {
    let at = if wanted.is_empty() {
        from
    } else {
        from + memchr(&text[from..], wanted)?
    };
    Some(Found {
        start: at,
        end: at + wanted.len(),
        captures: Vec::new(),
    })
}

fn memchr(text: &[u8], wanted: &[u8]) -> Option<usize> {
    text.windows(wanted.len()).position(|window| window == wanted)
}

impl Try<'_> {
    /// Matches the items from `item` on at `at`; where the match ends.
    fn items(&mut self, at: usize, item: usize) -> Step<Option<usize>> {
        self.depth += 1;
        if self.depth > DEPTH {
            return Err(PatternError::Malformed("pattern too complex"));
        }
        let result = self.items_in_turn(at, item);
        self.depth -= 1;
        result
    }

    fn items_in_turn(&mut self, mut at: usize, mut item: usize) -> Step<Option<usize>> {
        loop {
            if !self.budget.take(1) {
                return Err(PatternError::Spent);
            }
            let Some(byte) = self.pattern.get(item) else {
                return Ok(Some(at));
            };
            match (byte, self.pattern.get(item + 1)) {
                (b'(', Some(b')')) => return self.capture(Open::Done(Capture::Position(at)), at, item + 2),
                (b'(', _) => return self.capture(Open::Since(at), at, item + 1),
                (b')', _) => return self.close(at, item + 1),
                (b'$', None) => return Ok((at == self.text.len()).then_some(at)),
                (b'%', Some(b'b')) => match self.balanced(at, item + 2)? {
                    Some(end) => (at, item) = (end, item + 4),
                    None => return Ok(None),
                },
                (b'%', Some(b'f')) => {
                    let class = item + 2;
                    if self.pattern.get(class) != Some(&b'[') {
                        return Err(PatternError::Malformed("missing '[' after '%f' in pattern"));
                    }
                    let end = self.class_end(class)?;
                    let before = at.checked_sub(1).map_or(0, |before| self.text[before]);
                    let here = self.text.get(at).copied().unwrap_or(0);
                    if self.in_class(before, class, end) || !self.in_class(here, class, end) {
                        return Ok(None);
                    }
                    item = end;
                }
                (b'%', Some(digit @ b'0'..=b'9')) => match self.again(at, *digit)? {
                    Some(end) => (at, item) = (end, item + 2),
                    None => return Ok(None),
                },
                _ => {
                    let end = self.class_end(item)?;
                    match self.pattern.get(end) {
                        Some(b'?') => {
                            if self.is_single(at, item, end)
                                && let Some(found) = self.items(at + 1, end + 1)?
                            {
                                return Ok(Some(found));
                            }
                            item = end + 1;
                        }
                        Some(b'+') if !self.is_single(at, item, end) => return Ok(None),
                        Some(b'+') => return self.most(at + 1, item, end),
                        Some(b'*') => return self.most(at, item, end),
                        Some(b'-') => return self.least(at, item, end),
                        _ if self.is_single(at, item, end) => (at, item) = (at + 1, end),
                        _ => return Ok(None),
                    }
                }
            }
        }
    }

    /// As many as there are, then the rest; else one less, and so on.
    fn most(&mut self, at: usize, item: usize, end: usize) -> Step<Option<usize>> {
        let mut count = 0;
        while self.is_single(at + count, item, end) {
            if !self.budget.take(1) {
                return Err(PatternError::Spent);
            }
            count += 1;
        }
        loop {
            if let Some(found) = self.items(at + count, end + 1)? {
                return Ok(Some(found));
            }
            let Some(less) = count.checked_sub(1) else {
                return Ok(None);
            };
            count = less;
        }
    }

    /// The rest; else one, then the rest, and so on.
    fn least(&mut self, mut at: usize, item: usize, end: usize) -> Step<Option<usize>> {
        loop {
            if let Some(found) = self.items(at, end + 1)? {
                return Ok(Some(found));
            }
            if !self.is_single(at, item, end) {
                return Ok(None);
            }
            at += 1;
        }
    }

    fn capture(&mut self, open: Open, at: usize, item: usize) -> Step<Option<usize>> {
        if self.captures.len() >= CAPTURES {
            return Err(PatternError::Malformed("too many captures"));
        }
        let before = self.captures.len();
        self.captures.push(open);
        let found = self.items(at, item)?;
        if found.is_none() {
            self.captures.truncate(before);
        }
        Ok(found)
    }

    fn close(&mut self, at: usize, item: usize) -> Step<Option<usize>> {
        let open = self
            .captures
            .iter()
            .rposition(|capture| matches!(capture, Open::Since(_)));
        let Some(index) = open else {
            return Err(PatternError::Malformed("invalid pattern capture"));
        };
        let Open::Since(start) = self.captures[index] else {
            return Ok(None);
        };
        self.captures[index] = Open::Done(Capture::Text { start, end: at });
        let found = self.items(at, item)?;
        if found.is_none() {
            self.captures[index] = Open::Since(start);
        }
        Ok(found)
    }

    /// From an opening byte to the closing one that belongs to it.
    fn balanced(&self, at: usize, item: usize) -> Step<Option<usize>> {
        let (Some(open), Some(close)) = (self.pattern.get(item), self.pattern.get(item + 1)) else {
            return Err(PatternError::Malformed("missing arguments to '%b' in pattern"));
        };
        if self.text.get(at) != Some(open) {
            return Ok(None);
        }
        let mut depth = 1;
        for (index, byte) in self.text.iter().enumerate().skip(at + 1) {
            if !self.budget.take(1) {
                return Err(PatternError::Spent);
            }
            if byte == close {
                depth -= 1;
                if depth == 0 {
                    return Ok(Some(index + 1));
                }
            } else if byte == open {
                depth += 1;
            }
        }
        Ok(None)
    }

    /// What a capture holds, once more.
    fn again(&self, at: usize, digit: u8) -> Step<Option<usize>> {
        let index = usize::from(digit).checked_sub(usize::from(b'1'));
        let Some(Open::Done(Capture::Text { start, end })) = index.and_then(|index| self.captures.get(index))
        else {
            return Err(PatternError::Malformed("invalid capture index in pattern"));
        };
        let wanted = &self.text[*start..*end];
        Ok(self.text[at..].starts_with(wanted).then(|| at + wanted.len()))
    }

    /// Where the class that begins at `item` ends.
    fn class_end(&self, item: usize) -> Step<usize> {
        match self.pattern[item] {
            b'%' if item + 1 >= self.pattern.len() => {
                Err(PatternError::Malformed("malformed pattern (ends with '%')"))
            }
            b'%' => Ok(item + 2),
            b'[' => {
                let mut at = item + 1;
                if self.pattern.get(at) == Some(&b'^') {
                    at += 1;
                }
                loop {
                    let byte = self.pattern.get(at);
                    at += if byte == Some(&b'%') { 2 } else { 1 };
                    if byte.is_none() || at > self.pattern.len() {
                        return Err(PatternError::Malformed("malformed pattern (missing ']')"));
                    }
                    if self.pattern.get(at) == Some(&b']') {
                        return Ok(at + 1);
                    }
                }
            }
            _ => Ok(item + 1),
        }
    }

    fn is_single(&self, at: usize, item: usize, end: usize) -> bool {
        let Some(byte) = self.text.get(at).copied() else {
            return false;
        };
        match self.pattern[item] {
            b'.' => true,
            b'%' => is_of(byte, self.pattern[item + 1]),
            b'[' => self.in_class(byte, item, end),
            literal => literal == byte,
        }
    }

    /// Whether a byte is in the set between `item` and `end`.
    fn in_class(&self, byte: u8, item: usize, end: usize) -> bool {
        let mut set = &self.pattern[item + 1..end - 1];
        let inverse = set.first() == Some(&b'^');
        if inverse {
            set = &set[1..];
        }
        loop {
            let holds = match set {
                [] => return inverse,
                [b'%', class, rest @ ..] => {
                    set = rest;
                    is_of(byte, *class)
                }
                [low, b'-', high, rest @ ..] => {
                    set = rest;
                    (*low..=*high).contains(&byte)
                }
                [literal, rest @ ..] => {
                    set = rest;
                    *literal == byte
                }
            };
            if holds {
                return !inverse;
            }
        }
    }

    fn finished(&self) -> Step<Vec<Capture>> {
        self.captures
            .iter()
            .map(|capture| match capture {
                Open::Done(capture) => Ok(*capture),
                Open::Since(_) => Err(PatternError::Malformed("unfinished capture")),
            })
            .collect()
    }
}

/// Whether a byte is of a class, as `d` for digits; upper case is the opposite, and anything else is itself.
fn is_of(byte: u8, class: u8) -> bool {
    let holds = match class.to_ascii_lowercase() {
        b'a' => byte.is_ascii_alphabetic(),
        b'c' => byte.is_ascii_control(),
        b'd' => byte.is_ascii_digit(),
        b'g' => byte.is_ascii_graphic(),
        b'l' => byte.is_ascii_lowercase(),
        b'p' => byte.is_ascii_punctuation(),
        b's' => byte.is_ascii_whitespace() || byte == 0x0b,
        b'u' => byte.is_ascii_uppercase(),
        b'w' => byte.is_ascii_alphanumeric(),
        b'x' => byte.is_ascii_hexdigit(),
        _ => return class == byte,
    };
    holds != class.is_ascii_uppercase()
}
