//! A document to the values of its fields, with the complaints of Go's JSON decoder.

use plumb_yaml::{Mapping, Mark, Node, Value};

use super::{Field, Library, Shape, fields::KUSTOMIZATION, relax};
use crate::{
    error::{BuildErrorKind, Failure},
    scalar,
};

/// Reads a document: keys in their own spelling, nothing but what is known, nulls where the original has them.
///
/// # Errors
/// The first complaint, in the order of the sorted keys.
pub(crate) fn read(document: &Node) -> Result<Mapping, String> {
    let mut reader = Reader::new(true, Library::Json);
    let read = reader.value(document, &KUSTOMIZATION);
    match reader.complaint {
        Some((complaint, _)) => Err(complaint),
        None => Ok(read
            .and_then(|node| node.as_mapping().cloned())
            .unwrap_or_default()),
    }
}

/// Reads what configures a built-in: what is not known is left out, and what is no text becomes one where one is wanted.
///
/// # Errors
/// The first complaint, and where it is.
pub(crate) fn read_leniently(document: &Node, shape: &Shape, library: Library) -> Result<Node, Failure> {
    let mut settled = document.clone();
    scalar::settle(&mut settled);
    let mut reader = Reader::new(false, library);
    let read = reader.value(&relax(settled, shape, library), shape);
    match reader.complaint {
        Some((complaint, mark)) => Err(Failure::new(BuildErrorKind::Kustomization(complaint)).at(mark)),
        None => Ok(read.unwrap_or_else(|| shape.nothing(document))),
    }
}

struct Reader {
    /// Whether what is not known is a reason to complain.
    is_strict: bool,
    library: Library,
    /// The innermost object that is read.
    object: &'static str,
    path: Vec<&'static str>,
    /// The first one.
    complaint: Option<(String, Mark)>,
}

impl Reader {
    fn new(is_strict: bool, library: Library) -> Self {
        Self {
            is_strict,
            library,
            object: "",
            path: Vec::new(),
            complaint: None,
        }
    }

    /// A value of a shape; `None` where there is none, as for `null`.
    fn value(&mut self, node: &Node, shape: &Shape) -> Option<Node> {
        let value = match (shape, &node.value) {
            (_, Value::Null) => return None,
            (Shape::Text(_), Value::String(_))
            | (Shape::Flag, Value::Bool(_))
            | (Shape::AnyMap, Value::Mapping(_)) => node.value.clone(),
            (Shape::Integer(_), Value::Int(number)) => Value::Int(*number),
            (Shape::Integer(_), Value::Float(number)) if number.fract() == 0.0 && number.abs() < 1e15 => {
                Value::Int(*number as i64)
            }
            (Shape::TextMap, Value::Mapping(mapping)) => {
                let text = |(key, value): (&str, &Node)| {
                    (key.into(), self.value(value, &TEXT).unwrap_or(empty_text(value)))
                };
                Value::Mapping(sorted(mapping).into_iter().map(text).collect())
            }
            (Shape::List(_, item), Value::Sequence(items)) => {
                let one = |node: &Node| self.value(node, item).unwrap_or_else(|| item.nothing(node));
                Value::Sequence(items.iter().map(one).collect())
            }
            (Shape::Object(name, fields), Value::Mapping(mapping)) => {
                Value::Mapping(self.object(name.rsplit('.').next().unwrap_or(name), fields, mapping))
            }
            _ => {
                self.mismatch(node, shape);
                return None;
            }
        };
        Some(Node {
            mark: node.mark,
            value,
        })
    }

    fn object(&mut self, name: &'static str, fields: &[Field], mapping: &Mapping) -> Mapping {
        let outer = std::mem::replace(&mut self.object, name);
        let depth = self.path.len();
        let mut read = Mapping::new();
        for (key, value) in sorted(mapping) {
            let exact = fields.iter().find(|field| field.name == key);
            let Some(field) =
                exact.or_else(|| fields.iter().find(|field| field.is_called(key, self.library)))
            else {
                if self.is_strict {
                    self.complain(value, format!("json: unknown field {key:?}"));
                }
                continue;
            };
            if !field.via.is_empty() {
                self.path.push(field.via);
            }
            self.path.push(field.name);
            if let Some(value) = self.value(value, field.shape) {
                read.insert(field.name, value);
            }
            self.path.truncate(depth);
        }
        self.object = outer;
        read
    }

    fn mismatch(&mut self, node: &Node, shape: &Shape) {
        let is = match &node.value {
            Value::Null => "null".to_owned(),
            Value::Bool(_) => "bool".to_owned(),
            Value::String(_) => "string".to_owned(),
            Value::Sequence(_) => "array".to_owned(),
            Value::Mapping(_) => "object".to_owned(),
            number if matches!(shape, Shape::Integer(_)) => match number {
                Value::Uint(number) => format!("number {number}"),
                Value::Float(number) => format!("number {number}"),
                _ => "number".to_owned(),
            },
            _ => "number".to_owned(),
        };
        let place = if self.object.is_empty() {
            "value".to_owned()
        } else {
            format!("struct field {}.{}", self.object, self.path.join("."))
        };
        let wanted = shape.type_name();
        self.complain(
            node,
            format!("json: cannot unmarshal {is} into Go {place} of type {wanted}"),
        );
    }

    fn complain(&mut self, node: &Node, complaint: String) {
        self.complaint.get_or_insert((complaint, node.mark));
    }
}

const TEXT: Shape = Shape::Text("string");

fn empty_text(node: &Node) -> Node {
    Node {
        mark: node.mark,
        value: Value::String("".into()),
    }
}

/// The entries by key; the original sorts them on the way.
fn sorted(mapping: &Mapping) -> Vec<(&str, &Node)> {
    let mut entries: Vec<(&str, &Node)> = mapping.iter().collect();
    entries.sort_by_key(|(key, _)| *key);
    entries
}

impl Shape {
    fn type_name(&self) -> &'static str {
        match self {
            Self::Text(name) | Self::Integer(name) | Self::Object(name, _) | Self::List(name, _) => name,
            Self::Flag => "bool",
            Self::TextMap => "map[string]string",
            Self::AnyMap => "map[string]interface {}",
        }
    }

    /// What an item of a list is that is null.
    fn nothing(&self, node: &Node) -> Node {
        match self {
            Self::Object(..) => Node {
                mark: node.mark,
                value: Value::Mapping(Mapping::new()),
            },
            _ => empty_text(node),
        }
    }
}
