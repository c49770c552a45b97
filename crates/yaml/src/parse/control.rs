//! Characters that no YAML text may hold.
//!
//! **Start at** [`check`].

use super::{ParseError, ParseErrorKind};
use crate::{Mark, SourceId};

/// Refuses text with control characters.
pub(super) fn check(text: &str, source: SourceId) -> Result<(), ParseError> {
    let suspicious = text.as_bytes().chunks(256).any(|chunk| {
        // No early exit inside a chunk, so that the loop runs on vectors.
        chunk.iter().fold(false, |found, byte| {
            found
                | ((*byte < 0x20) & (*byte != b'\n') & (*byte != b'\t'))
                | (*byte == 0x7F)
                | (*byte == 0xC2)
                | (*byte == 0xEF)
        })
    });
    if !suspicious {
        return Ok(());
    }
    let (mut line, mut column) = (1, 1);
    for character in text.chars() {
        if is_refused(character) {
            let message = format!(
                "control characters are not allowed: remove U+{:04X}",
                u32::from(character)
            );
            return Err(ParseError {
                mark: Mark { source, line, column },
                kind: ParseErrorKind::Syntax(message),
            });
        }
        if character == '\n' {
            (line, column) = (line + 1, 1);
        } else {
            column += 1;
        }
    }
    Ok(())
}

fn is_refused(character: char) -> bool {
    match character {
        '\t' | '\n' | '\r' | '\u{85}' => false,
        '\u{FFFE}' | '\u{FFFF}' => true,
        other => other < ' ' || ('\u{7F}'..'\u{A0}').contains(&other),
    }
}
