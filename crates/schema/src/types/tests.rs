//! The committed table, and types of custom resources.

use serde_json::json;

use crate::{GroupVersionKind, ListKind, Scalar, Schemas, Shape, Type, TypeRef, Unknown};

fn kind(group: &str, kind: &str) -> TypeRef<'static> {
    Schemas::builtin()
        .kind(&GroupVersionKind::new(group, "v1", kind))
        .unwrap()
}

fn at<'a>(ty: TypeRef<'a>, path: &str) -> TypeRef<'a> {
    path.split('.').fold(
        ty,
        |ty, step| if step == "[]" { ty.item() } else { ty.member(step) },
    )
}

#[test]
fn the_table_knows_what_the_server_told() {
    let pod = at(kind("apps", "Deployment"), "spec.template.spec");
    assert_eq!(
        at(pod, "containers").list_kind(),
        ListKind::Map(&["name".to_owned()])
    );
    let ports = at(pod, "containers.[].ports");
    assert_eq!(
        ports.list_kind(),
        ListKind::Map(&["containerPort".to_owned(), "protocol".to_owned()])
    );
    assert_eq!(
        ports.item().field("protocol").unwrap().default(),
        Some(&json!("TCP"))
    );
    assert!(ports.item().field("containerPort").unwrap().is_required());
    assert_eq!(pod.field("containers").unwrap().merge_key(), Some("name"));
    let volumes = pod.field("volumes").unwrap().patch_strategy();
    assert!(volumes.merge && volumes.retain_keys && !volumes.replace);
    assert!(matches!(at(pod, "tolerations").list_kind(), ListKind::Atomic));
    assert!(matches!(
        at(pod, "nodeSelector").shape(),
        Shape::Map { atomic: true, .. }
    ));
    assert!(matches!(
        at(pod, "containers.[].resources.limits.cpu").shape(),
        Shape::Scalar(Scalar::Quantity)
    ));
    assert!(at(kind("apps", "Deployment"), "spec.selector").is_atomic_object());
    let service = kind("", "Service");
    assert!(matches!(
        at(service, "spec.ports.[].targetPort").shape(),
        Shape::Scalar(Scalar::IntOrString)
    ));
    assert!(matches!(
        at(kind("", "Secret"), "data.x").shape(),
        Shape::Scalar(Scalar::Bytes)
    ));
    assert!(matches!(
        at(kind("", "Pod"), "metadata.creationTimestamp").shape(),
        Shape::Scalar(Scalar::DateTime)
    ));
    assert_eq!(
        at(kind("", "Pod"), "metadata.finalizers").list_kind(),
        ListKind::Set
    );
}

#[test]
fn every_type_is_sound() {
    let schemas = Schemas::builtin();
    assert!(schemas.kinds().count() > 100);
    for gvk in schemas.kinds() {
        let ty = schemas.kind(gvk).unwrap();
        assert!(
            ty.field("kind").is_some() && ty.field("apiVersion").is_some(),
            "{gvk}"
        );
    }
}

#[test]
fn custom_types_have_metadata_and_merge_rules() {
    let schema = json!({"type": "object", "properties": {"spec": {"type": "object", "properties": {
        "routes": {"type": "array", "x-kubernetes-list-type": "map", "x-kubernetes-list-map-keys": ["host"],
            "items": {"type": "object", "properties": {"host": {"type": "string"}}}},
        "ref": {"type": "object", "x-kubernetes-map-type": "atomic", "properties": {"name": {"type": "string"}}},
        "values": {"type": "object", "x-kubernetes-preserve-unknown-fields": true},
        "port": {"x-kubernetes-int-or-string": true},
    }}}});
    let ty = Type::from_structural(&schema).unwrap();
    assert_eq!(at(ty.root(), "metadata.finalizers").list_kind(), ListKind::Set);
    assert_eq!(
        at(ty.root(), "spec.routes").list_kind(),
        ListKind::Map(&["host".to_owned()])
    );
    assert!(at(ty.root(), "spec.ref").is_atomic_object());
    assert!(matches!(
        at(ty.root(), "spec.values").shape(),
        Shape::Struct {
            atomic: false,
            unknown: Unknown::Preserved
        }
    ));
    assert!(matches!(
        at(ty.root(), "spec.port").shape(),
        Shape::Scalar(Scalar::IntOrString)
    ));
}
