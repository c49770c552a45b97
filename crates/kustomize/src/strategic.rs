//! Strategic merge patches.
//!
//! The walk goes through the whole object, not only through what the patch names: fields left empty vanish, elements
//! of merged lists that are the same by key become one. **Start at** [`merge`]; lists are in `list`.

mod keys;
mod list;
mod schema;

use std::collections::BTreeSet;

use plumb_yaml::{Node, Value, Written};

use crate::{
    error::{BuildErrorKind, Failure, Result},
    openapi::Schemas,
    scalar,
};
use schema::Shape;

const DIRECTIVE: &str = "$patch";

/// What a patch says about a whole map or list.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Directive {
    Merge,
    Replace,
    Delete,
}

/// Changes `target` as `patch` says; `None` when it is to be deleted.
pub(crate) fn merge(target: Node, patch: Node, schemas: &Schemas) -> Result<Option<Node>> {
    schemas.check()?;
    let shape = Shape::unknown(schemas);
    let is_replaced = patch
        .get(DIRECTIVE)
        .is_some_and(|directive| scalar::text(directive) == "replace");
    if is_replaced && target.as_mapping().is_some() {
        // The original makes the new object out of the patch, and then forgets it.
        let kept = target.clone();
        return walk(Some(target), Some(patch), shape).map(|_| Some(kept));
    }
    walk(Some(target), Some(patch), shape)
}

/// Merges what stands at one place of the target and of the patch.
fn walk(target: Option<Node>, patch: Option<Node>, shape: Shape<'_>) -> Result<Option<Node>> {
    let shape = settle(shape, target.as_ref(), patch.as_ref());
    let present = |node: &Option<Node>| node.as_ref().is_some_and(|node| !node.is_null());
    let first = if present(&target) { &target } else { &patch };
    match first.as_ref().map(|node| &node.value) {
        None | Some(Value::Null | Value::Mapping(_)) => {
            expect(&target, &patch, "MappingNode", |node| node.as_mapping().is_some())?;
            walk_map(target, patch, shape)
        }
        Some(Value::Sequence(_)) => {
            expect(&target, &patch, "SequenceNode", |node| {
                node.as_sequence().is_some()
            })?;
            match shape.keys {
                Some(keys) => list::walk(target, patch, shape, keys),
                None => Ok(patch.or(target)),
            }
        }
        Some(_) => {
            expect(&target, &patch, "ScalarNode", scalar::is_scalar)?;
            Ok(walk_scalar(target, patch))
        }
    }
}

/// The patch's scalar; written as the target's is, so that a number over a text in quotes becomes text.
fn walk_scalar(target: Option<Node>, patch: Option<Node>) -> Option<Node> {
    let Some(mut patch) = patch else { return target };
    if target.is_none() {
        scalar::set_again(&mut patch);
    } else if let Some(target) = target.as_ref().filter(|target| scalar::is_quoted(target))
        && !patch.is_null()
    {
        if !scalar::is_encoded(&patch) {
            patch.value = scalar::text_as(&scalar::plain_text(&patch), target.mark.written);
        }
        patch.mark.written = target.mark.written;
    } else if target.as_ref().is_some_and(|target| !target.is_null()) && scalar::is_quoted(&patch) {
        // It stays text, but not in quotes: what is written over it next may be anything.
        patch.value = Value::String(scalar::plain_text(&patch));
        patch.mark.written = Written::Plain;
    }
    Some(patch)
}

fn walk_map(target: Option<Node>, patch: Option<Node>, shape: Shape<'_>) -> Result<Option<Node>> {
    let Some(mut target) = target.filter(|target| !target.is_null()) else {
        let Some(mut patch) = patch else { return Ok(None) };
        if patch.as_mapping().is_none() {
            return Ok(Some(patch));
        }
        if matches!(map_directive(&mut patch), Ok(Directive::Delete)) {
            return Ok(None);
        }
        return settle_new(patch, shape).map(Some);
    };
    let Some(mut patch) = patch else {
        tidy(&mut target, shape)?;
        return Ok(Some(target));
    };
    if patch.is_null() {
        return Ok(None);
    }
    match map_directive(&mut patch)? {
        Directive::Delete => return Ok(None),
        Directive::Replace => return settle_new(patch, shape).map(Some),
        Directive::Merge => {}
    }
    let (Value::Mapping(target_fields), Value::Mapping(patch_fields)) = (&mut target.value, patch.value)
    else {
        return Ok(Some(target));
    };
    // Fields that the patch does not name are walked too; then those that it names.
    let mut failure = None;
    target_fields.retain(|key, value| {
        if failure.is_some() || patch_fields.contains(key) {
            return true;
        }
        match tidy_field(value, shape.field(key)) {
            Ok(keep) => keep,
            Err(error) => {
                failure = Some(error);
                true
            }
        }
    });
    if let Some(failure) = failure {
        return Err(failure);
    }
    let is_twice = patch_fields.repeated().is_some();
    let mut done = BTreeSet::new();
    for (key, value) in patch_fields {
        // Of a key that is there twice, the first counts.
        if is_twice && !done.insert(key.clone()) {
            continue;
        }
        let old = target_fields.get_mut(&key).map(std::mem::take);
        let written = old.as_ref().map(|old| brackets(old, &value));
        match walk(old, Some(value), shape.field(&key))? {
            Some(mut merged) if !merged.is_null() => {
                if let (Some(written), Value::Sequence(_) | Value::Mapping(_)) = (written, &merged.value) {
                    merged.mark.written = written;
                }
                target_fields.insert(key, merged);
            }
            _ => {
                target_fields.remove(&key);
            }
        }
    }
    Ok(Some(target))
}

/// Whether what a field holds now is written in brackets: as before, unless nothing was in them.
fn brackets(old: &Node, patch: &Node) -> Written {
    let is_empty = match &old.value {
        Value::Sequence(items) => items.is_empty(),
        Value::Mapping(mapping) => mapping.is_empty(),
        _ => false,
    };
    let from = if is_empty && !patch.is_null() { patch } else { old };
    if scalar::is_in_brackets(from) {
        Written::Brackets
    } else {
        Written::Plain
    }
}

/// A part of the patch that comes in whole: its directives and nulls are carried out on itself.
fn settle_new(node: Node, shape: Shape<'_>) -> Result<Node> {
    let mut node = node;
    if let Value::Mapping(fields) = &mut node.value {
        let mut settled = plumb_yaml::Mapping::new();
        for (key, mut value) in std::mem::take(fields) {
            let shape = settle(shape.field(&key), Some(&value), None);
            match &value.value {
                Value::Null => {}
                Value::Mapping(_) => {
                    if map_directive(&mut value)? != Directive::Delete {
                        settled.push(key, settle_new(value, shape)?);
                    }
                }
                Value::Sequence(_) => match shape.keys {
                    Some(keys) => {
                        if let Some(list) = list::settle_new(value, shape, keys)? {
                            settled.push(key, list);
                        }
                    }
                    None => settled.push(key, value),
                },
                _ => {
                    scalar::set_again(&mut value);
                    settled.push(key, value);
                }
            }
        }
        *fields = settled;
    }
    Ok(node)
}

/// What the walk does to parts of the target that the patch does not name.
fn tidy(node: &mut Node, shape: Shape<'_>) -> Result<()> {
    let shape = settle(shape, Some(node), None);
    match &mut node.value {
        Value::Mapping(fields) => {
            let mut failure = None;
            fields.retain(|key, value| match tidy_field(value, shape.field(key)) {
                Ok(keep) => keep || failure.is_some(),
                Err(error) => {
                    failure = Some(error);
                    true
                }
            });
            failure.map_or(Ok(()), Err)
        }
        Value::Sequence(_) => match shape.keys {
            Some(keys) => list::tidy(node, shape, keys),
            None => Ok(()),
        },
        _ => Ok(()),
    }
}

/// [`tidy`] for a field; false when the field goes: it was left empty.
fn tidy_field(value: &mut Node, shape: Shape<'_>) -> Result<bool> {
    if value.is_null() {
        return Ok(!scalar::is_left_empty(value));
    }
    tidy(value, shape)?;
    scalar::set_again(value);
    Ok(true)
}

/// An object inside another that says its kind has that kind's shape, where nothing better is known.
fn settle<'s>(shape: Shape<'s>, target: Option<&Node>, patch: Option<&Node>) -> Shape<'s> {
    if shape.is_known() {
        return shape;
    }
    let objects = [target, patch];
    objects
        .into_iter()
        .flatten()
        .find_map(|node| shape.of_object(node))
        .unwrap_or(shape)
}

/// Takes the directive out of a map.
fn map_directive(node: &mut Node) -> Result<Directive> {
    let Some(text) = node.get(DIRECTIVE).map(scalar::plain_text) else {
        return Ok(Directive::Merge);
    };
    let directive = read_directive(&text)?;
    if let Some(mapping) = node.as_mapping_mut() {
        mapping.remove(DIRECTIVE);
    }
    Ok(directive)
}

fn read_directive(text: &str) -> Result<Directive> {
    match text {
        "merge" => Ok(Directive::Merge),
        "replace" => Ok(Directive::Replace),
        "delete" => Ok(Directive::Delete),
        _ => Err(BuildErrorKind::Patch(format!("unknown patch strategy '{text}'")).into()),
    }
}

fn expect(
    target: &Option<Node>,
    patch: &Option<Node>,
    wanted: &str,
    fits: impl Fn(&Node) -> bool,
) -> Result<()> {
    let odd = |node: &&Node| !node.is_null() && !fits(node);
    match [target, patch].into_iter().flatten().find(odd) {
        Some(node) => Err(wrong_kind(node, wanted)),
        None => Ok(()),
    }
}

fn wrong_kind(node: &Node, wanted: &str) -> Failure {
    let is = match &node.value {
        Value::Mapping(_) => "MappingNode",
        Value::Sequence(_) => "SequenceNode",
        _ => "ScalarNode",
    };
    let content = plumb_yaml::emit(node);
    let message = format!("wrong node kind: expected {wanted} but got {is}: node contents:\n{content}");
    Failure::new(BuildErrorKind::Patch(message))
}
