//! The four kinds of patch.

use crate::client::{Client, MAPS, config_map};
use http::Method;
use serde_json::json;

const WEB: &str = "/apis/apps/v1/namespaces/default/deployments/web";

fn config(replicas: u32, image: &str) -> String {
    format!(
        "apiVersion: apps/v1\nkind: Deployment\nmetadata: {{name: web}}\nspec:\n  replicas: {replicas}\n  selector: \
         {{matchLabels: {{app: web}}}}\n  template:\n    metadata: {{labels: {{app: web}}}}\n    spec:\n      \
         containers:\n      - name: web\n        image: {image}\n"
    )
}

#[tokio::test]
async fn apply_creates_owns_and_conflicts() {
    let client = Client::still().await;
    let made = client
        .apply(&format!("{WEB}?fieldManager=git"), &config(2, "nginx:1"))
        .await;
    assert_eq!(made.code, 201, "{}", made.body);
    assert_eq!(made.body["metadata"]["managedFields"][0]["operation"], "Apply");
    let version = made.body["metadata"]["resourceVersion"].clone();
    let same = client
        .apply(&format!("{WEB}?fieldManager=git"), &config(2, "nginx:1"))
        .await;
    assert_eq!(
        (same.code, &same.body["metadata"]["resourceVersion"]),
        (200, &version)
    );

    let other = client
        .apply(&format!("{WEB}?fieldManager=human"), &config(3, "nginx:1"))
        .await;
    assert_eq!(other.code, 409);
    assert_eq!(
        other.body["message"],
        "Apply failed with 1 conflict: conflict with \"git\": .spec.replicas"
    );
    assert_eq!(
        other.body["details"]["causes"][0]["reason"],
        "FieldManagerConflict"
    );
    let forced = client
        .apply(
            &format!("{WEB}?fieldManager=human&force=true"),
            &config(3, "nginx:1"),
        )
        .await;
    assert_eq!((forced.code, &forced.body["spec"]["replicas"]), (200, &json!(3)));
    let nameless = client.apply(WEB, &config(2, "nginx:1")).await;
    assert_eq!(nameless.code, 422);
}

#[tokio::test]
async fn a_dry_run_changes_nothing() {
    let client = Client::still().await;
    client
        .apply(&format!("{WEB}?fieldManager=git"), &config(2, "nginx:1"))
        .await;
    let tried = client
        .apply(
            &format!("{WEB}?fieldManager=git&dryRun=All"),
            &config(2, "nginx:2"),
        )
        .await;
    assert_eq!(
        tried.body["spec"]["template"]["spec"]["containers"][0]["image"],
        "nginx:2"
    );
    assert_eq!(tried.body["metadata"]["generation"], 2);
    let live = client.get(WEB).await;
    assert_eq!(
        live.body["spec"]["template"]["spec"]["containers"][0]["image"],
        "nginx:1"
    );
    assert_eq!(client.cluster.write_count(), 1);
    let applies = client
        .cluster
        .request_log()
        .into_iter()
        .filter(|entry| entry.verb == "apply");
    assert_eq!(applies.filter(|entry| entry.dry_run).count(), 1);
}

#[tokio::test]
async fn strategic_merge_knows_the_keys_of_lists() {
    let client = Client::still().await;
    client
        .apply(&format!("{WEB}?fieldManager=git"), &config(2, "nginx:1"))
        .await;
    let patch = json!({ "spec": { "template": { "spec": { "containers": [{ "name": "side", "image": "busybox" }] } } } });
    let kind = "application/strategic-merge-patch+json";
    let merged = client.call(Method::PATCH, WEB, kind, &patch.to_string()).await;
    assert_eq!(merged.code, 200, "{}", merged.body);
    assert_eq!(
        merged.body["spec"]["template"]["spec"]["containers"]
            .as_array()
            .map(Vec::len),
        Some(2)
    );
}

#[tokio::test]
async fn json_patches_apply_whole_or_not_at_all() {
    let client = Client::still().await;
    client.post(MAPS, &config_map("one", "a")).await;
    let path = format!("{MAPS}/one");
    let kind = "application/json-patch+json";
    let good = json!([{ "op": "replace", "path": "/data/key", "value": "new" }]).to_string();
    assert_eq!(
        client.call(Method::PATCH, &path, kind, &good).await.body["data"]["key"],
        "new"
    );
    let bad = json!([
        { "op": "replace", "path": "/data/key", "value": "newer" }, { "op": "remove", "path": "/data/none" },
    ]);
    assert_eq!(
        client
            .call(Method::PATCH, &path, kind, &bad.to_string())
            .await
            .code,
        422
    );
    assert_eq!(client.get(&path).await.body["data"]["key"], "new");
    let stale = json!({ "metadata": { "resourceVersion": "1" }, "data": { "key": "x" } });
    assert_eq!(client.merge(&path, &stale).await.code, 409);
    assert_eq!(
        client.call(Method::PATCH, &path, "text/plain", "{}").await.code,
        415
    );
}
