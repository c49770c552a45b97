//! The description of what programs can ask is what they get.

use plumb_cluster::Cluster;
use plumb_model::{GroupKind, Health, ObjectId, ResourceReport, SyncStatus};
use serde_json::{Value, json};

use crate::{
    audit::filled,
    client::get,
    world::{APP, World, hostile, shop, unit},
};

/// What of `value` is not as `schema` says.
fn wrong(document: &Value, schema: &Value, value: &Value, at: &str) -> Vec<String> {
    if let Some(name) = schema["$ref"].as_str() {
        let name = name.rsplit('/').next().unwrap();
        return wrong(document, &document["components"]["schemas"][name], value, at);
    }
    if let Some(any) = schema["anyOf"].as_array() {
        let tried: Vec<Vec<String>> = any
            .iter()
            .map(|schema| wrong(document, schema, value, at))
            .collect();
        return if tried.iter().any(Vec::is_empty) {
            Vec::new()
        } else {
            tried.concat()
        };
    }
    let is = |kind: &Value| match kind.as_str().unwrap_or_default() {
        "string" => value.is_string(),
        "integer" => value.is_u64() || value.is_i64(),
        "boolean" => value.is_boolean(),
        "object" => value.is_object(),
        "array" => value.is_array(),
        "null" => value.is_null(),
        other => {
            assert_eq!(other, "", "{at}: no type");
            false
        }
    };
    let fits = match &schema["type"] {
        Value::Array(kinds) => kinds.iter().any(is),
        kind => is(kind),
    };
    if !fits {
        return vec![format!("{at} is {value}, not {}", schema["type"])];
    }
    let mut found = Vec::new();
    for (index, item) in value.as_array().into_iter().flatten().enumerate() {
        found.extend(wrong(document, &schema["items"], item, &format!("{at}[{index}]")));
    }
    for (key, field) in value.as_object().into_iter().flatten() {
        let known = &schema["properties"][key];
        let at = format!("{at}.{key}");
        match (known.is_null(), &schema["additionalProperties"]) {
            (false, _) => found.extend(wrong(document, known, field, &at)),
            (true, Value::Bool(false)) => found.push(format!("{at} is not described")),
            (true, more @ Value::Object(_)) => found.extend(wrong(document, more, field, &at)),
            (true, _) => {}
        }
    }
    for key in schema["required"].as_array().into_iter().flatten() {
        if value.get(key.as_str().unwrap()).is_none() {
            found.push(format!("{at}.{key} is missing"));
        }
    }
    found
}

/// Gives the world's app a Pod behind a Deployment, and an event of it.
async fn populate(world: &World, cluster: &Cluster) {
    let owner = json!([{"apiVersion": "apps/v1", "kind": "StatefulSet", "name": "web", "uid": "1", "controller": true}]);
    let pod = json!({"apiVersion": "v1", "kind": "Pod",
        "metadata": {"name": "web-0", "namespace": "shop", "ownerReferences": owner},
        "spec": {"containers": [{"name": "main", "image": "web:1"}]}});
    cluster.create(&pod, "test").await.unwrap();
    let event = json!({"apiVersion": "v1", "kind": "Event", "metadata": {"name": "e", "namespace": "shop"},
        "involvedObject": {"apiVersion": "v1", "kind": "Pod", "namespace": "shop", "name": "web-0"},
        "type": "Normal", "reason": "Scheduled", "message": "to a node"});
    cluster.create(&event, "test").await.unwrap();
    let mut view = (*world.line.board.unit(&shop()).unwrap()).clone();
    view.report.resources.push(ResourceReport {
        id: ObjectId {
            kind: GroupKind::new("apps", "StatefulSet"),
            namespace: Some("shop".to_owned()),
            name: "web".to_owned(),
        },
        version: "v1".to_owned(),
        sync: SyncStatus::Synced,
        health: Some(Health::healthy()),
        requires_pruning: false,
        drift: Vec::new(),
    });
    world.line.board.show(shop(), view);
}

#[tokio::test(flavor = "multi_thread")]
async fn every_answer_is_as_described() {
    let world = World::start().await;
    world.line.board.show(unit("trouble"), hostile());
    let [_, second, _] = filled(&world);
    populate(&world, world.line.own()).await;
    let document = get(world.address(), "/api/v1/openapi.json").await;
    assert_eq!(document.header("content-type"), "application/json");
    let document: Value = serde_json::from_str(&document.body).unwrap();
    let asked = |path: &str| -> Vec<String> {
        let app = "/apps/{kind}/{namespace}/{name}";
        let record = second.id.to_string();
        match path {
            "/api/v1/time" => vec![
                path.to_owned(),
                format!("{path}?unit=shop"),
                format!("{path}?from=75m"),
            ],
            _ => vec![path.replace(app, APP).replace("{record}", &record)],
        }
    };
    for (path, operation) in document["paths"].as_object().unwrap() {
        let schema = &operation["get"]["responses"]["200"]["content"]["application/json"]["schema"];
        for address in asked(path) {
            let mut answer = get(world.address(), &address).await;
            while answer.status == 409 && path.ends_with("verify") {
                tokio::time::sleep(std::time::Duration::from_millis(20)).await;
                answer = get(world.address(), &address).await;
            }
            assert_eq!(answer.status, 200, "{address}: {}", answer.body);
            let value: Value = serde_json::from_str(&answer.body).unwrap();
            let wrong = wrong(&document, schema, &value, &address);
            assert!(wrong.is_empty(), "{wrong:#?}");
        }
    }
    // A tree with a Pod and an event were among them, so that lists were not all empty.
    let tree = get(world.address(), &format!("/api/v1{APP}/tree")).await;
    tree.has("web-0");
    get(world.address(), &format!("/api/v1{APP}/events"))
        .await
        .has("Scheduled");
    let problem = get(world.address(), "/api/v1/audit/abcdef0").await;
    let value: Value = serde_json::from_str(&problem.body).unwrap();
    let schema = json!({"$ref": "#/components/schemas/Problem"});
    assert_eq!(wrong(&document, &schema, &value, "problem"), [] as [&str; 0]);
}
