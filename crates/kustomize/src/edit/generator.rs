//! ConfigMap and Secret generators: `edit add` and `edit set`.

mod sources;

use plumb_yaml::{Mapping, Node, Value};

use super::{Call, Done, Writing, add, flags::Flag, refuse, remove::same_namespace, sheet::Sheet, wrap};
use crate::{kustomization::decode, resource::empty_mapping};

pub(super) const ADD_CONFIG_MAP_FLAGS: &[Flag] = &[
    Flag::list("from-file"),
    Flag::value("from-literal"),
    Flag::value("from-env-file"),
    Flag::value("behavior"),
    Flag::value("namespace"),
    Flag::switch("disableNameSuffixHash", ""),
];
pub(super) const ADD_SECRET_FLAGS: &[Flag] = &[
    Flag::list("from-file"),
    Flag::value("from-literal"),
    Flag::value("from-env-file"),
    Flag::value("type"),
    Flag::value("namespace"),
    Flag::switch("disableNameSuffixHash", ""),
];
pub(super) const SET_FLAGS: &[Flag] = &[
    Flag::value("from-literal"),
    Flag::value("namespace"),
    Flag::value("new-namespace"),
];

/// What differs between the two kinds.
struct Kind {
    field: &'static str,
    /// In messages.
    noun: &'static str,
    title: &'static str,
    has_type: bool,
}

const CONFIG_MAP: Kind = Kind {
    field: "configMapGenerator",
    noun: "configmap",
    title: "ConfigMap",
    has_type: false,
};
const SECRET: Kind = Kind {
    field: "secretGenerator",
    noun: "secret",
    title: "Secret",
    has_type: true,
};

pub(super) fn add_config_map(call: &mut Call<'_>) -> Done {
    add(call, &CONFIG_MAP)
}

pub(super) fn add_secret(call: &mut Call<'_>) -> Done {
    add(call, &SECRET)
}

pub(super) fn set_config_map(call: &mut Call<'_>) -> Done {
    set(call, &CONFIG_MAP)
}

pub(super) fn set_secret(call: &mut Call<'_>) -> Done {
    set(call, &SECRET)
}

fn add(call: &mut Call<'_>, kind: &Kind) -> Done {
    let files = expand(call).map_err(|error| wrap("failed to expand file source", &error))?;
    let name = check_add(call, &files).map_err(|error| wrap("failed to validate flags", &error))?;
    let mut sheet = read_sheet(call)?;
    let index = position(&sheet, kind, &name, call.flags.text("namespace"))
        .unwrap_or_else(|| make(call, &mut sheet, kind, &name));
    let Some(generator) = sheet.list(kind.field)[index].as_mapping_mut() else {
        return Ok(());
    };
    let env = call.flags.text("from-env-file").to_owned();
    let mut extend = |key: &str, items: &[String]| {
        if !items.is_empty() {
            texts(generator, key).extend(items.iter().map(|item| Node::text(item.as_str())));
        }
    };
    extend("literals", call.flags.all("from-literal"));
    extend("files", &files);
    if !env.is_empty() {
        extend("envs", &[env]);
    }
    if call.flags.is_on("disableNameSuffixHash") {
        let mut options = Mapping::new();
        options.push("disableNameSuffixHash", Value::Bool(true).into());
        set_field(generator, "options", Value::Mapping(options).into());
    }
    let behavior = call.flags.text("behavior");
    if !behavior.is_empty() {
        set_field(generator, "behavior", Node::text(behavior));
    }
    finish(call, &mut sheet, (kind, index))
        .map_err(|error| wrap(&format!("failed to create {}", kind.noun), &error))?;
    call.write(&sheet)
}

fn set(call: &mut Call<'_>, kind: &Kind) -> Done {
    let [name] = &call.args[..] else {
        return refuse("failed to validate flags: name must be specified once");
    };
    let name = name.clone();
    if call.flags.all("from-literal").is_empty() && call.flags.text("new-namespace").is_empty() {
        let complaint = "at least one of [--from-literal, --new-namespace] must be specified";
        return refuse(format!("failed to validate flags: {complaint}"));
    }
    let mut sheet = read_sheet(call)?;
    let create = format!("failed to create {}", kind.noun);
    let position = position(&sheet, kind, &name, call.flags.text("namespace"));
    let found = position.and_then(|index| Some((index, sheet.list(kind.field)[index].as_mapping_mut()?)));
    let Some((index, generator)) = found else {
        return refuse(format!(
            "{create}: could not set new {} value: unable to find {} with name {name:?}",
            kind.title, kind.title
        ));
    };
    if !call.flags.all("from-literal").is_empty() {
        update_literals(generator, call.flags.all("from-literal"))
            .map_err(|error| wrap(&format!("{create}: failed to update literal sources"), &error))?;
    }
    let new_namespace = call.flags.text("new-namespace");
    if !new_namespace.is_empty() {
        set_field(generator, "namespace", Node::text(new_namespace));
    }
    let validating = format!("{create}: failed to validate {} structure", kind.title);
    finish(call, &mut sheet, (kind, index)).map_err(|error| wrap(&validating, &error))?;
    call.write(&sheet)
}

/// Copies the options of the whole file into a generator, and looks whether it can work.
fn finish(call: &Call<'_>, sheet: &mut Sheet, (kind, index): (&Kind, usize)) -> Done {
    // That is no part of what was asked for, only of how the original goes about it.
    let copies = call.writing == Writing::Anew;
    let global = sheet.get("generatorOptions").filter(|_| copies).cloned();
    let Some(generator) = sheet.list(kind.field)[index].as_mapping_mut() else {
        return Ok(());
    };
    if let Some(global) = global {
        copy_options(generator, &global);
    }
    sources::check(call.files, &sheet.list(kind.field)[index])
}

fn read_sheet(call: &Call<'_>) -> Done<Sheet> {
    let reading = "failed to read kustomization file";
    Sheet::read_saying(call.files, "failed to load kustomization file", reading)
}

/// The file sources, with the files that their patterns match.
fn expand(call: &mut Call<'_>) -> Done<Vec<String>> {
    let given = call.flags.all("from-file").to_vec();
    let mut sources = Vec::new();
    for source in given {
        let (key, pattern) = match source.split('=').collect::<Vec<_>>()[..] {
            [key, pattern] => (key, pattern),
            [pattern, ..] => ("", pattern),
            [] => continue,
        };
        let found = add::glob(call, &[pattern.to_owned()])?;
        if key.is_empty() {
            sources.extend(found);
        } else if let [file] = &found[..] {
            sources.push(format!("{key}={file}"));
        } else {
            return refuse(format!(
                "'pattern '{source}' catches files [{}], should catch only one",
                found.join(" ")
            ));
        }
    }
    Ok(sources)
}

fn check_add(call: &Call<'_>, files: &[String]) -> Done<String> {
    let [name] = &call.args[..] else {
        return refuse("name must be specified once");
    };
    let has_literals = !call.flags.all("from-literal").is_empty();
    let has_env = !call.flags.text("from-env-file").is_empty();
    if !has_env && files.is_empty() && !has_literals {
        return refuse("at least from-env-file, or from-file or from-literal must be set");
    }
    if has_env && (!files.is_empty() || has_literals) {
        return refuse("from-env-file cannot be combined with from-file or from-literal");
    }
    if !matches!(call.flags.text("behavior"), "" | "create" | "merge" | "replace") {
        return refuse("invalid behavior: must be one of \"create\", \"merge\", or \"replace\"");
    }
    Ok(name.clone())
}

fn position(sheet: &Sheet, kind: &Kind, name: &str, namespace: &str) -> Option<usize> {
    let list = sheet.get(kind.field)?.as_sequence()?;
    list.iter().position(|item| {
        let text = |key: &str| decode::field(item, key).and_then(Node::as_str).unwrap_or("");
        text("name") == name && same_namespace(text("namespace"), namespace)
    })
}

/// Adds a generator; its index.
fn make(call: &Call<'_>, sheet: &mut Sheet, kind: &Kind, name: &str) -> usize {
    let mut generator = Mapping::new();
    generator.push("name", Node::text(name));
    generator.push("namespace", Node::text(call.flags.text("namespace")));
    if kind.has_type {
        let given = call.flags.has("type").then(|| call.flags.text("type"));
        generator.push("type", Node::text(given.unwrap_or("Opaque")));
    }
    let list = sheet.list(kind.field);
    list.push(Value::Mapping(generator).into());
    list.len() - 1
}

/// Sets a field, whatever the case of its key is.
fn set_field(generator: &mut Mapping, key: &str, value: Node) {
    let known = generator.keys().find(|known| known.eq_ignore_ascii_case(key));
    let known = known.unwrap_or(key).to_owned();
    generator.insert(known, value);
}

/// A list of texts in a generator, made where missing.
fn texts<'g>(generator: &'g mut Mapping, key: &str) -> &'g mut Vec<Node> {
    let slot = generator.entry_or_insert_with(key, || Value::Sequence(Vec::new()).into());
    if slot.as_sequence().is_none() {
        slot.value = Value::Sequence(Vec::new());
    }
    slot.as_sequence_mut().expect("it was just made a list")
}

fn update_literals(generator: &mut Mapping, new: &[String]) -> Done {
    let parse = |literal: &str| match literal.split('=').collect::<Vec<_>>()[..] {
        [key, value] => Ok((key.to_owned(), value.to_owned())),
        _ => refuse(
            "failed to update resource: invalid format: literal values must be specified in the key=value format",
        ),
    };
    let mut pairs = Vec::new();
    for literal in texts(generator, "literals").iter().filter_map(Node::as_str) {
        pairs.push(parse(literal)?);
    }
    for literal in new {
        let (key, value) = parse(literal)?;
        match pairs.iter_mut().find(|(known, _)| *known == key) {
            Some((_, old)) => *old = value,
            None => return refuse(format!("key '{key}' not found in resource")),
        }
    }
    let list = texts(generator, "literals");
    list.clear();
    list.extend(
        pairs
            .into_iter()
            .map(|(key, value)| Node::text(format!("{key}={value}"))),
    );
    Ok(())
}

fn copy_options(generator: &mut Mapping, global: &Node) {
    let options = generator.entry_or_insert_with("options", empty_mapping);
    if options.as_mapping().is_none() {
        *options = empty_mapping();
    }
    let Some(options) = options.as_mapping_mut() else {
        return;
    };
    for key in ["labels", "annotations"] {
        let Some(entries) = decode::field(global, key).and_then(Node::as_mapping) else {
            continue;
        };
        let known = options.entry_or_insert_with(key, empty_mapping);
        if let Some(known) = known.as_mapping_mut() {
            for (key, value) in entries.iter() {
                known.entry_or_insert_with(key, || value.clone());
            }
        }
    }
    for key in ["disableNameSuffixHash", "immutable"] {
        if decode::field(global, key).is_some_and(|flag| flag.value == Value::Bool(true)) {
            options.insert(key, Value::Bool(true).into());
        }
    }
}
