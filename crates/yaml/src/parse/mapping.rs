//! The entries of a map while it is read: duplicates and merge keys.
//!
//! **Invariant:** what comes out has every key once, unless repeats are to be kept.
//! **Start at** [`Entries::finish`].

use super::Dialect;
use crate::{Mapping, Mark, Node, ParseError, ParseErrorKind, Text, Value};
use std::collections::BTreeMap;

/// Up to this many keys, comparing each with each is faster than sorting.
const FEW: usize = 12;

/// What becomes of a key that is there twice.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Repeats {
    /// What the dialect says: V2 takes the last, V3 refuses it.
    AsUsual,
    /// It is an error.
    Refused,
    /// Both stay.
    Kept,
}

/// What stands before a `:`.
#[derive(Debug)]
pub(super) enum Key {
    /// A key.
    Text(Text, Mark),
    /// `<<`
    Merge,
}

/// A map under construction.
#[derive(Debug, Default)]
pub(super) struct Entries {
    list: Vec<(Text, Node)>,
    /// Where each key was written.
    marks: Vec<Mark>,
    /// The value of `<<`.
    merge: Option<Node>,
    /// The key whose value is to come.
    pub(super) key: Option<Key>,
}

impl Entries {
    /// The value of the key that was read last.
    pub(super) fn add(&mut self, dialect: Dialect, value: Node) -> Result<(), ParseError> {
        match self.key.take() {
            None => {}
            Some(Key::Text(key, mark)) => {
                self.list.push((key, value));
                self.marks.push(mark);
            }
            Some(Key::Merge) if dialect == Dialect::V3 => {
                if self.merge.is_some() {
                    return Err(syntax(
                        value.mark,
                        "the merge key '<<' stands here twice: write one with a list",
                    ));
                }
                self.merge = Some(value);
            }
            Some(Key::Merge) => {
                for source in merge_sources(value)? {
                    for (key, value) in source {
                        self.marks.push(value.mark);
                        self.list.push((key, value));
                    }
                }
            }
        }
        Ok(())
    }

    /// The map, and whether a key is there twice in it, where `repeats` lets it.
    pub(super) fn finish(self, dialect: Dialect, repeats: Repeats) -> Result<(Mapping, bool), ParseError> {
        let Self {
            mut list,
            marks,
            merge,
            ..
        } = self;
        if dialect == Dialect::V2 && repeats != Repeats::Refused {
            return Ok((last_of_each(list), false));
        }
        if let Some((first, second)) = find_duplicate(&list) {
            if repeats == Repeats::Kept && merge.is_none() {
                return Ok((Mapping::from_top(&mut list, 0), true));
            }
            let (key, line) = (list[second].0.escape_debug(), marks[first].line);
            let message = if dialect == Dialect::V2 {
                format!("key \"{key}\" already set in map: line {line} has it, too; remove one of the two")
            } else {
                format!("mapping key \"{key}\" already defined at line {line}: remove one of the two")
            };
            return Err(syntax(marks[second], message));
        }
        if let Some(merge) = merge {
            let mut all: Vec<_> = merge_sources(merge)?.into_iter().flatten().collect();
            all.append(&mut list);
            return Ok((last_of_each(all), false));
        }
        Ok((Mapping::from_top(&mut list, 0), false))
    }
}

/// The maps to merge, those that win last.
fn merge_sources(value: Node) -> Result<Vec<Mapping>, ParseError> {
    let message = "the merge key '<<' takes a map or a list of maps";
    match value.value {
        Value::Mapping(mapping) => Ok(vec![mapping]),
        Value::Sequence(items) => items
            .into_iter()
            .rev()
            .map(|item| match item.value {
                Value::Mapping(mapping) => Ok(mapping),
                _ => Err(syntax(item.mark, message)),
            })
            .collect(),
        _ => Err(syntax(value.mark, message)),
    }
}

fn last_of_each(list: Vec<(Text, Node)>) -> Mapping {
    let mut places: BTreeMap<Text, usize> = BTreeMap::new();
    let mut kept: Vec<(Text, Node)> = Vec::with_capacity(list.len());
    for (key, value) in list {
        match places.get(&key) {
            Some(place) => kept[*place].1 = value,
            None => {
                places.insert(key.clone(), kept.len());
                kept.push((key, value));
            }
        }
    }
    Mapping::from_top(&mut kept, 0)
}

pub(crate) fn find_duplicate(list: &[(Text, Node)]) -> Option<(usize, usize)> {
    if list.len() <= FEW {
        return (1..list.len()).find_map(|second| {
            let first = list[..second]
                .iter()
                .position(|(key, _)| *key == list[second].0)?;
            Some((first, second))
        });
    }
    let mut order: Vec<usize> = (0..list.len()).collect();
    order.sort_by(|a, b| list[*a].0.cmp(&list[*b].0).then(a.cmp(b)));
    order
        .windows(2)
        .filter(|pair| list[pair[0]].0 == list[pair[1]].0)
        .map(|pair| (pair[0], pair[1]))
        .min_by_key(|p| p.1)
}

fn syntax(mark: Mark, message: impl Into<String>) -> ParseError {
    ParseError {
        mark,
        kind: ParseErrorKind::Syntax(message.into()),
    }
}
