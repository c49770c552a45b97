//! Sets of field paths: what a manager owns, and the algebra on it.
//!
//! A [`FieldSet`] is what `managedFields[].fieldsV1` holds. It is a tree of path segments; a node may be a member of the
//! set, have members below it, or both.
//!
//! **Invariant:** entries are sorted and unique, and none is both without membership and without children, so equal
//! sets compare equal and every walk is in one order.
//! **Start at** [`FieldSet::of`]; text form in [`codec`], taking out in [`cut`], projections in [`project`], segments in [`segment`].

mod algebra;
mod codec;
mod cut;
mod of;
mod project;
mod segment;
#[cfg(test)]
mod tests;

use std::fmt;

pub use codec::FieldSetError;
pub use cut::{Step, copy_field, locate};
pub(crate) use segment::same_value;
pub use segment::{FieldPath, Segment, item_segment};

/// A set of field paths.
#[derive(Clone, PartialEq, Eq, Default, Hash)]
pub struct FieldSet {
    pub(crate) entries: Vec<Entry>,
}

/// One path segment with what lies below it.
#[derive(Clone, PartialEq, Eq, Hash)]
pub(crate) struct Entry {
    pub(crate) segment: Segment,
    pub(crate) member: bool,
    pub(crate) children: FieldSet,
}

impl FieldSet {
    /// The set without members.
    #[must_use]
    pub const fn new() -> Self {
        Self { entries: Vec::new() }
    }

    /// Whether nothing is in it.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.entries.is_empty()
    }

    /// How many paths are members.
    #[must_use]
    pub fn len(&self) -> usize {
        self.entries
            .iter()
            .map(|entry| usize::from(entry.member) + entry.children.len())
            .sum()
    }

    /// Adds a path; the empty path is nothing.
    pub fn insert(&mut self, path: &[Segment]) {
        let Some((first, rest)) = path.split_first() else {
            return;
        };
        let entry = self.entry(first);
        if rest.is_empty() {
            entry.member = true;
        } else {
            entry.children.insert(rest);
        }
    }

    /// Whether this very path is a member.
    #[must_use]
    pub fn contains(&self, path: &[Segment]) -> bool {
        let Some((first, rest)) = path.split_first() else {
            return false;
        };
        self.get(first).is_some_and(|entry| {
            if rest.is_empty() {
                entry.member
            } else {
                entry.children.contains(rest)
            }
        })
    }

    /// Whether this path or one above or below it is a member.
    #[must_use]
    pub fn touches(&self, path: &[Segment]) -> bool {
        let Some((first, rest)) = path.split_first() else {
            return !self.is_empty();
        };
        self.get(first)
            .is_some_and(|entry| entry.member || entry.children.touches(rest))
    }

    /// What lies below a segment.
    #[must_use]
    pub fn below(&self, segment: &Segment) -> Option<&FieldSet> {
        self.get(segment).map(|entry| &entry.children)
    }

    /// Every member path, in order.
    #[must_use]
    pub fn paths(&self) -> Vec<FieldPath> {
        let mut out = Vec::with_capacity(self.len());
        self.walk(&mut Vec::new(), &mut |path| {
            out.push(FieldPath::new(path.to_vec()))
        });
        out
    }

    fn walk(&self, prefix: &mut Vec<Segment>, visit: &mut impl FnMut(&[Segment])) {
        // In the server's order: what is owned here, then what is owned below.
        for entry in self.entries.iter().filter(|entry| entry.member) {
            prefix.push(entry.segment.clone());
            visit(prefix);
            prefix.pop();
        }
        for entry in &self.entries {
            prefix.push(entry.segment.clone());
            entry.children.walk(prefix, visit);
            prefix.pop();
        }
    }

    pub(crate) fn get(&self, segment: &Segment) -> Option<&Entry> {
        self.entries
            .binary_search_by(|entry| entry.segment.cmp(segment))
            .ok()
            .and_then(|at| self.entries.get(at))
    }

    pub(crate) fn field(&self, name: &str) -> Option<&Entry> {
        self.entries
            .binary_search_by(|entry| entry.segment.cmp_field(name))
            .ok()
            .and_then(|at| self.entries.get(at))
    }

    /// The entry of a segment, made when absent; the caller must give it membership or children.
    fn entry(&mut self, segment: &Segment) -> &mut Entry {
        // Callers mostly add in order, so look at the end first.
        let at = match self.entries.last() {
            Some(last) if last.segment < *segment => Err(self.entries.len()),
            None => Err(0),
            _ => self.entries.binary_search_by(|entry| entry.segment.cmp(segment)),
        };
        let at = at.unwrap_or_else(|at| {
            let entry = Entry {
                segment: segment.clone(),
                member: false,
                children: FieldSet::new(),
            };
            self.entries.insert(at, entry);
            at
        });
        &mut self.entries[at]
    }

    /// Adds a segment with what lies below it; nothing happens when both are empty.
    pub(crate) fn put(&mut self, segment: Segment, member: bool, children: FieldSet) {
        if !member && children.is_empty() {
            return;
        }
        match self.entries.last() {
            Some(last) if last.segment >= segment => {
                let entry = self.entry(&segment);
                entry.member |= member;
                entry.children = if entry.children.is_empty() {
                    children
                } else {
                    entry.children.union(&children)
                };
            }
            _ => self.entries.push(Entry {
                segment,
                member,
                children,
            }),
        }
    }
}

impl fmt::Debug for FieldSet {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_set()
            .entries(self.paths().iter().map(|path| path.to_string()))
            .finish()
    }
}
