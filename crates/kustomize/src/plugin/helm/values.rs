//! A chart's values and those that a kustomization writes for it, in one.

use plumb_yaml::{Dialect, Mapping, Node, SourceId, Value};

use crate::{
    error::{BuildErrorKind, Result},
    resource::empty_mapping,
    scalar,
    session::Session,
};

/// Which of two values wins.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Winner {
    /// That of the kustomization.
    Kustomization,
    /// That of the chart.
    Chart,
    /// Those of the chart do not count at all.
    KustomizationAlone,
}

impl Winner {
    pub(super) fn parse(text: &str) -> Result<Self> {
        match text {
            "" | "override" => Ok(Self::Kustomization),
            "merge" => Ok(Self::Chart),
            "replace" => Ok(Self::KustomizationAlone),
            _ => {
                let message = "valuesMerge must be one of [merge override replace]".to_owned();
                Err(BuildErrorKind::Generator(message).into())
            }
        }
    }
}

/// The values in `text` with those of `inline`, as YAML.
pub(super) fn merged(session: &Session<'_>, text: &str, inline: &Node, winner: Winner) -> Result<String> {
    let mut documents = session.parse(text, SourceId::default(), Dialect::V3)?;
    let chart = if documents.is_empty() {
        empty_mapping()
    } else {
        documents.swap_remove(0)
    };
    let merged = if winner == Winner::Chart {
        lay(Some(&chart), Some(inline))
    } else {
        lay(Some(inline), Some(&chart))
    };
    let mut merged = merged?.unwrap_or_else(empty_mapping);
    scalar::settle(&mut merged);
    Ok(plumb_yaml::emit(&merged))
}

/// Lays `over` on `under`; `None` where nothing is left. Lists are taken whole, and a null takes away.
fn lay(over: Option<&Node>, under: Option<&Node>) -> Result<Option<Node>> {
    let is_something = |node: &&Node| !node.is_null();
    let (Some(shape), over_something) = (
        under.filter(is_something).or(over.filter(is_something)),
        over.filter(is_something),
    ) else {
        // A null that is written out stays where nothing is said of it; a field left empty goes.
        return Ok(under
            .filter(|node| over.is_none() && !scalar::is_left_empty(node))
            .cloned());
    };
    for node in [over, under].into_iter().flatten().filter(is_something) {
        if class(node) != class(shape) {
            let message = format!(
                "could not merge values: wrong node kind: expected {} but got {}",
                class(shape),
                class(node)
            );
            return Err(BuildErrorKind::Generator(message).into());
        }
    }
    if over.is_some() && over_something.is_none() {
        return Ok(None);
    }
    if shape.as_mapping().is_none() {
        return Ok(over_something.or(under).cloned());
    }
    let directive = over.and_then(|over| over.get("$patch")).and_then(Node::as_str);
    match directive {
        Some("delete") => return Ok(None),
        Some("replace") => {
            let mut whole = shape.clone();
            whole.value = over.map(|over| over.value.clone()).unwrap_or_default();
            whole
                .as_mapping_mut()
                .and_then(|mapping| mapping.remove("$patch"));
            return Ok(Some(whole));
        }
        _ => {}
    }
    lay_maps(over_something, under.filter(is_something)).map(Some)
}

fn lay_maps(over: Option<&Node>, under: Option<&Node>) -> Result<Node> {
    let map = |node: Option<&Node>| node.and_then(Node::as_mapping).cloned().unwrap_or_default();
    let (over, under) = (map(over), map(under));
    let mut result = Mapping::new();
    let new = over.keys().filter(|key| !under.contains(key));
    for key in under.keys().chain(new) {
        if let Some(value) = lay(over.get(key), under.get(key))? {
            result.push(key, value);
        }
    }
    Ok(Value::Mapping(result).into())
}

fn class(node: &Node) -> &'static str {
    match node.value {
        Value::Mapping(_) => "MappingNode",
        Value::Sequence(_) => "SequenceNode",
        _ => "ScalarNode",
    }
}
