//! The part of an object that a set of fields covers, and a digest of that part.
//!
//! A member path covers the whole value there unless members below it say which parts. Items of keyed lists are found
//! by their keys, whatever their position; a key that the live item leaves out is not found, as on the server, unless
//! the type's default was written into the item.
//!
//! **Invariant:** [`FieldSet::digest`] is equal for equal projections; key order of objects does not matter.

use std::cmp::Ordering;

use serde_json::{Map, Value};
use sha2::{Digest as _, Sha256};

use super::{Entry, FieldSet, Segment, same_value};

impl FieldSet {
    /// The covered part of an object. Lists hold covered items only, in the order of the set.
    #[must_use]
    pub fn project(&self, object: &Value) -> Value {
        let mut out = Build {
            root: Value::Null,
            stack: Vec::new(),
        };
        self.cover(object, &mut out);
        out.root
    }

    /// A digest of [`FieldSet::project`] without building it.
    #[must_use]
    pub fn digest(&self, object: &Value) -> [u8; 32] {
        let mut out = Hash(Sha256::new());
        self.cover(object, &mut out);
        out.0.finalize().into()
    }

    fn cover<S: Sink>(&self, value: &Value, out: &mut S) {
        let keyed = match value {
            Value::Object(_) => true,
            Value::Array(_) => false,
            _ => return out.leaf(value),
        };
        out.open(keyed);
        for entry in &self.entries {
            if let Some(found) = entry.segment.find(value) {
                out.name(&entry.segment);
                entry.cover(found, out);
            }
        }
        out.close();
    }
}

impl Entry {
    fn cover<S: Sink>(&self, value: &Value, out: &mut S) {
        if !self.children.is_empty() {
            self.children.cover(value, out);
        } else if let Segment::Key(keys) = &self.segment {
            // An item of which only the existence is owned.
            out.open(true);
            for (name, value) in keys.iter() {
                out.name(&Segment::Field(name.clone()));
                out.leaf(value);
            }
            out.close();
        } else {
            out.leaf(value);
        }
    }
}

impl Segment {
    /// The value to which this step leads.
    pub(crate) fn find<'v>(&self, value: &'v Value) -> Option<&'v Value> {
        match (self, value) {
            (Self::Field(name), Value::Object(fields)) => fields.get(name.as_ref()),
            (Self::Key(keys), Value::Array(items)) => items.iter().find(|item| {
                keys.iter()
                    .all(|(name, value)| item.get(name.as_ref()).is_some_and(|it| same_value(it, value)))
            }),
            (Self::Value(wanted), Value::Array(items)) => items.iter().find(|item| same_value(item, wanted)),
            (Self::Index(at), Value::Array(items)) => usize::try_from(*at).ok().and_then(|at| items.get(at)),
            _ => None,
        }
    }
}

/// Takes a projection piece by piece.
trait Sink {
    fn open(&mut self, object: bool);
    fn name(&mut self, segment: &Segment);
    fn leaf(&mut self, value: &Value);
    fn close(&mut self);
}

struct Hash(Sha256);

impl Hash {
    fn text(&mut self, tag: u8, text: &str) {
        self.0.update([tag]);
        self.0.update((text.len() as u64).to_le_bytes());
        self.0.update(text.as_bytes());
    }
}

impl Sink for Hash {
    fn open(&mut self, object: bool) {
        self.0.update(if object { b"{" } else { b"[" });
    }

    fn name(&mut self, segment: &Segment) {
        match segment {
            Segment::Field(name) => self.text(b'f', name),
            other => self.text(b'k', &other.encode()),
        }
    }

    fn leaf(&mut self, value: &Value) {
        match value {
            Value::Null => self.0.update(b"0"),
            Value::Bool(it) => self.0.update(if *it { b"T" } else { b"F" }),
            Value::String(text) => self.text(b's', text),
            Value::Number(number) => match number.as_i64() {
                Some(whole) => {
                    self.0.update(b"i");
                    self.0.update(whole.to_le_bytes());
                }
                None => self.text(b'n', &number.to_string()),
            },
            Value::Array(items) => {
                self.0.update(b"[");
                items.iter().for_each(|item| self.leaf(item));
                self.0.update(b"]");
            }
            Value::Object(fields) => {
                self.0.update(b"{");
                let mut sorted: Vec<(&String, &Value)> = fields.iter().collect();
                // Already sorted unless the build keeps the order of insertion.
                sorted.sort_unstable_by(|a, b| {
                    if a.0 < b.0 {
                        Ordering::Less
                    } else {
                        Ordering::Greater
                    }
                });
                for (name, value) in sorted {
                    self.text(b'f', name);
                    self.leaf(value);
                }
                self.0.update(b"}");
            }
        }
    }

    fn close(&mut self) {
        self.0.update(b")");
    }
}

struct Build {
    root: Value,
    stack: Vec<(Value, Option<String>)>,
}

impl Build {
    fn place(&mut self, value: Value) {
        match self.stack.last_mut() {
            None => self.root = value,
            Some((Value::Object(fields), name)) => {
                fields.insert(name.take().unwrap_or_default(), value);
            }
            Some((Value::Array(items), _)) => items.push(value),
            Some(_) => {}
        }
    }
}

impl Sink for Build {
    fn open(&mut self, object: bool) {
        let empty = if object {
            Value::Object(Map::new())
        } else {
            Value::Array(Vec::new())
        };
        self.stack.push((empty, None));
    }

    fn name(&mut self, segment: &Segment) {
        if let (Some((_, slot)), Segment::Field(name)) = (self.stack.last_mut(), segment) {
            *slot = Some(name.to_string());
        }
    }

    fn leaf(&mut self, value: &Value) {
        self.place(value.clone());
    }

    fn close(&mut self) {
        if let Some((value, _)) = self.stack.pop() {
            self.place(value);
        }
    }
}
