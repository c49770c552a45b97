use serde_json::{Value, json};

use plumb_model::{Object, Origin, TreePath};
use plumb_schema::FieldSet;

use super::patch;

fn live(entries: Value) -> Value {
    json!({"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "a", "resourceVersion": "7",
        "managedFields": entries}})
}

fn entry(manager: &str, operation: &str, field: &str) -> Value {
    json!({"apiVersion": "v1", "fieldsType": "FieldsV1", "fieldsV1": {"f:data": {field: {}}}, "manager": manager,
        "operation": operation, "time": "2024-01-01T00:00:00Z"})
}

fn object() -> Object {
    let body = json!({"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "a"}});
    let origin = Origin {
        path: TreePath::parse("a.yaml").unwrap(),
        line: 1,
    };
    Object::new(body, origin).unwrap()
}

#[test]
fn what_people_and_earlier_tools_own_becomes_ours() {
    let live = live(json!([
        entry("kubectl-client-side-apply", "Update", "f:one"),
        entry("argocd-controller", "Apply", "f:two"),
        entry("plumb", "Update", "f:three"),
        entry("kube-controller-manager", "Update", "f:four"),
        entry("kubectl-rollout", "Update", "f:five"),
    ]));
    let operations = patch(&live, "plumb", &object(), &FieldSet::new()).unwrap();
    assert_eq!(
        operations[0],
        json!({"op": "replace", "path": "/metadata/resourceVersion", "value": "7"})
    );
    let entries = operations[1]["value"].as_array().unwrap();
    let of = |manager: &str| entries.iter().find(|entry| entry["manager"] == *manager);
    let ours = of("plumb").unwrap();
    assert_eq!(ours["operation"], "Apply");
    assert_eq!(
        ours["fieldsV1"],
        json!({"f:data": {"f:one": {}, "f:two": {}, "f:three": {}}})
    );
    assert_eq!(entries.len(), 3);
    assert!(of("kube-controller-manager").is_some() && of("kubectl-rollout").is_some());
}

#[test]
fn the_annotation_of_kubectl_goes() {
    let mut live = live(json!([entry("plumb", "Apply", "f:one")]));
    assert_eq!(patch(&live, "plumb", &object(), &FieldSet::new()), None);
    live["metadata"]["annotations"] = json!({"kubectl.kubernetes.io/last-applied-configuration": "{}"});
    let path = "/metadata/annotations/kubectl.kubernetes.io~1last-applied-configuration";
    let operations = patch(&live, "plumb", &object(), &FieldSet::new()).unwrap();
    assert_eq!(operations.as_array().unwrap().len(), 2);
    assert_eq!(operations[1], json!({"op": "remove", "path": path}));
}

#[test]
fn a_status_written_by_kubectl_stays_its_own() {
    let mut entry = entry("kubectl-edit", "Update", "f:one");
    entry["subresource"] = json!("status");
    assert_eq!(
        patch(&live(json!([entry])), "plumb", &object(), &FieldSet::new()),
        None
    );
}
