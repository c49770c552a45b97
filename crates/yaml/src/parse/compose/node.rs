//! One node: its anchor and tag, the scalar or the beginning of a collection, and what becomes of it when finished.
//!
//! **Start at** [`Composer::start`].

use super::size::measure;
use super::{
    Anchored, AsKey, At, Body, Composer, Dialect, Entries, Frame, Key, Kind, Mark, Node, ParseError,
    ParseErrorKind, Place, Size, Style, Tag, Text, Token, TokenKind, Value, infinite, mistyped, resolve,
};
use crate::Written;
use crate::parse::block::in_the_end;
use crate::parse::timestamp::rfc3339;

/// What stands before a node.
#[derive(Debug)]
struct Properties<'a> {
    anchor: Option<&'a str>,
    tag: Tag,
    /// Where the first of them stands.
    at: Option<At>,
}

impl<'a> Composer<'a, '_> {
    /// Reads a node: the scalar or alias, or `None` where it is a collection that has now begun.
    pub(super) fn start(&mut self, place: Place) -> Result<Option<Node>, ParseError> {
        self.last = AsKey::Text;
        if let TokenKind::Alias(name) = self.scanner.peek()?.kind {
            let at = self.scanner.next()?.at;
            return self.alias(name, at).map(Some);
        }
        let properties = self.properties()?;
        let token = self.scanner.peek()?;
        let at = properties.at.unwrap_or(token.at);
        let kind = match token.kind {
            TokenKind::Scalar { .. } => {
                let token = self.scanner.next()?;
                return self.scalar(token, &properties, at).map(Some);
            }
            TokenKind::BlockEntry if place == Place::BlockEntry => {
                self.push(Kind::IndentlessSequence, at, properties.anchor)?;
                return Ok(None);
            }
            TokenKind::BlockSequenceStart if place != Place::Flow => Kind::BlockSequence,
            TokenKind::BlockMappingStart if place != Place::Flow => Kind::BlockMapping,
            TokenKind::FlowSequenceStart => Kind::FlowSequence,
            TokenKind::FlowMappingStart => Kind::FlowMapping,
            _ if properties.at.is_some() => return self.tagged_nothing(&properties, at).map(Some),
            _ => return Err(self.unexpected("where a value is expected")),
        };
        self.scanner.next()?;
        self.push(kind, at, properties.anchor)?;
        Ok(None)
    }

    /// A node for which nothing is written.
    pub(super) fn empty(&mut self) -> Result<Node, ParseError> {
        self.last = AsKey::Text;
        let at = self.scanner.peek()?.at;
        self.count(at, 1)?;
        Ok(Node {
            mark: self.mark(at, self.left_out()),
            value: self.nothing(),
        })
    }

    /// Begins a collection.
    pub(super) fn push(&mut self, kind: Kind, at: At, anchor: Option<&'a str>) -> Result<(), ParseError> {
        self.count(at, 1)?;
        self.check_depth(at, 1)?;
        let body = match kind {
            Kind::BlockSequence | Kind::IndentlessSequence | Kind::FlowSequence => Body::Items(Vec::new()),
            Kind::BlockMapping | Kind::FlowMapping | Kind::FlowPair => Body::Entries(Entries::default()),
        };
        let anchor = anchor.map(|name| (name, self.announce(name)));
        let is_flow = matches!(kind, Kind::FlowSequence | Kind::FlowMapping | Kind::FlowPair);
        let written = if is_flow && self.keeps_texts {
            Written::Brackets
        } else {
            Written::Plain
        };
        self.frames.push(Frame {
            kind,
            mark: self.mark(at, written),
            anchor,
            first: true,
            body,
        });
        Ok(())
    }

    /// Ends the innermost collection, and goes over the token that ends it where there is one.
    pub(super) fn finish(&mut self, token: bool) -> Result<Node, ParseError> {
        if token {
            self.scanner.next()?;
        }
        let frame = self.frames.pop().expect("step() looked at this frame");
        let value = match frame.body {
            Body::Items(items) => Value::Sequence(items),
            Body::Entries(entries) => {
                let (mapping, has_repeats) = entries.finish(self.dialect, self.repeats)?;
                self.has_repeats |= has_repeats;
                Value::Mapping(mapping)
            }
        };
        let node = Node {
            mark: frame.mark,
            value,
        };
        if let Some((name, id)) = frame.anchor {
            self.remember(name, id, &node)?;
        }
        self.last = AsKey::Text;
        Ok(node)
    }

    /// Puts a finished node into the innermost collection.
    pub(super) fn accept(&mut self, node: Node) -> Result<(), ParseError> {
        let (dialect, last) = (self.dialect, self.last);
        let written = self.written.take();
        let is_outermost = self.frames.len() == 1;
        let Some(frame) = self.frames.last_mut() else {
            return Ok(());
        };
        match &mut frame.body {
            Body::Items(items) => items.push(node),
            Body::Entries(entries) if entries.key.is_some() => entries.add(dialect, node)?,
            Body::Entries(entries) if last == AsKey::Merge => entries.key = Some(Key::Merge),
            Body::Entries(entries) => {
                let text = match written {
                    Some(written) if is_outermost => written,
                    Some(written) => {
                        let odd = key_text(dialect, last, &node).err();
                        self.odd_item_key = self.odd_item_key.take().or(odd);
                        written
                    }
                    None => key_text(dialect, last, &node)?,
                };
                entries.key = Some(Key::Text(text, node.mark));
            }
        }
        Ok(())
    }

    /// `found <token> <message>`, at the next token.
    pub(super) fn unexpected(&mut self, message: &str) -> ParseError {
        match self.scanner.peek() {
            Ok(token) => {
                let (name, at) = (token.kind.name(), token.at);
                self.scanner.cursor.error(at, format!("found {name} {message}"))
            }
            Err(error) => error,
        }
    }

    /// What nothing means here. kustomize writes resources out and reads them again, and go-yaml v3 writes nothing
    /// inside brackets as `''`.
    fn nothing(&self) -> Value {
        if self.is_inside() && self.dialect == Dialect::V3 && !self.keeps_texts {
            Value::String("".into())
        } else {
            Value::Null
        }
    }

    /// How nothing is written here.
    fn left_out(&self) -> Written {
        if self.is_inside() && self.keeps_texts {
            Written::NothingInside
        } else {
            Written::Nothing
        }
    }

    /// Whether this is in brackets.
    fn is_inside(&self) -> bool {
        self.frames.last().is_some_and(|frame| {
            matches!(
                frame.kind,
                Kind::FlowSequence | Kind::FlowMapping | Kind::FlowPair
            )
        })
    }

    /// Whether this is right within a map that is an item of the outermost map's `items:`.
    fn is_in_item(&self) -> bool {
        let [outermost, items, _] = &self.frames[..] else {
            return false;
        };
        let key = match &outermost.body {
            Body::Entries(entries) => entries.key.as_ref(),
            Body::Items(_) => None,
        };
        matches!(key, Some(Key::Text(key, _)) if &**key == "items") && matches!(items.body, Body::Items(_))
    }

    /// What a scalar means where it stands, as kustomize writes it out and reads it again.
    fn in_place(&self, value: Value, text: &str, style: Style) -> Value {
        match (style, &value) {
            (Style::Folded, _) if self.dialect == Dialect::V3 => in_the_end(value, text, self.keeps_texts),
            // No number has a colon; and a date that has one is put in quotes in brackets.
            (Style::Plain, Value::String(_))
                if self.is_inside() && text.contains(':') && !self.keeps_texts =>
            {
                Value::String(text.into())
            }
            (Style::Plain, _) if self.keeps_texts => value.written_as(text),
            _ => value,
        }
    }

    fn properties(&mut self) -> Result<Properties<'a>, ParseError> {
        let mut found = Properties {
            anchor: None,
            tag: Tag::None,
            at: None,
        };
        let mut tagged = false;
        loop {
            match &self.scanner.peek()?.kind {
                TokenKind::Anchor(_) if found.anchor.is_none() => {}
                TokenKind::Tag { .. } if !tagged => {}
                _ => return Ok(found),
            }
            let token = self.scanner.next()?;
            found.at.get_or_insert(token.at);
            match token.kind {
                TokenKind::Anchor(name) => found.anchor = Some(name),
                TokenKind::Tag { handle, suffix } => {
                    tagged = true;
                    found.tag = self.tag(handle, &suffix, token.at)?;
                }
                _ => {}
            }
        }
    }

    fn tag(&self, handle: &str, suffix: &str, at: At) -> Result<Tag, ParseError> {
        if handle.is_empty() {
            return Ok(Tag::of(suffix));
        }
        let prefix = match self.handles.iter().find(|(known, _)| *known == handle) {
            Some((_, prefix)) => prefix.as_str(),
            None if handle == "!" => "!",
            None if handle == "!!" => "tag:yaml.org,2002:",
            None => {
                let message = format!("the tag handle '{handle}' is not known: declare it with %TAG");
                return Err(self.scanner.cursor.error(at, message));
            }
        };
        Ok(Tag::of(&format!("{prefix}{suffix}")))
    }

    fn scalar(&mut self, token: Token<'a>, properties: &Properties<'a>, at: At) -> Result<Node, ParseError> {
        let TokenKind::Scalar { text, style } = token.kind else {
            return Err(self.scanner.cursor.error(at, "expected text"));
        };
        self.count(at, 1)?;
        let (value, is_mistyped) = self.meaning(&text, style, properties.tag, token.at)?;
        let written = match (style, &value) {
            _ if is_mistyped => Written::Mistyped,
            (Style::Folded, _) if self.keeps_texts => Written::Folded,
            (Style::Quoted | Style::Folded, _) => Written::Quoted,
            (_, Value::Null) if text == "~" => Written::Tilde,
            _ if self.keeps_texts && properties.tag == Tag::Str => Written::Tagged,
            _ => Written::Plain,
        };
        let node = Node {
            mark: self.mark(at, written),
            value: self.in_place(value, &text, style),
        };
        if let Some(anchor) = properties.anchor {
            let id = self.announce(anchor);
            self.remember(anchor, id, &node)?;
        }
        let plain = matches!(properties.tag, Tag::None | Tag::NonSpecific) && style == Style::Plain;
        self.last = if text == "<<" && (plain || properties.tag == Tag::Merge) {
            AsKey::Merge
        } else if self.dialect == Dialect::V3
            && (is_foreign(properties.tag) || (plain && rfc3339(&text).is_some()))
        {
            AsKey::Foreign
        } else {
            AsKey::Text
        };
        // go-yaml reads the outermost map into one with text keys; only there may a key be a number as well. What items
        // of a list is for kustomize to say.
        let is_in_outermost = self.frames.len() == 1 || self.keeps_texts && self.is_in_item();
        if self.dialect == Dialect::V3 && is_in_outermost {
            self.written = match node.value.plain() {
                Value::Null => None,
                Value::String(_) if self.last == AsKey::Text => None,
                Value::String(decoded) if properties.tag == Tag::Binary => Some(decoded.clone()),
                _ => Some(text.into()),
            };
        }
        Ok(node)
    }

    /// What a scalar says, and whether it does not fit its tag, which is an error where texts are not kept.
    fn meaning(&mut self, text: &str, style: Style, tag: Tag, at: At) -> Result<(Value, bool), ParseError> {
        let message = match resolve(self.dialect, tag, style, text) {
            Ok(value) => return Ok((value, false)),
            Err(message) => message,
        };
        let error = self.scanner.cursor.error(at, message);
        if !self.keeps_texts {
            return Err(error);
        }
        if let Some(value) = infinite(tag, text) {
            return Ok((value, false));
        }
        let Some(value) = mistyped(tag, text) else {
            return Err(error);
        };
        self.mistyped = self.mistyped.take().or(Some(error));
        Ok((value, true))
    }

    /// An anchor or tag with nothing behind it.
    fn tagged_nothing(&mut self, properties: &Properties<'a>, at: At) -> Result<Node, ParseError> {
        self.count(at, 1)?;
        let value = match properties.tag {
            Tag::None => self.nothing(),
            tag => resolve(self.dialect, tag, Style::Plain, "")
                .map_err(|message| self.scanner.cursor.error(at, message))?,
        };
        let node = Node {
            mark: self.mark(at, self.left_out()),
            value,
        };
        if let Some(anchor) = properties.anchor {
            let id = self.announce(anchor);
            self.remember(anchor, id, &node)?;
        }
        Ok(node)
    }

    fn mark(&self, at: At, written: Written) -> Mark {
        let mark = self.scanner.cursor.mark(at);
        match self.dialect {
            Dialect::V3 => Mark { written, ..mark },
            Dialect::V2 => mark,
        }
    }

    fn alias(&mut self, name: &str, at: At) -> Result<Node, ParseError> {
        let Some(anchored) = self.anchors.get(name) else {
            let message = format!("unknown anchor '{name}' referenced: define '&{name}' before it");
            return Err(self.scanner.cursor.error(at, message));
        };
        let Some((_, size)) = anchored.node else {
            return Err(self.scanner.cursor.error(
                at,
                format!("anchor '{name}' value contains itself: remove the alias"),
            ));
        };
        self.count_copy(at, size)?;
        self.check_depth(at, size.height)?;
        let copied = self.anchors.get(name).and_then(|anchored| anchored.node.as_ref());
        let mut node = copied.map(|(node, _)| node.clone()).unwrap_or_default();
        // Of a null, what stands here is a name and no value.
        let written = if node.is_null() {
            Written::Nothing
        } else {
            Written::Plain
        };
        node.mark = self.mark(at, written);
        Ok(node)
    }

    /// Takes note of an anchor whose node is yet to be read.
    fn announce(&mut self, name: &'a str) -> usize {
        self.anchors_seen += 1;
        self.anchors.insert(
            name,
            Anchored {
                id: self.anchors_seen,
                node: None,
            },
        );
        self.anchors_seen
    }

    fn remember(&mut self, name: &'a str, id: usize, node: &Node) -> Result<(), ParseError> {
        let size = measure(node);
        self.count_copy(self.scanner.cursor.at(), size)?;
        if let Some(anchored) = self.anchors.get_mut(name)
            && anchored.id == id
        {
            anchored.node = Some((node.clone(), size));
        }
        Ok(())
    }

    fn count(&mut self, at: At, nodes: usize) -> Result<(), ParseError> {
        self.nodes = self.nodes.saturating_add(nodes);
        if self.nodes > self.limits.nodes {
            return Err(self.too_large(
                at,
                format!("more than {} values: split the text", self.limits.nodes),
            ));
        }
        Ok(())
    }

    fn count_copy(&mut self, at: At, size: Size) -> Result<(), ParseError> {
        self.count(at, size.nodes)?;
        self.copied = self.copied.saturating_add(size.bytes);
        if self.copied > self.limits.bytes {
            let message = format!(
                "aliases that stand for more than {} bytes: write less with aliases",
                self.limits.bytes
            );
            return Err(self.too_large(at, message));
        }
        Ok(())
    }

    fn check_depth(&self, at: At, height: usize) -> Result<(), ParseError> {
        if self.frames.len() + height > self.limits.depth {
            return Err(self.too_large(
                at,
                format!("nested deeper than {} levels: flatten it", self.limits.depth),
            ));
        }
        Ok(())
    }

    fn too_large(&self, at: At, message: String) -> ParseError {
        ParseError {
            mark: self.scanner.cursor.mark(at),
            kind: ParseErrorKind::Limit(message),
        }
    }
}

fn is_foreign(tag: Tag) -> bool {
    matches!(tag, Tag::Other | Tag::Binary | Tag::Timestamp)
}

fn key_text(dialect: Dialect, last: AsKey, node: &Node) -> Result<Text, ParseError> {
    let found = match node.value.plain() {
        Value::String(_) if last == AsKey::Foreign => "a date, or has a tag",
        Value::String(text) if dialect == Dialect::V3 && *text == "<<" => {
            let message =
                "kustomize drops the key '<<' where it is in quotes: remove it, or the quotes to merge";
            return Err(syntax(node.mark, message));
        }
        Value::String(text) => return Ok(text.clone()),
        Value::Bool(flag) if dialect == Dialect::V2 => return Ok(flag.to_string().into()),
        Value::Int(number) if dialect == Dialect::V2 => return Ok(number.to_string().into()),
        Value::Float(number) if dialect == Dialect::V2 => return Ok(crate::emit::short_float(*number).into()),
        Value::Null if node.mark.written == Written::NothingInside => return Ok(Text::default()),
        Value::Null => "null",
        Value::Bool(_) => "a boolean",
        Value::Int(_) | Value::Uint(_) | Value::Float(_) => "a number",
        Value::Sequence(_) => "a list",
        Value::Mapping(_) => "a map",
        Value::Lexical(_) => "a scalar",
    };
    let message = match node.value {
        Value::Sequence(_) | Value::Mapping(_) => {
            format!("this key is {found}; keys are text: quote '{{' and '[' in templates")
        }
        _ => format!("this key is {found}; keys are text: put it in quotes"),
    };
    Err(syntax(node.mark, message))
}

fn syntax(mark: Mark, message: impl Into<String>) -> ParseError {
    ParseError {
        mark,
        kind: ParseErrorKind::Syntax(message.into()),
    }
}
