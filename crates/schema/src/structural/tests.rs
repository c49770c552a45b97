//! Defaults, pruning, validation.

use serde_json::{Value, json};

use super::{default, drop_nulls, prune, validate};
use crate::{GroupVersionKind, Schemas, Type, TypeRef};

fn deployment() -> TypeRef<'static> {
    Schemas::builtin()
        .kind(&GroupVersionKind::new("apps", "v1", "Deployment"))
        .unwrap()
}

fn custom(spec: Value) -> Type {
    Type::from_structural(&json!({"type": "object", "properties": {"spec": spec}})).unwrap()
}

fn messages(spec: Value, value: Value) -> Vec<String> {
    let ty = custom(spec);
    validate(&json!({"spec": value}), ty.root())
        .into_iter()
        .map(|it| it.message)
        .collect()
}

#[test]
fn defaults_reach_into_lists_and_maps() {
    let ty = custom(json!({"type": "object", "default": {}, "properties": {
        "mode": {"type": "string", "default": "fast"},
        "gone": {"type": "string"},
        "kept": {"type": "string", "nullable": true, "default": "x"},
        "items": {"type": "array", "items": {"type": "object", "properties": {"n": {"type": "integer", "default": 7}}}},
        "byName": {"type": "object", "additionalProperties": {"type": "object",
            "properties": {"n": {"type": "integer", "default": 8}}}},
    }}));
    let mut object = json!({});
    default(&mut object, ty.root());
    assert_eq!(object, json!({"spec": {"mode": "fast", "kept": "x"}}));
    let mut object = json!({"spec": {"mode": null, "gone": null, "kept": null, "items": [{}, {"n": 1}], "byName": {"a": {}}}});
    drop_nulls(&mut object, ty.root());
    default(&mut object, ty.root());
    assert_eq!(
        object,
        json!({"spec": {"mode": "fast", "kept": null, "items": [{"n": 7}, {"n": 1}], "byName": {"a": {"n": 8}}}})
    );
}

#[test]
fn built_in_defaults() {
    let mut object = json!({"spec": {"template": {"spec": {"containers": [{"name": "a", "ports": [{"containerPort": 1}]}]}}}});
    default(&mut object, deployment());
    assert_eq!(
        object["spec"]["template"]["spec"]["containers"][0],
        json!({"name": "a", "ports": [{"containerPort": 1, "protocol": "TCP"}]})
    );
}

#[test]
fn unknown_fields_go_with_their_paths() {
    let mut object = json!({"apiVersion": "apps/v1", "kind": "Deployment", "foo": 1, "metadata": {"labels": {"any": "x"}},
        "spec": {"bar": 1, "template": {"spec": {"containers": [{"name": "a", "imagee": "x"}]}}}});
    assert_eq!(
        prune(&mut object, deployment()),
        ["foo", "spec.bar", "spec.template.spec.containers[0].imagee"]
    );
    assert_eq!(
        object["spec"],
        json!({"template": {"spec": {"containers": [{"name": "a"}]}}})
    );
    assert_eq!(prune(&mut object, deployment()), [""; 0]);
}

#[test]
fn preserved_fields_stay() {
    let ty = custom(
        json!({"type": "object", "x-kubernetes-preserve-unknown-fields": true,
        "properties": {"strict": {"type": "object", "properties": {"a": {"type": "string"}}}}}),
    );
    let mut object = json!({"spec": {"free": {"x": [1]}, "strict": {"a": "1", "b": "2"}}, "other": 1});
    assert_eq!(prune(&mut object, ty.root()), ["other", "spec.strict.b"]);
    assert_eq!(
        object,
        json!({"spec": {"free": {"x": [1]}, "strict": {"a": "1"}}})
    );
}

#[test]
fn embedded_resources_have_metadata() {
    let ty = custom(json!({"type": "object", "x-kubernetes-embedded-resource": true,
        "x-kubernetes-preserve-unknown-fields": true}));
    let mut object = json!({"spec": {"kind": "X", "metadata": {"name": "a", "bad": 1}, "data": {}}});
    assert_eq!(prune(&mut object, ty.root()), ["spec.metadata.bad"]);
}

#[test]
fn wrong_types() {
    let check = |spec: Value, value: Value, expected: &str| assert_eq!(messages(spec, value), [expected]);
    check(
        json!({"type": "integer"}),
        json!("x"),
        "spec: Invalid value: \"string\": spec in body must be of type integer: \"string\"",
    );
    check(
        json!({"type": "string"}),
        json!(1),
        "spec: Invalid value: \"integer\": spec in body must be of type string: \"integer\"",
    );
    check(
        json!({"type": "object"}),
        json!([]),
        "spec: Invalid value: \"array\": spec in body must be of type object: \"array\"",
    );
    check(
        json!({"type": "boolean"}),
        json!(null),
        "spec: Invalid value: \"null\": spec in body must be of type boolean: \"null\"",
    );
    assert_eq!(
        messages(json!({"type": "boolean", "nullable": true}), json!(null)),
        [""; 0]
    );
    assert_eq!(
        messages(json!({"x-kubernetes-int-or-string": true}), json!("10%")),
        [""; 0]
    );
    assert_eq!(messages(json!({"type": "integer"}), json!(2.0)), [""; 0]);
}

#[test]
fn limits() {
    let check = |spec: Value, value: Value, expected: &str| assert_eq!(messages(spec, value), [expected]);
    check(
        json!({"type": "string", "enum": ["a", "b"]}),
        json!("c"),
        "spec: Unsupported value: \"c\": supported values: \"a\", \"b\"",
    );
    check(
        json!({"type": "integer", "minimum": 1}),
        json!(0),
        "spec: Invalid value: 0: spec in body should be greater than or equal to 1",
    );
    check(
        json!({"type": "integer", "maximum": 1}),
        json!(2),
        "spec: Invalid value: 2: spec in body should be less than or equal to 1",
    );
    check(
        json!({"type": "string", "pattern": "^a+$"}),
        json!("b"),
        "spec: Invalid value: \"b\": spec in body should match '^a+$'",
    );
    check(
        json!({"type": "string", "minLength": 2}),
        json!("b"),
        "spec: Invalid value: \"b\": spec in body should be at least 2 chars long",
    );
    check(
        json!({"type": "string", "maxLength": 2}),
        json!("bbb"),
        "spec: Too long: may not be more than 2 bytes",
    );
    check(
        json!({"type": "array", "maxItems": 1, "items": {"type": "integer"}}),
        json!([1, 2]),
        "spec: Too many: 2: must have at most 1 items",
    );
    check(
        json!({"type": "array", "x-kubernetes-list-type": "set", "items": {"type": "integer"}}),
        json!([1, 1]),
        "spec[1]: Duplicate value: 1",
    );
    check(
        json!({"type": "array", "items": {"type": "object", "required": ["a"], "properties": {"a": {"type": "string"}}}}),
        json!([{}]),
        "spec[0].a: Required value",
    );
}

#[test]
fn bad_schemas_are_refused() {
    let error = Type::from_structural(&json!({"type": "object", "properties": {"a": {"type": "strin"}}}))
        .unwrap_err();
    assert_eq!(error.path, "openAPIV3Schema.a");
    let keyless = json!({"type": "array", "items": {"type": "string"}, "x-kubernetes-list-type": "map"});
    assert!(Type::from_structural(&keyless).is_err());
    assert!(Type::from_structural(&json!({"type": "string", "pattern": "("})).is_err());
}
