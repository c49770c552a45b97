//! What the parts of a kustomization look like: which keys there are, what is in them, and what is written of it.
//!
//! [`read`] takes a document apart as strictly as the original does, and complains in its words; [`read_leniently`] reads
//! where the original is lenient; [`Field::write`] gives back what the original writes. The tables are in [`fields`] and
//! [`plugins`].

mod fields;
mod plugins;
mod read;
mod relax;

pub(crate) use fields::{FIELD_LISTS, FIELDS, IMAGE_TAGS};
pub(crate) use plugins::{ONE_REPLACEMENT, SEVERAL_REPLACEMENTS, VALUE_TARGETS, plugin};
pub(crate) use read::{read, read_leniently};
pub(crate) use relax::{Library, relax};

use plumb_yaml::{Mapping, Node, Value};

/// What a value is, with the name of its type in messages.
pub(crate) enum Shape {
    Text(&'static str),
    Flag,
    Integer(&'static str),
    /// A map of texts.
    TextMap,
    /// A map of anything.
    AnyMap,
    /// A map of which only these fields are known.
    Object(&'static str, &'static [Field]),
    /// A list of such.
    List(&'static str, &'static Shape),
}

/// A field of an object.
pub(crate) struct Field {
    name: &'static str,
    /// What messages have between the object and the field.
    via: &'static str,
    shape: &'static Shape,
    empty: Empty,
}

/// What becomes of a field that is missing or empty.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Empty {
    /// It is left out.
    Omit,
    /// An object that is there, but empty, stays; a missing one is left out.
    Keep,
    /// An empty text is written.
    Text,
    /// A zero is written.
    Zero,
    /// An empty object is written.
    Object,
    /// A null is written.
    Null,
}

impl Field {
    pub(crate) fn name(&self) -> &'static str {
        self.name
    }

    /// Whether a key is that of this field, to a library.
    fn is_called(&self, key: &str, library: Library) -> bool {
        match library {
            Library::Json => self.name.eq_ignore_ascii_case(key),
            Library::Yaml => self.name == key,
        }
    }

    /// The value as it is written; `None` when the field is left out.
    pub(crate) fn write(&self, value: Option<&Node>) -> Option<Node> {
        let value = value.filter(|value| !value.is_null());
        let written = value.map(|value| self.shape.write(value));
        match (written, self.empty) {
            (Some(written), Empty::Keep) => Some(written),
            (Some(written), _) if !is_empty(&written) => Some(written),
            (written, Empty::Text) => Some(written.unwrap_or_else(|| Node::text(""))),
            (written, Empty::Zero) => Some(written.unwrap_or_else(|| Value::Int(0).into())),
            (written, Empty::Null) => Some(written.unwrap_or_default()),
            (_, Empty::Object) => Some(self.shape.write(&Value::Mapping(Mapping::new()).into())),
            (_, Empty::Omit | Empty::Keep) => None,
        }
    }
}

impl Shape {
    fn write(&self, value: &Node) -> Node {
        let value_of = match (self, &value.value) {
            (Self::Object(_, fields), Value::Mapping(mapping)) => {
                let mut written = Mapping::new();
                for field in *fields {
                    if let Some(value) = field.write(mapping.get(field.name)) {
                        written.push(field.name, value);
                    }
                }
                Value::Mapping(written)
            }
            (Self::List(_, shape), Value::Sequence(items)) => {
                Value::Sequence(items.iter().map(|item| shape.write(item)).collect())
            }
            _ => return value.clone(),
        };
        Node {
            mark: value.mark,
            value: value_of,
        }
    }
}

fn is_empty(node: &Node) -> bool {
    match &node.value {
        Value::Null | Value::Bool(false) | Value::Int(0) => true,
        Value::String(text) => text.is_empty(),
        Value::Sequence(items) => items.is_empty(),
        Value::Mapping(mapping) => mapping.is_empty(),
        _ => false,
    }
}
