//! Which styles a text allows, and which one it gets.
//!
//! **Start at** [`Analysis`].

use super::write::{is_break, is_printable};
use crate::parse::Dialect;
use crate::parse::resolve::number;
use crate::parse::timestamp::rfc3339;

/// A way to write text.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Style {
    Plain,
    Single,
    Double,
    Literal,
}

/// What a text allows.
#[derive(Clone, Copy, Debug)]
pub(super) struct Analysis {
    /// It has line breaks.
    pub(super) multiline: bool,
    plain: bool,
    single: bool,
    block: bool,
}

impl Analysis {
    /// Looks at every character of `text`.
    pub(super) fn of(text: &str) -> Self {
        if text.is_empty() {
            return Self {
                multiline: false,
                plain: true,
                single: true,
                block: false,
            };
        }
        let mut indicators = text.starts_with("---") || text.starts_with("...");
        let (mut special, mut multiline) = (false, false);
        let (mut break_space, mut space_break) = (false, false);
        let mut previous = None;
        let mut characters = text.chars().peekable();
        while let Some(character) = characters.next() {
            let before_gap = characters.peek().is_none_or(|next| matches!(next, ' ' | '\t'));
            let after_gap =
                previous.is_none_or(|before| matches!(before, ' ' | '\t' | '\0') || is_break(before));
            indicators |= match character {
                ':' => before_gap,
                '#' => after_gap,
                '-' | '?' => previous.is_none() && before_gap,
                ',' | '[' | ']' | '{' | '}' | '&' | '*' | '!' | '|' | '>' | '\'' | '"' | '%' | '@' | '`' => {
                    previous.is_none()
                }
                _ => false,
            };
            special |= !is_printable(character);
            if character == ' ' {
                break_space |= previous.is_some_and(is_break);
            } else if is_break(character) {
                multiline = true;
                space_break |= previous == Some(' ');
            }
            previous = Some(character);
        }
        let edge = |end: Option<char>| end.is_some_and(|end| end == ' ' || is_break(end));
        let edges = edge(text.chars().next()) || edge(previous);
        let quoted_only = space_break || special;
        Self {
            multiline,
            plain: !(edges || break_space || quoted_only || multiline || indicators),
            single: !(break_space || quoted_only),
            block: !(quoted_only || previous == Some(' ')),
        }
    }

    /// The style `text` gets.
    pub(super) fn style(self, text: &str, can_be_plain: bool, simple_key: bool) -> Style {
        if text.contains('\n') {
            return if self.block && !simple_key {
                Style::Literal
            } else {
                Style::Double
            };
        }
        if !can_be_plain {
            return Style::Double;
        }
        match (self.plain, self.single) {
            (true, _) if !(text.is_empty() && simple_key) => Style::Plain,
            (_, true) => Style::Single,
            _ => Style::Double,
        }
    }
}

/// Whether plain `text` would be read as text again.
pub(super) fn can_be_plain(text: &str) -> bool {
    let Some(first) = text.bytes().next() else {
        return false;
    };
    match first {
        b'0'..=b'9' | b'+' | b'-' | b'.' => {
            !(is_word(text)
                || is_base_60(text)
                || number(Dialect::V2, text).is_some()
                || (first.is_ascii_digit() && rfc3339(text).is_some()))
        }
        b'y' | b'Y' | b'n' | b'N' | b't' | b'T' | b'f' | b'F' | b'o' | b'O' | b'~' => !is_word(text),
        _ => true,
    }
}

fn is_word(text: &str) -> bool {
    matches!(
        text,
        "y" | "Y"
            | "yes"
            | "Yes"
            | "YES"
            | "on"
            | "On"
            | "ON"
            | "true"
            | "True"
            | "TRUE"
            | "n"
            | "N"
            | "no"
            | "No"
            | "NO"
            | "off"
            | "Off"
            | "OFF"
            | "false"
            | "False"
            | "FALSE"
            | "~"
            | "null"
            | "Null"
            | "NULL"
            | ".nan"
            | ".NaN"
            | ".NAN"
            | ".inf"
            | ".Inf"
            | ".INF"
            | "+.inf"
            | "+.Inf"
            | "+.INF"
            | "-.inf"
            | "-.Inf"
            | "-.INF"
    )
}

/// `[-+]?[0-9][0-9_]*(:[0-5]?[0-9])+(\.[0-9_]*)?`
fn is_base_60(text: &str) -> bool {
    let text = text.strip_prefix(['-', '+']).unwrap_or(text);
    let (whole, fraction) = match text.split_once('.') {
        Some((whole, fraction)) => (whole, fraction),
        None => (text, ""),
    };
    let digit_or_underscore = |byte: u8| byte.is_ascii_digit() || byte == b'_';
    if !fraction.bytes().all(digit_or_underscore) {
        return false;
    }
    let mut groups = whole.split(':');
    let first = groups.next().unwrap_or_default();
    let starts = first.bytes().next().is_some_and(|byte| byte.is_ascii_digit())
        && first.bytes().all(digit_or_underscore);
    let mut more = 0;
    let sixties = groups.all(|group| {
        more += 1;
        match group.as_bytes() {
            [low] => low.is_ascii_digit(),
            [b'0'..=b'5', low] => low.is_ascii_digit(),
            _ => false,
        }
    });
    starts && sixties && more > 0
}
