//! Reads the schema of a custom resource (`openAPIV3Schema`).
//!
//! The root becomes a whole object: `apiVersion`, `kind` and `metadata` are added, the latter with the type that
//! built-in kinds have.
//!
//! **Absent:** CEL rules, and `allOf`, `anyOf`, `oneOf`, `not` (which in a structural schema only narrow values).

use std::collections::BTreeMap;
use std::sync::Arc;

use serde_json::{Map, Value};

use super::arena::{Arena, Field, Limits, Node, NodeListKind, NodeShape, NodeUnknown};
use super::{PatchStrategy, Scalar, SchemaError, Schemas, Type};
use crate::GroupVersionKind;

/// Reads a schema into an arena of its own.
pub(super) fn read(schema: &Value) -> Result<Type, SchemaError> {
    let mut reader = Reader {
        arena: Arena {
            nodes: Vec::new(),
            custom: true,
        },
        metadata: None,
    };
    let root = reader.node(schema, "openAPIV3Schema", false)?;
    reader.complete(root);
    Ok(Type {
        arena: reader.arena,
        root,
    })
}

struct Reader {
    arena: Arena,
    metadata: Option<u32>,
}

impl Reader {
    fn node(&mut self, schema: &Value, path: &str, preserve: bool) -> Result<u32, SchemaError> {
        let flag = |key: &str| schema[key] == Value::Bool(true);
        let preserve = preserve || flag("x-kubernetes-preserve-unknown-fields");
        let shape = match schema["type"].as_str() {
            _ if flag("x-kubernetes-int-or-string") => NodeShape::Scalar(Scalar::IntOrString),
            Some("object") => self.object(schema, path, preserve)?,
            Some("array") => {
                let element = self.node(&schema["items"], &format!("{path}.items"), preserve)?;
                NodeShape::List {
                    element,
                    kind: list_kind(schema, path)?,
                }
            }
            Some("string") => NodeShape::Scalar(match schema["format"].as_str() {
                Some("date-time") => Scalar::DateTime,
                Some("byte") => Scalar::Bytes,
                _ => Scalar::String,
            }),
            Some("integer") => NodeShape::Scalar(Scalar::Integer),
            Some("number") => NodeShape::Scalar(Scalar::Number),
            Some("boolean") => NodeShape::Scalar(Scalar::Boolean),
            Some(other) => return Err(wrong(path, format!("type {other:?} is not known"))),
            None if schema["properties"].is_object() => self.object(schema, path, preserve)?,
            None => NodeShape::Any { atomic: !preserve },
        };
        let embedded = flag("x-kubernetes-embedded-resource");
        let limits = limits(schema, path)?.map(Box::new);
        let id = self.arena.push(Node {
            shape,
            nullable: flag("nullable"),
            embedded,
            limits,
        });
        if embedded {
            self.complete(id);
        }
        Ok(id)
    }

    fn object(&mut self, schema: &Value, path: &str, preserve: bool) -> Result<NodeShape, SchemaError> {
        let atomic = schema["x-kubernetes-map-type"] == "atomic";
        let properties = schema["properties"].as_object().filter(|it| !it.is_empty());
        let additional = match &schema["additionalProperties"] {
            Value::Object(_) => {
                let element = &schema["additionalProperties"];
                Some(self.node(element, &format!("{path}.additionalProperties"), preserve)?)
            }
            Value::Bool(true) => Some(self.arena.push(Node::plain(NodeShape::Any { atomic: !preserve }))),
            _ => None,
        };
        let Some(properties) = properties else {
            return Ok(match additional {
                Some(element) => NodeShape::Map { element, atomic },
                None => NodeShape::Struct {
                    fields: Vec::new(),
                    atomic,
                    unknown: if preserve {
                        NodeUnknown::Preserved
                    } else {
                        NodeUnknown::Pruned
                    },
                },
            });
        };
        let unknown = match additional {
            Some(id) => NodeUnknown::Typed(id),
            None if preserve => NodeUnknown::Preserved,
            None => NodeUnknown::Pruned,
        };
        let fields = self.fields(properties, &schema["required"], path)?;
        Ok(NodeShape::Struct {
            fields,
            atomic,
            unknown,
        })
    }

    fn fields(
        &mut self,
        properties: &Map<String, Value>,
        required: &Value,
        path: &str,
    ) -> Result<Vec<Field>, SchemaError> {
        let sorted: BTreeMap<&String, &Value> = properties.iter().collect();
        let required = |name: &str| {
            required
                .as_array()
                .is_some_and(|it| it.iter().any(|it| it == name))
        };
        let mut fields = Vec::with_capacity(sorted.len());
        for (name, schema) in sorted {
            // Preservation does not reach into declared fields, as on the server.
            let ty = self.node(schema, &format!("{path}.{name}"), false)?;
            let mut field = plain_field(name, ty);
            field.required = required(name);
            field.default = schema.get("default").cloned();
            fields.push(field);
        }
        Ok(fields)
    }

    /// Gives a struct the fields that every object has.
    fn complete(&mut self, id: u32) {
        let metadata = self.metadata();
        let text = self.arena.push(Node::plain(NodeShape::Scalar(Scalar::String)));
        let node = &mut self.arena.nodes[id as usize];
        if let NodeShape::Any { atomic } = node.shape {
            node.shape = NodeShape::Struct {
                fields: Vec::new(),
                atomic,
                unknown: NodeUnknown::Preserved,
            };
        }
        let NodeShape::Struct { fields, .. } = &mut node.shape else {
            return;
        };
        for (name, ty) in [("apiVersion", text), ("kind", text), ("metadata", metadata)] {
            match fields.binary_search_by(|field| field.name.as_ref().cmp(name)) {
                Ok(at) => fields[at].ty = ty,
                Err(at) => fields.insert(at, plain_field(name, ty)),
            }
        }
    }

    /// Copies the built-in type of `metadata` into this arena, once.
    fn metadata(&mut self) -> u32 {
        if let Some(id) = self.metadata {
            return id;
        }
        let any_kind = GroupVersionKind::new("", "v1", "ConfigMap");
        let builtin = Schemas::builtin();
        let root = builtin.kinds.get(&any_kind).expect("the table has ConfigMap");
        let NodeShape::Struct { fields, .. } = &builtin.arena.nodes[*root as usize].shape else {
            return 0;
        };
        let source = fields
            .iter()
            .find(|field| field.name.as_ref() == "metadata")
            .expect("it has metadata")
            .ty;
        let id = self.import(&builtin.arena, source);
        self.metadata = Some(id);
        id
    }

    fn import(&mut self, from: &Arena, id: u32) -> u32 {
        let mut node = from.nodes[id as usize].clone();
        match &mut node.shape {
            NodeShape::Struct { fields, .. } => {
                for field in fields {
                    field.ty = self.import(from, field.ty);
                    field.zero = false;
                }
            }
            NodeShape::Map { element, .. } | NodeShape::List { element, .. } => {
                *element = self.import(from, *element);
            }
            NodeShape::Scalar(_) | NodeShape::Any { .. } => {}
        }
        self.arena.push(node)
    }
}

fn plain_field(name: &str, ty: u32) -> Field {
    Field {
        name: Arc::from(name),
        ty,
        required: false,
        default: None,
        zero: false,
        patch: PatchStrategy::default(),
        merge_key: None,
    }
}

fn list_kind(schema: &Value, path: &str) -> Result<NodeListKind, SchemaError> {
    let keys = schema["x-kubernetes-list-map-keys"].as_array();
    match schema["x-kubernetes-list-type"].as_str() {
        Some("map") => {
            let keys: Vec<String> = keys
                .into_iter()
                .flatten()
                .filter_map(Value::as_str)
                .map(str::to_owned)
                .collect();
            if keys.is_empty() {
                return Err(wrong(
                    path,
                    "x-kubernetes-list-type map needs x-kubernetes-list-map-keys".to_owned(),
                ));
            }
            Ok(NodeListKind::Map(keys))
        }
        Some("set") => Ok(NodeListKind::Set),
        Some("atomic") | None => Ok(NodeListKind::Atomic),
        Some(other) => Err(wrong(
            path,
            format!("x-kubernetes-list-type {other:?} is not known"),
        )),
    }
}

fn limits(schema: &Value, path: &str) -> Result<Option<Limits>, SchemaError> {
    let count = |key: &str| schema[key].as_u64();
    let bound = |key: &str, exclusive: &str| {
        schema[key]
            .as_f64()
            .map(|it| (it, schema[exclusive] == Value::Bool(true)))
    };
    let pattern = match schema["pattern"].as_str() {
        Some(text) => {
            let built = regex::Regex::new(text).map_err(|cause| wrong(path, format!("pattern: {cause}")))?;
            Some(built)
        }
        None => None,
    };
    let limits = Limits {
        one_of: schema["enum"].as_array().cloned().unwrap_or_default(),
        minimum: bound("minimum", "exclusiveMinimum"),
        maximum: bound("maximum", "exclusiveMaximum"),
        multiple_of: schema["multipleOf"].as_f64(),
        length: (count("minLength"), count("maxLength")),
        items: (count("minItems"), count("maxItems")),
        properties: (count("minProperties"), count("maxProperties")),
        pattern,
        unique_items: schema["uniqueItems"] == Value::Bool(true),
        bits32: schema["format"] == "int32",
    };
    let keys = [
        "enum",
        "minimum",
        "maximum",
        "multipleOf",
        "minLength",
        "maxLength",
        "minItems",
        "maxItems",
        "minProperties",
        "maxProperties",
        "pattern",
        "uniqueItems",
        "format",
    ];
    Ok(keys
        .iter()
        .any(|key| schema.get(*key).is_some())
        .then_some(limits))
}

fn wrong(path: &str, problem: String) -> SchemaError {
    SchemaError {
        path: path.to_owned(),
        problem,
    }
}
