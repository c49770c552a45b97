//! What is noise between desired and live, and what is not.

use serde_json::{Value, json};

use super::differences;
use crate::{GroupVersionKind, Schemas, Type, TypeRef};

fn paths(desired: &Value, live: &Value) -> Vec<String> {
    let text = |key: &str| desired[key].as_str().unwrap_or_default();
    let gvk = GroupVersionKind::from_api_version(text("apiVersion"), text("kind")).unwrap();
    let ty = Schemas::builtin().kind(&gvk);
    differences(desired, live, ty)
        .iter()
        .map(|it| it.path.to_string())
        .collect()
}

/// Compares a field of a kind, at a path of names.
fn field(api_version: &str, kind: &str, path: &str, desired: Value, live: Value) -> Vec<String> {
    let object = |value: Value| {
        let mut object = value;
        for name in path.rsplit('.') {
            object = match name {
                "[web]" => json!([{"name": "web", "value": object}]),
                name => json!({name: object}),
            };
        }
        object["apiVersion"] = json!(api_version);
        object["kind"] = json!(kind);
        object
    };
    paths(&object(desired), &object(live))
}

fn pod(desired: Value, live: Value) -> Vec<String> {
    field("v1", "Pod", "spec", desired, live)
}

fn container(desired: Value, live: Value) -> Vec<String> {
    let named = |mut value: Value| {
        value["name"] = json!("web");
        json!({"containers": [value]})
    };
    pod(named(desired), named(live))
}

/// None of these looks different.
fn quiet(cases: &[(&str, Vec<String>)]) {
    for (name, found) in cases {
        assert!(found.is_empty(), "{name}: {found:?}");
    }
}

#[test]
fn notation_is_noise() {
    let limits = |it: Value| json!({"resources": {"limits": {"cpu": it}}});
    quiet(&[
        (
            "cpu micro",
            container(limits(json!("100000u")), limits(json!("100m"))),
        ),
        (
            "cpu trailing zeros",
            container(limits(json!("1.50")), limits(json!("1500m"))),
        ),
        (
            "memory exponent",
            container(limits(json!("2E3")), limits(json!("2000"))),
        ),
        ("cpu 1000m", container(limits(json!("1000m")), limits(json!("1")))),
        ("cpu number", container(limits(json!(1)), limits(json!("1")))),
        (
            "cpu fraction",
            container(limits(json!(0.5)), limits(json!("500m"))),
        ),
        ("memory", container(limits(json!("1024Mi")), limits(json!("1Gi")))),
        (
            "memory decimal",
            container(limits(json!("1e3")), limits(json!("1k"))),
        ),
        (
            "int port",
            field(
                "v1",
                "Service",
                "spec.ports",
                json!([{"port": 80, "targetPort": 80}]),
                json!([{"port": 80, "protocol": "TCP", "targetPort": 80}]),
            ),
        ),
        (
            "float",
            field("apps/v1", "Deployment", "spec.replicas", json!(1.0), json!(1)),
        ),
        (
            "time notation",
            field(
                "coordination.k8s.io/v1",
                "Lease",
                "spec.renewTime",
                json!("2026-01-01T01:00:00+01:00"),
                json!("2026-01-01T00:00:00.000000Z"),
            ),
        ),
        (
            "leap day",
            field(
                "coordination.k8s.io/v1",
                "Lease",
                "spec.renewTime",
                json!("2024-03-01T00:30:00+01:00"),
                json!("2024-02-29T23:30:00Z"),
            ),
        ),
        (
            "base64 lines",
            field("v1", "Secret", "data.k", json!("aGVs\nbG8="), json!("aGVsbG8=")),
        ),
        (
            "volume quantity",
            field(
                "v1",
                "PersistentVolumeClaim",
                "spec.resources.requests.storage",
                json!("1024Mi"),
                json!("1Gi"),
            ),
        ),
    ]);
}

#[test]
fn empty_and_absent_are_alike() {
    quiet(&[
        (
            "nested nulls",
            container(json!({"securityContext": {"capabilities": null}}), json!({})),
        ),
        (
            "claim status",
            field(
                "v1",
                "PersistentVolumeClaim",
                "spec",
                json!({"volumeName": ""}),
                json!({"storageClassName": "x"}),
            ),
        ),
        (
            "defaulted fields",
            container(
                json!({}),
                json!({"terminationMessagePath": "/dev/termination-log"}),
            ),
        ),
        ("empty list", container(json!({"env": []}), json!({}))),
        ("null list", container(json!({"env": null}), json!({}))),
        ("empty map", container(json!({"resources": {}}), json!({}))),
        (
            "nested empty",
            container(json!({"resources": {"limits": {}}}), json!({})),
        ),
        ("null", container(json!({"lifecycle": null}), json!({}))),
        ("live empty", container(json!({"env": null}), json!({"env": []}))),
        ("false", container(json!({"tty": false}), json!({}))),
        (
            "env without value",
            container(
                json!({"env": [{"name": "A", "value": ""}]}),
                json!({"env": [{"name": "A"}]}),
            ),
        ),
        ("empty text", pod(json!({"hostname": ""}), json!({}))),
        (
            "template time",
            field(
                "apps/v1",
                "Deployment",
                "spec.template.metadata",
                json!({"creationTimestamp": null}),
                json!({}),
            ),
        ),
    ]);
}

#[test]
fn items_are_matched_and_defaulted() {
    quiet(&[
        (
            "port protocol",
            container(
                json!({"ports": [{"containerPort": 80}]}),
                json!({"ports": [{"containerPort": 80, "protocol": "TCP"}]}),
            ),
        ),
        (
            "stated protocol",
            container(
                json!({"ports": [{"containerPort": 80, "protocol": "TCP"}]}),
                json!({"ports": [{"containerPort": 80}]}),
            ),
        ),
        (
            "env order",
            container(
                json!({"env": [{"name": "A", "value": "1"}, {"name": "B", "value": "2"}]}),
                json!({"env": [{"name": "B", "value": "2"}, {"name": "A", "value": "1"}]}),
            ),
        ),
        (
            "env of others",
            container(
                json!({"env": [{"name": "A", "value": "1"}]}),
                json!({"env": [{"name": "A", "value": "1"}, {"name": "C"}]}),
            ),
        ),
        (
            "injected container",
            pod(
                json!({"containers": [{"name": "a"}]}),
                json!({"containers": [{"name": "x"}, {"name": "a"}]}),
            ),
        ),
        (
            "finalizer order",
            field(
                "v1",
                "Pod",
                "metadata.finalizers",
                json!(["a", "b"]),
                json!(["b", "c", "a"]),
            ),
        ),
        (
            "matching expressions",
            field(
                "v1",
                "PersistentVolumeClaim",
                "spec.selector",
                json!({"matchLabels": {"a": "1"}, "matchExpressions": []}),
                json!({"matchLabels": {"a": "1"}}),
            ),
        ),
        (
            "default strategy key",
            field(
                "v1",
                "Pod",
                "spec.topologySpreadConstraints",
                json!([{"topologyKey": "z", "whenUnsatisfiable": "DoNotSchedule", "maxSkew": 1}]),
                json!([{"maxSkew": 1, "topologyKey": "z", "whenUnsatisfiable": "DoNotSchedule", "nodeTaintsPolicy": "Honor"}]),
            ),
        ),
        (
            "atomic selector",
            field(
                "v1",
                "Service",
                "spec.selector",
                json!({"a": "1"}),
                json!({"a": "1"}),
            ),
        ),
    ]);
}

#[test]
fn what_others_write_is_noise() {
    quiet(&[
        (
            "labels of others",
            field(
                "v1",
                "Pod",
                "metadata.labels",
                json!({"a": "1"}),
                json!({"a": "1", "b": "2"}),
            ),
        ),
        (
            "creation time",
            field(
                "v1",
                "Pod",
                "metadata",
                json!({"creationTimestamp": null}),
                json!({"creationTimestamp": "2026-01-01T00:00:00Z"}),
            ),
        ),
        (
            "server metadata",
            field(
                "v1",
                "Pod",
                "metadata",
                json!({"uid": "1", "resourceVersion": "2", "generation": 3}),
                json!({}),
            ),
        ),
        (
            "managed fields",
            field("v1", "Pod", "metadata", json!({"managedFields": [{}]}), json!({})),
        ),
        (
            "status",
            field("v1", "Pod", "status", json!({"phase": "Running"}), json!({})),
        ),
        (
            "replicas of others",
            field(
                "apps/v1",
                "Deployment",
                "spec",
                json!({"paused": false}),
                json!({"replicas": 3}),
            ),
        ),
        (
            "cluster address",
            field(
                "v1",
                "Service",
                "spec",
                json!({"type": "ClusterIP"}),
                json!({"type": "ClusterIP", "clusterIP": "10.0.0.1"}),
            ),
        ),
        (
            "annotations of others",
            field("v1", "Pod", "metadata.annotations", json!({}), json!({"b": "2"})),
        ),
    ]);
}

#[test]
fn string_data_is_compared_with_data() {
    let secret = |part: Value| {
        let mut object = part;
        object["apiVersion"] = json!("v1");
        object["kind"] = json!("Secret");
        object
    };
    let desired = secret(json!({"stringData": {"k": "hello"}, "data": {"k": "b2xk", "o": "b2xk"}}));
    assert!(paths(&desired, &secret(json!({"data": {"k": "aGVsbG8=", "o": "b2xk"}}))).is_empty());
    assert_eq!(
        paths(&desired, &secret(json!({"data": {"k": "b2xk", "o": "b2xk"}}))),
        [".data.k"]
    );
}

#[test]
fn real_differences() {
    let cases = [
        (
            container(json!({"image": "a:1"}), json!({"image": "a:2"})),
            ".spec.containers[name=\"web\"].image",
        ),
        (
            container(json!({"args": ["a"]}), json!({"args": ["a", "b"]})),
            ".spec.containers[name=\"web\"].args[1]",
        ),
        (
            container(json!({"args": ["a", "b"]}), json!({"args": ["b", "a"]})),
            ".spec.containers[name=\"web\"].args[0]",
        ),
        (
            container(json!({"env": [{"name": "A", "value": "1"}]}), json!({"env": []})),
            ".spec.containers[name=\"web\"].env[name=\"A\"]",
        ),
        (
            container(json!({"env": [{"name": "A"}]}), json!({})),
            ".spec.containers[name=\"web\"].env",
        ),
        (
            container(json!({"tty": true}), json!({})),
            ".spec.containers[name=\"web\"].tty",
        ),
        (
            container(json!({"tty": false}), json!({"tty": true})),
            ".spec.containers[name=\"web\"].tty",
        ),
        (
            container(
                json!({"resources": {"limits": {"cpu": "1"}}}),
                json!({"resources": {"limits": {"cpu": "2"}}}),
            ),
            ".spec.containers[name=\"web\"].resources.limits.cpu",
        ),
        (
            field("apps/v1", "Deployment", "spec.replicas", json!(1), json!(2)),
            ".spec.replicas",
        ),
        (
            field("apps/v1", "Deployment", "spec.replicas", json!(1), json!("1")),
            ".spec.replicas",
        ),
        (
            field(
                "v1",
                "Service",
                "spec.selector",
                json!({"a": "1"}),
                json!({"a": "1", "b": "2"}),
            ),
            ".spec.selector.b",
        ),
        (
            field(
                "v1",
                "Service",
                "spec.ports",
                json!([{"port": 80, "targetPort": 80}]),
                json!([{"port": 80, "targetPort": "80"}]),
            ),
            ".spec.ports[port=80,protocol=\"TCP\"].targetPort",
        ),
        (
            field("v1", "Pod", "metadata.finalizers", json!(["a"]), json!(["b"])),
            ".metadata.finalizers[=\"a\"]",
        ),
        (
            field(
                "v1",
                "Pod",
                "metadata.labels",
                json!({"a": "1"}),
                json!({"a": "2"}),
            ),
            ".metadata.labels.a",
        ),
        (
            field("v1", "ConfigMap", "data", json!({"a": ""}), json!({"a": "2"})),
            ".data.a",
        ),
        (
            field("v1", "ConfigMap", "data", json!({"a": ""}), json!({})),
            ".data.a",
        ),
        (
            field("v1", "ConfigMap", "data", json!({"a": ""}), json!({"b": ""})),
            ".data.a",
        ),
        (
            container(
                json!({"securityContext": {"allowPrivilegeEscalation": false}}),
                json!({"securityContext": {"privileged": true}}),
            ),
            ".spec.containers[name=\"web\"].securityContext.allowPrivilegeEscalation",
        ),
    ];
    for (found, expected) in cases {
        assert!(
            found.first().is_some_and(|it| it == expected),
            "{expected}: {found:?}"
        );
    }
}

#[test]
fn custom_kinds_have_no_go_zeros() {
    let schema = json!({"type": "object", "properties": {"spec": {"type": "object", "properties": {
        "on": {"type": "boolean"}, "mode": {"type": "string", "default": "fast"}}}}});
    let ty = Type::from_structural(&schema).unwrap();
    let object = |spec: Value| json!({"apiVersion": "x/v1", "kind": "X", "spec": spec});
    let check = |desired: Value, live: Value, ty: Option<TypeRef<'_>>| {
        differences(&object(desired), &object(live), ty).len()
    };
    assert_eq!(
        check(json!({"on": false}), json!({"mode": "x"}), Some(ty.root())),
        1
    );
    assert_eq!(
        check(json!({"mode": "fast"}), json!({"on": true}), Some(ty.root())),
        0
    );
    assert_eq!(
        check(
            json!({"l": [{"a": 1}], "q": "1000m"}),
            json!({"l": [{"a": 1}], "d": 2, "q": "1000m"}),
            None
        ),
        0
    );
    assert_eq!(check(json!({"q": "1000m"}), json!({"q": "1"}), None), 1);
}
