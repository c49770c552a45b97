use super::*;

fn deployment(name: &str, change: impl FnOnce(&mut Value)) -> Option<Shape> {
    let mut object = json!({
        "apiVersion": "apps/v1", "kind": "Deployment",
        "metadata": {"name": format!("{name}-app"), "namespace": "web", "labels": {"app": name, "tier": "web"},
            "annotations": {"argocd.argoproj.io/tracking-id": format!("{name}:apps/Deployment:web/{name}-app")}},
        "spec": {"selector": {"matchLabels": {"app": name}}, "template": {
            "metadata": {"labels": {"app": name}},
            "spec": {"containers": [{"name": "main", "image": format!("example.org/{name}:1"),
                "envFrom": [{"configMapRef": {"name": format!("{name}-app")}}],
                "ports": [{"containerPort": 8080, "protocol": "TCP"}]}]}}},
    });
    change(&mut object);
    Shape::of(&GroupVersionKind::new("apps", "v1", "Deployment"), &object)
}

#[test]
fn apps_of_one_base_are_alike() {
    let shape = deployment("shop-1", |_| {});
    assert!(shape.is_some());
    assert_eq!(shape, deployment("checkout-22", |_| {}));
}

#[test]
fn whatever_the_server_judges_by_makes_a_difference() {
    let shape = deployment("shop-1", |_| {});
    let other = |pointer: &str, value: Value| {
        deployment("shop-2", |object| {
            *object.pointer_mut(pointer).expect("it is there") = value;
        })
    };
    let container = "/spec/template/spec/containers/0";
    assert_ne!(shape, other("/metadata/namespace", json!("db")));
    assert_ne!(
        deployment("shop-1", |object| object["metadata"]["namespace"] =
            json!("shop-1")),
        deployment("shop-2", |object| object["metadata"]["namespace"] =
            json!("shop-2")),
    );
    assert_ne!(shape, other(&format!("{container}/image"), json!("")));
    assert_ne!(
        shape,
        other(&format!("{container}/ports/0/containerPort"), json!(0))
    );
    assert_ne!(
        shape,
        other(&format!("{container}/ports/0/protocol"), json!("tcp"))
    );
    assert_ne!(shape, other("/spec/selector/matchLabels/app", json!("shop-1")));
    assert_ne!(shape, other("/metadata/labels/tier", json!("not a label!")));
    let long = "a".repeat(64);
    assert_eq!(
        other(&format!("{container}/name"), json!(format!("shop-2{long}"))),
        None
    );
    assert_eq!(deployment("Shop-1", |_| {}), None, "no name for an object");
    let deprecated = |value: &str| {
        let value = value.to_owned();
        deployment("shop-2", |object| {
            object["metadata"]["annotations"]["seccomp.security.alpha.kubernetes.io/pod"] = json!(value)
        })
    };
    assert_ne!(deprecated("localhost/a"), deprecated("nonsense"));
}

#[test]
fn what_there_is_one_of_is_asked_about() {
    let service = |spec: Value| {
        let object = json!({"apiVersion": "v1", "kind": "Service", "metadata": {"name": "shop-1", "namespace": "web"}, "spec": spec});
        Shape::of(&GroupVersionKind::new("", "v1", "Service"), &object)
    };
    assert!(service(json!({"ports": [{"port": 80}]})).is_some());
    assert_eq!(service(json!({"ports": [{"port": 80, "nodePort": 30080}]})), None);
    assert_eq!(
        service(json!({"clusterIP": "10.0.0.7", "ports": [{"port": 80}]})),
        None
    );
    for (group, kind) in [
        ("example.com", "Thing"),
        ("rbac.authorization.k8s.io", "RoleBinding"),
        ("", "Secret"),
    ] {
        let gvk = GroupVersionKind::new(group, "v1", kind);
        assert_eq!(Shape::of(&gvk, &json!({"metadata": {"name": "shop-1"}})), None);
    }
}

#[test]
fn data_of_config_maps_is_anybodys() {
    let map = |name: &str, data: Value| {
        let object =
            json!({"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": name}, "data": data});
        Shape::of(&GroupVersionKind::new("", "v1", "ConfigMap"), &object)
    };
    let shape = map("shop-1", json!({"key": "a"}));
    assert!(shape.is_some());
    assert_eq!(shape, map("shop-2", json!({"key": "shop-1 and more"})));
    assert_ne!(shape, map("shop-2", json!({"no key!": "a"})));
    assert_eq!(map("shop-2", json!({"key": 1})), None, "no text");
    assert_eq!(map("shop-2", json!({"key": "a".repeat(SMALL + 1)})), None);
}

#[test]
fn a_word_of_the_server_holds_for_a_while() {
    let taken = Taken::default();
    let shape = deployment("shop-1", |_| {}).expect("it has one");
    assert!(!taken.has(shape));
    taken.add(shape);
    assert!(taken.has(shape));
}
