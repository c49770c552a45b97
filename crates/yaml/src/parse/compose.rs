//! Tokens to trees.
//!
//! The grammar of YAML over [`super::scan`]'s tokens, with a stack of its own instead of recursion.
//!
//! **Invariant:** every node counts against [`Limits`] before it is made, those behind aliases too.
//! **Start at** [`Composer::document`].

use super::mapping::{Entries, Key, Repeats};
use super::resolve::{Tag, infinite, mistyped, resolve};
use super::scan::Scanner;
use super::token::{At, Style, Token, TokenKind};
use super::{Dialect, Limits};
use crate::{Mark, Node, ParseError, ParseErrorKind, Text, Value};
use size::Size;
use std::collections::BTreeMap;

/// Reads documents from tokens.
#[derive(Debug)]
pub(super) struct Composer<'a, 'l> {
    scanner: Scanner<'a>,
    dialect: Dialect,
    limits: &'l Limits,
    /// Nodes made so far, in this text.
    nodes: usize,
    /// Bytes of text copied for aliases so far.
    copied: usize,
    anchors: BTreeMap<&'a str, Anchored>,
    /// How many anchors there were so far.
    anchors_seen: usize,
    handles: Vec<(&'a str, String)>,
    frames: Vec<Frame<'a>>,
    /// What the last node may be as a key.
    last: AsKey,
    /// How the last node was written, if that is what it means as a key of the outermost map.
    written: Option<Text>,
    keeps_texts: bool,
    repeats: Repeats,
    /// Whether a map has a key twice.
    has_repeats: bool,
    /// The first key of an item of `items:` that is no text.
    odd_item_key: Option<ParseError>,
    /// The first scalar that does not fit its tag.
    mistyped: Option<ParseError>,
}

/// What a scalar may be as a key, beyond its value.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum AsKey {
    Text,
    /// A `<<` that merges.
    Merge,
    /// Text here, but not to go-yaml: a date, or something with a tag.
    Foreign,
}

/// What an alias stands for.
#[derive(Debug)]
struct Anchored {
    /// Which of the anchors so far this is: one inside a node may take the name of the node's own.
    id: usize,
    /// The node and what a copy costs; nothing while it is being read.
    node: Option<(Node, Size)>,
}

/// A collection that is being read.
#[derive(Debug)]
struct Frame<'a> {
    kind: Kind,
    mark: Mark,
    anchor: Option<(&'a str, usize)>,
    /// Nothing was read of it yet.
    first: bool,
    body: Body,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Kind {
    BlockSequence,
    /// A list whose `-` stand right under the key.
    IndentlessSequence,
    BlockMapping,
    FlowSequence,
    FlowMapping,
    /// `key: value` in a flow list.
    FlowPair,
}

#[derive(Debug)]
enum Body {
    Items(Vec<Node>),
    Entries(Entries),
}

/// Where a node stands, as far as that decides what may begin there.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Place {
    Block,
    /// In a block map, where `-` needs no indentation.
    BlockEntry,
    Flow,
}

impl<'a, 'l> Composer<'a, 'l> {
    /// Over the tokens of `scanner`.
    pub(super) fn new(scanner: Scanner<'a>, dialect: Dialect, limits: &'l Limits, nodes: usize) -> Self {
        Self {
            scanner,
            dialect,
            limits,
            nodes,
            copied: 0,
            anchors: BTreeMap::new(),
            anchors_seen: 0,
            handles: Vec::new(),
            frames: Vec::new(),
            last: AsKey::Text,
            written: None,
            keeps_texts: false,
            repeats: Repeats::AsUsual,
            has_repeats: false,
            odd_item_key: None,
            mistyped: None,
        }
    }

    /// Whether scalars keep the text they were written as.
    pub(super) fn keeping_texts(mut self, keeps_texts: bool) -> Self {
        self.keeps_texts = keeps_texts;
        self
    }

    /// What becomes of keys that are there twice.
    pub(super) fn with_repeats(mut self, repeats: Repeats) -> Self {
        self.repeats = repeats;
        self
    }

    /// Whether a map has a key twice.
    pub(super) fn has_repeats(&self) -> bool {
        self.has_repeats
    }

    /// Why an item of `items:` may be refused, if texts are kept: one of its own keys is no text.
    pub(super) fn odd_item_key(&mut self) -> Option<ParseError> {
        self.odd_item_key.take()
    }

    /// Why the text may be refused, if texts are kept: a scalar does not fit its tag.
    pub(super) fn mistyped(&mut self) -> Option<ParseError> {
        self.mistyped.take()
    }

    /// Nodes made so far.
    pub(super) fn nodes(&self) -> usize {
        self.nodes
    }

    /// The first document of the text, if there is one.
    pub(super) fn document(&mut self) -> Result<Option<Node>, ParseError> {
        if !self.document_start()? {
            return Ok(None);
        }
        match self.scanner.peek()?.kind {
            TokenKind::Version
            | TokenKind::TagDirective { .. }
            | TokenKind::DocumentStart
            | TokenKind::DocumentEnd
            | TokenKind::StreamEnd => self.empty().map(Some),
            _ => self.root().map(Some),
        }
    }

    /// Reads the next token, and leaves it there.
    pub(super) fn peek(&mut self) -> Result<(), ParseError> {
        self.scanner.peek().map(|_| ())
    }

    /// Makes sure that no content follows the document.
    pub(super) fn end(&mut self) -> Result<(), ParseError> {
        loop {
            match self.scanner.peek()?.kind {
                TokenKind::StreamEnd => return Ok(()),
                TokenKind::DocumentEnd
                | TokenKind::Version
                | TokenKind::TagDirective { .. }
                | TokenKind::DocumentStart => self.scanner.next()?,
                _ => {
                    return Err(
                        self.unexpected("behind the end of the document: write '---' before the next one")
                    );
                }
            };
        }
    }

    /// Goes over what stands before a document; whether there is one.
    fn document_start(&mut self) -> Result<bool, ParseError> {
        while matches!(self.scanner.peek()?.kind, TokenKind::DocumentEnd) {
            self.scanner.next()?;
        }
        let mut directives = false;
        loop {
            match &self.scanner.peek()?.kind {
                TokenKind::StreamEnd if !directives => return Ok(false),
                TokenKind::Version => {}
                TokenKind::TagDirective { handle, prefix } => {
                    let entry = (*handle, prefix.to_string());
                    self.handles.push(entry);
                }
                TokenKind::DocumentStart => {
                    self.scanner.next()?;
                    return Ok(true);
                }
                _ if !directives => return Ok(true),
                _ => return Err(self.unexpected("where '---' is expected behind a directive")),
            }
            directives = true;
            self.scanner.next()?;
        }
    }

    fn root(&mut self) -> Result<Node, ParseError> {
        let mut done = self.start(Place::Block)?;
        loop {
            if let Some(node) = done {
                if self.frames.is_empty() {
                    return Ok(node);
                }
                self.accept(node)?;
            }
            done = self.step()?;
        }
    }

    /// Reads on in the innermost collection: a finished node, or `None` where a collection began.
    fn step(&mut self) -> Result<Option<Node>, ParseError> {
        let Some(frame) = self.frames.last_mut() else {
            return Ok(None);
        };
        let (kind, first) = (frame.kind, frame.first);
        let value_next = matches!(&frame.body, Body::Entries(Entries { key: Some(_), .. }));
        frame.first = false;
        match (kind, value_next) {
            (Kind::BlockSequence, _) => self.block_item(),
            (Kind::IndentlessSequence, _) => self.indentless_item(),
            (Kind::BlockMapping, false) => self.block_key(),
            (Kind::BlockMapping, true) => self.block_value(),
            (Kind::FlowSequence, _) => self.flow_item(first),
            (Kind::FlowMapping, false) => self.flow_key(first),
            (Kind::FlowMapping, true) => self.flow_value(),
            (Kind::FlowPair, _) => self.flow_pair(first, value_next),
        }
    }

    fn block_item(&mut self) -> Result<Option<Node>, ParseError> {
        match self.scanner.peek()?.kind {
            TokenKind::BlockEntry => {
                self.scanner.next()?;
                match self.scanner.peek()?.kind {
                    TokenKind::BlockEntry | TokenKind::BlockEnd => self.empty().map(Some),
                    _ => self.start(Place::Block),
                }
            }
            TokenKind::BlockEnd => self.finish(true).map(Some),
            _ => Err(self.unexpected("where the next '- ' of the list is expected: check the indentation")),
        }
    }

    fn indentless_item(&mut self) -> Result<Option<Node>, ParseError> {
        if !matches!(self.scanner.peek()?.kind, TokenKind::BlockEntry) {
            return self.finish(false).map(Some);
        }
        self.scanner.next()?;
        match self.scanner.peek()?.kind {
            TokenKind::BlockEntry | TokenKind::Key | TokenKind::Value | TokenKind::BlockEnd => {
                self.empty().map(Some)
            }
            _ => self.start(Place::Block),
        }
    }

    fn block_key(&mut self) -> Result<Option<Node>, ParseError> {
        match self.scanner.peek()?.kind {
            TokenKind::Key => {
                self.scanner.next()?;
                self.block_part()
            }
            TokenKind::BlockEnd => self.finish(true).map(Some),
            _ => Err(self.unexpected("where the next key of the map is expected: check the indentation")),
        }
    }

    fn block_value(&mut self) -> Result<Option<Node>, ParseError> {
        if !matches!(self.scanner.peek()?.kind, TokenKind::Value) {
            return self.empty().map(Some);
        }
        self.scanner.next()?;
        self.block_part()
    }

    fn block_part(&mut self) -> Result<Option<Node>, ParseError> {
        match self.scanner.peek()?.kind {
            TokenKind::Key | TokenKind::Value | TokenKind::BlockEnd => self.empty().map(Some),
            _ => self.start(Place::BlockEntry),
        }
    }

    fn flow_item(&mut self, first: bool) -> Result<Option<Node>, ParseError> {
        if matches!(self.scanner.peek()?.kind, TokenKind::FlowSequenceEnd) {
            return self.finish(true).map(Some);
        }
        if !first {
            if !matches!(self.scanner.peek()?.kind, TokenKind::FlowEntry) {
                return Err(self.unexpected("where ',' or ']' is expected"));
            }
            self.scanner.next()?;
        }
        let token = self.scanner.peek()?;
        let at = token.at;
        match token.kind {
            TokenKind::Key => {
                self.scanner.next()?;
                self.push(Kind::FlowPair, at, None)?;
                Ok(None)
            }
            TokenKind::FlowSequenceEnd => self.finish(true).map(Some),
            _ => self.start(Place::Flow),
        }
    }

    fn flow_pair(&mut self, first: bool, value_next: bool) -> Result<Option<Node>, ParseError> {
        if first {
            return match self.scanner.peek()?.kind {
                TokenKind::Value | TokenKind::FlowEntry | TokenKind::FlowSequenceEnd => {
                    self.empty().map(Some)
                }
                _ => self.start(Place::Flow),
            };
        }
        if !value_next {
            return self.finish(false).map(Some);
        }
        if !matches!(self.scanner.peek()?.kind, TokenKind::Value) {
            return self.empty().map(Some);
        }
        self.scanner.next()?;
        match self.scanner.peek()?.kind {
            TokenKind::FlowEntry | TokenKind::FlowSequenceEnd => self.empty().map(Some),
            _ => self.start(Place::Flow),
        }
    }

    fn flow_key(&mut self, first: bool) -> Result<Option<Node>, ParseError> {
        if matches!(self.scanner.peek()?.kind, TokenKind::FlowMappingEnd) {
            return self.finish(true).map(Some);
        }
        if !first {
            if !matches!(self.scanner.peek()?.kind, TokenKind::FlowEntry) {
                return Err(self.unexpected("where ',' or '}' is expected"));
            }
            self.scanner.next()?;
        }
        match self.scanner.peek()?.kind {
            TokenKind::Key => {
                self.scanner.next()?;
                match self.scanner.peek()?.kind {
                    TokenKind::Value | TokenKind::FlowEntry | TokenKind::FlowMappingEnd => {
                        self.empty().map(Some)
                    }
                    _ => self.start(Place::Flow),
                }
            }
            TokenKind::FlowMappingEnd => self.finish(true).map(Some),
            _ => self.start(Place::Flow),
        }
    }

    fn flow_value(&mut self) -> Result<Option<Node>, ParseError> {
        if !matches!(self.scanner.peek()?.kind, TokenKind::Value) {
            return self.empty().map(Some);
        }
        self.scanner.next()?;
        match self.scanner.peek()?.kind {
            TokenKind::FlowEntry | TokenKind::FlowMappingEnd => self.empty().map(Some),
            _ => self.start(Place::Flow),
        }
    }
}

mod node;
mod size;
