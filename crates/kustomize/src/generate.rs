//! ConfigMaps and Secrets made from literals and files.
//!
//! **Start at** [`from_kustomization`]; what a generated object does to one that is there already is [`take_over`].

mod configmap;
mod secret;
mod sources;

pub(crate) use sources::{env_keys, file_source, literal_key};

use std::{collections::BTreeMap, rc::Rc};

use plumb_yaml::{Mapping, Mark, Node, Text, Value, Written};

use crate::{
    error::{BuildErrorKind, Failure, Result},
    kustomization::{Generator, GeneratorOptions, Kustomization},
    load::Folder,
    resource::{Behavior, Resource, empty_mapping, shared},
    scalar,
    session::Session,
};

/// Where generated objects come from.
pub(crate) struct Setup<'a> {
    pub(crate) session: &'a Session<'a>,
    pub(crate) folder: &'a Rc<Folder>,
}

/// What the generators of a kustomization make, each made when it is asked for, and the kind of its generator.
pub(crate) fn from_kustomization<'k>(
    setup: &'k Setup<'k>,
    kustomization: &'k Kustomization,
) -> impl Iterator<Item = (Result<Resource>, &'static str)> + 'k {
    let kinds = [
        (&kustomization.config_map_generator, CONFIG_MAP),
        (&kustomization.secret_generator, SECRET),
    ];
    let all = kinds
        .into_iter()
        .flat_map(|(generators, kind)| generators.iter().map(move |generator| (generator, kind)));
    all.map(|(generator, kind)| {
        let mut generator = generator.clone();
        generator.options =
            GeneratorOptions::under(generator.options, kustomization.generator_options.as_ref());
        (make(setup, &generator, kind), kind)
    })
}

/// The kind of the generator of ConfigMaps.
pub(crate) const CONFIG_MAP: &str = "ConfigMapGenerator";
/// The kind of the generator of Secrets.
pub(crate) const SECRET: &str = "SecretGenerator";

/// The object of one generator.
pub(crate) fn make(setup: &Setup<'_>, generator: &Generator, kind: &str) -> Result<Resource> {
    let at = |failure: Failure| failure.at(generator.mark);
    if generator.name.is_empty() {
        return Err(at(BuildErrorKind::Generator(
            "a configmap must have a name".into(),
        )
        .into()));
    }
    let pairs = sources::load(setup, generator).map_err(at)?;
    // The original writes such a text as a block that it cannot read again.
    let is_unreadable = |content: &[u8]| content.starts_with(b"\t") && content.contains(&b'\n');
    if kind != SECRET && pairs.iter().any(|(_, content)| is_unreadable(content)) {
        let message = "yaml: found a tab character where an indentation space is expected";
        return Err(at(BuildErrorKind::Generator(message.into()).into()));
    }
    let node = if kind == SECRET {
        secret::node(generator, &pairs)
    } else {
        configmap::node(generator, &pairs)
    };
    let mut resource = Resource::new(node.marked(generator.mark));
    resource.behavior = Some(generator.behavior);
    resource.needs_hash = !generator
        .options
        .as_ref()
        .is_some_and(|options| options.disable_name_suffix_hash);
    Ok(resource)
}

/// Lets a generated object take the place of `old`: it keeps the old one's name and marks, and what `merge` keeps.
pub(crate) fn take_over(new: &mut Resource, old: &mut Resource) {
    let is_merge = new.behavior == Some(Behavior::Merge);
    let old_metadata = old.node.get("metadata").cloned().unwrap_or_default();
    if let Some(metadata) = new.node.get_mut("metadata") {
        lay_over(metadata, &old_metadata, "labels");
        lay_over(metadata, &old_metadata, "annotations");
    }
    let (name, namespace) = (old.name(), old.namespace());
    let mark = old
        .node
        .at(&["metadata", "name"])
        .map_or(old.mark, |name| name.mark);
    if let Some(metadata) = new.metadata_mut() {
        let field = metadata.entry_or_insert_with("name", || Node::text(""));
        scalar::set_untyped(field, &name, mark);
        if namespace.is_empty() {
            metadata.remove("namespace");
        } else {
            scalar::enter_untyped(metadata, "namespace", &namespace);
        }
    }
    if is_merge {
        if new.kind() == "Secret" {
            secret::encode_string_data(&mut old.node);
        }
        lay_data_over(&mut new.node, &mut old.node, "data");
        lay_data_over(&mut new.node, &mut old.node, "binaryData");
        if old.origin.is_some() {
            new.origin = old.origin.take();
        }
        new.mark = old.mark;
    }
    new.needs_hash &= old.needs_hash;
    new.behavior = old.behavior;
    new.freedom = old.freedom;
    new.previous = std::mem::take(&mut old.previous);
    new.prefixes = std::mem::take(&mut old.prefixes);
    new.suffixes = std::mem::take(&mut old.suffixes);
    new.variables = std::mem::take(&mut old.variables);
    new.transformations = std::mem::take(&mut old.transformations);
}

/// [`lay_over`] for data, whose nulls are empty texts.
fn lay_data_over(new: &mut Node, old: &mut Node, field: &str) {
    for node in [&mut *new, &mut *old] {
        let data = node.get_mut(field).and_then(Node::as_mapping_mut);
        let is_null = |value: &&mut Node| value.is_null() && value.mark.written != Written::Untyped;
        let nulls = data.into_iter().flat_map(Mapping::iter_mut);
        for value in nulls.map(|(_, value)| value).filter(is_null) {
            value.value = Value::from("");
        }
    }
    lay_over(new, old, field);
}

/// Lays the entries that `new` has in a map over those of `old`; all of them become text.
fn lay_over(new: &mut Node, old: &Node, field: &str) {
    let mut merged: BTreeMap<Text, Node> = BTreeMap::new();
    for node in [old, &*new] {
        let mapping = node.get(field).and_then(Node::as_mapping);
        for (key, value) in mapping.into_iter().flat_map(Mapping::iter) {
            merged.insert(key.into(), text_at(value.mark, &scalar::written_text(value)));
        }
    }
    let Some(mapping) = new.as_mapping_mut() else {
        return;
    };
    mapping.remove(field);
    if !merged.is_empty() {
        mapping.push(field, Value::Mapping(merged.into_iter().collect()).into());
    }
}

fn text_at(mark: Mark, text: &str) -> Node {
    let value = Value::from(text);
    let written = if scalar::keeps_quotes(text) {
        Written::Quoted
    } else {
        Written::Plain
    };
    let mark = Mark { written, ..mark };
    let mut node = Node { mark, value };
    // Of what it was taken over from, it is no part any more.
    shared::note_made(&mut node);
    node
}

/// What every generated object starts with.
fn base(kind: &str, generator: &Generator) -> Mapping {
    let mut metadata = Mapping::new();
    metadata.push("name", text_at(generator.mark, &generator.name));
    if !generator.namespace.is_empty() {
        metadata.push("namespace", Node::text(generator.namespace.as_str()));
    }
    let mut object = Mapping::new();
    object.push("apiVersion", Node::text("v1"));
    object.push("kind", Node::text(kind));
    if let Some(options) = &generator.options {
        for (field, pairs) in [("labels", &options.labels), ("annotations", &options.annotations)] {
            if !pairs.is_empty() {
                let entries = pairs.iter().map(|(key, value)| {
                    let mut text = text_at(value.mark, &value.text);
                    if field == "labels" {
                        text.mark.written = Written::Quoted;
                    }
                    (key.as_str().into(), text)
                });
                metadata.push(field, Value::Mapping(entries.collect()).into());
            }
        }
        if options.immutable {
            object.push("immutable", Value::Bool(true).into());
        }
    }
    object.push("metadata", Value::Mapping(metadata).into());
    object
}

/// Base64, in lines of 70 when it is longer than that.
fn base64(content: &[u8]) -> String {
    use base64::Engine;
    const WIDTH: usize = 70;
    let encoded = base64::engine::general_purpose::STANDARD.encode(content);
    if encoded.len() < WIDTH {
        return encoded;
    }
    let mut wrapped = String::with_capacity(encoded.len() + encoded.len() / WIDTH + 1);
    let mut rest = encoded.as_str();
    while !rest.is_empty() {
        let (line, next) = rest.split_at(WIDTH.min(rest.len()));
        wrapped.push_str(line);
        wrapped.push('\n');
        rest = next;
    }
    wrapped
}

/// Sets an entry of a map of an object, making the map where missing.
fn set_entry(object: &mut Mapping, field: &str, key: &str, text: String) {
    if let Some(mapping) = object.entry_or_insert_with(field, empty_mapping).as_mapping_mut() {
        let mut entry = Node::text(text.as_str());
        if scalar::keeps_quotes(&text) {
            entry.mark.written = Written::Quoted;
        }
        mapping.insert(key, entry);
    }
}
