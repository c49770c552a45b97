//! Field sets: text form, algebra, projection, digest.

use proptest::prelude::*;
use serde_json::{Value, json};

use super::{FieldSet, Segment};
use crate::{GroupVersionKind, Schemas, TypeRef};

fn pod() -> TypeRef<'static> {
    Schemas::builtin()
        .kind(&GroupVersionKind::new("", "v1", "Pod"))
        .unwrap()
}

fn fields_v1() -> Value {
    json!({
        "f:metadata": {"f:labels": {".": {}, "f:a.b/c": {}}, "f:finalizers": {".": {}, "v:\"x/y\"": {}}},
        "f:spec": {"f:containers": {"k:{\"name\":\"web\"}": {".": {}, "f:image": {},
            "f:ports": {"k:{\"containerPort\":80,\"protocol\":\"TCP\"}": {".": {}, "f:containerPort": {}}}}}},
        "i:3": {},
    })
}

#[test]
fn reads_and_writes_fields_v1() {
    let set = FieldSet::decode(&fields_v1()).unwrap();
    assert_eq!(set.encode(), fields_v1());
    let paths: Vec<String> = set.paths().iter().map(ToString::to_string).collect();
    assert_eq!(
        paths,
        [
            "[3]",
            ".metadata.finalizers",
            ".metadata.labels",
            ".metadata.finalizers[=\"x/y\"]",
            ".metadata.labels.a.b/c",
            ".spec.containers[name=\"web\"]",
            ".spec.containers[name=\"web\"].image",
            ".spec.containers[name=\"web\"].ports[containerPort=80,protocol=\"TCP\"]",
            ".spec.containers[name=\"web\"].ports[containerPort=80,protocol=\"TCP\"].containerPort",
        ]
    );
    assert_eq!(set.len(), paths.len());
    for bad in [
        json!({"x:a": {}}),
        json!({"f": {}}),
        json!({"k:[]": {}}),
        json!({"v:{": {}}),
        json!({"f:a": 1}),
    ] {
        assert!(FieldSet::decode(&bad).is_err(), "{bad}");
    }
}

#[test]
fn projection_takes_only_what_is_owned() {
    let set = FieldSet::decode(&fields_v1()).unwrap();
    let object = json!({
        "metadata": {"name": "x", "labels": {"a.b/c": "1", "other": "2"}, "finalizers": ["q", "x/y"]},
        "spec": {"nodeName": "n", "containers": [
            {"name": "side", "image": "envoy"},
            {"name": "web", "image": "nginx", "tty": true, "ports": [{"containerPort": 80, "protocol": "TCP", "name": "p"}]},
        ]},
    });
    let expected = json!({
        "metadata": {"labels": {"a.b/c": "1"}, "finalizers": ["x/y"]},
        "spec": {"containers": [{"image": "nginx", "ports": [{"containerPort": 80}]}]},
    });
    assert_eq!(set.project(&object), expected);
    let digest = set.digest(&object);
    let mut other = object.clone();
    other["spec"]["nodeName"] = json!("m");
    other["spec"]["containers"].as_array_mut().unwrap().reverse();
    assert_eq!(
        set.digest(&other),
        digest,
        "what is not owned, and the place of items, do not count"
    );
    other["spec"]["containers"][0]["image"] = json!("nginx:2");
    assert_ne!(set.digest(&other), digest);
    other["spec"]["containers"].as_array_mut().unwrap().remove(0);
    assert_ne!(set.digest(&other), digest);
}

#[test]
fn strips_what_is_never_tracked() {
    let object = json!({"apiVersion": "v1", "kind": "Pod", "metadata": {"name": "a", "namespace": "b", "uid": "c",
        "labels": {"x": "y"}, "creationTimestamp": null}, "spec": {"hostname": "h"}});
    let set = FieldSet::of(&object, pod()).strip_untracked();
    assert_eq!(
        set.encode(),
        json!({"f:metadata": {"f:labels": {"f:x": {}}}, "f:spec": {"f:hostname": {}}})
    );
    let bare = json!({"apiVersion": "v1", "kind": "Pod", "metadata": {"name": "a"}});
    assert!(FieldSet::of(&bare, pod()).strip_untracked().is_empty());
}

#[test]
fn recursive_difference_takes_what_lies_below() {
    let all = FieldSet::decode(&json!({"f:a": {".": {}, "f:b": {}}, "f:c": {}})).unwrap();
    let mut a = FieldSet::new();
    a.insert(&[Segment::field("a")]);
    assert_eq!(
        all.difference(&a).encode(),
        json!({"f:a": {"f:b": {}}, "f:c": {}})
    );
    assert_eq!(all.recursive_difference(&a).encode(), json!({"f:c": {}}));
    assert!(all.touches(&[Segment::field("a"), Segment::field("z")]));
    assert!(!all.contains(&[Segment::field("a"), Segment::field("z")]));
    assert_eq!(all.leaves().encode(), json!({"f:a": {"f:b": {}}, "f:c": {}}));
}

fn segment() -> impl Strategy<Value = Segment> {
    prop_oneof![
        "[a-c.]{1,2}".prop_map(|name| Segment::field(&name)),
        (0..3i64, "[xy]")
            .prop_map(|(a, b)| Segment::key(vec![("n".into(), json!(a)), ("m".into(), json!(b))])),
        prop_oneof![
            Just(json!(1)),
            Just(json!("1")),
            Just(json!(true)),
            Just(json!(1.5))
        ]
        .prop_map(|value| Segment::Value(std::sync::Arc::new(value))),
        (0..4i64).prop_map(Segment::Index),
    ]
}

fn set() -> impl Strategy<Value = FieldSet> {
    proptest::collection::vec(proptest::collection::vec(segment(), 1..4), 0..12).prop_map(|paths| {
        let mut set = FieldSet::new();
        paths.iter().for_each(|path| set.insert(path));
        set
    })
}

proptest! {
    #[test]
    fn encode_then_decode_is_the_identity(set in set()) {
        prop_assert_eq!(FieldSet::decode(&set.encode()).unwrap(), set);
    }

    #[test]
    fn algebra_holds(a in set(), b in set(), c in set()) {
        prop_assert_eq!(a.union(&b), b.union(&a));
        prop_assert_eq!(a.union(&b).union(&c), a.union(&b.union(&c)));
        prop_assert_eq!(a.intersection(&b), b.intersection(&a));
        prop_assert_eq!(a.difference(&b).union(&a.intersection(&b)), a.clone());
        prop_assert!(a.difference(&b).intersection(&b).is_empty());
        prop_assert_eq!(a.union(&b).difference(&b), a.difference(&b));
        prop_assert_eq!(a.union(&a), a.clone());
        prop_assert!(a.recursive_difference(&a).is_empty());
        prop_assert_eq!(a.clone().without(&b), a.recursive_difference(&b));
        for path in a.paths() {
            prop_assert!(a.union(&b).contains(path.segments()));
            prop_assert_eq!(a.difference(&b).contains(path.segments()), !b.contains(path.segments()));
        }
    }
}
