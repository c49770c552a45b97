//! Where, in a line, a value ends.

/// The end of the value that begins at `start`, quotes and brackets included; `None` when it goes on in the next line.
/// `in_brackets` tells whether it stands within brackets, where a comma ends it.
pub(super) fn end(line: &str, start: usize, in_brackets: bool) -> Option<usize> {
    let rest = line.get(start..)?;
    match rest.chars().next()? {
        '"' => quoted(rest, '"').map(|length| start + length),
        '\'' => quoted(rest, '\'').map(|length| start + length),
        '[' | '{' => bracketed(rest).map(|length| start + length),
        '|' | '>' | '&' | '*' | '!' => None,
        _ => {
            let length = rest
                .char_indices()
                .find(|(index, c)| {
                    let ends = in_brackets && matches!(c, ',' | ']' | '}');
                    ends || (matches!(c, ' ' | '\t') && rest[*index..].trim_start().starts_with('#'))
                })
                .map_or(rest.len(), |(index, _)| index);
            Some(start + rest[..length].trim_end().len())
        }
    }
}

fn quoted(text: &str, quote: char) -> Option<usize> {
    let mut chars = text.char_indices().skip(1).peekable();
    while let Some((index, c)) = chars.next() {
        if c == '\\' && quote == '"' {
            chars.next();
        } else if c == quote {
            if quote == '\'' && chars.peek().is_some_and(|(_, next)| *next == '\'') {
                chars.next();
                continue;
            }
            return Some(index + 1);
        }
    }
    None
}

fn bracketed(text: &str) -> Option<usize> {
    let mut depth = 0;
    let mut index = 0;
    while let Some(c) = text.get(index..)?.chars().next() {
        match c {
            // A quote within a word is but a character.
            '"' | '\'' if text[..index].ends_with([' ', ',', '[', '{', ':']) => {
                index += quoted(&text[index..], c)?;
                continue;
            }
            '[' | '{' => depth += 1,
            ']' | '}' => depth -= 1,
            '#' if text[..index].ends_with(' ') => return None,
            _ => {}
        }
        index += c.len_utf8();
        if depth == 0 {
            return Some(index);
        }
    }
    None
}
