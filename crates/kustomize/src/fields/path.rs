//! Field paths with dots, as replacements and variables write them.

use std::borrow::Cow;

use plumb_yaml::{Mapping, Node, Value, Written};
use regex::Regex;

use crate::{
    error::{BuildErrorKind, Failure, Result},
    fields::wrong_kind,
    resource::empty_mapping,
    scalar,
    source::Texts,
};

/// Splits at `delimiter`, except where a backslash stands before it; one leading delimiter is dropped.
fn split(path: &str, delimiter: char) -> Vec<Box<str>> {
    let mut parts = Vec::new();
    let mut rest = Some(path.strip_prefix(delimiter).unwrap_or(path));
    while let Some(path) = rest {
        let (part, behind) = first(path, delimiter);
        parts.push(part.into());
        rest = behind;
    }
    parts
}

/// The part of a path before the first `delimiter` that has no backslash before it, and what follows it.
pub(super) fn first(path: &str, delimiter: char) -> (Cow<'_, str>, Option<&str>) {
    // Nearly all paths have no backslash.
    let is_end = |character: char| character == delimiter || character == '\\';
    match path.char_indices().find(|(_, character)| is_end(*character)) {
        None => return (Cow::Borrowed(path), None),
        Some((at, found)) if found == delimiter => {
            return (
                Cow::Borrowed(&path[..at]),
                Some(&path[at + delimiter.len_utf8()..]),
            );
        }
        Some(_) => {}
    }
    let mut from = 0;
    while let Some(at) = path[from..].find(delimiter).map(|at| from + at) {
        let next = at + delimiter.len_utf8();
        if !path[..at].ends_with('\\') {
            return (unescaped(&path[..at], delimiter), Some(&path[next..]));
        }
        from = next;
    }
    (unescaped(path, delimiter), None)
}

/// A part with its escaped delimiters resolved.
fn unescaped(part: &str, delimiter: char) -> Cow<'_, str> {
    if part.contains('\\') {
        Cow::Owned(part.replace(&format!("\\{delimiter}"), &delimiter.to_string()))
    } else {
        Cow::Borrowed(part)
    }
}

/// Splits at slashes that no backslash stands before.
pub(crate) fn split_path(path: &str) -> Vec<String> {
    split(path, '/').into_iter().map(Into::into).collect()
}

/// Splits at dots, keeping what stands in brackets together: `[a.b]` is the field `a.b`, `[name=a.b]` an element.
pub(crate) fn split_smart(path: &str) -> Vec<String> {
    let parts = split(path, '.');
    let mut result = Vec::new();
    let mut parts = parts.into_iter();
    while let Some(part) = parts.next() {
        if !part.starts_with('[') || part.ends_with(']') {
            result.push(part.into());
            continue;
        }
        let mut bracketed = part.into_string();
        for more in parts.by_ref() {
            bracketed.push('.');
            bracketed.push_str(&more);
            if more.ends_with(']') {
                break;
            }
        }
        if bracketed.contains('=') {
            result.push(bracketed);
        } else {
            result.push(bracketed.trim_matches(['[', ']']).to_owned());
        }
    }
    result
}

/// The one node at a path; an element `[key=value]` is compared, not matched.
pub(crate) fn look_up<'n>(node: &'n Node, parts: &[String]) -> Result<Option<&'n Node>> {
    let mut at = node;
    for part in parts
        .iter()
        .map(|part| part.trim())
        .filter(|part| !part.is_empty())
    {
        let next = if let Ok(index) = part.parse::<i64>() {
            let index = usize::try_from(index)
                .map_err(|_| transformer(&format!("array index {index} cannot be negative")))?;
            sequence(at)?.get(index)
        } else if part == "-" {
            sequence(at)?.last()
        } else if part == "*" {
            return Err(transformer("wildcard is not supported in PathGetter"));
        } else if let Some((key, value)) = element(part)? {
            sequence(at)?.iter().find(|item| match key {
                "" => scalar::is_scalar(item) && scalar::text(item) == value,
                key => item.get(key).is_some_and(|field| scalar::text(field) == value),
            })
        } else {
            match &at.value {
                Value::Mapping(mapping) => mapping.get(part),
                Value::Null => None,
                _ => return Err(wrong_kind(at, "MappingNode")),
            }
        };
        match next {
            Some(next) => at = next,
            None => return Ok(None),
        }
    }
    Ok(Some(at))
}

/// Where a path leads inside a node: the keys and positions to go through.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Step {
    Key(Box<str>),
    Index(usize),
}

/// One place that a path with patterns leads to.
#[derive(Clone, Debug, Default)]
pub(crate) struct Found(Vec<Step>);

impl Found {
    pub(crate) fn node_mut<'n>(&self, root: &'n mut Node) -> Option<&'n mut Node> {
        self.0.iter().try_fold(root, |node, step| match step {
            Step::Key(key) => node.get_mut(key),
            Step::Index(index) => node.as_sequence_mut()?.get_mut(*index),
        })
    }
}

/// Every place that a path leads to; elements are matched with a regular expression, `*` means every element.
pub(crate) fn find_all(node: &mut Node, parts: &[String], how: How<'_>) -> Result<Vec<Found>> {
    let mut found = Vec::new();
    search(node, parts, how, &mut Vec::new(), &mut found)?;
    Ok(found)
}

/// How places are found.
#[derive(Clone, Copy)]
pub(crate) struct How<'a> {
    /// What is missing is made, with a node of this value at the end.
    pub(crate) create: Option<&'a Node>,
    /// What patterns look at: scalars as they are written in these texts, with the comment behind them.
    pub(crate) texts: Option<&'a Texts>,
}

impl How<'_> {
    fn written(&self, node: &Node) -> String {
        let written = self.texts.and_then(|texts| texts.scalar(node));
        written.unwrap_or_else(|| scalar::written_text(node).trim().to_owned())
    }
}

fn search(
    node: &mut Node,
    parts: &[String],
    how: How<'_>,
    trail: &mut Vec<Step>,
    found: &mut Vec<Found>,
) -> Result<()> {
    let Some((part, rest)) = parts.split_first() else {
        found.push(Found(trail.clone()));
        return Ok(());
    };
    if let Ok(index) = part.parse::<usize>() {
        return at_index(node, index, rest, how, trail, found);
    }
    if part == "*" {
        let count = items_mut(node)?.map_or(0, |items| items.len());
        return (0..count).try_for_each(|index| into_element(node, index, rest, how, trail, found));
    }
    if let Some((key, pattern)) = element(part)? {
        return elements(node, (key, pattern), rest, how, trail, found);
    }
    field(node, part, rest, how, trail, found)
}

fn field(
    node: &mut Node,
    name: &str,
    rest: &[String],
    how: How<'_>,
    trail: &mut Vec<Step>,
    found: &mut Vec<Found>,
) -> Result<()> {
    if node.is_null() {
        if how.create.is_none() {
            return Ok(());
        }
        node.value = Value::Mapping(Mapping::new());
    }
    if node.as_mapping().is_none() {
        return Err(wrong_kind(node, "MappingNode"));
    }
    let Some(mapping) = node.as_mapping_mut() else {
        return Ok(());
    };
    let was_there = mapping.contains(name);
    if !was_there {
        let Some(value) = how.create else { return Ok(()) };
        mapping.push(name, skeleton(rest.first(), value));
    }
    let Some(next) = mapping.get_mut(name) else {
        return Ok(());
    };
    trail.push(Step::Key(name.into()));
    let result = match rest.first() {
        Some(behind) if was_there && next.is_null() => behind_null(next, behind, how, trail, found),
        _ => search(next, rest, how, trail, found),
    };
    trail.pop();
    result
}

/// The original reads the text of a null, and goes on in what it read: what it makes there is printed nowhere, and where
/// there is no text, there is nothing to go on in.
fn behind_null(
    null: &Node,
    behind: &str,
    how: How<'_>,
    trail: &[Step],
    found: &mut Vec<Found>,
) -> Result<()> {
    if scalar::is_left_empty(null) {
        let message = "wrong node kind: expected MappingNode but got : node contents:\nnull";
        return Err(transformer(message));
    }
    if how.create.is_some() {
        let mut nowhere = trail.to_vec();
        nowhere.push(Step::Key(behind.into()));
        found.push(Found(nowhere));
    }
    Ok(())
}

fn at_index(
    node: &mut Node,
    index: usize,
    rest: &[String],
    how: How<'_>,
    trail: &mut Vec<Step>,
    found: &mut Vec<Found>,
) -> Result<()> {
    let Some(items) = items_mut(node)? else {
        return Ok(());
    };
    if let Some(value) = how.create
        && items.len() == index
    {
        items.push(skeleton(rest.first(), value));
    }
    if items.len() <= index {
        let message = format!("index {index} specified but only {} elements found", items.len());
        return Err(transformer(&message));
    }
    into_element(node, index, rest, how, trail, found)
}

fn elements(
    node: &mut Node,
    (key, pattern): (&str, &str),
    rest: &[String],
    how: How<'_>,
    trail: &mut Vec<Step>,
    found: &mut Vec<Found>,
) -> Result<()> {
    let regex = Regex::new(pattern).map_err(|error| transformer(&error.to_string()))?;
    let matching = |items: &[Node]| -> Vec<usize> {
        let hit = |item: &Node| match key {
            "" => regex.is_match(&how.written(item)),
            key => item
                .get(key)
                .is_some_and(|field| regex.is_match(&how.written(field))),
        };
        items
            .iter()
            .enumerate()
            .filter(|(_, item)| hit(item))
            .map(|(index, _)| index)
            .collect()
    };
    let before = found.len();
    let hits = items_mut(node)?.map_or(Vec::new(), |items| matching(items));
    for index in hits {
        into_element(node, index, rest, how, trail, found)?;
    }
    if found.len() > before || how.create.is_none() {
        return Ok(());
    }
    if node.is_null() {
        node.value = Value::Sequence(Vec::new());
    }
    let Some(items) = items_mut(node)? else {
        return Ok(());
    };
    let mut value = Node::from(scalar::resolve(pattern));
    value.mark.written = Written::Untyped;
    if key.is_empty() {
        items.push(value);
    } else {
        let mut made = empty_mapping();
        if let Some(mapping) = made.as_mapping_mut() {
            mapping.push(key, value);
        }
        items.push(made);
    }
    let last = items.len() - 1;
    into_element(node, last, rest, how, trail, found)
}

fn into_element(
    node: &mut Node,
    index: usize,
    rest: &[String],
    how: How<'_>,
    trail: &mut Vec<Step>,
    found: &mut Vec<Found>,
) -> Result<()> {
    let Some(item) = node.as_sequence_mut().and_then(|items| items.get_mut(index)) else {
        return Ok(());
    };
    trail.push(Step::Index(index));
    let result = search(item, rest, how, trail, found);
    trail.pop();
    result
}

/// What is made on the way to a missing field whose path goes on with `next`.
fn skeleton(next: Option<&String>, value: &Node) -> Node {
    match next {
        None => match &value.value {
            Value::Sequence(_) => Value::Sequence(Vec::new()).into(),
            Value::Mapping(_) => empty_mapping(),
            _ => Node::default(),
        },
        Some(next) if next.starts_with('[') || next.parse::<usize>().is_ok() => {
            Value::Sequence(Vec::new()).into()
        }
        Some(_) => empty_mapping(),
    }
}

/// Key and value of `[key=value]`; `None` for another path part.
fn element(part: &str) -> Result<Option<(&str, &str)>> {
    let Some(inner) = part.strip_prefix('[').and_then(|part| part.strip_suffix(']')) else {
        return Ok(None);
    };
    inner.split_once('=').map(Some).ok_or_else(|| {
        transformer("list path element must contain fieldName=fieldValue for element to match")
    })
}

fn sequence(node: &Node) -> Result<&[Node]> {
    match &node.value {
        Value::Sequence(items) => Ok(items),
        Value::Null => Ok(&[]),
        _ => Err(wrong_kind(node, "SequenceNode")),
    }
}

fn items_mut(node: &mut Node) -> Result<Option<&mut Vec<Node>>> {
    if node.is_null() {
        return Ok(None);
    }
    if node.as_sequence().is_none() {
        return Err(wrong_kind(node, "SequenceNode"));
    }
    Ok(node.as_sequence_mut())
}

fn transformer(message: &str) -> Failure {
    BuildErrorKind::Transformer(message.to_owned()).into()
}
