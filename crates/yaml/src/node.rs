//! The tree of a document: values, and where each was written.
//!
//! **Invariant:** a node has 40 bytes, a copy of a map or text shares what it holds until changed.
//! **Absent:** comments. **Start at** [`Node`]; maps: [`mapping`].

pub(crate) mod lexical;
pub(crate) mod mapping;

use crate::Text;
pub use lexical::Lexical;
pub use mapping::Mapping;

/// Which text a [`Mark`] points into; the caller numbers its texts.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct SourceId(pub u32);

/// How a scalar was written, as far as that can matter later.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum Written {
    /// Plain, or nobody wrote it, or it was read with [`Dialect::V2`](crate::Dialect::V2), which forgets.
    #[default]
    Plain,
    /// In quotes or as a block.
    Quoted,
    /// As a folded block, which kustomize writes as another text than it read.
    /// Only [`parse_keeping_texts`](crate::parse_keeping_texts) gives it; otherwise it is `Quoted`, and that text.
    Folded,
    /// Not at all: a null that was left empty.
    Nothing,
    /// Not at all, in brackets: kustomize takes it for null, and prints an empty text.
    /// Only [`parse_keeping_texts`](crate::parse_keeping_texts) gives it; otherwise it is that text.
    NothingInside,
    /// A null, as `~`.
    Tilde,
    /// Plain, by a program that did not say of which type it is.
    Untyped,
    /// Plain, with a tag that says that it is a text. Only [`parse_keeping_texts`](crate::parse_keeping_texts) gives it.
    Tagged,
    /// As a text over a number or boolean, by a program that kept the type: a [`Lexical`] whose text its value is not.
    Mistyped,
    /// A list or map in brackets. Only [`parse_keeping_texts`](crate::parse_keeping_texts) gives it.
    Brackets,
}

/// Where and how a node was written. `line` 0 means "made by the program".
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub struct Mark {
    /// The text.
    pub source: SourceId,
    /// 1-based line.
    pub line: u32,
    /// 1-based column, in characters.
    pub column: u32,
    /// How.
    pub written: Written,
    /// For whoever works on the tree; 0 when it was read.
    pub note: u8,
}

/// A value and its place. Equality looks at the value only.
#[derive(Clone, Debug, Default)]
pub struct Node {
    /// Where it was written.
    pub mark: Mark,
    /// What it says.
    pub value: Value,
}

/// What a node says. Equality looks at what it means, not at how it was written.
#[derive(Clone, Debug, Default)]
pub enum Value {
    /// `null`, `~` or nothing.
    #[default]
    Null,
    /// `true` or `false`.
    Bool(bool),
    /// An integer that fits `i64`.
    Int(i64),
    /// An integer above `i64::MAX`.
    Uint(u64),
    /// Any other number.
    Float(f64),
    /// Text.
    String(Text),
    /// A list.
    Sequence(Vec<Node>),
    /// A map, in the order written.
    Mapping(Mapping),
    /// One of the scalars above with the text it was written as; only [`parse_keeping_texts`](crate::parse_keeping_texts)
    /// gives it.
    Lexical(Lexical),
}

impl PartialEq for Value {
    fn eq(&self, other: &Self) -> bool {
        match (self.plain(), other.plain()) {
            (Self::Null, Self::Null) => true,
            (Self::Bool(one), Self::Bool(two)) => one == two,
            (Self::Int(one), Self::Int(two)) => one == two,
            (Self::Uint(one), Self::Uint(two)) => one == two,
            (Self::Float(one), Self::Float(two)) => one == two,
            (Self::String(one), Self::String(two)) => one == two,
            (Self::Sequence(one), Self::Sequence(two)) => one == two,
            (Self::Mapping(one), Self::Mapping(two)) => one == two,
            _ => false,
        }
    }
}

impl PartialEq for Node {
    fn eq(&self, other: &Self) -> bool {
        self.value == other.value
    }
}

impl From<Value> for Node {
    fn from(value: Value) -> Self {
        Self {
            mark: Mark::default(),
            value,
        }
    }
}

impl From<&str> for Value {
    fn from(text: &str) -> Self {
        Self::String(text.into())
    }
}

impl From<Text> for Value {
    fn from(text: Text) -> Self {
        Self::String(text)
    }
}

impl From<String> for Value {
    fn from(text: String) -> Self {
        Self::String(text.into())
    }
}

impl Node {
    /// A text node made by the program.
    #[must_use]
    pub fn text(text: impl Into<Text>) -> Self {
        Value::String(text.into()).into()
    }

    /// The same, with all that the program made of it placed at `mark`.
    #[must_use]
    pub fn marked(mut self, mark: Mark) -> Self {
        self.mark_made(mark);
        self
    }

    fn mark_made(&mut self, mark: Mark) {
        let unplaced = Mark {
            written: self.mark.written,
            ..Mark::default()
        };
        if self.mark == unplaced {
            self.mark = Mark {
                written: self.mark.written,
                ..mark
            };
        }
        match &mut self.value {
            Value::Sequence(items) => items.iter_mut().for_each(|item| item.mark_made(mark)),
            Value::Mapping(mapping) => mapping.iter_mut().for_each(|(_, value)| value.mark_made(mark)),
            _ => {}
        }
    }

    /// The text, if this is one.
    #[must_use]
    pub fn as_str(&self) -> Option<&str> {
        if let Value::String(text) = self.value.plain() {
            Some(text)
        } else {
            None
        }
    }

    /// The map, if this is one.
    #[must_use]
    pub fn as_mapping(&self) -> Option<&Mapping> {
        if let Value::Mapping(mapping) = &self.value {
            Some(mapping)
        } else {
            None
        }
    }

    /// The map, if this is one.
    pub fn as_mapping_mut(&mut self) -> Option<&mut Mapping> {
        if let Value::Mapping(mapping) = &mut self.value {
            Some(mapping)
        } else {
            None
        }
    }

    /// The list, if this is one.
    #[must_use]
    pub fn as_sequence(&self) -> Option<&[Node]> {
        if let Value::Sequence(items) = &self.value {
            Some(items)
        } else {
            None
        }
    }

    /// The list, if this is one.
    pub fn as_sequence_mut(&mut self) -> Option<&mut Vec<Node>> {
        if let Value::Sequence(items) = &mut self.value {
            Some(items)
        } else {
            None
        }
    }

    /// Whether this is null.
    #[must_use]
    pub fn is_null(&self) -> bool {
        matches!(self.value, Value::Null)
    }

    /// The entry `key` of a map.
    #[must_use]
    pub fn get(&self, key: &str) -> Option<&Node> {
        self.as_mapping().and_then(|mapping| mapping.get(key))
    }

    /// The entry `key` of a map.
    pub fn get_mut(&mut self, key: &str) -> Option<&mut Node> {
        self.as_mapping_mut().and_then(|mapping| mapping.get_mut(key))
    }

    /// The node under a path of map keys.
    #[must_use]
    pub fn at(&self, path: &[&str]) -> Option<&Node> {
        path.iter().try_fold(self, |node, key| node.get(key))
    }

    /// The same value as JSON.
    #[must_use]
    pub fn to_json(&self) -> serde_json::Value {
        use serde_json::Value as Json;
        match self.value.plain() {
            Value::Null | Value::Lexical(_) => Json::Null,
            Value::Bool(flag) => Json::Bool(*flag),
            Value::Int(number) => Json::from(*number),
            Value::Uint(number) => Json::from(*number),
            Value::Float(number) => Json::from(*number),
            Value::String(text) => Json::String(text.to_string()),
            Value::Sequence(items) => Json::Array(items.iter().map(Self::to_json).collect()),
            Value::Mapping(mapping) => Json::Object(
                mapping
                    .iter()
                    .map(|(key, value)| (key.to_owned(), value.to_json()))
                    .collect(),
            ),
        }
    }

    /// A node of the same value as `json`, every part of it placed at `mark`.
    #[must_use]
    pub fn from_json(json: &serde_json::Value, mark: Mark) -> Self {
        use serde_json::Value as Json;
        let value = match json {
            Json::Null => Value::Null,
            Json::Bool(flag) => Value::Bool(*flag),
            Json::Number(number) => match (number.as_i64(), number.as_u64()) {
                (Some(number), _) => Value::Int(number),
                (None, Some(number)) => Value::Uint(number),
                (None, None) => Value::Float(number.as_f64().unwrap_or(f64::NAN)),
            },
            Json::String(text) => Value::String(text.as_str().into()),
            Json::Array(items) => {
                Value::Sequence(items.iter().map(|item| Self::from_json(item, mark)).collect())
            }
            Json::Object(entries) => Value::Mapping(
                entries
                    .iter()
                    .map(|(key, value)| (key.as_str().into(), Self::from_json(value, mark)))
                    .collect(),
            ),
        };
        Self { mark, value }
    }
}
