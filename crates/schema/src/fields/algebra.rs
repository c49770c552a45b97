//! Union, intersection, differences.

use std::cmp::Ordering;

use super::{Entry, FieldSet};
use crate::{Shape, TypeRef};

impl FieldSet {
    /// Members of either.
    #[must_use]
    pub fn union(&self, other: &FieldSet) -> FieldSet {
        if self.is_empty() {
            return other.clone();
        }
        if other.is_empty() {
            return self.clone();
        }
        let mut out = Vec::with_capacity(self.entries.len().max(other.entries.len()));
        zip(self, other, |a, b| {
            out.push(match (a, b) {
                (Some(a), Some(b)) => Entry {
                    segment: a.segment.clone(),
                    member: a.member || b.member,
                    children: a.children.union(&b.children),
                },
                (Some(one), None) | (None, Some(one)) => one.clone(),
                (None, None) => return,
            });
        });
        FieldSet { entries: out }
    }

    /// Members of both.
    #[must_use]
    pub fn intersection(&self, other: &FieldSet) -> FieldSet {
        let mut out = FieldSet::new();
        if self.is_empty() || other.is_empty() {
            return out;
        }
        zip(self, other, |a, b| {
            if let (Some(a), Some(b)) = (a, b) {
                out.put(
                    a.segment.clone(),
                    a.member && b.member,
                    a.children.intersection(&b.children),
                );
            }
        });
        out
    }

    /// Members of this that are no members of the other; what lies below a member of the other stays.
    #[must_use]
    pub fn difference(&self, other: &FieldSet) -> FieldSet {
        if other.is_empty() {
            return self.clone();
        }
        let mut out = FieldSet::new();
        zip(self, other, |a, b| match (a, b) {
            (Some(a), Some(b)) => {
                out.put(
                    a.segment.clone(),
                    a.member && !b.member,
                    a.children.difference(&b.children),
                );
            }
            (Some(a), None) => out.entries.push(a.clone()),
            _ => {}
        });
        out
    }

    /// Members of this that neither are members of the other nor lie below one.
    #[must_use]
    pub fn recursive_difference(&self, other: &FieldSet) -> FieldSet {
        if other.is_empty() {
            return self.clone();
        }
        let mut out = FieldSet::new();
        zip(self, other, |a, b| match (a, b) {
            (Some(_), Some(b)) if b.member => {}
            (Some(a), Some(b)) => {
                out.put(
                    a.segment.clone(),
                    a.member,
                    a.children.recursive_difference(&b.children),
                );
            }
            (Some(a), None) => out.entries.push(a.clone()),
            _ => {}
        });
        out
    }

    /// Like [`FieldSet::recursive_difference`], in place; cheap when the other set is small.
    #[must_use]
    pub fn without(mut self, other: &FieldSet) -> FieldSet {
        self.exclude(other);
        self
    }

    fn exclude(&mut self, other: &FieldSet) {
        for entry in &other.entries {
            let Ok(at) = self
                .entries
                .binary_search_by(|own| own.segment.cmp(&entry.segment))
            else {
                continue;
            };
            let own = &mut self.entries[at];
            own.children.exclude(&entry.children);
            if entry.member || (!own.member && own.children.is_empty()) {
                self.entries.remove(at);
            }
        }
    }

    /// Members at which nothing else hangs: paths that have no member below them.
    #[must_use]
    pub fn leaves(&self) -> FieldSet {
        let entries = self.entries.iter().map(|entry| Entry {
            segment: entry.segment.clone(),
            member: entry.member && entry.children.is_empty(),
            children: entry.children.leaves(),
        });
        FieldSet {
            entries: entries.collect(),
        }
    }

    /// Makes declared fields members when something below them is, so that a struct counts as owned with its fields.
    pub(crate) fn with_declared_parents(&self, ty: TypeRef<'_>) -> FieldSet {
        let entries = self.entries.iter().map(|entry| {
            let (declared, below) = match &entry.segment {
                super::Segment::Field(name) => (ty.field(name).is_some(), ty.member(name)),
                _ if matches!(ty.shape(), Shape::List { .. }) => (false, ty.item()),
                _ => (false, TypeRef::deduced()),
            };
            Entry {
                segment: entry.segment.clone(),
                member: entry.member || declared,
                children: entry.children.with_declared_parents(below),
            }
        });
        FieldSet {
            entries: entries.collect(),
        }
    }
}

/// Visits entries of both in order, those of one segment together.
fn zip(a: &FieldSet, b: &FieldSet, mut visit: impl FnMut(Option<&Entry>, Option<&Entry>)) {
    let (mut a, mut b) = (a.entries.iter().peekable(), b.entries.iter().peekable());
    loop {
        let order = match (a.peek(), b.peek()) {
            (Some(a), Some(b)) => a.segment.cmp(&b.segment),
            (Some(_), None) => Ordering::Less,
            (None, Some(_)) => Ordering::Greater,
            (None, None) => return,
        };
        match order {
            Ordering::Less => visit(a.next(), None),
            Ordering::Greater => visit(None, b.next()),
            Ordering::Equal => visit(a.next(), b.next()),
        }
    }
}
