//! Text to resources.

use plumb_yaml::{Node, SourceId, Value};

use super::Resource;
use crate::{
    error::{BuildErrorKind, Result},
    scalar,
    session::Session,
};

/// The resources in a text: every document, lists taken apart.
pub(crate) fn read_resources(session: &Session<'_>, text: &str, source: SourceId) -> Result<Vec<Resource>> {
    let mut documents = session.parse_objects(text, source, is_plain_list)?;
    let alone = documents.len() == 1;
    for document in &mut documents {
        prepare(session, document, alone)?;
    }
    let nodes = expand(documents).map_err(|failure| failure.in_source(source))?;
    nodes
        .into_iter()
        .map(|node| {
            validate(&node).map_err(|failure| failure.marked(&node))?;
            session.openapi.note_kind(&super::Gvk::of(&node));
            Ok(Resource::new(node))
        })
        .collect()
}

impl Resource {
    /// Refuses an object that something took its kind or name from.
    pub(crate) fn check_identity(&mut self) -> Result<()> {
        if validate(&self.node).is_ok() {
            return Ok(());
        }
        self.show_marks();
        validate(&self.node).map_err(|failure| failure.at(self.mark))
    }
}

/// Why what looks like no object is none.
const NO_METADATA: &str = "missing Resource metadata";

/// Kinds of lists that keep their items as they are written.
const LISTS: [&str; 2] = ["List", "ResourceList"];

/// Takes lists apart. A `List` alone in its text gives its items in place; others give theirs at the end.
fn expand(documents: Vec<Node>) -> Result<Vec<Node>> {
    let alone = documents.len() == 1;
    let mut queue = std::collections::VecDeque::new();
    for mut document in documents {
        let is_list = document
            .get("kind")
            .and_then(Node::as_str)
            .is_some_and(|kind| LISTS.contains(&kind));
        if alone && is_list && document.get("items").is_some() {
            match take(&mut document, "items") {
                Some(Value::Sequence(items)) => queue.extend(items),
                // The original takes keys for items, too.
                Some(Value::Mapping(items)) if !items.is_empty() => {
                    return Err(BuildErrorKind::Resource(NO_METADATA.into()).into());
                }
                _ => {}
            }
        } else {
            queue.push_back(document);
        }
    }
    let mut nodes = Vec::new();
    while let Some(mut node) = queue.pop_front() {
        if is_empty(&node) {
            continue;
        }
        let kind = node.get("kind").and_then(Node::as_str).unwrap_or("").to_owned();
        if !kind.ends_with("List") || node.get("items").is_none() {
            nodes.push(node);
            continue;
        }
        match take(&mut node, "items") {
            Some(Value::Sequence(items)) => queue.extend(items),
            Some(Value::Null) | None => {}
            Some(other) => {
                let is = scalar::go_type(&other);
                let message = format!("expected array in {kind}/items, but found {is}");
                return Err(BuildErrorKind::Resource(message).into());
            }
        }
    }
    Ok(nodes)
}

/// Whether a document is a list that is taken apart as it is written, with no lists in it.
fn is_plain_list(document: &Node) -> bool {
    let kind = |node: &Node| node.get("kind").and_then(Node::as_str).unwrap_or("").to_owned();
    let items = document
        .get("items")
        .and_then(Node::as_sequence)
        .unwrap_or_default();
    LISTS.contains(&&*kind(document)) && !items.iter().any(|item| kind(item).ends_with("List"))
}

fn take(node: &mut Node, key: &str) -> Option<Value> {
    node.as_mapping_mut()?.remove(key).map(|node| node.value)
}

fn is_empty(node: &Node) -> bool {
    match &node.value {
        Value::Null => true,
        Value::Mapping(mapping) => mapping.is_empty(),
        Value::Sequence(items) => items.is_empty(),
        _ => false,
    }
}

fn validate(node: &Node) -> Result<()> {
    let text = |path: &[&str]| node.at(path).map(scalar::plain_text).unwrap_or_default();
    let complain = |what: &str| -> Result<()> {
        let (api_version, kind) = (text(&["apiVersion"]), text(&["kind"]));
        let (name, namespace) = (text(&["metadata", "name"]), text(&["metadata", "namespace"]));
        let texts = |field| {
            let texts = node
                .at(&["metadata", field])
                .filter(|texts| texts.as_mapping().is_some());
            texts.map_or_else(
                || "map[]".to_owned(),
                |texts| scalar::in_go(&as_texts(texts).value),
            )
        };
        let (labels, annotations) = (texts("labels"), texts("annotations"));
        let message = format!(
            "missing {what} in object {{{{{api_version} {kind}}} {{{{{name} {namespace}}} {labels} {annotations}}}}}"
        );
        Err(BuildErrorKind::Resource(message).into())
    };
    let says = |path: &[&str]| node.at(path).is_some_and(|node| !is_empty(node));
    let identity = ["apiVersion", "kind"].iter().any(|key| says(&[key]));
    let metadata = ["name", "namespace", "labels", "annotations"];
    if !identity && !metadata.iter().any(|key| says(&["metadata", key])) {
        return Err(BuildErrorKind::Resource(NO_METADATA.into()).into());
    }
    let kind = text(&["kind"]);
    if kind.is_empty() {
        return complain("kind");
    }
    if !kind.ends_with("List") && text(&["metadata", "name"]).is_empty() {
        return complain("metadata.name");
    }
    Ok(())
}

/// A map with the texts of its scalars.
fn as_texts(map: &Node) -> Node {
    let entries = map.as_mapping().into_iter().flat_map(plumb_yaml::Mapping::iter);
    let texts = entries.map(|(key, value)| (key.into(), Node::text(scalar::plain_text(value))));
    Value::Mapping(texts.collect()).into()
}

/// Lists go through Go's values, unless they are of a kind that keeps its items: there, how a scalar was written is
/// lost, and nulls are all written out.
fn prepare(session: &Session<'_>, document: &mut Node, alone: bool) -> Result<()> {
    let kind = document.get("kind").and_then(Node::as_str).unwrap_or("");
    let is_kept = alone && LISTS.contains(&kind);
    if kind.ends_with("List") && document.get("items").is_some() && !is_kept {
        session.refuse_repeats(document)?;
        scalar::forget_manner(document);
        return Ok(());
    }
    let items = document.get_mut("items").and_then(Node::as_sequence_mut);
    let mut kept = items.into_iter().flatten().filter(|_| is_kept);
    kept.try_for_each(|item| prepare(session, item, false))
}
