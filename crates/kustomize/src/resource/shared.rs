//! Labels and annotations that are one node in several places of an object.
//!
//! Where the original adds the same label to several fields of an object, it puts one node into all of them. What
//! writes over it in one place later changes all of them, selectors as well. Here such nodes carry a note beside their
//! place, and equal places mean one node. **Start at** [`Shared`].

use plumb_yaml::{Mark, Node, Value};

/// The note of a node that the program made, and that is in one place only.
const MADE: u8 = u8::MAX;

/// Notes that the program made a node, or made it anew: nothing of how it was written is left.
pub(crate) fn note_made(node: &mut Node) {
    node.mark.note = MADE;
}

/// Notes that a node is put into several places; `number` tells it from others with the same place.
pub(crate) fn note(node: &mut Node, number: u32) {
    // 0 is for nodes that are in one place only.
    node.mark.note = 1 + u8::try_from(number % u32::from(MADE - 1)).unwrap_or(0);
}

/// Notes that a node is written over one that is in several places.
pub(crate) fn note_over(node: &mut Node, old: Mark) {
    node.mark.note = old.note;
}

/// Whether a node is in several places.
pub(crate) fn is_shared(node: &Node) -> bool {
    is_made(node.mark) && node.mark.note != MADE
}

/// Whether the program made the node that a mark is of.
pub(crate) fn is_made(mark: Mark) -> bool {
    mark.note != 0
}

/// Forgets that nodes are in several places; reading an object anew makes each its own.
pub(crate) fn forget(node: &mut Node) {
    node.mark.note = 0;
    match &mut node.value {
        Value::Sequence(items) => items.iter_mut().for_each(forget),
        Value::Mapping(mapping) => mapping.iter_mut().for_each(|(_, value)| forget(value)),
        _ => {}
    }
}

/// Writes `new` wherever the node `old` was put under `key`.
pub(crate) fn overwrite(node: &mut Node, key: &str, old: Mark, new: &Node) {
    match &mut node.value {
        Value::Sequence(items) => items.iter_mut().for_each(|item| overwrite(item, key, old, new)),
        Value::Mapping(mapping) => {
            for (name, value) in mapping.iter_mut() {
                if name == key && value.mark == old {
                    *value = new.clone();
                } else {
                    overwrite(value, key, old, new);
                }
            }
        }
        _ => {}
    }
}

/// Whether nothing wrote to a node, not even what it said already: places tell.
pub(crate) fn is_untouched(copy: &Node, original: &Node) -> bool {
    // Nodes that the program made have no place there, so that one that takes the place of another does not show.
    let same_place = copy.mark == original.mark || is_made(copy.mark) && is_made(original.mark);
    same_place
        && match (&copy.value, &original.value) {
            (Value::Mapping(copy), Value::Mapping(original)) => {
                let same = |(key, value): (&str, &Node)| {
                    original.get(key).is_some_and(|other| is_untouched(value, other))
                };
                // Of keys that are there twice, each is its own.
                let is_beside = |((key, value), (other_key, other)): ((&str, &Node), (&str, &Node))| {
                    key == other_key && is_untouched(value, other)
                };
                copy.len() == original.len()
                    && (copy.iter().zip(original.iter()).all(is_beside) || copy.iter().all(same))
            }
            (Value::Sequence(copy), Value::Sequence(original)) => {
                copy.len() == original.len()
                    && copy
                        .iter()
                        .zip(original)
                        .all(|(copy, other)| is_untouched(copy, other))
            }
            (copy, original) => copy == original,
        }
}

/// The shared nodes of an object, before something is done to it.
#[derive(Debug, Default)]
pub(crate) struct Shared(Vec<(Vec<Box<str>>, Mark)>);

impl Shared {
    pub(crate) fn of(node: &Node) -> Self {
        let mut shared = Self::default();
        shared.gather(node, &mut Vec::new());
        shared
    }

    fn gather<'n>(&mut self, node: &'n Node, path: &mut Vec<&'n str>) {
        for (key, value) in node.as_mapping().into_iter().flat_map(|mapping| mapping.iter()) {
            path.push(key);
            if is_shared(value) {
                self.0
                    .push((path.iter().map(|part| (*part).into()).collect(), value.mark));
            } else {
                self.gather(value, path);
            }
            path.pop();
        }
    }

    /// Lets all places of a node have what one of them has now.
    pub(crate) fn follow(&self, node: &mut Node) {
        for (path, mark) in &self.0 {
            let parts: Vec<&str> = path.iter().map(AsRef::as_ref).collect();
            let Some(mut now) = node.at(&parts).filter(|now| now.mark != *mark).cloned() else {
                continue;
            };
            note_over(&mut now, *mark);
            let here = parts.iter().try_fold(&mut *node, |node, part| node.get_mut(part));
            if let Some(here) = here {
                note_over(here, *mark);
            }
            if let Some(key) = parts.last() {
                overwrite(node, key, *mark, &now);
            }
        }
    }
}
