//! Documents of a text of resources, taken apart before YAML is read, as kustomize does.
//!
//! A line that begins with `---` separates wherever it stands, and only a comment may follow it on the line.
//!
//! **Start at** [`split`].

use super::{ParseError, ParseErrorKind};
use crate::{Mark, SourceId};

/// A document's text.
#[derive(Debug)]
pub(super) struct Chunk<'a> {
    pub(super) text: &'a str,
    /// Where in the source it begins, in bytes.
    pub(super) start: usize,
    /// 0-based line of the source on which it begins.
    pub(super) line: u32,
}

/// The documents of `text`.
pub(super) fn split(text: &str, source: SourceId) -> Result<Vec<Chunk<'_>>, ParseError> {
    let mut chunks = Vec::new();
    let (mut start, mut start_line) = (0, 0);
    let mut searched = 0;
    let mut line = 0;
    while let Some(found) = text[searched..].find("\n---") {
        let separator = searched + found + 1;
        line += count_lines(&text[searched..separator]);
        let Some(length) = text[separator..].find('\n') else {
            break;
        };
        let behind = text[separator + 3..separator + length].trim();
        if !behind.is_empty() && !behind.starts_with('#') {
            return Err(ParseError {
                mark: Mark {
                    source,
                    line: line + 1,
                    column: 1,
                    ..Mark::default()
                },
                kind: ParseErrorKind::Syntax(format!(
                    "invalid document separator: ---{behind}: begin the document on the next line"
                )),
            });
        }
        chunks.push(Chunk {
            text: &text[start..separator],
            start,
            line: start_line,
        });
        line += 1;
        (start, start_line) = (separator + length + 1, line);
        searched = start;
    }
    chunks.push(Chunk {
        text: &text[start..],
        start,
        line: start_line,
    });
    Ok(chunks)
}

fn count_lines(text: &str) -> u32 {
    u32::try_from(text.bytes().filter(|byte| *byte == b'\n').count()).unwrap_or(u32::MAX)
}
