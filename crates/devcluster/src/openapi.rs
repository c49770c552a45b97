//! Schemas for clients: what `kubectl explain` prints, and what client-side apply takes its merge keys from.
//!
//! Version 3 only; version 2 is protobuf to kubectl, which prefers 3. Types stand where they are used, without names,
//! except that a type within itself is cut short.
//!
//! **Invariant:** made from the same types that the server itself works with.
//! **Absent:** descriptions.
//! **Start at** [`document`].

use crate::{
    reply::{Reply, json},
    resource::{Catalog, Resource, api_version},
};
use plumb_schema::{FieldRef, ListKind, Scalar, Shape, TypeRef, Unknown};
use serde_json::{Map, Value, json};

/// A document of version 2 in protobuf, without kinds: clients ask for it where version 3 does not know a kind.
#[must_use]
pub(crate) fn version_2() -> Reply {
    const SWAGGER: &[u8] = b"\x0a\x032.0";
    const INFO: &[u8] = b"\x12\x15\x0a\x0aKubernetes\x12\x07v1.36.3";
    const PATHS: &[u8] = b"\x42\x00";
    const DEFINITIONS: &[u8] = b"\x4a\x00";
    Reply::bytes(
        "application/com.github.proto-openapi.spec.v2.v1.0+protobuf",
        &[SWAGGER, INFO, PATHS, DEFINITIONS].concat(),
    )
}

/// The document at a path below `/openapi`.
#[must_use]
pub(crate) fn document(catalog: &Catalog, path: &[&str]) -> Option<Reply> {
    match path {
        // For clients that only look whether it is there; kubectl wants it as protobuf, and takes version 3 instead.
        ["v2"] => Some(json(&json!({
            "swagger": "2.0", "info": { "title": "Kubernetes", "version": "v1.36.3" }, "paths": {}, "definitions": {},
        }))),
        ["v3"] => Some(json(&index(catalog))),
        ["v3", "api", version] => group_version(catalog, "", version),
        ["v3", "apis", group, version] => group_version(catalog, group, version),
        _ => None,
    }
}

fn index(catalog: &Catalog) -> Value {
    let mut paths = Map::new();
    for (group, versions) in catalog.groups() {
        for version in versions {
            let path = format!(
                "{}/{}",
                if group.is_empty() { "api" } else { "apis" },
                api_version(group, version)
            );
            let url = json!({ "serverRelativeURL": format!("/openapi/v3/{path}") });
            paths.insert(path, url);
        }
    }
    json!({ "paths": paths })
}

fn group_version(catalog: &Catalog, group: &str, version: &str) -> Option<Reply> {
    let (mut paths, mut schemas) = (Map::new(), Map::new());
    for resource in catalog.in_version(group, version) {
        let kind = json!({ "group": group, "version": version, "kind": resource.kind });
        add_paths(&mut paths, resource, &kind);
        let mut schema = schema(resource.typing.ty(), &mut Vec::new());
        schema["x-kubernetes-group-version-kind"] = json!([kind]);
        schemas.insert(component(resource), schema);
    }
    if schemas.is_empty() {
        return None;
    }
    Some(json(&json!({
        "openapi": "3.0.0", "info": { "title": "Kubernetes", "version": "v1.36.3" },
        "paths": paths, "components": { "schemas": schemas },
    })))
}

fn component(resource: &Resource) -> String {
    let group = if resource.group.is_empty() {
        "core"
    } else {
        &resource.group
    };
    format!("{group}.{}.{}", resource.version, resource.kind)
}

fn add_paths(paths: &mut Map<String, Value>, resource: &Resource, kind: &Value) {
    let root = if resource.group.is_empty() {
        "/api"
    } else {
        "/apis"
    };
    let scope = if resource.namespaced {
        "namespaces/{namespace}/"
    } else {
        ""
    };
    let list = format!("{root}/{}/{scope}{}", resource.api_version(), resource.plural);
    let content = json!({ "application/json": {
        "schema": { "$ref": format!("#/components/schemas/{}", component(resource)) },
    } });
    let parameters: Vec<_> = ["dryRun", "fieldManager", "fieldValidation", "force"]
        .into_iter()
        .map(|name| json!({ "name": name, "in": "query", "schema": { "type": "string", "uniqueItems": true } }))
        .collect();
    let action = |name: &str| {
        json!({
            "x-kubernetes-action": name, "x-kubernetes-group-version-kind": kind, "parameters": parameters,
            "responses": { "200": { "description": "OK", "content": content } },
        })
    };
    paths.insert(
        list.clone(),
        json!({ "get": action("list"), "post": action("post") }),
    );
    paths.insert(
        format!("{list}/{{name}}"),
        json!({
            "get": action("get"), "put": action("put"), "patch": action("patch"), "delete": action("delete"),
        }),
    );
}

/// The names of the fields of the structs around, to see when a type holds itself.
type Around<'a> = Vec<Vec<&'a str>>;

fn schema<'a>(ty: TypeRef<'a>, around: &mut Around<'a>) -> Value {
    match ty.shape() {
        Shape::Scalar(scalar) => self::scalar(scalar),
        Shape::Any { .. } => json!({ "x-kubernetes-preserve-unknown-fields": true }),
        Shape::List { element, kind } => list(element, kind, around),
        Shape::Map { element, atomic } => {
            let mut out = json!({ "type": "object", "additionalProperties": schema(element, around) });
            if atomic {
                out["x-kubernetes-map-type"] = "atomic".into();
            }
            out
        }
        Shape::Struct { atomic, unknown } => {
            let mut out = structure(ty, around);
            if atomic {
                out["x-kubernetes-map-type"] = "atomic".into();
            }
            if matches!(unknown, Unknown::Preserved) {
                out["x-kubernetes-preserve-unknown-fields"] = true.into();
            }
            out
        }
    }
}

fn scalar(scalar: Scalar) -> Value {
    match scalar {
        Scalar::String | Scalar::Quantity => json!({ "type": "string" }),
        Scalar::DateTime => json!({ "type": "string", "format": "date-time" }),
        Scalar::Bytes => json!({ "type": "string", "format": "byte" }),
        Scalar::Integer => json!({ "type": "integer" }),
        Scalar::Number => json!({ "type": "number" }),
        Scalar::Boolean => json!({ "type": "boolean" }),
        Scalar::IntOrString => json!({
            "format": "int-or-string", "oneOf": [{ "type": "integer" }, { "type": "string" }],
        }),
    }
}

fn list<'a>(element: TypeRef<'a>, kind: ListKind<'_>, around: &mut Around<'a>) -> Value {
    let mut out = json!({ "type": "array", "items": schema(element, around) });
    let name = match kind {
        ListKind::Atomic => "atomic",
        ListKind::Set => "set",
        ListKind::Map(keys) => {
            out["x-kubernetes-list-map-keys"] = keys.into();
            "map"
        }
    };
    out["x-kubernetes-list-type"] = name.into();
    out
}

fn structure<'a>(ty: TypeRef<'a>, around: &mut Around<'a>) -> Value {
    let names: Vec<&str> = ty.fields().map(FieldRef::name).collect();
    let mut out = json!({ "type": "object" });
    if names.is_empty() || around.contains(&names) {
        return out;
    }
    around.push(names);
    let (mut properties, mut required) = (Map::new(), Vec::new());
    for field in ty.fields() {
        let mut property = schema(field.ty(), around);
        patch_hints(&mut property, field);
        if field.is_required() {
            required.push(field.name());
        }
        properties.insert(field.name().to_owned(), property);
    }
    around.pop();
    out["properties"] = properties.into();
    if !required.is_empty() {
        out["required"] = required.into();
    }
    out
}

fn patch_hints(property: &mut Value, field: FieldRef<'_>) {
    let strategy = field.patch_strategy();
    let words: Vec<_> = [
        (strategy.merge, "merge"),
        (strategy.retain_keys, "retainKeys"),
        (strategy.replace, "replace"),
    ]
    .into_iter()
    .filter_map(|(set, word)| set.then_some(word))
    .collect();
    if !words.is_empty() {
        property["x-kubernetes-patch-strategy"] = words.join(",").into();
    }
    if let Some(key) = field.merge_key() {
        property["x-kubernetes-patch-merge-key"] = key.into();
    }
}
