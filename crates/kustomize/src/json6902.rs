//! JSON patches (RFC 6902), with the liberties of the original's library: `replace` adds what is missing, negative
//! positions count from the end, and integers that a float cannot hold lose precision.

use plumb_yaml::{Dialect, Mark, Node, SourceId, Value, Written};

use crate::{
    error::{BuildErrorKind, Failure, Result},
    kustomization::decode::kind_of,
    repeats,
    resource::shared,
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
    mark: Mark,
}

/// The operations in a text, JSON or YAML.
pub(crate) fn read(session: &Session<'_>, text: &str, source: SourceId) -> Result<Vec<Operation>> {
    if text.starts_with('[')
        && let Some(complaint) = crate::json::complaint(text)
    {
        return Err(patch(complaint));
    }
    let documents = session.parse(text, source, Dialect::V2)?;
    let Some(document) = documents.first() else {
        return Err(patch("empty json patch operations".into()));
    };
    if document.is_null() {
        return Ok(Vec::new());
    }
    let Some(items) = document.as_sequence() else {
        let is = kind_of(document);
        return Err(patch(format!(
            "json: cannot unmarshal {is} into Go value of type jsonpatch.Patch"
        )));
    };
    items
        .iter()
        .map(|item| {
            if item.as_mapping().is_none() {
                let is = kind_of(item);
                return Err(patch(format!(
                    "json: cannot unmarshal {is} into Go value of type jsonpatch.Operation"
                )));
            }
            let text = |key: &str| item.get(key).and_then(Node::as_str).map(str::to_owned);
            Ok(Operation {
                op: text("op").unwrap_or_else(|| "unknown".into()),
                path: text("path"),
                from: text("from"),
                value: item.get("value").cloned(),
                mark: item.mark,
            })
        })
        .collect()
}

/// Carries out the operations on `node`.
pub(crate) fn apply(node: &mut Node, operations: &[Operation]) -> Result<()> {
    repeats::refuse(node)?;
    scalar::settle(node);
    for operation in operations {
        match operation.op.as_str() {
            "add" => add(node, operation.path("add")?, operation.value(), "add")?,
            "remove" => {
                let path = operation.path("remove")?;
                let missing = || missing("remove", "path", &format!("\"{path}\""));
                let (holder, key) = holder_mut(node, path).ok_or_else(missing)?;
                take(holder, &key)
                    .map_err(|failure| failure.prefixed(&format!("error in remove for path: '{path}'")))?;
            }
            "replace" => replace(node, operation.path("replace")?, operation.value())?,
            "move" => {
                let from = operation.from("move")?;
                let (holder, key) =
                    holder_mut(node, from).ok_or_else(|| missing("move", "from path", from))?;
                let moved = take(holder, &key)
                    .map_err(|failure| failure.prefixed(&format!("error in move for path: '{key}'")))?;
                add(node, operation.path("move")?, moved, "move")?;
            }
            "copy" => {
                let from = operation.from("copy")?;
                let (holder, key) = holder(node, from).ok_or_else(|| missing("copy", "from path", from))?;
                let copied = get(holder, &key)
                    .map_err(|failure| failure.prefixed(&format!("error in copy for from: '{from}'")))?;
                let copied = copied
                    .cloned()
                    .unwrap_or_else(|| Node::default().marked(operation.mark));
                add(node, operation.path("copy")?, copied, "copy")?;
            }
            "test" => test(node, operation.path("test")?, operation.value.as_ref())?,
            other => return Err(patch(format!("Unexpected kind: {other}"))),
        }
    }
    lose_precision(node);
    Ok(())
}

impl Operation {
    fn path(&self, op: &str) -> Result<&str> {
        let missing = || patch(format!("{op} operation failed to decode path: missing value"));
        self.path.as_deref().ok_or_else(missing)
    }

    fn from(&self, op: &str) -> Result<&str> {
        let missing = || {
            patch(format!(
                "{op} operation failed to decode from: operation, missing from field: missing value"
            ))
        };
        self.from.as_deref().ok_or_else(missing)
    }

    /// Without a value, a null that is written out.
    fn value(&self) -> Node {
        let null = || Node::default().marked(self.mark);
        self.value.clone().unwrap_or_else(null)
    }
}

fn add(node: &mut Node, path: &str, value: Node, op: &str) -> Result<()> {
    let missing = || match op {
        "add" => missing(op, "path", &format!("\"{path}\"")),
        _ => missing(op, "destination path", path),
    };
    let (holder, key) = holder_mut(node, path).ok_or_else(missing)?;
    let result = match &mut holder.value {
        Value::Mapping(mapping) => {
            mapping.insert(key, value);
            Ok(())
        }
        Value::Sequence(items) if key == "-" => {
            items.push(value);
            Ok(())
        }
        Value::Sequence(items) => match key.parse::<i64>() {
            Ok(_) => position(&key, items.len() + 1).map(|index| items.insert(index, value)),
            Err(_) => Err(patch(format!(
                "value was not a proper array index: '{key}': {}",
                not_a_number(&key)
            ))),
        },
        _ => Ok(()),
    };
    result.map_err(|failure| match op {
        "copy" => failure.prefixed("error while adding value during copy"),
        _ => failure.prefixed(&format!("error in {op} for path: '{path}'")),
    })
}

/// Takes an entry of a map or list out.
fn take(holder: &mut Node, key: &str) -> Result<Node> {
    match &mut holder.value {
        Value::Mapping(mapping) => mapping
            .remove(key)
            .ok_or_else(|| patch(format!("Unable to remove nonexistent key: {key}: missing value"))),
        Value::Sequence(items) => position(key, items.len()).map(|index| items.remove(index)),
        _ => Ok(Node::default()),
    }
}

fn replace(node: &mut Node, path: &str, value: Node) -> Result<()> {
    if path.is_empty() {
        if scalar::is_scalar(&value) {
            return Err(patch("replace operation value must be object or array".into()));
        }
        *node = value;
        return Ok(());
    }
    let (holder, key) = holder_mut(node, path).ok_or_else(|| missing("replace", "path", path))?;
    match &mut holder.value {
        Value::Mapping(mapping) => {
            mapping.insert(key, value);
        }
        Value::Sequence(items) => {
            let index = position(&key, items.len()).map_err(|_| missing("replace", "key", path))?;
            items[index] = value;
        }
        _ => {}
    }
    Ok(())
}

fn test(node: &Node, path: &str, wanted: Option<&Node>) -> Result<()> {
    let missing = || {
        patch(format!(
            "test operation does not apply: is missing path: {path}: missing value"
        ))
    };
    let found = if path.is_empty() {
        Some(node)
    } else {
        let (holder, key) = holder(node, path).ok_or_else(missing)?;
        get(holder, &key).map_err(|failure| failure.prefixed(&format!("error in test for path: '{path}'")))?
    };
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

/// An entry of a map or list; what a map lacks is nothing.
fn get<'n>(holder: &'n Node, key: &str) -> Result<Option<&'n Node>> {
    match &holder.value {
        Value::Mapping(mapping) => Ok(mapping.get(key)),
        Value::Sequence(items) => position(key, items.len()).map(|index| items.get(index)),
        _ => Ok(None),
    }
}

/// The map or list that holds the last part of a path, and that part. The whole object is held by nothing.
fn holder<'n>(node: &'n Node, path: &str) -> Option<(&'n Node, String)> {
    let mut parts = parts(path);
    let last = parts.pop()?;
    let mut at = node;
    for part in parts {
        at = get(at, &part).ok()??;
    }
    (!scalar::is_scalar(at)).then_some((at, last))
}

/// [`holder`], to change it.
fn holder_mut<'n>(node: &'n mut Node, path: &str) -> Option<(&'n mut Node, String)> {
    let mut parts = parts(path);
    let last = parts.pop()?;
    let mut at = node;
    for part in parts {
        at = match &mut at.value {
            Value::Mapping(mapping) => mapping.get_mut(&part)?,
            Value::Sequence(items) => {
                let index = position(&part, items.len()).ok()?;
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
fn position(key: &str, len: usize) -> Result<usize> {
    let number: i64 = key.parse().map_err(|_| patch(not_a_number(key)))?;
    let len = i64::try_from(len).unwrap_or(i64::MAX);
    let index = if number < 0 {
        number.checked_add(len)
    } else {
        Some(number)
    };
    let index = index.filter(|index| (0..len).contains(index));
    index
        .and_then(|index| usize::try_from(index).ok())
        .ok_or_else(|| {
            patch(format!(
                "Unable to access invalid index: {number}: invalid index referenced"
            ))
        })
}

fn not_a_number(key: &str) -> String {
    format!("strconv.Atoi: parsing \"{key}\": invalid syntax")
}

/// The original decodes the patched object as JSON with floats, and makes its nodes anew.
pub(crate) fn lose_precision(node: &mut Node) {
    const EXACT: u64 = 1 << 53;
    // From here on, floats are written with an exponent.
    const LONG: u64 = 1_000_000;
    shared::note_made(node);
    node.mark.written = match &node.value {
        Value::String(text) if scalar::needs_quotes(text) => Written::Quoted,
        _ => Written::Plain,
    };
    match &mut node.value {
        Value::Int(number) if number.unsigned_abs() > EXACT => node.value = float(*number as f64),
        Value::Int(number) if number.unsigned_abs() >= LONG => {
            let text = plumb_yaml::go_yaml_float(*number as f64);
            node.value = Value::Int(*number).written_as(&text);
        }
        Value::Uint(number) => node.value = float(*number as f64),
        Value::Float(number) => node.value = float(*number),
        Value::Sequence(items) => items.iter_mut().for_each(lose_precision),
        Value::Mapping(mapping) => mapping.iter_mut().for_each(|(_, value)| lose_precision(value)),
        _ => {}
    }
}

/// A float, with the text that the original has for it then.
fn float(number: f64) -> Value {
    Value::Float(number).written_as(&plumb_yaml::go_yaml_float(number))
}

fn missing(op: &str, what: &str, path: &str) -> Failure {
    patch(format!(
        "{op} operation does not apply: doc is missing {what}: {path}: missing value"
    ))
}

fn patch(message: String) -> Failure {
    BuildErrorKind::Patch(message).into()
}
