//! What goes to a function and comes back: a `ResourceList` in YAML.
//!
//! **Invariant:** the input is what the original writes, byte for byte, since there are functions that look at lines.

use plumb_yaml::{Dialect, Node, SourceId, Value};

use super::annotations;
use crate::{
    error::Result,
    resource::{Resource, empty_mapping},
    session::Session,
};

/// The identity by which objects are told.
const ID: &str = "kustomize.config.k8s.io/id";
/// What readers and writers of the original put on objects, in that order; `#` is the position, `+` the one after it.
const MARKS: [(&str, char); 5] = [
    ("config.kubernetes.io/index", '#'),
    ("internal.config.kubernetes.io/index", '#'),
    (
        "internal.config.kubernetes.io/annotations-migration-resource-id",
        '#',
    ),
    ("internal.config.kubernetes.io/id", '+'),
    ("config.k8s.io/id", '+'),
];
/// Stands where the marks go: a letter that sorts behind every other annotation.
const PLACE: &str = "\u{FFDC}";
/// Stands for a space at which a line must not be folded.
const UNBROKEN: char = '\u{E000}';

/// An answer, as far as it is no objects.
pub(super) struct Answer {
    /// Results that are errors.
    pub(super) complaints: Vec<String>,
    /// Whether it is a list of nothing.
    pub(super) is_empty: bool,
}

/// An object with its identity written on it.
pub(super) fn with_id(object: &Resource) -> Node {
    let id = object.id();
    let parts = [
        ("group", &id.gvk.group),
        ("kind", &id.gvk.kind),
        ("name", &id.name),
        ("namespace", &id.namespace),
        ("version", &id.gvk.version),
    ];
    let mut mapping = plumb_yaml::Mapping::new();
    for (key, part) in parts.into_iter().filter(|(_, part)| !part.is_empty()) {
        mapping.push(key, Node::text(&**part));
    }
    let text = plumb_yaml::emit(&Value::Mapping(mapping).into());
    let mut copy = object.clone();
    if let Some(annotations) = annotations(&mut copy) {
        annotations.insert(ID, Node::text(text));
    }
    copy.node
}

/// The list of `items` for the function that `config` configures.
pub(super) fn input<'n>(items: impl Iterator<Item = &'n Node>, config: &Node) -> String {
    let mut text = String::from("apiVersion: config.kubernetes.io/v1\nkind: ResourceList\nitems:");
    let mut position = 0;
    for item in items {
        text.push_str(if position == 0 { "\n" } else { "" });
        let marked = marked(&unfolded(&with_place(item)), position);
        for (number, line) in marked.lines().enumerate() {
            let indent = match (number, line) {
                (0, _) => "- ",
                (_, "") => "",
                _ => "  ",
            };
            text.push_str(&format!("{indent}{line}\n"));
        }
        position += 1;
    }
    if position == 0 {
        text.push_str(" []\n");
    }
    text.push_str("functionConfig:\n");
    for line in unfolded(&unbroken(config)).lines() {
        let indent = if line.is_empty() { "" } else { "  " };
        text.push_str(&format!("{indent}{line}\n"));
    }
    text.replace("local-config: \"true\"", "local-config: 'true'")
}

/// An item with a place for the marks.
fn with_place(item: &Node) -> Node {
    let mut item = Resource::new(unbroken(item));
    if let Some(annotations) = annotations(&mut item) {
        annotations.insert(PLACE, Node::text("x"));
    }
    item.node
}

/// The text of an item with the marks in their place.
fn marked(text: &str, position: usize) -> String {
    let place = format!("    {PLACE}: x\n");
    let mut marks = String::new();
    for (key, number) in MARKS {
        let number = if number == '#' { position } else { position + 1 };
        marks.push_str(&format!("    {key}: '{number}'\n"));
    }
    text.replacen(&place, &marks, 1)
}

/// The same node, without spaces at which a long line would be folded: the original folds none here.
fn unbroken(node: &Node) -> Node {
    let mut node = node.clone();
    replace_spaces(&mut node);
    node
}

fn replace_spaces(node: &mut Node) {
    match &mut node.value {
        Value::String(text) if text.len() > 40 && !text.contains(['\n', UNBROKEN]) => {
            let characters: Vec<char> = text.chars().collect();
            let at = |index: usize| characters.get(index).copied().unwrap_or(' ');
            // Spaces that have a say in how the text is quoted stay.
            let stays = |index: usize| {
                let (before, after) = (index.checked_sub(1).map_or(' ', at), at(index + 1));
                matches!(before, ' ' | ':') || matches!(after, ' ' | '#')
            };
            let replaced: String = characters
                .iter()
                .enumerate()
                .map(|(index, c)| if *c == ' ' && !stays(index) { UNBROKEN } else { *c })
                .collect();
            *text = replaced.into();
        }
        Value::Sequence(items) => items.iter_mut().for_each(replace_spaces),
        Value::Mapping(mapping) => mapping.iter_mut().for_each(|(_, value)| replace_spaces(value)),
        _ => {}
    }
}

fn unfolded(node: &Node) -> String {
    plumb_yaml::emit(node).replace(UNBROKEN, " ")
}

/// What an answer says beside its objects.
pub(super) fn answer(session: &Session<'_>, text: &str) -> Result<Answer> {
    let documents = session.parse(text, SourceId::default(), Dialect::V3)?;
    let [document] = &documents[..] else {
        return Ok(Answer {
            complaints: Vec::new(),
            is_empty: documents.is_empty(),
        });
    };
    let is_list = matches!(
        document.get("kind").and_then(Node::as_str),
        Some("ResourceList" | "List")
    );
    let results = document.get("results").and_then(Node::as_sequence);
    let complaints = results
        .into_iter()
        .flatten()
        .filter(|_| is_list)
        .filter(|result| result.get("severity").and_then(Node::as_str) == Some("error"))
        .map(|result| {
            let message = result.get("message").and_then(Node::as_str).unwrap_or_default();
            let about = result.at(&["resourceRef", "name"]).and_then(Node::as_str);
            about.map_or_else(|| message.to_owned(), |name| format!("{name}: {message}"))
        })
        .collect();
    Ok(Answer {
        complaints,
        is_empty: is_list
            && document.get("functionConfig").is_some()
            && document.get("items").is_none_or(Node::is_null),
    })
}

/// Takes off what was written on an object for the way.
pub(super) fn strip(object: &mut Resource) {
    let mut keys: Vec<&str> = MARKS.iter().map(|(key, _)| *key).collect();
    keys.push(ID);
    remove_annotations(object, &keys);
}

/// Removes annotations, and the field when none are left.
pub(super) fn remove_annotations(object: &mut Resource, keys: &[&str]) {
    let Some(metadata) = object.metadata_mut() else {
        return;
    };
    let Some(annotations) = metadata.get_mut("annotations") else {
        return;
    };
    if annotations.is_null() {
        *annotations = empty_mapping();
    }
    let Some(mapping) = annotations.as_mapping_mut() else {
        return;
    };
    keys.iter().for_each(|key| drop(mapping.remove(key)));
    if mapping.is_empty() {
        metadata.remove("annotations");
    }
}
