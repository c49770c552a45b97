//! The style of ordinary texts, found in one look at their bytes.
//!
//! **Invariant:** what is said here is what [`super::analyze`] would say; where that takes more thought, nothing is said.
//! **Start at** [`of`].

/// A style that a text allows. Whether it would be read as a number or the like is another question.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Ordinary {
    /// On one line, as it is.
    Plain,
    /// On several lines.
    Literal,
}

/// The byte may stand anywhere in plain text, at its beginning too.
const ANYWHERE: u8 = 0;
/// Not at the beginning.
const INSIDE: u8 = 1;
/// It depends on the bytes around it, or goes on several lines.
const SPECIAL: u8 = 2;
/// Not looked at here.
const UNUSUAL: u8 = 3;

static CLASSES: [u8; 256] = {
    let mut classes = [UNUSUAL; 256];
    let mut byte = b'!';
    while byte <= b'~' {
        classes[byte as usize] = ANYWHERE;
        byte += 1;
    }
    let inside = b",[]{}&*!|>'\"%@`-?.";
    let mut index = 0;
    while index < inside.len() {
        classes[inside[index] as usize] = INSIDE;
        index += 1;
    }
    let special = b" :#\n";
    index = 0;
    while index < special.len() {
        classes[special[index] as usize] = SPECIAL;
        index += 1;
    }
    classes
};

/// The style of `text`, if it is ordinary.
pub(super) fn of(text: &str) -> Option<Ordinary> {
    let bytes = text.as_bytes();
    let (first, last) = (*bytes.first()?, *bytes.last()?);
    if last == b' ' {
        return None;
    }
    let mut index = 0;
    loop {
        let rest = &bytes[index..];
        let Some(length) = rest
            .iter()
            .position(|byte| CLASSES[usize::from(*byte)] >= SPECIAL)
        else {
            return is_start(first, bytes).then_some(Ordinary::Plain);
        };
        index += length;
        match bytes[index] {
            b' ' if bytes[index + 1] != b'#' => {}
            b':' if bytes.get(index + 1).is_some_and(|next| *next != b' ') => {}
            b'#' if index > 0 => {}
            _ => return is_literal(text).then_some(Ordinary::Literal),
        }
        index += 1;
    }
}

/// Whether plain text may begin so.
fn is_start(first: u8, bytes: &[u8]) -> bool {
    match CLASSES[usize::from(first)] {
        ANYWHERE => true,
        INSIDE if first == b'.' => !bytes.starts_with(b"..."),
        INSIDE if first == b'-' => {
            bytes.get(1).is_some_and(|second| *second != b' ') && !bytes.starts_with(b"---")
        }
        SPECIAL => first == b':',
        _ => false,
    }
}

/// Whether `text` has several lines of printable characters, none of which ends with a space.
fn is_literal(text: &str) -> bool {
    let printable = text.bytes().fold(true, |all, byte| {
        all & (matches!(byte, b' '..=b'~') | (byte == b'\n'))
    });
    printable && text.contains('\n') && !text.contains(" \n") && !text.ends_with(' ')
}
