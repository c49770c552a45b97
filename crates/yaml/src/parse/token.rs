//! The tokens of YAML, and where each begins.
//!
//! **Invariant:** text is borrowed from the input wherever it stands there as it is meant.
//! **Start at** [`Token`].

use std::borrow::Cow;

/// A place in the text; `column` is in bytes, as indentation is compared.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct At {
    /// Byte offset.
    pub(super) pos: usize,
    /// 0-based line.
    pub(super) line: u32,
    /// 0-based column.
    pub(super) column: usize,
}

/// How a scalar was written; only what changes its meaning.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Style {
    /// Bare: may mean a number, a boolean, null.
    Plain,
    /// In quotes or a block: text.
    Quoted,
    /// In a block with `>`: text that changes where it is written so again.
    Folded,
}

/// What a token is.
#[derive(Debug)]
pub(super) enum TokenKind<'a> {
    /// The end of the text.
    StreamEnd,
    /// `%YAML 1.1`
    Version,
    /// `%TAG handle prefix`
    TagDirective { handle: &'a str, prefix: Cow<'a, str> },
    /// `---`
    DocumentStart,
    /// `...`
    DocumentEnd,
    /// Deeper indentation before `-`.
    BlockSequenceStart,
    /// Deeper indentation before a key.
    BlockMappingStart,
    /// The indentation goes back.
    BlockEnd,
    /// `[`
    FlowSequenceStart,
    /// `]`
    FlowSequenceEnd,
    /// `{`
    FlowMappingStart,
    /// `}`
    FlowMappingEnd,
    /// `-`
    BlockEntry,
    /// `,`
    FlowEntry,
    /// `?`, or the place before a key that turned out to be one.
    Key,
    /// `:`
    Value,
    /// `*name`
    Alias(&'a str),
    /// `&name`
    Anchor(&'a str),
    /// `!handle!suffix`
    Tag { handle: &'a str, suffix: Cow<'a, str> },
    /// A scalar of any style.
    Scalar { text: Cow<'a, str>, style: Style },
}

impl TokenKind<'_> {
    /// The token in the words of an error message.
    pub(super) fn name(&self) -> &'static str {
        match self {
            Self::StreamEnd => "the end of the text",
            Self::Version | Self::TagDirective { .. } => "a directive",
            Self::DocumentStart => "'---'",
            Self::DocumentEnd => "'...'",
            Self::BlockSequenceStart => "an indented list",
            Self::BlockMappingStart => "an indented map",
            Self::BlockEnd => "less indentation",
            Self::FlowSequenceStart => "'['",
            Self::FlowSequenceEnd => "']'",
            Self::FlowMappingStart => "'{'",
            Self::FlowMappingEnd => "'}'",
            Self::BlockEntry => "'-'",
            Self::FlowEntry => "','",
            Self::Key => "a key",
            Self::Value => "':'",
            Self::Alias(_) => "an alias",
            Self::Anchor(_) => "an anchor",
            Self::Tag { .. } => "a tag",
            Self::Scalar { .. } => "text",
        }
    }
}

/// A token and its place.
#[derive(Debug)]
pub(super) struct Token<'a> {
    /// What it is.
    pub(super) kind: TokenKind<'a>,
    /// Where it begins.
    pub(super) at: At,
}
