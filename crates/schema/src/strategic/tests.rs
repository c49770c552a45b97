//! Strategic merge patch: one row, one rule.

use serde_json::{Value, json};

use super::patch;
use crate::{GroupVersionKind, Schemas, TypeRef};

fn deployment() -> TypeRef<'static> {
    Schemas::builtin()
        .kind(&GroupVersionKind::new("apps", "v1", "Deployment"))
        .unwrap()
}

/// Patches the pod spec of a Deployment.
fn pod(live: Value, change: Value) -> Value {
    let wrap = |value: Value| json!({"spec": {"template": {"spec": value}}});
    patch(&wrap(live), &wrap(change), deployment()).unwrap()["spec"]["template"]["spec"].clone()
}

#[test]
fn keyed_lists_merge() {
    assert_eq!(
        pod(
            json!({"containers": [{"name": "a", "image": "1", "args": ["x"]}, {"name": "b"}]}),
            json!({"containers": [{"name": "a", "args": ["y"]}, {"name": "c"}]}),
        ),
        json!({"containers": [{"name": "a", "image": "1", "args": ["y"]}, {"name": "c"}, {"name": "b"}]})
    );
    let env = |env: Value| json!({"containers": [{"name": "a", "env": env}]});
    assert_eq!(
        pod(
            env(json!([{"name": "A", "value": "1"}])),
            env(json!([{"name": "A", "value": null, "valueFrom": {}}]))
        ),
        env(json!([{"name": "A", "valueFrom": {}}]))
    );
}

#[test]
fn items_are_deleted_and_replaced() {
    let live = json!({"containers": [{"name": "a", "image": "1"}, {"name": "b", "image": "2"}]});
    assert_eq!(
        pod(
            live.clone(),
            json!({"containers": [{"name": "a", "$patch": "delete"}]})
        ),
        json!({"containers": [{"name": "b", "image": "2"}]})
    );
    assert_eq!(
        pod(
            live.clone(),
            json!({"containers": [{"name": "a", "tty": true, "$patch": "replace"}]})
        ),
        json!({"containers": [{"name": "a", "tty": true}, {"name": "b", "image": "2"}]})
    );
    assert_eq!(
        pod(
            live,
            json!({"containers": [{"name": "z"}, {"$patch": "replace"}]})
        ),
        json!({"containers": [{"name": "z"}]})
    );
}

#[test]
fn objects_are_deleted_and_replaced() {
    let live = json!({"securityContext": {"runAsUser": 1, "fsGroup": 2}, "hostname": "h"});
    assert_eq!(
        pod(live.clone(), json!({"securityContext": {"$patch": "delete"}})),
        json!({"hostname": "h"})
    );
    assert_eq!(
        pod(
            live.clone(),
            json!({"securityContext": {"$patch": "replace", "fsGroup": 3}})
        ),
        json!({"securityContext": {"fsGroup": 3}, "hostname": "h"})
    );
    assert_eq!(
        pod(live.clone(), json!({"securityContext": null, "hostname": null})),
        json!({})
    );
    assert_eq!(
        pod(
            live,
            json!({"securityContext": {"$patch": "merge", "fsGroup": 3}, "$patch": "merge"})
        ),
        json!({"securityContext": {"runAsUser": 1, "fsGroup": 3}, "hostname": "h"})
    );
}

#[test]
fn atomic_lists_replace_and_sets_merge() {
    assert_eq!(
        pod(
            json!({"tolerations": [{"key": "a"}]}),
            json!({"tolerations": [{"key": "b"}]})
        ),
        json!({"tolerations": [{"key": "b"}]})
    );
    let meta = |names: Value| json!({"metadata": {"finalizers": names}});
    let merged = patch(&meta(json!(["a", "b"])), &meta(json!(["c", "a"])), deployment()).unwrap();
    assert_eq!(merged, meta(json!(["c", "a", "b"])));
    let change = json!({"metadata": {"$deleteFromPrimitiveList/finalizers": ["a"]}});
    assert_eq!(
        patch(&meta(json!(["a", "b"])), &change, deployment()).unwrap(),
        meta(json!(["b"]))
    );
}

#[test]
fn order_that_is_not_set_is_as_the_server_has_it() {
    let names = |names: &[&str]| json!({"containers": names.iter().map(|it| json!({"name": it})).collect::<Vec<_>>()});
    // Recorded from kube-apiserver 1.36.3.
    for (change, merged) in [
        (["a", "c"].as_slice(), ["a", "c", "b"].as_slice()),
        (&["c", "a"], &["c", "a", "b"]),
        (&["c", "b"], &["c", "a", "b"]),
        (&["b", "a"], &["b", "a"]),
    ] {
        assert_eq!(
            pod(names(&["a", "b"]), names(change)),
            names(merged),
            "{change:?}"
        );
    }
}

#[test]
fn order_is_set() {
    let names = |names: &[&str]| json!({"containers": names.iter().map(|it| json!({"name": it})).collect::<Vec<_>>()});
    let mut change = names(&["new"]);
    change["$setElementOrder/containers"] = json!([{"name": "c"}, {"name": "new"}, {"name": "a"}]);
    assert_eq!(pod(names(&["a", "c"]), change.clone()), names(&["c", "new", "a"]));
    assert_eq!(
        pod(names(&["live", "a", "c"]), change),
        names(&["live", "c", "new", "a"])
    );
}

#[test]
fn keys_are_retained() {
    let spec = |value: Value| json!({"spec": {"strategy": value}});
    let live = spec(json!({"type": "RollingUpdate", "rollingUpdate": {"maxSurge": 1}}));
    let change = spec(json!({"type": "Recreate", "$retainKeys": ["type"]}));
    assert_eq!(
        patch(&live, &change, deployment()).unwrap(),
        spec(json!({"type": "Recreate"}))
    );
    assert_eq!(
        pod(
            json!({"volumes": [{"name": "v", "emptyDir": {}}]}),
            json!({"volumes": [{"name": "v", "configMap": {"name": "c"}, "$retainKeys": ["name", "configMap"]}]}),
        ),
        json!({"volumes": [{"name": "v", "configMap": {"name": "c"}}]})
    );
}

#[test]
fn defects_are_named() {
    let live = json!({"spec": {"template": {"spec": {"containers": []}}}});
    let error = |change: Value| patch(&live, &change, deployment()).unwrap_err().to_string();
    assert_eq!(
        error(json!({"spec": {"template": {"spec": {"containers": [{"image": "x"}]}}}})),
        "strategic merge patch, at .spec.template.spec.containers: map: map[image:x] does not contain declared \
         merge key: name"
    );
    assert!(error(json!({"spec": {"$patch": "explode"}})).contains("unknown $patch directive \"explode\""));
    assert!(patch(&json!({}), &json!([]), deployment()).is_err());
}

#[test]
fn new_objects_carry_no_directives() {
    let change = json!({"containers": [{"name": "a", "env": [{"name": "A", "$patch": "delete"}], "resources": {"$patch": "replace", "limits": {}}}]});
    assert_eq!(
        pod(json!({}), change),
        json!({"containers": [{"name": "a", "env": []}]})
    );
}
