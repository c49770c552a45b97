//! The places where a var is used, as targets of a replacement.

use plumb_yaml::{Dialect, Limits, Mapping, Node, SourceId, Value};

use crate::{kustomization::decode, resource::Gvk, scalar};

/// A field that uses a var.
pub(super) struct Use {
    path: String,
    /// Which part of the field, where it is not all of it.
    part: Option<(String, usize)>,
}

impl Use {
    /// Every use of `var` in a document.
    pub(super) fn find(document: &Node, var: &str) -> Result<Vec<Self>, String> {
        let mut found = Vec::new();
        walk(document, &mut Vec::new(), &mut |path, text| {
            let written = format!("$({var})");
            if text.contains(&written) {
                found.push(Self {
                    path: path.join("."),
                    part: part(text, &written)?,
                });
            }
            Ok(())
        })?;
        Ok(found)
    }

    /// The target, where `select` tells the objects.
    pub(super) fn target(&self, select: &Node) -> Node {
        let mut target = Mapping::new();
        target.push("select", select.clone());
        target.push(
            "fieldPaths",
            Value::Sequence(vec![Node::text(self.path.as_str())]).into(),
        );
        if let Some((delimiter, index)) = &self.part {
            let mut options = Mapping::new();
            options.push("delimiter", Node::text(delimiter.as_str()));
            options.push(
                "index",
                Value::Int(i64::try_from(*index).unwrap_or(i64::MAX)).into(),
            );
            target.push("options", Value::Mapping(options).into());
        }
        Value::Mapping(target).into()
    }
}

/// The objects in a text; lists are taken apart. None when it cannot be read.
pub(super) fn documents(text: &str) -> Vec<Node> {
    let parsed = plumb_yaml::parse(text, SourceId::default(), Dialect::V3, &Limits::default());
    let mut documents = parsed.unwrap_or_default();
    if let [only] = &mut documents[..] {
        let kind = only.get("kind").and_then(Node::as_str).unwrap_or("");
        if matches!(kind, "List" | "ResourceList")
            && let Some(items) = only.get_mut("items").and_then(Node::as_sequence_mut)
        {
            return std::mem::take(items);
        }
    }
    documents
}

/// Which objects a document is about: itself, or what its patch is for.
pub(super) fn select(document: &Node, patch: Option<&Node>) -> Node {
    let own = |path: &[&str]| document.at(path).map(scalar::plain_text).unwrap_or_default();
    let (name, namespace) = (own(&["metadata", "name"]), own(&["metadata", "namespace"]));
    let mut select = Mapping::new();
    let allows = |option: &str| {
        let options = patch.and_then(|patch| decode::field(patch, "options"));
        let flag = options.and_then(|options| decode::field(options, option));
        flag.is_some_and(|flag| flag.value == Value::Bool(true))
    };
    let (may_rename, may_change_kind) = (allows("allowNameChange"), allows("allowKindChange"));
    if let Some(patch) = patch.filter(|_| !(may_rename && may_change_kind)) {
        let target = decode::field(patch, "target").and_then(Node::as_mapping);
        for (key, value) in target.into_iter().flat_map(Mapping::iter) {
            select.insert(key, value.clone());
        }
        if may_rename {
            select.insert("name", Node::text(name));
        }
        if may_change_kind {
            select.insert("kind", Node::text(own(&["kind"])));
        }
        if !namespace.is_empty() {
            select.insert("namespace", Node::text(namespace));
        }
        return Value::Mapping(select).into();
    }
    let gvk = Gvk::new(&own(&["apiVersion"]), &own(&["kind"]));
    for (key, value) in [
        ("group", gvk.group),
        ("version", gvk.version),
        ("kind", gvk.kind),
        ("name", name),
        ("namespace", namespace),
    ] {
        select.push(key, Node::text(value));
    }
    Value::Mapping(select).into()
}

/// Calls `see` with every text and the path to it.
fn walk(
    node: &Node,
    path: &mut Vec<String>,
    see: &mut impl FnMut(&[String], &str) -> Result<(), String>,
) -> Result<(), String> {
    let mut inner = |part: String, value: &Node| {
        path.push(part);
        let walked = walk(value, path, see);
        path.pop();
        walked
    };
    match &node.value {
        Value::Sequence(items) => items
            .iter()
            .enumerate()
            .try_for_each(|(index, item)| inner(index.to_string(), item)),
        Value::Mapping(mapping) => mapping.iter().try_for_each(|(key, value)| {
            let key = key.trim();
            let part = if key.contains('.') {
                format!("[{key}]")
            } else {
                key.to_owned()
            };
            inner(part, value)
        }),
        Value::String(text) => see(path, text),
        _ => Ok(()),
    }
}

/// Which part of `text` the var is: what stands between the parts, and its number among them.
fn part(text: &str, written: &str) -> Result<Option<(String, usize)>, String> {
    let Some((before, after)) = text.split_once(written) else {
        return Ok(None);
    };
    let delimiter = match (before.chars().last(), after.chars().next()) {
        (None, None) => return Ok(None),
        (None, Some(next)) => return Ok(Some((next.to_string(), 0))),
        (Some(last), None) => {
            let delimiter = last.to_string();
            let index = text.split(&delimiter).count() - 1;
            return Ok(Some((delimiter, index)));
        }
        (Some(last), Some(next)) if last == next => last.to_string(),
        _ => {
            return Err(format!(
                "cannot convert all vars to replacements; {written} is not delimited"
            ));
        }
    };
    match text.split(&delimiter).position(|part| part == written) {
        Some(index) => Ok(Some((delimiter, index))),
        None => Err(format!("internal error: could not get index of var {written}")),
    }
}
