//! Server-side apply, told as short stories about one object.

use proptest::prelude::*;
use serde_json::{Value, json};

use super::{ApplyError, Write, apply, claims, update};
use crate::{GroupVersionKind, Schemas, TypeRef};

const T1: &str = "2026-01-01T00:00:01Z";
const T2: &str = "2026-01-01T00:00:02Z";

fn ty(api_version: &str, kind: &str) -> TypeRef<'static> {
    let gvk = GroupVersionKind::from_api_version(api_version, kind).unwrap();
    Schemas::builtin().kind(&gvk).unwrap()
}

fn by<'a>(ty: TypeRef<'a>, manager: &'a str, now: &'a str) -> Write<'a> {
    Write {
        ty,
        manager,
        subresource: None,
        has_status: false,
        force: false,
        now,
        nothing: None,
    }
}

fn deployment(spec: Value) -> Value {
    json!({"apiVersion": "apps/v1", "kind": "Deployment", "metadata": {"name": "web", "namespace": "shop"}, "spec": spec})
}

fn config_map(data: Value) -> Value {
    json!({"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "web"}, "data": data})
}

fn containers(items: Value) -> Value {
    deployment(json!({"template": {"spec": {"containers": items}}}))
}

/// Applies configurations one after the other, each by a manager, and returns the object.
fn story(ty: TypeRef<'_>, steps: &[(&str, Value)]) -> Value {
    let mut live = None;
    for (manager, config) in steps {
        live = Some(apply(live.as_ref(), config, &by(ty, manager, T1)).unwrap());
    }
    live.unwrap()
}

fn owned(object: &Value, manager: &str) -> Vec<String> {
    let all = claims(object).unwrap();
    let mine = all.iter().filter(|claim| claim.manager == manager);
    mine.flat_map(|claim| claim.fields.paths())
        .map(|path| path.to_string())
        .collect()
}

#[test]
fn creates_and_records_what_is_stated() {
    let ty = ty("apps/v1", "Deployment");
    let config = containers(json!([{"name": "web", "image": "nginx", "args": ["-v"],
        "ports": [{"containerPort": 80}], "resources": {}}]));
    let live = story(ty, &[("a", config.clone())]);
    let entry = &live["metadata"]["managedFields"][0];
    assert_eq!(entry["manager"], "a");
    assert_eq!(entry["operation"], "Apply");
    assert_eq!(entry["apiVersion"], "apps/v1");
    assert_eq!(entry["time"], T1);
    assert_eq!(
        entry["fieldsV1"],
        json!({"f:spec": {"f:template": {"f:spec": {"f:containers": {
            "k:{\"name\":\"web\"}": {".": {}, "f:name": {}, "f:image": {}, "f:args": {}, "f:resources": {},
                "f:ports": {"k:{\"containerPort\":80,\"protocol\":\"TCP\"}": {".": {}, "f:containerPort": {}}}}}}}}})
    );
    assert_eq!(live["spec"], config["spec"]);
}

#[test]
fn conflict_names_manager_and_field() {
    let ty = ty("apps/v1", "Deployment");
    let live = update(
        None,
        deployment(json!({"replicas": 1, "paused": true})),
        &by(ty, "kubectl", T1),
    );
    let config = deployment(json!({"replicas": 2, "paused": true}));
    let error = apply(Some(&live), &config, &by(ty, "a", T2)).unwrap_err();
    assert_eq!(
        error.to_string(),
        "Apply failed with 1 conflict: conflict with \"kubectl\" using apps/v1: .spec.replicas"
    );
    let both = deployment(json!({"replicas": 2, "paused": false}));
    let error = apply(Some(&live), &both, &by(ty, "a", T2)).unwrap_err();
    assert_eq!(
        error.to_string(),
        "Apply failed with 2 conflicts: conflicts with \"kubectl\" using apps/v1:\n- .spec.paused\n- .spec.replicas"
    );
}

#[test]
fn force_takes_the_field() {
    let ty = ty("apps/v1", "Deployment");
    let live = story(ty, &[("a", deployment(json!({"replicas": 1, "paused": true})))]);
    let config = deployment(json!({"replicas": 2}));
    let error = apply(Some(&live), &config, &by(ty, "b", T2)).unwrap_err();
    assert_eq!(
        error.to_string(),
        "Apply failed with 1 conflict: conflict with \"a\": .spec.replicas"
    );
    let live = apply(
        Some(&live),
        &config,
        &Write {
            force: true,
            ..by(ty, "b", T2)
        },
    )
    .unwrap();
    assert_eq!(live["spec"]["replicas"], 2);
    assert_eq!(owned(&live, "a"), [".spec.paused"]);
    assert_eq!(owned(&live, "b"), [".spec.replicas"]);
}

#[test]
fn equal_values_are_shared_and_stay_while_one_owner_is_left() {
    let ty = ty("apps/v1", "Deployment");
    let one = deployment(json!({"replicas": 1}));
    let live = story(ty, &[("a", one.clone()), ("b", one.clone())]);
    assert_eq!(owned(&live, "a"), owned(&live, "b"));
    let none = deployment(json!({"paused": true}));
    let live = apply(Some(&live), &none, &by(ty, "a", T2)).unwrap();
    assert_eq!(live["spec"]["replicas"], 1);
    let live = apply(Some(&live), &none, &by(ty, "b", T2)).unwrap();
    assert_eq!(live["spec"], json!({"paused": true}));
}

#[test]
fn fields_no_longer_stated_go() {
    let cm = ty("v1", "ConfigMap");
    let live = story(
        cm,
        &[
            ("a", config_map(json!({"x": "1", "y": "2"}))),
            ("a", config_map(json!({"y": "2"}))),
        ],
    );
    assert_eq!(live["data"], json!({"y": "2"}));
    let live = story(
        cm,
        &[
            ("a", config_map(json!({"x": "1"}))),
            ("b", config_map(json!({"y": "2"}))),
            ("a", config_map(json!({"z": "3"}))),
        ],
    );
    assert_eq!(live["data"], json!({"y": "2", "z": "3"}));
}

#[test]
fn a_struct_goes_with_its_last_owned_field() {
    let ty = ty("apps/v1", "Deployment");
    let mut live = story(
        ty,
        &[(
            "a",
            deployment(json!({"strategy": {"rollingUpdate": {"maxSurge": 1}}, "paused": true})),
        )],
    );
    live["spec"]["strategy"]["type"] = json!("RollingUpdate");
    let live = apply(
        Some(&live),
        &deployment(json!({"paused": true})),
        &by(ty, "a", T2),
    )
    .unwrap();
    assert_eq!(live["spec"], json!({"paused": true}));
}

#[test]
fn list_items_are_found_by_key() {
    let ty = ty("apps/v1", "Deployment");
    let web = json!({"name": "web", "image": "nginx"});
    let side = json!({"name": "side", "image": "envoy"});
    let live = story(
        ty,
        &[("a", containers(json!([web]))), ("b", containers(json!([side])))],
    );
    assert_eq!(live["spec"]["template"]["spec"]["containers"], json!([web, side]));
    let live = apply(
        Some(&live),
        &deployment(json!({"paused": true})),
        &by(ty, "a", T2),
    )
    .unwrap();
    assert_eq!(live["spec"]["template"]["spec"]["containers"], json!([side]));
    let live = apply(Some(&live), &containers(json!([web, side])), &by(ty, "c", T2)).unwrap();
    assert_eq!(live["spec"]["template"]["spec"]["containers"], json!([web, side]));
}

#[test]
fn ports_have_two_keys() {
    let ty = ty("v1", "Service");
    let service = |ports: Value| {
        json!({"apiVersion": "v1", "kind": "Service", "metadata": {"name": "dns"},
        "spec": {"ports": ports}})
    };
    let udp = json!({"port": 53, "protocol": "UDP", "name": "udp"});
    let tcp = json!({"port": 53, "protocol": "TCP", "name": "tcp"});
    let live = story(ty, &[("a", service(json!([udp, tcp])))]);
    assert!(owned(&live, "a").contains(&".spec.ports[port=53,protocol=\"UDP\"].name".to_owned()));
    let short = json!({"port": 53, "name": "tcp2"});
    let live = apply(Some(&live), &service(json!([udp, short])), &by(ty, "a", T2)).unwrap();
    let merged = json!({"port": 53, "name": "tcp2"});
    assert_eq!(live["spec"]["ports"], json!([udp, merged]));
    let live = apply(Some(&live), &service(json!([udp])), &by(ty, "a", T2)).unwrap();
    assert_eq!(live["spec"]["ports"], json!([udp]));
}

#[test]
fn sets_merge_and_atomic_lists_replace() {
    let meta = ty("v1", "ConfigMap");
    let with = |finalizers: Value| {
        json!({"apiVersion": "v1", "kind": "ConfigMap",
        "metadata": {"name": "web", "finalizers": finalizers}})
    };
    let live = story(
        meta,
        &[("a", with(json!(["x/a"]))), ("b", with(json!(["x/b", "x/a"])))],
    );
    assert_eq!(live["metadata"]["finalizers"], json!(["x/b", "x/a"]));
    let live = apply(Some(&live), &config_map(json!({})), &by(meta, "b", T2)).unwrap();
    assert_eq!(live["metadata"]["finalizers"], json!(["x/a"]));
    assert_eq!(owned(&live, "a"), [".metadata.finalizers[=\"x/a\"]"]);

    let deploy = ty("apps/v1", "Deployment");
    let args = |args: Value| containers(json!([{"name": "web", "args": args}]));
    let live = story(deploy, &[("a", args(json!(["1"])))]);
    let error = apply(Some(&live), &args(json!(["2"])), &by(deploy, "b", T2)).unwrap_err();
    assert!(
        error
            .to_string()
            .ends_with(".spec.template.spec.containers[name=\"web\"].args"),
        "{error}"
    );
}

#[test]
fn atomic_maps_are_one_value() {
    let ty = ty("v1", "Service");
    let service = |selector: Value| {
        json!({"apiVersion": "v1", "kind": "Service", "metadata": {"name": "s"},
        "spec": {"selector": selector}})
    };
    let live = story(ty, &[("a", service(json!({"x": "1"})))]);
    assert_eq!(owned(&live, "a"), [".spec.selector"]);
    let force = Write {
        force: true,
        ..by(ty, "b", T2)
    };
    let live = apply(Some(&live), &service(json!({"y": "1"})), &force).unwrap();
    assert_eq!(live["spec"]["selector"], json!({"y": "1"}));
    assert!(owned(&live, "a").is_empty());
}

#[test]
fn nothing_changed_keeps_times_and_a_change_moves_only_ours() {
    let ty = ty("v1", "ConfigMap");
    let config = config_map(json!({"x": "1"}));
    let live = story(ty, &[("a", config.clone()), ("b", config_map(json!({"y": "1"})))]);
    assert_eq!(apply(Some(&live), &config, &by(ty, "a", T2)).unwrap(), live);
    let live = apply(Some(&live), &config_map(json!({"x": "2"})), &by(ty, "a", T2)).unwrap();
    let times: Vec<_> = claims(&live)
        .unwrap()
        .into_iter()
        .map(|it| (it.manager, it.time.unwrap()))
        .collect();
    assert_eq!(
        times,
        [("b".to_owned(), T1.to_owned()), ("a".to_owned(), T2.to_owned())]
    );
}

#[test]
fn an_untracked_object_belongs_to_before_first_apply() {
    let ty = ty("v1", "ConfigMap");
    let live = config_map(json!({"x": "1", "y": "1"}));
    let error = apply(Some(&live), &config_map(json!({"x": "2"})), &by(ty, "a", T1)).unwrap_err();
    assert!(
        error
            .to_string()
            .contains("conflict with \"before-first-apply\" using v1: .data.x"),
        "{error}"
    );
    let live = apply(Some(&live), &config_map(json!({"x": "1"})), &by(ty, "a", T1)).unwrap();
    assert_eq!(
        owned(&live, "before-first-apply"),
        [".data", ".data.x", ".data.y"]
    );
}

#[test]
fn configurations_that_do_not_fit_are_refused() {
    let deploy = ty("apps/v1", "Deployment");
    let check = |config: &Value, expected: &str| {
        let error = apply(None, config, &by(deploy, "a", T1)).unwrap_err();
        assert_eq!(error.to_string(), expected);
    };
    let head = "failed to create typed patch object (shop/web; apps/v1, Kind=Deployment): ";
    check(
        &deployment(json!({"foo": 1})),
        &format!("{head}.spec.foo: field not declared in schema"),
    );
    check(
        &deployment(json!({"replicas": "two"})),
        &format!("{head}.spec.replicas: expected numeric (int or float), got string"),
    );
    check(
        &containers(json!([{"name": "a"}, {"name": "a"}])),
        &format!("{head}.spec.template.spec.containers: duplicate entries for key [name=\"a\"]"),
    );
    let mut managed = deployment(json!({}));
    managed["metadata"]["managedFields"] = json!([]);
    assert_eq!(
        apply(None, &managed, &by(deploy, "a", T1)),
        Err(ApplyError::ManagedFieldsSet)
    );
}

#[test]
fn created_by_a_plain_write_as_the_server_records_it() {
    let ty = ty("apps/v1", "Deployment");
    let mut object = containers(json!([{"name": "web", "image": "nginx"}]));
    object["metadata"]["labels"] = json!({"app": "web"});
    object["metadata"]["uid"] = json!("1");
    object["spec"]["selector"] = json!({"matchLabels": {"app": "web"}});
    object["spec"]["strategy"] = json!({"rollingUpdate": {"maxSurge": "25%"}, "type": "RollingUpdate"});
    let live = update(None, object, &by(ty, "kubectl-create", T1));
    assert_eq!(
        live["metadata"]["managedFields"][0],
        json!({"manager": "kubectl-create", "operation": "Update", "apiVersion": "apps/v1", "time": T1,
            "fieldsType": "FieldsV1", "fieldsV1": {
                "f:metadata": {"f:labels": {".": {}, "f:app": {}}},
                "f:spec": {
                    "f:selector": {},
                    "f:strategy": {"f:rollingUpdate": {".": {}, "f:maxSurge": {}}, "f:type": {}},
                    "f:template": {"f:spec": {"f:containers": {
                        "k:{\"name\":\"web\"}": {".": {}, "f:image": {}, "f:name": {}}}}}}}})
    );
}

#[test]
fn a_plain_write_takes_what_it_changes_and_frees_what_it_removes() {
    let ty = ty("v1", "ConfigMap");
    let live = story(ty, &[("a", config_map(json!({"x": "1", "y": "1", "z": "1"})))]);
    let mut new = live.clone();
    new["data"] = json!({"x": "2", "y": "1"});
    let after = update(Some(&live), new.clone(), &by(ty, "kubectl", T2));
    assert_eq!(owned(&after, "a"), [".data.y"]);
    assert_eq!(owned(&after, "kubectl"), [".data.x"]);
    let again = update(
        Some(&after),
        after.clone(),
        &by(ty, "kubectl", "2026-01-01T00:00:09Z"),
    );
    assert_eq!(again, after);
    new["metadata"]["managedFields"] = json!([{}]);
    assert!(
        claims(&update(Some(&live), new, &by(ty, "kubectl", T2)))
            .unwrap()
            .is_empty()
    );
}

#[test]
fn status_belongs_to_its_subresource() {
    let ty = ty("apps/v1", "Deployment");
    let mut object = deployment(json!({"replicas": 1}));
    object["status"] = json!({"replicas": 1});
    let live = update(None, object.clone(), &by(ty, "kubectl", T1));
    assert_eq!(owned(&live, "kubectl"), [".spec.replicas"]);
    let mut new = live.clone();
    new["status"] = json!({"replicas": 2});
    new["spec"]["replicas"] = json!(9);
    let write = Write {
        subresource: Some("status"),
        ..by(ty, "controller", T2)
    };
    let live = update(Some(&live), new, &write);
    assert_eq!(owned(&live, "controller"), [".status.replicas"]);
    assert_eq!(live["metadata"]["managedFields"][1]["subresource"], "status");
    let live = apply(None, &object, &by(ty, "a", T1)).unwrap();
    assert_eq!(live.get("status"), None);
}

#[test]
fn many_updaters_share_an_entry() {
    let ty = ty("v1", "ConfigMap");
    let mut live = update(None, config_map(json!({})), &by(ty, "m0", T1));
    for at in 0..15 {
        let mut new = live.clone();
        new["data"][format!("k{at}")] = json!("v");
        let (manager, now) = (format!("m{at}"), format!("2026-01-01T00:01:{at:02}Z"));
        live = update(Some(&live), new, &by(ty, &manager, &now));
    }
    let all = claims(&live).unwrap();
    assert_eq!(all.len(), 10);
    assert_eq!(all[0].manager, "ancient-changes");
    assert!(owned(&live, "ancient-changes").contains(&".data.k0".to_owned()));
}

#[test]
fn unknown_kinds_have_atomic_lists_and_granular_maps() {
    let ty = TypeRef::deduced();
    let object =
        |spec: Value| json!({"apiVersion": "x/v1", "kind": "X", "metadata": {"name": "x"}, "spec": spec});
    let live = story(
        ty,
        &[
            ("a", object(json!({"m": {"x": 1}, "l": [1]}))),
            ("b", object(json!({"m": {"y": 1}}))),
        ],
    );
    assert_eq!(owned(&live, "a"), [".spec", ".spec.l", ".spec.m", ".spec.m.x"]);
    assert_eq!(live["spec"], json!({"m": {"x": 1, "y": 1}, "l": [1]}));
    let live = apply(Some(&live), &object(json!({})), &by(ty, "a", T2)).unwrap();
    assert_eq!(live["spec"], json!({"m": {"y": 1}}));
}

/// Pods of a few containers, each with some fields set.
fn pods() -> impl Strategy<Value = Value> {
    let env = proptest::collection::btree_map("[A-C]", "[12]", 0..3).prop_map(|env| {
        env.into_iter()
            .map(|(name, value)| json!({"name": name, "value": value}))
            .collect::<Vec<_>>()
    });
    let container = (proptest::option::of("[xy]"), env, proptest::option::of(0..3i64));
    let containers = proptest::collection::btree_map("[a-c]", container, 0..4);
    let labels = proptest::collection::btree_map("[k-m]", "[12]", 0..3);
    (containers, labels, proptest::option::of("[hj]")).prop_map(|(containers, labels, hostname)| {
        let items: Vec<Value> = containers
            .into_iter()
            .map(|(name, (image, env, port))| {
                let mut item = json!({"name": name});
                if let Some(image) = image {
                    item["image"] = json!(image);
                }
                if !env.is_empty() {
                    item["env"] = json!(env);
                }
                if let Some(port) = port {
                    item["ports"] = json!([{"containerPort": port, "protocol": "TCP"}]);
                }
                item
            })
            .collect();
        let mut pod = json!({"apiVersion": "v1", "kind": "Pod", "metadata": {"name": "p"}, "spec": {}});
        if !items.is_empty() {
            pod["spec"]["containers"] = json!(items);
        }
        if !labels.is_empty() {
            pod["metadata"]["labels"] = json!(labels);
        }
        if let Some(hostname) = hostname {
            pod["spec"]["hostname"] = json!(hostname);
        }
        pod
    })
}

proptest! {
    #[test]
    fn applying_again_changes_nothing(a in pods(), b in pods()) {
        let ty = ty("v1", "Pod");
        let force = |manager, now| Write { force: true, ..by(ty, manager, now) };
        let live = apply(None, &a, &force("a", T1)).unwrap();
        prop_assert_eq!(apply(Some(&live), &a, &by(ty, "a", T2)).unwrap(), live.clone());
        let live = apply(Some(&live), &b, &force("b", T1)).unwrap();
        prop_assert_eq!(apply(Some(&live), &b, &by(ty, "b", T2)).unwrap(), live.clone());
        prop_assert!(crate::compare::differences(&b, &live, Some(ty)).is_empty());
    }

    #[test]
    fn stating_nothing_leaves_only_what_others_own(a in pods(), b in pods()) {
        let ty = ty("v1", "Pod");
        let force = |manager| Write { force: true, ..by(ty, manager, T1) };
        let nothing = json!({"apiVersion": "v1", "kind": "Pod", "metadata": {"name": "p"}});
        let live = apply(None, &a, &force("a")).unwrap();
        let live = apply(Some(&live), &b, &force("b")).unwrap();
        let after = apply(Some(&live), &nothing, &by(ty, "a", T2)).unwrap();
        prop_assert!(owned(&after, "a").is_empty());
        prop_assert_eq!(owned(&after, "b"), owned(&live, "b"));
        prop_assert!(crate::compare::differences(&b, &after, Some(ty)).is_empty());
        let left = crate::FieldSet::of(&after, ty).strip_untracked();
        let theirs = crate::FieldSet::of(&b, ty).strip_untracked();
        prop_assert!(left.difference(&theirs).is_empty(), "{:?} beside {:?}", left, theirs);
    }

    #[test]
    fn what_changes_belongs_to_who_changed_it(a in pods(), b in pods()) {
        let ty = ty("v1", "Pod");
        let live = apply(None, &a, &by(ty, "a", T1)).unwrap();
        let mut new = b.clone();
        new["metadata"]["managedFields"] = live["metadata"]["managedFields"].clone();
        let after = update(Some(&live), new, &by(ty, "kubectl", T2));
        let theirs: Vec<String> = owned(&after, "kubectl");
        prop_assert!(owned(&after, "a").iter().all(|path| !theirs.contains(path)));
        let again = update(Some(&after), after.clone(), &by(ty, "other", T2));
        prop_assert_eq!(again, after);
    }
}
