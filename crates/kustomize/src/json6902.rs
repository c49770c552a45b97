//! JSON patches (RFC 6902), with the liberties of the original's library: `replace` adds what is missing, negative
//! positions count from the end, and integers that a float cannot hold lose precision.

use plumb_yaml::{Dialect, Mapping, Node, SourceId, Value};

use crate::{
    error::{BuildErrorKind, Failure, Result},
    scalar,
    session::Session,
};

/// One operation.
#[derive(Clone, Debug)]
pub(crate) struct Operation {
    op: String,
    path: Option<String>,
    from: Option<String>,
    value: Option<Node>,
}

/// The operations in a text, JSON or YAML.
pub(crate) fn read(session: &Session<'_>, text: &str, source: SourceId) -> Result<Vec<Operation>> {
    let documents = session.parse(text, source, Dialect::V2)?;
    let Some(document) = documents.first() else {
        return Err(patch("empty json patch operations".into()));
    };
    let Some(items) = document.as_sequence() else {
        return Err(patch(
            "json: cannot unmarshal object into Go value of type jsonpatch.Patch".into(),
        ));
    };
    items
        .iter()
        .map(|item| {
            if item.as_mapping().is_none() {
                return Err(patch(
                    "json: cannot unmarshal into Go value of type jsonpatch.Operation".into(),
                ));
            }
            let text = |key: &str| item.get(key).and_then(Node::as_str).map(str::to_owned);
            Ok(Operation {
                op: text("op").unwrap_or_default(),
                path: text("path"),
                from: text("from"),
                value: item.get("value").cloned(),
            })
        })
        .collect()
}

/// Carries out the operations on `node`.
pub(crate) fn apply(node: &mut Node, operations: &[Operation]) -> Result<()> {
    for operation in operations {
        let Some(path) = &operation.path else {
            return Err(patch(format!(
                "{} operation does not apply: missing path",
                operation.op
            )));
        };
        match operation.op.as_str() {
            "add" => add(node, path, value(operation)?, "add")?,
            "remove" => {
                remove(node, path)?;
            }
            "replace" => replace(node, path, value(operation)?)?,
            "move" => {
                let from = from(operation)?;
                let moved = remove(node, from).map_err(|failure| failure.prefixed("error in move"))?;
                add(node, path, moved, "move")?;
            }
            "copy" => {
                let from = from(operation)?;
                let copied = get(node, from)?.cloned().unwrap_or_default();
                add(node, path, copied, "copy")?;
            }
            "test" => test(node, path, operation.value.as_ref())?,
            other => return Err(patch(format!("Unexpected kind: {other}"))),
        }
    }
    lose_precision(node);
    Ok(())
}

fn value(operation: &Operation) -> Result<Node> {
    Ok(operation.value.clone().unwrap_or_default())
}

fn from(operation: &Operation) -> Result<&str> {
    let missing = || patch(format!("{} operation does not apply: missing from", operation.op));
    operation.from.as_deref().ok_or_else(missing)
}

fn add(node: &mut Node, path: &str, value: Node, op: &str) -> Result<()> {
    if path.is_empty() {
        *node = value;
        return Ok(());
    }
    let (holder, key) = holder_mut(node, path).ok_or_else(|| {
        patch(format!(
            "{op} operation does not apply: doc is missing path: \"{path}\": missing value"
        ))
    })?;
    match &mut holder.value {
        Value::Mapping(mapping) => {
            mapping.insert(key, value);
        }
        Value::Sequence(items) if key == "-" => items.push(value),
        Value::Sequence(items) => {
            let index = position(&key, items.len() + 1, path)?;
            if index > items.len() {
                let message = format!("Unable to access invalid index: {key}: invalid index referenced");
                return Err(patch(format!("{op} operation does not apply: {message}")));
            }
            items.insert(index, value);
        }
        _ => return Err(missing(op, path)),
    }
    Ok(())
}

fn remove(node: &mut Node, path: &str) -> Result<Node> {
    let (holder, key) = holder_mut(node, path).ok_or_else(|| missing("remove", path))?;
    match &mut holder.value {
        Value::Mapping(mapping) => mapping.remove(&key).ok_or_else(|| {
            patch(format!(
                "remove operation does not apply: error in remove for path: '{path}': Unable to remove nonexistent \
                 key: {key}: missing value"
            ))
        }),
        Value::Sequence(items) => {
            let index = position(&key, items.len(), path)?;
            if index >= items.len() {
                let message = format!("Unable to access invalid index: {key}: invalid index referenced");
                return Err(patch(format!("remove operation does not apply: {message}")));
            }
            Ok(items.remove(index))
        }
        _ => Err(missing("remove", path)),
    }
}

fn replace(node: &mut Node, path: &str, value: Node) -> Result<()> {
    if path.is_empty() {
        *node = value;
        return Ok(());
    }
    let (holder, key) = holder_mut(node, path).ok_or_else(|| missing("replace", path))?;
    match &mut holder.value {
        Value::Mapping(mapping) => {
            mapping.insert(key, value);
            Ok(())
        }
        Value::Sequence(items) => {
            let index = position(&key, items.len(), path)?;
            let slot = items.get_mut(index).ok_or_else(|| {
                patch(format!(
                    "replace operation does not apply: doc is missing key: {path}: missing value"
                ))
            })?;
            *slot = value;
            Ok(())
        }
        _ => Err(missing("replace", path)),
    }
}

fn test(node: &Node, path: &str, wanted: Option<&Node>) -> Result<()> {
    let found = get(node, path)?;
    let is_null = |node: Option<&Node>| node.is_none_or(Node::is_null);
    let equal = match (found, wanted) {
        (found, wanted) if is_null(found) || is_null(wanted) => is_null(found) && is_null(wanted),
        (Some(found), Some(wanted)) => found == wanted,
        _ => false,
    };
    if equal {
        Ok(())
    } else {
        Err(patch(format!("testing value {path} failed: test failed")))
    }
}

fn get<'n>(node: &'n Node, path: &str) -> Result<Option<&'n Node>> {
    let mut at = node;
    for part in parts(path) {
        let next = match &at.value {
            Value::Mapping(mapping) => mapping.get(&part),
            Value::Sequence(items) => items.get(position(&part, items.len(), path)?),
            _ => None,
        };
        match next {
            Some(next) => at = next,
            None => return Ok(None),
        }
    }
    Ok(Some(at))
}

/// The map or list that holds the last part of a path, and that part.
fn holder_mut<'n>(node: &'n mut Node, path: &str) -> Option<(&'n mut Node, String)> {
    let mut parts = parts(path);
    let last = parts.pop()?;
    let mut at = node;
    for part in parts {
        at = match &mut at.value {
            Value::Mapping(mapping) => mapping.get_mut(&part)?,
            Value::Sequence(items) => {
                let index = position(&part, items.len(), path).ok()?;
                items.get_mut(index)?
            }
            _ => return None,
        };
    }
    (!scalar::is_scalar(at)).then_some((at, last))
}

fn parts(path: &str) -> Vec<String> {
    path.split('/')
        .skip(1)
        .map(|part| part.replace("~1", "/").replace("~0", "~"))
        .collect()
}

/// A position in a list of `len`; negative ones count from the end.
fn position(key: &str, len: usize, path: &str) -> Result<usize> {
    let bad = || {
        patch(format!(
            "operation does not apply: \"{path}\": value was not a proper array index: \"{key}\""
        ))
    };
    let number: i64 = key.parse().map_err(|_| bad())?;
    if number >= 0 {
        return usize::try_from(number).map_err(|_| bad());
    }
    let len = i64::try_from(len).map_err(|_| bad())?;
    usize::try_from(len + number)
        .map_err(|_| patch("Unable to access invalid index: invalid index referenced".into()))
}

/// The original decodes the patched object as JSON with floats.
fn lose_precision(node: &mut Node) {
    const EXACT: u64 = 1 << 53;
    match &mut node.value {
        Value::Int(number) if number.unsigned_abs() > EXACT => node.value = Value::Float(*number as f64),
        Value::Uint(number) => node.value = Value::Float(*number as f64),
        Value::Sequence(items) => items.iter_mut().for_each(lose_precision),
        Value::Mapping(mapping) => mapping.iter_mut().for_each(|(_, value)| lose_precision(value)),
        _ => {}
    }
}

/// Makes `metadata.annotations`, which the original always has on objects that were renamed before.
pub(crate) fn ensure_annotations(metadata: &mut Mapping) {
    let annotations = metadata.entry_or_insert_with("annotations", crate::resource::empty_mapping);
    if annotations.is_null() {
        *annotations = crate::resource::empty_mapping();
    }
}

fn missing(op: &str, path: &str) -> Failure {
    patch(format!(
        "{op} operation does not apply: doc is missing path: {path}: missing value"
    ))
}

fn patch(message: String) -> Failure {
    BuildErrorKind::Patch(message).into()
}
