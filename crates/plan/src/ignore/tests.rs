use plumb_model::{IgnoreRule, IgnoreTarget, IgnoredFields, Object, Origin, TreePath};
use plumb_schema::{GroupVersionKind, Schemas, TypeRef};
use serde_json::{Value, json};

use super::{Ignoring, rules_for, selector::selects};

fn deployment() -> Value {
    json!({"apiVersion": "apps/v1", "kind": "Deployment",
        "metadata": {"name": "web", "namespace": "shop", "labels": {"tier": "front"}},
        "spec": {"replicas": 2, "template": {"spec": {"containers": [
            {"name": "web", "image": "a", "resources": {"limits": {"cpu": "1"}}}, {"name": "side", "image": "b"}]}}}})
}

fn object(body: Value, ignored: IgnoredFields) -> Object {
    let origin = Origin {
        path: TreePath::parse("a.yaml").expect("a path"),
        line: 1,
    };
    Object::new(body, origin).expect("an object").ignoring(ignored)
}

fn ty() -> TypeRef<'static> {
    let gvk = GroupVersionKind::new("apps", "v1", "Deployment");
    Schemas::builtin().kind(&gvk).expect("it is built in")
}

fn text(text: &str) -> Option<String> {
    Some(text.to_owned())
}

#[test]
fn rules_are_for_the_objects_that_they_name() {
    let of = |target: IgnoreTarget| {
        let fields = IgnoredFields {
            pointers: vec!["/spec/replicas".into()],
            ..IgnoredFields::default()
        };
        let rules = [IgnoreRule { target, fields }];
        !rules_for(&rules, &object(deployment(), IgnoredFields::default())).is_empty()
    };
    let any = IgnoreTarget::default;
    assert!(of(any()));
    assert!(of(IgnoreTarget {
        group: text("apps"),
        kind: text("Deploy.*"),
        ..any()
    }));
    assert!(
        !of(IgnoreTarget {
            kind: text("Deploy"),
            ..any()
        }),
        "patterns are for the whole"
    );
    assert!(
        !of(IgnoreTarget {
            group: text(""),
            ..any()
        }),
        "the core group is a group"
    );
    assert!(of(IgnoreTarget {
        name: text("web"),
        namespace: text("shop"),
        ..any()
    }));
    assert!(!of(IgnoreTarget {
        namespace: text(""),
        ..any()
    }));
    assert!(of(IgnoreTarget {
        labels: text("tier in (front, back)"),
        ..any()
    }));
    assert!(!of(IgnoreTarget {
        annotations: text("tier"),
        ..any()
    }));
    assert!(
        !of(IgnoreTarget {
            kind: text("("),
            ..any()
        }),
        "what is no pattern is for nothing"
    );
}

#[test]
fn selectors_are_read_as_the_server_reads_them() {
    let labels = json!({"app": "web", "tier": "front"});
    for (selector, picked) in [
        ("", true),
        ("app=web", true),
        ("app==web,tier=front", true),
        ("app != web", false),
        ("env!=prod", true),
        ("tier in (front, back), app", true),
        ("tier notin (front)", false),
        ("!env", true),
        ("!app", false),
        ("env in (a)", false),
        ("env notin (a)", true),
        ("a b", false),
        ("tier in front", false),
    ] {
        assert_eq!(selects(selector, &labels), picked, "{selector}");
    }
}

#[test]
fn ignored_fields_are_found_by_pointer_expression_and_manager() {
    let mut live = deployment();
    live["metadata"]["managedFields"] = json!([{"manager": "vpa", "operation": "Apply", "apiVersion": "apps/v1",
        "fieldsType": "FieldsV1", "fieldsV1": {"f:spec": {"f:template": {"f:spec": {"f:containers": {
            "k:{\"name\":\"web\"}": {".": {}, "f:name": {}, "f:resources": {"f:limits": {"f:cpu": {}}}}}}}}}}]);
    let desired = object(
        deployment(),
        IgnoredFields {
            pointers: vec!["/spec/replicas".into(), "/metadata/annotations/a~1b".into()],
            expressions: vec![
                r#".spec.template.spec.containers[] | select(.name == "side") | .image"#.into(),
                ".spec.nothing[]".into(),
                "not jq (".into(),
            ],
            managers: vec!["vpa".into()],
            kept: false,
        },
    );
    let ignoring = Ignoring::new(&desired, &live, ty());
    let left = ignoring.cut(&desired.body);
    assert_eq!(
        left["spec"],
        json!({"template": {"spec": {"containers": [{"image": "a", "resources": {"limits": {}}}, {"name": "side"}]}}}),
        "the manager owns the key of the item, too"
    );
    assert_eq!(
        ignoring.yielded(&desired, &live, "plumb"),
        None,
        "an apply states all"
    );
}

#[test]
fn an_apply_leaves_to_others_what_they_own_and_keeps_what_is_ours() {
    let fields = |path: &str| match path {
        "replicas" => json!({"f:spec": {"f:replicas": {}}}),
        _ => {
            json!({"f:spec": {"f:template": {"f:spec": {"f:containers": {"k:{\"name\":\"side\"}": {"f:image": {}}}}}}})
        }
    };
    let entry = |manager: &str, operation: &str, path: &str| {
        json!({"manager": manager, "operation": operation, "apiVersion": "apps/v1", "fieldsType": "FieldsV1",
            "fieldsV1": fields(path)})
    };
    let mut live = deployment();
    live["spec"]["replicas"] = json!(7);
    live["spec"]["template"]["spec"]["containers"][1]["image"] = json!("c");
    live["metadata"]["managedFields"] = json!([
        entry("plumb", "Apply", "image"),
        entry("hpa", "Update", "replicas")
    ]);
    let ignored = IgnoredFields {
        pointers: vec![
            "/spec/replicas".into(),
            "/spec/template/spec/containers/1/image".into(),
        ],
        kept: true,
        ..IgnoredFields::default()
    };
    let desired = object(deployment(), ignored);
    let yielded = Ignoring::new(&desired, &live, ty()).yielded(&desired, &live, "plumb");
    let yielded = yielded.expect("it is otherwise than as Git says");
    assert_eq!(yielded["spec"].get("replicas"), None, "theirs");
    assert_eq!(
        yielded["spec"]["template"]["spec"]["containers"][1]["image"], "c",
        "ours, as it is"
    );
    assert_eq!(yielded["spec"]["template"]["spec"]["containers"][0]["image"], "a");
}

#[test]
fn what_is_ignored_is_part_of_the_digest() {
    let plain = object(deployment(), IgnoredFields::default());
    let rule = IgnoredFields {
        pointers: vec!["/spec".into()],
        ..IgnoredFields::default()
    };
    assert_ne!(plain.digest, object(deployment(), rule.clone()).digest);
    assert_eq!(
        plain.digest,
        object(deployment(), rule)
            .ignoring(IgnoredFields::default())
            .digest
    );
}
