//! Any text on one line that shows as it is, and back.
//!
//! **Invariant:** what comes out has no control, direction or invisible character, no space at its ends, and is not empty.

/// Writes `text` so that it fits on one line and holds none of `also`.
pub(crate) fn escape(text: &str, also: &[char]) -> String {
    if text.is_empty() {
        return "\\e".to_owned();
    }
    let last = text.chars().count() - 1;
    let mut out = String::with_capacity(text.len());
    for (index, c) in text.chars().enumerate() {
        let at_end = index == 0 || index == last;
        match c {
            '\\' => out.push_str("\\\\"),
            '\n' => out.push_str("\\n"),
            '\r' => out.push_str("\\r"),
            '\t' => out.push_str("\\t"),
            ' ' if at_end || also.contains(&' ') => out.push_str("\\s"),
            c if is_treacherous(c) || also.contains(&c) || (at_end && c.is_whitespace()) => {
                out.push_str(&format!("\\u{{{:x}}}", u32::from(c)));
            }
            c => out.push(c),
        }
    }
    out
}

/// What [`escape`] was given; `None` where it never wrote that.
pub(crate) fn unescape(text: &str) -> Option<String> {
    if text == "\\e" {
        return Some(String::new());
    }
    let mut out = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(at) = rest.find('\\') {
        out.push_str(&rest[..at]);
        let mut behind = rest[at + 1..].chars();
        match behind.next()? {
            '\\' => out.push('\\'),
            'n' => out.push('\n'),
            'r' => out.push('\r'),
            't' => out.push('\t'),
            's' => out.push(' '),
            'u' => {
                let digits = behind.as_str().strip_prefix('{')?;
                let (digits, after) = digits.split_once('}')?;
                out.push(char::from_u32(u32::from_str_radix(digits, 16).ok()?)?);
                rest = after;
                continue;
            }
            _ => return None,
        }
        rest = behind.as_str();
    }
    out.push_str(rest);
    Some(out)
}

/// `text` for people, on one line: nothing in it moves the cursor, turns the direction or hides.
#[must_use]
pub fn shown(text: &str) -> String {
    text.chars()
        .map(|c| match c {
            '\n' | '\r' | '\t' => ' ',
            c if is_treacherous(c) => '\u{fffd}',
            c => c,
        })
        .collect()
}

/// Control characters, line separators, what turns the direction of text, and what does not show.
fn is_treacherous(c: char) -> bool {
    c.is_control()
        || matches!(c, '\u{ad}' | '\u{61c}' | '\u{180e}' | '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}'
            | '\u{2060}'..='\u{206f}' | '\u{feff}' | '\u{fff9}'..='\u{fffb}' | '\u{e0000}'..='\u{e007f}')
}
