//! Nodes to values, as strict as Go's JSON decoder with unknown fields disallowed.

use plumb_yaml::{Node, Value};

use super::{Listed, Pairs};
use crate::{
    error::{BuildErrorKind, Failure, Result},
    fields::FieldSpec,
    resource::Gvk,
};

/// How the fields of one kind of object are read.
pub(crate) struct Decode {
    /// The name of the object in messages.
    pub(crate) owner: &'static str,
    /// Whether unknown fields are errors.
    pub(crate) strict: bool,
}

impl Decode {
    /// Calls `field` with the lower-cased key and the value of every field that is not null; it says whether it knows it.
    pub(crate) fn object(
        &self,
        node: &Node,
        mut field: impl FnMut(&str, &Node) -> Result<bool>,
    ) -> Result<()> {
        let mapping = match &node.value {
            Value::Mapping(mapping) => mapping,
            Value::Null => return Ok(()),
            _ => return Err(mismatch(node, self.owner, "object")),
        };
        for (key, value) in mapping.iter() {
            let key_in_lower_case = key.to_ascii_lowercase();
            let is_known = if value.is_null() {
                // Nothing is set then; but the field must be known. One that is takes no such number.
                !self.strict || !matches!(field(&key_in_lower_case, &no_value(value)), Ok(false))
            } else {
                field(&key_in_lower_case, value)?
            };
            if !is_known && self.strict {
                let message = format!("json: unknown field \"{key}\"");
                return Err(Failure::new(BuildErrorKind::Kustomization(message)).marked(value));
            }
        }
        Ok(())
    }
}

/// What no field can hold.
fn no_value(null: &Node) -> Node {
    Node::from(Value::Float(0.5)).marked(null.mark)
}

pub(crate) fn text(node: &Node, field: &str) -> Result<String> {
    node.as_str()
        .map(str::to_owned)
        .ok_or_else(|| mismatch(node, field, "string"))
}

/// A text with its place.
pub(crate) fn one(node: &Node, field: &str) -> Result<Listed> {
    Ok(Listed {
        text: text(node, field)?,
        mark: node.mark,
    })
}

pub(crate) fn flag(node: &Node, field: &str) -> Result<bool> {
    if let Value::Bool(flag) = node.value {
        Ok(flag)
    } else {
        Err(mismatch(node, field, "bool"))
    }
}

pub(crate) fn integer(node: &Node, field: &str) -> Result<i64> {
    match node.value {
        Value::Int(number) => Ok(number),
        Value::Float(number) if number.fract() == 0.0 && number.abs() < 9e15 => Ok(number as i64),
        _ => Err(mismatch(node, field, "int64")),
    }
}

pub(crate) fn list<T>(node: &Node, field: &str, item: impl Fn(&Node) -> Result<T>) -> Result<Vec<T>> {
    let items = node.as_sequence().ok_or_else(|| mismatch(node, field, "list"))?;
    items
        .iter()
        .map(|node| item(node).map_err(|failure| failure.marked(node)))
        .collect()
}

pub(crate) fn texts(node: &Node, field: &str) -> Result<Vec<String>> {
    list(node, field, |item| {
        if item.is_null() {
            Ok(String::new())
        } else {
            text(item, field)
        }
    })
}

pub(crate) fn listed(node: &Node, field: &str) -> Result<Vec<Listed>> {
    let one = |item: &Node| {
        let text = if item.is_null() {
            String::new()
        } else {
            text(item, field)?
        };
        Ok(Listed {
            text,
            mark: item.mark,
        })
    };
    list(node, field, one)
}

pub(crate) fn pairs(node: &Node, field: &str) -> Result<Pairs> {
    let mapping = node.as_mapping().ok_or_else(|| mismatch(node, field, "map"))?;
    let one = |(key, value): (&str, &Node)| {
        let text = if value.is_null() {
            String::new()
        } else {
            text(value, field)?
        };
        let mark = value.mark;
        Ok((key.to_owned(), Listed { text, mark }))
    };
    mapping.iter().map(one).collect()
}

/// A list of field specs.
pub(crate) fn field_specs(node: &Node) -> Result<Vec<FieldSpec>> {
    if node.is_null() {
        return Ok(Vec::new());
    }
    list(node, "fieldSpecs", field_spec)
}

fn field_spec(node: &Node) -> Result<FieldSpec> {
    let mut spec = FieldSpec::default();
    Decode {
        owner: "FieldSpec",
        strict: true,
    }
    .object(node, |key, value| {
        match key {
            "path" => spec.path = text(value, "FieldSpec.path")?.into(),
            "create" => spec.create = flag(value, "FieldSpec.create")?,
            _ => return gvk_part(&mut spec.gvk, key, value),
        }
        Ok(true)
    })?;
    Ok(spec)
}

/// Reads one of the fields that name a kind.
pub(crate) fn gvk_part(gvk: &mut Gvk, key: &str, value: &Node) -> Result<bool> {
    let slot = match key {
        "group" => &mut gvk.group,
        "version" => &mut gvk.version,
        "kind" => &mut gvk.kind,
        _ => return Ok(false),
    };
    *slot = text(value, &format!("Gvk.{key}"))?.into();
    Ok(true)
}

/// The field `name` of a map, its key in any case.
pub(crate) fn field<'n>(node: &'n Node, name: &str) -> Option<&'n Node> {
    node.get(name).or_else(|| {
        let mapping = node.as_mapping()?;
        mapping
            .iter()
            .rev()
            .find(|(key, _)| key.eq_ignore_ascii_case(name))
            .map(|(_, value)| value)
    })
}

/// What Go's JSON decoder calls the value of a node.
pub(crate) fn kind_of(node: &Node) -> &'static str {
    match node.value.plain() {
        Value::Null | Value::Lexical(_) => "null",
        Value::Bool(_) => "bool",
        Value::Int(_) | Value::Uint(_) | Value::Float(_) => "number",
        Value::String(_) => "string",
        Value::Sequence(_) => "array",
        Value::Mapping(_) => "object",
    }
}

fn mismatch(node: &Node, field: &str, wanted: &str) -> Failure {
    let is = kind_of(node);
    let message = format!("json: cannot unmarshal {is} into Go struct field {field} of type {wanted}");
    Failure::new(BuildErrorKind::Kustomization(message)).marked(node)
}
