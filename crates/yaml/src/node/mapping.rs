//! Maps that keep the order in which keys were written.
//!
//! A copy shares its entries with the original until one of the two is changed, so that an overlay pays only for what
//! it changes. Up to [`MANY`] entries a key is found by looking at each; beyond that there is an index.
//!
//! **Invariant:** two words in size; no operation takes time that grows with the square of the entries.
//! **Start at** [`Mapping`].

use super::Node;
use crate::Text;
use crate::parse::mapping::find_duplicate;
use ecow::EcoVec;
use std::collections::BTreeMap;
use std::sync::{Arc, OnceLock};

/// Up to this many entries, looking at each is as fast as an index and costs nothing to keep.
const MANY: usize = 256;

/// A key and its value.
pub(crate) type Entry = (Text, Node);

/// A map with text keys that keeps the order in which keys were written. Equality ignores the order.
#[derive(Clone, Debug, Default)]
pub struct Mapping {
    body: Body,
}

#[derive(Clone, Debug)]
enum Body {
    Few(EcoVec<Entry>),
    Many(Arc<Indexed>),
}

/// Entries with an index, made at the first search.
#[derive(Clone, Debug)]
struct Indexed {
    entries: Vec<Entry>,
    places: OnceLock<BTreeMap<Text, usize>>,
}

impl Mapping {
    /// An empty map.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// How many entries it has.
    #[must_use]
    pub fn len(&self) -> usize {
        self.entries().len()
    }

    /// Whether it has none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.entries().is_empty()
    }

    /// The value of `key`.
    #[must_use]
    pub fn get(&self, key: &str) -> Option<&Node> {
        self.find(key).map(|index| &self.entries()[index].1)
    }

    /// The value of `key`.
    pub fn get_mut(&mut self, key: &str) -> Option<&mut Node> {
        let index = self.find(key)?;
        Some(&mut self.entries_mut()[index].1)
    }

    /// Whether `key` is there.
    #[must_use]
    pub fn contains(&self, key: &str) -> bool {
        self.find(key).is_some()
    }

    /// Sets `key`, in its old place or at the end; the value it had before.
    pub fn insert(&mut self, key: impl Into<Text>, value: Node) -> Option<Node> {
        let key = key.into();
        if let Some(slot) = self.get_mut(&key) {
            return Some(std::mem::replace(slot, value));
        }
        self.push(key, value);
        None
    }

    /// Adds an entry that is known not to be there yet, without looking.
    pub fn push(&mut self, key: impl Into<Text>, value: Node) {
        let entry = (key.into(), value);
        match &mut self.body {
            Body::Few(entries) if entries.len() < MANY => entries.push(entry),
            Body::Few(entries) => {
                let mut entries = Vec::from_iter(std::mem::take(entries));
                entries.push(entry);
                *self = Self::of(entries);
            }
            Body::Many(indexed) => Arc::make_mut(indexed).push(entry),
        }
    }

    /// Takes `key` out; order is kept.
    pub fn remove(&mut self, key: &str) -> Option<Node> {
        let index = self.find(key)?;
        let (_, value) = match &mut self.body {
            Body::Few(entries) => entries.remove(index),
            Body::Many(indexed) => Arc::make_mut(indexed).remove(index),
        };
        Some(value)
    }

    /// The value of `key`, put there by `make` where absent.
    pub fn entry_or_insert_with(&mut self, key: &str, make: impl FnOnce() -> Node) -> &mut Node {
        let index = self.find(key).unwrap_or_else(|| {
            self.push(key, make());
            self.len() - 1
        });
        &mut self.entries_mut()[index].1
    }

    /// The entries, in order.
    pub fn iter(&self) -> impl DoubleEndedIterator<Item = (&str, &Node)> + ExactSizeIterator {
        self.entries().iter().map(|(key, value)| (&**key, value))
    }

    /// The entries, in order, values to be changed.
    pub fn iter_mut(&mut self) -> impl DoubleEndedIterator<Item = (&str, &mut Node)> + ExactSizeIterator {
        self.entries_mut().iter_mut().map(|(key, value)| (&**key, value))
    }

    /// The keys, in order.
    pub fn keys(&self) -> impl DoubleEndedIterator<Item = &str> {
        self.entries().iter().map(|(key, _)| &**key)
    }

    /// Keeps the entries that `keep` says yes to.
    pub fn retain(&mut self, mut keep: impl FnMut(&str, &mut Node) -> bool) {
        match &mut self.body {
            Body::Few(entries) => entries.retain(|(key, value)| keep(key, value)),
            Body::Many(indexed) => {
                let indexed = Arc::make_mut(indexed);
                indexed.entries.retain_mut(|(key, value)| keep(key, value));
                indexed.places.take();
            }
        }
    }

    /// A key that is there twice, and the second of its values: only what
    /// [`parse_keeping_texts`](crate::parse_keeping_texts) gives has such. Everything else looks at the first.
    #[must_use]
    pub fn repeated(&self) -> Option<(&str, &Node)> {
        let entries = self.entries();
        let (_, second) = find_duplicate(entries)?;
        Some((&entries[second].0, &entries[second].1))
    }

    /// The last entries of `stack`, from `start` on, whose keys are known to be different; exactly as large as need be.
    pub(crate) fn from_top(stack: &mut Vec<Entry>, start: usize) -> Self {
        let count = stack.len() - start;
        if count > MANY {
            return Self::of(stack.drain(start..).collect());
        }
        let mut entries = EcoVec::with_capacity(count);
        entries.extend(stack.drain(start..));
        Self {
            body: Body::Few(entries),
        }
    }

    /// Many entries whose keys are known to be different.
    fn of(entries: Vec<Entry>) -> Self {
        Self {
            body: Body::Many(Arc::new(Indexed {
                entries,
                places: OnceLock::new(),
            })),
        }
    }

    pub(crate) fn entries(&self) -> &[Entry] {
        match &self.body {
            Body::Few(entries) => entries,
            Body::Many(indexed) => &indexed.entries,
        }
    }

    fn entries_mut(&mut self) -> &mut [Entry] {
        match &mut self.body {
            Body::Few(entries) => entries.make_mut(),
            Body::Many(indexed) => &mut Arc::make_mut(indexed).entries,
        }
    }

    fn find(&self, key: &str) -> Option<usize> {
        match &self.body {
            Body::Few(entries) => entries.iter().position(|(known, _)| **known == *key),
            Body::Many(indexed) => indexed.places().get(key).copied(),
        }
    }
}

impl Indexed {
    fn places(&self) -> &BTreeMap<Text, usize> {
        self.places.get_or_init(|| {
            let keys = self.entries.iter().enumerate();
            let mut places = BTreeMap::new();
            for (index, (key, _)) in keys {
                places.entry(key.clone()).or_insert(index);
            }
            places
        })
    }

    fn push(&mut self, entry: Entry) {
        if let Some(places) = self.places.get_mut() {
            places.insert(entry.0.clone(), self.entries.len());
        }
        self.entries.push(entry);
    }

    fn remove(&mut self, index: usize) -> Entry {
        let entry = self.entries.remove(index);
        if let Some(places) = self.places.get_mut() {
            places.remove(&entry.0);
            for place in places.values_mut().filter(|place| **place > index) {
                *place -= 1;
            }
        }
        entry
    }
}

impl Default for Body {
    fn default() -> Self {
        Self::Few(EcoVec::new())
    }
}

impl PartialEq for Mapping {
    fn eq(&self, other: &Self) -> bool {
        let (ours, theirs) = (self.entries(), other.entries());
        // Copies that were not changed since share their entries.
        std::ptr::eq(ours, theirs)
            || (ours.len() == theirs.len()
                && ours.iter().zip(theirs).all(|((key, value), (place, there))| {
                    if key == place {
                        value == there
                    } else {
                        other.get(key) == Some(value)
                    }
                }))
    }
}

impl FromIterator<(Text, Node)> for Mapping {
    fn from_iter<I: IntoIterator<Item = (Text, Node)>>(entries: I) -> Self {
        let mut mapping = Self::new();
        for (key, value) in entries {
            mapping.insert(key, value);
        }
        mapping
    }
}

impl IntoIterator for Mapping {
    type Item = (Text, Node);
    type IntoIter = std::vec::IntoIter<Self::Item>;

    fn into_iter(self) -> Self::IntoIter {
        match self.body {
            Body::Few(entries) => Vec::from_iter(entries).into_iter(),
            Body::Many(indexed) => Arc::unwrap_or_clone(indexed).entries.into_iter(),
        }
    }
}
