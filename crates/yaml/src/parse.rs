//! Text to documents.
//!
//! Reads as go-yaml does, with the JSON view of Kubernetes on top: keys are text, anchors and `<<` are written out.
//!
//! **Invariant:** no input makes it panic or overflow the stack; what it costs is bounded by [`Limits`].
//! **Absent:** comments. **Start at** [`parse`]; tokens: [`scan`], trees: [`compose`], what scalars mean: [`resolve`].

mod block;
mod compose;
mod control;
mod cursor;
mod fast;
pub(crate) mod mapping;
mod plain;
mod quoted;
pub(crate) mod resolve;
mod scan;
mod split;
mod tag;
pub(crate) mod timestamp;
mod token;

pub use block::folded;

use crate::{Mark, Node, SourceId};
use compose::Composer;
use fast::Fast;
use mapping::Repeats;
use scan::Scanner;
use split::Chunk;

/// Which go-yaml the text is read as.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Dialect {
    /// go-yaml v3: resources.
    #[default]
    V3,
    /// go-yaml v2, YAML 1.1 (`yes`, `n`, ... are booleans): kustomization files and plugin configurations.
    V2,
}

/// What a text may cost.
#[derive(Clone, Copy, Debug)]
pub struct Limits {
    /// Longest text, in bytes.
    pub bytes: usize,
    /// Deepest nesting.
    pub depth: usize,
    /// Most nodes, expanded aliases counted.
    pub nodes: usize,
    /// Most documents in one text.
    pub documents: usize,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            bytes: 64 << 20,
            depth: 500,
            nodes: 10_000_000,
            documents: 100_000,
        }
    }
}

/// Why a text is not a document, and where.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("line {}, column {}: {kind}", mark.line, mark.column)]
pub struct ParseError {
    /// Where.
    pub mark: Mark,
    /// Why.
    pub kind: ParseErrorKind,
}

/// Why a text is not a document.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ParseErrorKind {
    /// The grammar does not allow it.
    #[error("{0}")]
    Syntax(String),
    /// It goes beyond one of the [`Limits`].
    #[error("too large: {0}")]
    Limit(String),
}

/// Reads every document of `text`. Documents with nothing in them (only comments, or `---` alone) are left out.
/// With [`Dialect::V2`], only the first document is read, as go-yaml's `Unmarshal` does.
///
/// # Errors
/// The first place where the text is not YAML as `dialect` reads it, or goes beyond `limits`.
pub fn parse(
    text: &str,
    source: SourceId,
    dialect: Dialect,
    limits: &Limits,
) -> Result<Vec<Node>, ParseError> {
    let text = check(text, source, limits)?;
    let mut found = Documents::new(source, dialect, limits);
    found.read_quickly(text)?;
    Ok(found.nodes)
}

/// Documents that were read by [`parse_keeping_texts`].
#[derive(Clone, Debug, Default)]
pub struct AsWritten {
    /// The documents.
    pub nodes: Vec<Node>,
    /// Whether a map in them has a key twice: [`Mapping::repeated`](crate::Mapping::repeated).
    pub has_repeats: bool,
    /// Why an item of a document's `items:` is none in other lists than those that kustomize takes apart as they are
    /// written: one of its own keys is no text.
    pub odd_item_key: Option<ParseError>,
    /// Why the text is refused where its values matter: a scalar does not fit its tag, and is [`Written::Mistyped`].
    ///
    /// [`Written::Mistyped`]: crate::Written::Mistyped
    pub mistyped: Option<ParseError>,
}

/// [`parse`] with [`Dialect::V3`], where scalars that are written in another way than JSON writes them keep their text
/// as [`Value::Lexical`](crate::Value::Lexical), and maps the keys that are there twice: kustomize minds them only when
/// it prints them.
///
/// # Errors
/// As [`parse`].
pub fn parse_keeping_texts(text: &str, source: SourceId, limits: &Limits) -> Result<AsWritten, ParseError> {
    let text = check(text, source, limits)?;
    let mut found = Documents::new(source, Dialect::V3, limits);
    found.keeps_texts = true;
    found.repeats = Repeats::Kept;
    found.read_quickly(text)?;
    Ok(AsWritten {
        nodes: found.nodes,
        has_repeats: found.has_repeats,
        odd_item_key: found.odd_item_key,
        mistyped: found.mistyped,
    })
}

/// [`parse`] with [`Dialect::V2`], where a key that is there twice is an error: go-yaml's `UnmarshalStrict`.
///
/// # Errors
/// As [`parse`].
pub fn parse_strictly(text: &str, source: SourceId, limits: &Limits) -> Result<Vec<Node>, ParseError> {
    let text = check(text, source, limits)?;
    let mut found = Documents::new(source, Dialect::V2, limits);
    found.repeats = Repeats::Refused;
    found.read_quickly(text)?;
    Ok(found.nodes)
}

/// [`parse`] without its way for ordinary documents, which must make no difference.
///
/// # Errors
/// As [`parse`].
#[doc(hidden)]
pub fn parse_slowly(
    text: &str,
    source: SourceId,
    dialect: Dialect,
    limits: &Limits,
) -> Result<Vec<Node>, ParseError> {
    let text = check(text, source, limits)?;
    let mut found = Documents::new(source, dialect, limits);
    for chunk in chunks(text, source, dialect)? {
        found.read(chunk.text, chunk.line)?;
    }
    Ok(found.nodes)
}

/// `text` without its byte order mark, if it is neither too long nor holds what no text may.
fn check<'a>(text: &'a str, source: SourceId, limits: &Limits) -> Result<&'a str, ParseError> {
    if text.len() > limits.bytes {
        let message = format!("the text has more than {} bytes: split it", limits.bytes);
        return Err(ParseError {
            mark: Mark {
                source,
                line: 1,
                column: 1,
                ..Mark::default()
            },
            kind: ParseErrorKind::Limit(message),
        });
    }
    let text = text.strip_prefix('\u{FEFF}').unwrap_or(text);
    control::check(text, source)?;
    Ok(text)
}

/// What is read on its own; go-yaml v2 is given the text as one.
fn chunks(text: &str, source: SourceId, dialect: Dialect) -> Result<Vec<Chunk<'_>>, ParseError> {
    match dialect {
        Dialect::V2 => Ok(vec![Chunk {
            text,
            start: 0,
            line: 0,
        }]),
        Dialect::V3 => split::split(text, source),
    }
}

/// What was read so far.
struct Documents<'l> {
    nodes: Vec<Node>,
    /// Documents, empty ones too.
    seen: usize,
    /// Nodes.
    made: usize,
    source: SourceId,
    dialect: Dialect,
    limits: &'l Limits,
    keeps_texts: bool,
    repeats: Repeats,
    has_repeats: bool,
    odd_item_key: Option<ParseError>,
    mistyped: Option<ParseError>,
}

impl<'l> Documents<'l> {
    fn new(source: SourceId, dialect: Dialect, limits: &'l Limits) -> Self {
        Self {
            nodes: Vec::new(),
            seen: 0,
            made: 0,
            source,
            dialect,
            limits,
            keeps_texts: false,
            repeats: Repeats::AsUsual,
            has_repeats: false,
            odd_item_key: None,
            mistyped: None,
        }
    }

    /// Every document of `text`, each the fast way if it is ordinary.
    fn read_quickly(&mut self, text: &str) -> Result<(), ParseError> {
        let mut fast =
            Fast::new(text, self.source, self.dialect, self.limits).keeping_texts(self.keeps_texts);
        // Made once it is needed; it finds wrong separators, which come before all other errors.
        let mut split: Option<Vec<Chunk<'_>>> = None;
        loop {
            if self.seen < self.limits.documents
                && let Some((node, more)) = fast.document(&mut self.made)
            {
                self.seen += usize::from(node.is_some());
                self.nodes.extend(node);
                if more {
                    continue;
                }
                return Ok(());
            }
            if split.is_none() {
                split = Some(chunks(text, self.source, self.dialect)?);
            }
            let chunks = split.as_deref().unwrap_or_default();
            let next = chunks.partition_point(|chunk| chunk.start <= fast.position());
            let chunk = &chunks[next - 1];
            self.read(chunk.text, chunk.line)?;
            match chunks.get(next) {
                Some(chunk) => fast.go_to(chunk.start, chunk.line),
                None => return Ok(()),
            }
        }
    }

    fn read(&mut self, text: &str, line: u32) -> Result<(), ParseError> {
        let mut composer = Composer::new(
            Scanner::new(text, self.source, line, self.dialect),
            self.dialect,
            self.limits,
            self.made,
        )
        .keeping_texts(self.keeps_texts)
        .with_repeats(self.repeats);
        if let Some(node) = composer.document()? {
            self.seen += 1;
            if self.seen > self.limits.documents {
                let message = format!("more than {} documents: split the text", self.limits.documents);
                return Err(ParseError {
                    mark: node.mark,
                    kind: ParseErrorKind::Limit(message),
                });
            }
            if !node.is_null() {
                self.nodes.push(node);
            }
        }
        // go-yaml looks one token ahead.
        composer.peek()?;
        // kustomize reads one document here and says nothing about the rest; a resource must not vanish like that.
        if self.dialect == Dialect::V3 {
            composer.end()?;
        }
        self.has_repeats |= composer.has_repeats();
        self.odd_item_key = self.odd_item_key.take().or_else(|| composer.odd_item_key());
        self.mistyped = self.mistyped.take().or_else(|| composer.mistyped());
        self.made = composer.nodes();
        Ok(())
    }
}
