//! Characters that no YAML text may hold.
//!
//! **Start at** [`check`].

use super::{ParseError, ParseErrorKind};
use crate::{Mark, SourceId};

/// Refuses text with control characters.
pub(super) fn check(text: &str, source: SourceId) -> Result<(), ParseError> {
    let bytes = text.as_bytes();
    for (number, chunk) in bytes.chunks(CHUNK).enumerate() {
        // No early exit inside a chunk, so that the loop runs on vectors.
        let suspicious = chunk.iter().fold(false, |found, byte| {
            found
                | ((*byte < 0x20) & (*byte != b'\n') & (*byte != b'\t'))
                | (*byte == 0x7F)
                | (*byte == 0xC2)
                | (*byte == 0xEF)
        });
        if suspicious {
            let start = number * CHUNK;
            let found = (start..start + chunk.len()).find(|at| is_refused(&bytes[*at..]));
            if let Some(at) = found {
                return Err(refusal(text, at, source));
            }
        }
    }
    Ok(())
}

/// How many bytes are looked at together.
const CHUNK: usize = 256;

/// Whether `bytes` begin with a character that is refused.
fn is_refused(bytes: &[u8]) -> bool {
    match bytes {
        [b'\t' | b'\n' | b'\r', ..] => false,
        [0..0x20 | 0x7F, ..] => true,
        // U+0080 to U+009F, but for the line break U+0085.
        [0xC2, second, ..] => *second < 0xA0 && *second != 0x85,
        // U+FFFE and U+FFFF.
        [0xEF, 0xBF, 0xBE | 0xBF, ..] => true,
        _ => false,
    }
}

fn refusal(text: &str, at: usize, source: SourceId) -> ParseError {
    let before = &text[..at];
    let line = before.bytes().filter(|byte| *byte == b'\n').count() + 1;
    let column = before[before.rfind('\n').map_or(0, |end| end + 1)..]
        .chars()
        .count()
        + 1;
    let character = text[at..].chars().next().unwrap_or_default();
    let message = format!(
        "control characters are not allowed: remove U+{:04X}",
        u32::from(character)
    );
    ParseError {
        mark: Mark {
            source,
            line: u32::try_from(line).unwrap_or(u32::MAX),
            column: u32::try_from(column).unwrap_or(u32::MAX),
            ..Mark::default()
        },
        kind: ParseErrorKind::Syntax(message),
    }
}
