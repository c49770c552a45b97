//! Custom resources.

use crate::client::Client;
use serde_json::{Value, json};

const DEFINITIONS: &str = "/apis/apiextensions.k8s.io/v1/customresourcedefinitions";
const THINGS: &str = "/apis/example.com/v1/namespaces/default/things";

fn definition() -> Value {
    let spec = json!({
        "type": "object",
        "required": ["size"],
        "properties": {
            "size": { "type": "integer", "minimum": 1 },
            "color": { "type": "string", "default": "blue" },
            "replicas": { "type": "integer", "default": 1 },
        },
    });
    let status = json!({ "type": "object", "x-kubernetes-preserve-unknown-fields": true });
    let schema = json!({ "type": "object", "properties": { "spec": spec, "status": status } });
    let version = |name: &str, storage: bool| {
        json!({
            "name": name, "served": true, "storage": storage, "schema": { "openAPIV3Schema": schema },
            "subresources": {
                "status": {}, "scale": { "specReplicasPath": ".spec.replicas", "statusReplicasPath": ".status.replicas" },
            },
            "additionalPrinterColumns": [
                { "name": "Size", "type": "integer", "jsonPath": ".spec.size" },
                { "name": "Ready", "type": "string", "jsonPath": ".status.conditions[?(@.type==\"Ready\")].status" },
            ],
        })
    };
    json!({
        "apiVersion": "apiextensions.k8s.io/v1", "kind": "CustomResourceDefinition",
        "metadata": { "name": "things.example.com" },
        "spec": {
            "group": "example.com", "scope": "Namespaced",
            "names": { "plural": "things", "kind": "Thing", "shortNames": ["th"] },
            "versions": [version("v1beta1", false), version("v1", true)],
        },
    })
}

fn thing(size: i64) -> Value {
    json!({
        "apiVersion": "example.com/v1", "kind": "Thing", "metadata": { "name": "one" },
        "spec": { "size": size, "other": true },
    })
}

#[tokio::test]
async fn a_definition_is_served_at_once_and_in_all_versions() {
    let client = Client::still().await;
    let made = client.post(DEFINITIONS, &definition()).await;
    assert_eq!(made.code, 201, "{}", made.body);
    // The answer is from before its names were accepted, as on the real server.
    assert_eq!(made.body["status"]["conditions"], Value::Null);
    let made = client.get(&format!("{DEFINITIONS}/things.example.com")).await;
    assert_eq!(made.body["status"]["conditions"][1]["type"], "Established");
    let accept = "application/json;g=apidiscovery.k8s.io;v=v2;as=APIGroupDiscoveryList";
    let groups = client.get_as("/apis", accept).await;
    let group = groups.body["items"]
        .as_array()
        .expect("groups")
        .last()
        .expect("a group")
        .clone();
    assert_eq!(group["metadata"]["name"], "example.com");
    assert_eq!(group["versions"][0]["version"], "v1");

    let made = client.post(THINGS, &thing(3)).await;
    assert_eq!(made.code, 201, "{}", made.body);
    assert_eq!(
        made.body["spec"],
        json!({ "size": 3, "color": "blue", "replicas": 1 })
    );
    let old = client.get(&THINGS.replace("/v1/", "/v1beta1/")).await;
    assert_eq!(old.body["items"][0]["apiVersion"], "example.com/v1beta1");
    let invalid = client.post(THINGS, &thing(0)).await;
    assert_eq!((invalid.code, &invalid.body["reason"]), (422, &json!("Invalid")));
}

#[tokio::test]
async fn status_and_scale_are_parts_of_their_own() {
    let client = Client::still().await;
    client.post(DEFINITIONS, &definition()).await;
    let mut new = thing(3);
    new["status"] = json!({ "replicas": 9 });
    assert!(client.post(THINGS, &new).await.body.get("status").is_none());
    let path = format!("{THINGS}/one");
    let status =
        json!({ "status": { "replicas": 2, "conditions": [{ "type": "Ready", "status": "True" }] } });
    let changed = client.merge(&format!("{path}/status"), &status).await;
    assert_eq!(changed.body["status"]["replicas"], 2, "{}", changed.body);
    assert_eq!(changed.body["metadata"]["generation"], 1);
    let scale = client.get(&format!("{path}/scale")).await;
    assert_eq!(
        (&scale.body["spec"]["replicas"], &scale.body["status"]["replicas"]),
        (&json!(1), &json!(2))
    );
    client
        .merge(&format!("{path}/scale"), &json!({ "spec": { "replicas": 4 } }))
        .await;
    assert_eq!(client.get(&path).await.body["spec"]["replicas"], 4);

    let table = client
        .get_as(THINGS, "application/json;as=Table;v=v1;g=meta.k8s.io")
        .await;
    assert_eq!(table.body["rows"][0]["cells"], json!(["one", 3, "True"]));
}

#[tokio::test]
async fn a_definition_takes_its_objects_along() {
    let client = Client::still().await;
    client.post(DEFINITIONS, &definition()).await;
    client.post(THINGS, &thing(3)).await;
    let mut held = thing(4);
    held["metadata"] = json!({ "name": "held", "finalizers": ["example.com/hold"] });
    client.post(THINGS, &held).await;
    let path = format!("{DEFINITIONS}/things.example.com");
    assert_eq!(client.delete(&path).await.code, 200);
    assert_eq!(client.get(&format!("{THINGS}/one")).await.code, 404);
    assert_eq!(client.get(&path).await.code, 200);
    client
        .merge(
            &format!("{THINGS}/held"),
            &json!({ "metadata": { "finalizers": null } }),
        )
        .await;
    assert_eq!(client.get(&path).await.code, 404);
    assert_eq!(client.get(THINGS).await.code, 404);
}

#[tokio::test]
async fn a_wrong_definition_is_refused() {
    let client = Client::still().await;
    let mut wrong = definition();
    wrong["metadata"]["name"] = "thing.example.com".into();
    let refused = client.post(DEFINITIONS, &wrong).await;
    assert_eq!(refused.code, 422);
    let message = refused.body["message"].as_str().expect("text");
    assert!(
        message.ends_with("must be spec.names.plural+\".\"+spec.group"),
        "{message}"
    );
}

#[tokio::test]
async fn clients_of_a_deprecated_version_are_warned() {
    let client = Client::still().await;
    let version = |name: &str, storage: bool, deprecated: bool| {
        json!({
            "name": name, "served": true, "storage": storage, "deprecated": deprecated,
            "schema": { "openAPIV3Schema": { "type": "object" } },
        })
    };
    let definition = json!({
        "apiVersion": "apiextensions.k8s.io/v1", "kind": "CustomResourceDefinition",
        "metadata": { "name": "olds.example.com" },
        "spec": {
            "group": "example.com", "scope": "Cluster", "names": { "plural": "olds", "kind": "Old" },
            "versions": [version("v1", true, false), version("v1beta1", false, true)],
        },
    });
    client
        .post(
            "/apis/apiextensions.k8s.io/v1/customresourcedefinitions",
            &definition,
        )
        .await;
    let old = client.get("/apis/example.com/v1beta1/olds").await;
    assert_eq!(old.warnings, ["299 - \"example.com/v1beta1 Old is deprecated\""]);
    assert!(client.get("/apis/example.com/v1/olds").await.warnings.is_empty());
}

#[tokio::test]
async fn finalizers_without_a_domain_are_warned_of_once() {
    let client = Client::still().await;
    let definitions = "/apis/apiextensions.k8s.io/v1/customresourcedefinitions";
    client.post(definitions, &definition()).await;
    let path = "/apis/example.com/v1/namespaces/default/things";
    let mut object = thing(1);
    object["spec"] = json!({ "size": 1 });
    object["metadata"]["finalizers"] = json!(["old-name.example.com", "example.com/mine"]);
    let made = client.post(path, &object).await;
    assert_eq!(
        made.warnings,
        [
            r#"299 - "metadata.finalizers: \"old-name.example.com\": prefer a domain-qualified finalizer name including a path (/) to avoid accidental conflicts with other finalizer writers""#
        ]
    );
    let mut changed = made.body;
    changed["metadata"]["labels"] = json!({ "a": "b" });
    let changed = client.put(&format!("{path}/one"), &changed).await;
    assert_eq!((changed.code, changed.warnings.len()), (200, 0));
}
