//! Lists that are merged by key.
//!
//! New elements come first, in the order of the patch. The order of the rest follows from how the original puts the
//! two lists together, which differs for lists with one key and with two; both are kept.

use plumb_yaml::{Node, Value};

use super::{
    DIRECTIVE, Directive, Shape,
    keys::{Values, complete},
    read_directive,
    schema::Keys,
    walk as walk_node,
};
use crate::{error::Result, scalar};

/// An element of the merged list.
enum Slot {
    /// The element of the target at this position, as changed by now.
    Target(usize),
    /// An element that the target does not have.
    New(Node),
}

/// Merges the lists at one place of target and patch.
pub(super) fn walk(
    target: Option<Node>,
    patch: Option<Node>,
    shape: Shape<'_>,
    keys: Keys<'_>,
) -> Result<Option<Node>> {
    let Some(mut target) = target.filter(|target| !target.is_null()) else {
        return match patch {
            Some(patch) => settle_new(patch, shape, keys),
            None => Ok(None),
        };
    };
    let Some(mut patch) = patch else {
        tidy(&mut target, shape, keys)?;
        return Ok(Some(target));
    };
    if patch.is_null() {
        return Ok(None);
    }
    match list_directive(&mut patch)? {
        Directive::Delete => Ok(None),
        Directive::Replace => settle_new(patch, shape, keys),
        Directive::Merge => {
            let mark = target.mark;
            let items = Merge::new(items(target), items(patch), shape, keys).run()?;
            Ok(Some(Node {
                mark,
                value: Value::Sequence(items),
            }))
        }
    }
}

/// A list that comes in whole: its directives are carried out on itself, and elements that are the same by key
/// become one.
pub(super) fn settle_new(patch: Node, shape: Shape<'_>, keys: Keys<'_>) -> Result<Option<Node>> {
    let mut patch = patch;
    if patch.as_sequence().is_none() {
        return Ok(Some(patch));
    }
    if list_directive(&mut patch)? == Directive::Delete {
        return Ok(None);
    }
    let mark = patch.mark;
    let list = items(patch);
    let settled = if is_tidy(&list, keys) {
        settle_each(list, shape)?
    } else {
        // Only the first element of a key is gone through; one that comes later takes its place as it is.
        let mut target = Vec::with_capacity(list.len());
        let mut seen = std::collections::BTreeSet::new();
        for mut item in list.iter().cloned() {
            // One without a key is not found, and so not gone through.
            let has_key = keys.is_empty() || keys.iter().any(|key| item.get(key).is_some());
            if seen.insert(key_values(&item, keys)) && has_key {
                if let Some(fields) = item.as_mapping_mut() {
                    fields.remove(DIRECTIVE);
                }
                item = super::settle_new(item, shape.element())?;
            }
            target.push(item);
        }
        let mut merge = Merge::new(target, list, shape, keys);
        merge.is_one = true;
        merge.run()?
    };
    Ok(Some(Node {
        mark,
        value: Value::Sequence(settled),
    }))
}

fn settle_each(list: Vec<Node>, shape: Shape) -> Result<Vec<Node>> {
    let mut settled = Vec::with_capacity(list.len());
    for mut item in list {
        if item.as_mapping().is_none() {
            settled.push(item);
        } else if super::map_directive(&mut item)? != Directive::Delete {
            settled.push(super::settle_new(item, shape.element())?);
        }
    }
    Ok(settled)
}

/// What the walk does to a list that the patch does not name.
pub(super) fn tidy(node: &mut Node, shape: Shape<'_>, keys: Keys<'_>) -> Result<()> {
    let Value::Sequence(list) = &mut node.value else {
        return Ok(());
    };
    if is_tidy(list, keys) {
        return list
            .iter_mut()
            .try_for_each(|item| super::tidy(item, shape.element()));
    }
    let target = std::mem::take(list);
    *list = Merge::new(target, Vec::new(), shape, keys).run()?;
    Ok(())
}

/// Whether every element is there once, by its first key, so that nothing moves.
fn is_tidy(list: &[Node], keys: Keys<'_>) -> bool {
    let mut seen = std::collections::BTreeSet::new();
    list.iter().all(|item| {
        let key = match keys.get(0) {
            None => scalar::text(item),
            Some(key) => item.get(key).map_or_else(Default::default, scalar::text),
        };
        !key.is_empty() && seen.insert(key)
    })
}

fn items(node: Node) -> Vec<Node> {
    if let Value::Sequence(items) = node.value {
        items
    } else {
        Vec::new()
    }
}

/// Takes the directive out of a list; it stands in an element of its own.
fn list_directive(node: &mut Node) -> Result<Directive> {
    let Some(list) = node.as_sequence_mut() else {
        return Ok(Directive::Merge);
    };
    let Some(element) = list.iter().find(|item| item.get(DIRECTIVE).is_some()) else {
        return Ok(Directive::Merge);
    };
    if element.as_mapping().is_none_or(|mapping| mapping.len() > 1) {
        return Ok(Directive::Merge);
    }
    let text = element.get(DIRECTIVE).map(scalar::plain_text).unwrap_or_default();
    let directive = read_directive(&text)?;
    list.retain(|item| {
        item.get(DIRECTIVE)
            .is_none_or(|value| *scalar::text(value) != *text)
    });
    Ok(directive)
}

impl Slot {
    fn is_target(&self, index: usize) -> bool {
        matches!(self, Self::Target(known) if *known == index)
    }
}

struct Merge<'s> {
    target: Vec<Option<Node>>,
    patch: Vec<Option<Node>>,
    shape: Shape<'s>,
    keys: Keys<'s>,
    slots: Vec<Slot>,
    /// Target and patch are one list: what leaves the one leaves the other.
    is_one: bool,
}

impl<'s> Merge<'s> {
    fn new(target: Vec<Node>, patch: Vec<Node>, shape: Shape<'s>, keys: Keys<'s>) -> Self {
        let some = |list: Vec<Node>| list.into_iter().map(Some).collect();
        Self {
            target: some(target),
            patch: some(patch),
            shape,
            keys,
            slots: Vec::new(),
            is_one: false,
        }
    }

    fn run(mut self) -> Result<Vec<Node>> {
        let all = self.all_values();
        let keys = self.used_keys(&all);
        for values in &all {
            self.merge_element(&keys, values)?;
        }
        if all.is_empty() {
            return Ok(self.target.into_iter().flatten().collect());
        }
        let is_odd = |node: &&Node| !self.keys.is_empty() && node.as_mapping().is_none();
        if let Some(odd) = self.target.iter().flatten().find(is_odd) {
            return Err(super::wrong_kind(odd, "MappingNode"));
        }
        for index in 0..self.target.len() {
            self.put_target(index, &keys);
        }
        let Self {
            mut target, slots, ..
        } = self;
        let node = |slot| match slot {
            Slot::Target(index) => target.get_mut(index).and_then(Option::take),
            Slot::New(node) => Some(node),
        };
        Ok(slots.into_iter().filter_map(node).collect())
    }

    /// The key values of all elements, each once, the patch's first.
    fn all_values(&self) -> Vec<Values> {
        let mut all: Vec<Values> = Vec::new();
        let mut seen = std::collections::BTreeSet::new();
        for node in self.patch.iter().chain(&self.target).flatten() {
            let values = key_values(node, self.keys);
            if seen.insert(values.clone()) {
                all.push(values);
            }
        }
        if self.keys.len() > 1 {
            complete(&mut all);
        }
        all
    }

    /// The keys that any element has, by position; all of them when none has any.
    fn used_keys(&self, all: &[Values]) -> Vec<usize> {
        let count = self.keys.len().max(1);
        let used: Vec<usize> = (0..count)
            .filter(|index| all.iter().any(|v| !v[*index].is_empty()))
            .collect();
        if used.is_empty() {
            (0..count).collect()
        } else {
            used
        }
    }

    /// Merges the elements of target and patch that have these values.
    fn merge_element(&mut self, keys: &[usize], values: &Values) -> Result<()> {
        let set: Vec<usize> = keys
            .iter()
            .copied()
            .filter(|index| !values[*index].is_empty())
            .collect();
        let by = if set.is_empty() { keys } else { &set };
        let target_index = self.find(&self.target, by, values);
        let patch_index = self.find(&self.patch, by, values);
        let patch = patch_index.and_then(|index| self.patch[index].clone());
        let mut patch = patch;
        // With `$patch: replace` the merged element is a new one; the old one takes its place again below.
        let is_replaced = patch.as_ref().is_some_and(|patch| directive_is(patch, "replace"));
        let target = match target_index {
            Some(index) if is_replaced => self.target[index].clone(),
            Some(index) => self.target[index].take(),
            None => None,
        };
        if let (None, Some(patch)) = (&target, &mut patch)
            && patch.as_mapping().is_some()
            && super::map_directive(patch)? == Directive::Delete
        {
            return Ok(());
        }
        let had_target = target.is_some();
        let merged = walk_node(target, patch, self.shape.element())?;
        let Some(mut merged) = merged.filter(|node| !is_empty(node)) else {
            self.remove_target(keys, values);
            return Ok(());
        };
        for index in keys {
            if let (Some(key), Some(mapping)) = (self.keys.get(*index), merged.as_mapping_mut())
                && !mapping.contains(key)
                && !values[*index].is_empty()
            {
                mapping.push(key, Node::from(scalar::resolve(&values[*index])));
            }
        }
        let slot = match target_index {
            Some(index) if had_target && !is_replaced => {
                self.target[index] = Some(merged);
                Slot::Target(index)
            }
            _ => Slot::New(merged),
        };
        self.put(slot, keys, values);
        Ok(())
    }

    fn find(&self, list: &[Option<Node>], by: &[usize], values: &Values) -> Option<usize> {
        list.iter()
            .position(|node| node.as_ref().is_some_and(|node| self.has(node, by, values)))
    }

    /// Whether an element has these values, by these keys.
    fn has(&self, node: &Node, by: &[usize], values: &Values) -> bool {
        if self.keys.is_empty() {
            return scalar::is_scalar(node) && *scalar::text(node) == *values[0];
        }
        by.iter().all(|index| {
            self.keys
                .get(*index)
                .and_then(|key| node.get(key))
                .is_some_and(|value| scalar::written_text(value) == values[*index])
        })
    }

    /// [`Merge::has`] where elements are put or removed: an empty value fits any element that has the key.
    fn agrees(&self, node: &Node, by: &[usize], values: &Values) -> bool {
        by.iter().all(|index| match self.keys.get(*index) {
            Some(key) if values[*index].is_empty() => node.get(key).is_some(),
            _ => self.has(node, &[*index], values),
        })
    }

    fn slot_has(&self, slot: &Slot, by: &[usize], values: &Values) -> bool {
        let node = match slot {
            Slot::Target(index) => self.target[*index].as_ref(),
            Slot::New(node) => Some(node),
        };
        node.is_some_and(|node| self.agrees(node, by, values))
    }

    /// Puts a slot where one with the same values is, else at the end.
    fn put(&mut self, slot: Slot, keys: &[usize], values: &Values) {
        match (0..self.slots.len()).find(|index| self.slot_has(&self.slots[*index], keys, values)) {
            Some(index) => self.slots[index] = slot,
            None => self.slots.push(slot),
        }
    }

    /// Takes elements out of the target, and those with nothing in them with them; those that were put into the merged
    /// list already stay there.
    fn remove_target(&mut self, keys: &[usize], values: &Values) {
        let goes = |merge: &Self, node: &Node| {
            is_empty(node) && !merge.keys.is_empty() || merge.agrees(node, keys, values)
        };
        for index in 0..self.target.len() {
            let Some(node) = self.target[index].take() else {
                continue;
            };
            if !goes(self, &node) {
                self.target[index] = Some(node);
            } else if let Some(slot) = self.slots.iter_mut().find(|slot| slot.is_target(index)) {
                *slot = Slot::New(node);
            }
        }
        for index in 0..if self.is_one { self.patch.len() } else { 0 } {
            let node = self.patch[index].take();
            self.patch[index] = node.filter(|node| !goes(self, node));
        }
    }

    /// Puts an element of the target into the merged list: in its place with one key, at the end with two. One that
    /// lacks a key pushes out those that agree in the keys that it has.
    fn put_target(&mut self, index: usize, keys: &[usize]) {
        let Some(node) = &self.target[index] else {
            return;
        };
        let values = if self.keys.is_empty() {
            key_values(node, self.keys)
        } else {
            let value = |key| node.get(key).map(scalar::written_text).unwrap_or_default();
            self.keys.iter().map(value).collect()
        };
        let has = |key: &usize| self.keys.get(*key).is_none_or(|key| node.get(key).is_some());
        let present: Vec<usize> = keys.iter().copied().filter(has).collect();
        if keys.len() == 1 && !present.is_empty() {
            self.put(Slot::Target(index), keys, &values);
            return;
        }
        let keep: Vec<bool> = self
            .slots
            .iter()
            .map(|slot| !self.slot_has(slot, &present, &values))
            .collect();
        let mut keep = keep.into_iter();
        self.slots.retain(|_| keep.next().unwrap_or(true));
        self.slots.retain(|slot| !slot.is_target(index));
        self.slots.push(Slot::Target(index));
    }
}

fn is_empty(node: &Node) -> bool {
    match &node.value {
        Value::Null => true,
        Value::Mapping(mapping) => mapping.is_empty(),
        _ => false,
    }
}

fn key_values(node: &Node, keys: Keys<'_>) -> Values {
    if keys.is_empty() {
        return vec![scalar::plain_text(node)];
    }
    let value = |key| node.get(key).map(scalar::plain_text).unwrap_or_default();
    keys.iter().map(value).collect()
}

fn directive_is(node: &Node, wanted: &str) -> bool {
    node.get(DIRECTIVE)
        .is_some_and(|value| scalar::text(value) == wanted)
}
