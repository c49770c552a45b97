//! Creating, reading, changing and deleting objects.

use crate::client::{Client, MAPS, config_map};
use plumb_devcluster::Options;
use serde_json::{Value, json};
use std::time::Duration;

const DEPLOYMENTS: &str = "/apis/apps/v1/namespaces/default/deployments";

fn deployment(replicas: i64) -> Value {
    json!({
        "apiVersion": "apps/v1", "kind": "Deployment", "metadata": { "name": "web" },
        "spec": {
            "replicas": replicas, "selector": { "matchLabels": { "app": "web" } },
            "template": {
                "metadata": { "labels": { "app": "web" } },
                "spec": { "containers": [{ "name": "web", "image": "nginx", "ports": [{ "containerPort": 80 }] }] },
            },
        },
    })
}

#[tokio::test]
async fn an_object_lives_and_dies() {
    let client = Client::still().await;
    let made = client.post(MAPS, &config_map("one", "a")).await;
    assert_eq!(made.code, 201);
    assert_eq!(made.body["metadata"]["managedFields"][0]["manager"], "it");
    assert!(
        made.body["metadata"]["uid"]
            .as_str()
            .is_some_and(|uid| uid.len() == 36)
    );

    let again = client.post(MAPS, &config_map("one", "a")).await;
    assert_eq!(
        (again.code, &again.body["reason"]),
        (409, &json!("AlreadyExists"))
    );
    assert_eq!(again.body["message"], "configmaps \"one\" already exists");

    let mut changed = made.body.clone();
    changed["data"]["key"] = "other".into();
    let path = format!("{MAPS}/one");
    let updated = client.put(&path, &changed).await;
    assert_eq!(updated.code, 200);
    assert_ne!(
        updated.body["metadata"]["resourceVersion"],
        made.body["metadata"]["resourceVersion"]
    );
    let outdated = client.put(&path, &changed).await;
    assert_eq!(outdated.code, 409);
    assert_eq!(
        outdated.body["message"],
        "Operation cannot be fulfilled on configmaps \"one\": the object has been modified; please apply your \
         changes to the latest version and try again"
    );

    let same = client.put(&path, &updated.body).await;
    assert_eq!(
        same.body["metadata"]["resourceVersion"],
        updated.body["metadata"]["resourceVersion"]
    );
    let gone = client.delete(&path).await;
    assert_eq!((gone.code, &gone.body["status"]), (200, &json!("Success")));
    let missing = client.get(&path).await;
    assert_eq!(missing.code, 404);
    assert_eq!(
        missing.body["details"],
        json!({ "name": "one", "kind": "configmaps" })
    );
    assert_eq!(client.cluster.write_count(), 4);
}

#[tokio::test]
async fn namespaces_are_asked_first() {
    let client = Client::still().await;
    let made = client
        .post("/api/v1/namespaces/none/configmaps", &config_map("one", "a"))
        .await;
    assert_eq!(
        (made.code, &made.body["message"]),
        (404, &json!("namespaces \"none\" not found"))
    );
    let path = "/api/v1/namespaces/default";
    assert_eq!(client.delete(path).await.code, 403);

    let namespace = json!({ "metadata": { "name": "going" } });
    assert_eq!(client.post("/api/v1/namespaces", &namespace).await.code, 201);
    let account = client
        .get("/api/v1/namespaces/going/serviceaccounts/default")
        .await;
    assert_eq!(account.code, 200);
    let gone = client.delete("/api/v1/namespaces/going").await;
    assert_eq!(gone.body["status"]["phase"], "Terminating");
    let late = client
        .post("/api/v1/namespaces/going/configmaps", &config_map("one", "a"))
        .await;
    assert_eq!(late.code, 403);
    assert_eq!(
        late.body["details"]["causes"][0]["reason"],
        "NamespaceTerminating"
    );
}

#[tokio::test]
async fn go_defaults_are_filled_in_and_generations_count() {
    let client = Client::still().await;
    let made = client.post(DEPLOYMENTS, &deployment(2)).await;
    assert_eq!(made.code, 201, "{}", made.body);
    let spec = &made.body["spec"];
    assert_eq!(spec["strategy"]["rollingUpdate"]["maxSurge"], "25%");
    assert_eq!(spec["progressDeadlineSeconds"], 600);
    let pod = &spec["template"]["spec"];
    assert_eq!(pod["containers"][0]["imagePullPolicy"], "Always");
    assert_eq!(pod["containers"][0]["ports"][0]["protocol"], "TCP");
    assert_eq!(pod["dnsPolicy"], "ClusterFirst");
    assert_eq!(made.body["metadata"]["generation"], 1);

    let path = format!("{DEPLOYMENTS}/web");
    let labelled = client
        .merge(&path, &json!({ "metadata": { "labels": { "a": "b" } } }))
        .await;
    assert_eq!(labelled.body["metadata"]["generation"], 1);
    let scaled = client
        .merge(&format!("{path}/scale"), &json!({ "spec": { "replicas": 5 } }))
        .await;
    assert_eq!(scaled.body["spec"]["replicas"], 5);
    let after = client.get(&path).await;
    assert_eq!(after.body["metadata"]["generation"], 2);
    assert_eq!(after.body["spec"]["replicas"], 5);
}

#[tokio::test]
async fn refusals_are_worded_as_the_real_server_words_them() {
    let client = Client::still().await;
    let mut wrong = deployment(1);
    wrong["spec"]["selector"]["matchLabels"]["app"] = "other".into();
    let refused = client.post(DEPLOYMENTS, &wrong).await;
    assert_eq!(refused.code, 422);
    assert_eq!(
        refused.body["message"],
        "Deployment.apps \"web\" is invalid: spec.template.metadata.labels: Invalid value: {\"app\":\"web\"}: \
         `selector` does not match template `labels`"
    );
    assert_eq!(
        refused.body["details"]["causes"][0]["field"],
        "spec.template.metadata.labels"
    );

    client.post(DEPLOYMENTS, &deployment(1)).await;
    let patch = json!({ "spec": {
        "selector": { "matchLabels": { "app": "x" } }, "template": { "metadata": { "labels": { "app": "x" } } },
    } });
    let immutable = client.merge(&format!("{DEPLOYMENTS}/web"), &patch).await;
    assert_eq!(immutable.code, 422);
    assert!(
        immutable.body["message"]
            .as_str()
            .expect("text")
            .ends_with("field is immutable")
    );

    let text = json!({ "spec": { "replicas": "many" } });
    assert_eq!(client.merge(&format!("{DEPLOYMENTS}/web"), &text).await.code, 422);

    let mut unknown = config_map("one", "a");
    unknown["dta"] = json!({});
    let strict = client
        .post(&format!("{MAPS}?fieldValidation=Strict"), &unknown)
        .await;
    assert_eq!(strict.code, 400);
    assert!(
        strict.body["message"]
            .as_str()
            .expect("text")
            .contains("unknown field \"dta\"")
    );
    let warned = client.post(MAPS, &unknown).await;
    assert_eq!((warned.code, warned.warnings.len()), (201, 1));
    assert_eq!(client.get("/apis/none/v1/things").await.code, 404);
}

#[tokio::test]
async fn a_secret_shows_data_and_a_service_gets_an_address() {
    let client = Client::still().await;
    let secret = json!({ "metadata": { "name": "s" }, "stringData": { "word": "hello" } });
    let made = client.post("/api/v1/namespaces/default/secrets", &secret).await;
    assert_eq!(made.body["data"], json!({ "word": "aGVsbG8=" }));
    assert_eq!(made.body["type"], "Opaque");
    assert!(made.body.get("stringData").is_none());

    let service = json!({ "metadata": { "name": "web" }, "spec": { "ports": [{ "port": 80 }] } });
    let made = client.post("/api/v1/namespaces/default/services", &service).await;
    let address = made.body["spec"]["clusterIP"]
        .as_str()
        .expect("an address")
        .to_owned();
    assert!(address.starts_with("10.96."));
    assert_eq!(made.body["spec"]["ports"][0]["targetPort"], 80);
    let patch = json!({ "spec": { "clusterIP": "10.96.0.77" } });
    assert_eq!(
        client
            .merge("/api/v1/namespaces/default/services/web", &patch)
            .await
            .code,
        422
    );
}

#[tokio::test]
async fn finalizers_hold_an_object() {
    let client = Client::still().await;
    let mut held = config_map("held", "a");
    held["metadata"]["finalizers"] = json!(["example.com/hold"]);
    client.post(MAPS, &held).await;
    let path = format!("{MAPS}/held");
    let marked = client.delete(&path).await;
    assert!(marked.body["metadata"]["deletionTimestamp"].is_string());
    let more = json!({ "metadata": { "finalizers": ["example.com/hold", "example.com/more"] } });
    assert_eq!(client.merge(&path, &more).await.code, 422);
    client
        .merge(&path, &json!({ "metadata": { "finalizers": null } }))
        .await;
    assert_eq!(client.get(&path).await.code, 404);
}

#[tokio::test]
async fn deletions_keep_their_conditions_and_policies() {
    let client = Client::still().await;
    client.post(DEPLOYMENTS, &deployment(1)).await;
    let path = format!("{DEPLOYMENTS}/web");
    let body = json!({ "preconditions": { "uid": "other" } }).to_string();
    let refused = client
        .call(http::Method::DELETE, &path, "application/json", &body)
        .await;
    assert_eq!(refused.code, 409);
    let dry = client.delete(&format!("{path}?dryRun=All")).await;
    assert_eq!(dry.code, 200);
    let marked = client
        .delete(&format!("{path}?propagationPolicy=Foreground"))
        .await;
    assert_eq!(
        marked.body["metadata"]["finalizers"],
        json!(["foregroundDeletion"])
    );
}

#[tokio::test]
async fn lists_come_in_pages_tables_and_parts() {
    let client = Client::still().await;
    for (name, label) in [("a", "x"), ("b", "y"), ("c", "x"), ("d", "x")] {
        client.post(MAPS, &config_map(name, label)).await;
    }
    let names = |body: &Value| -> Vec<String> {
        let items = body["items"].as_array().expect("items").iter();
        items
            .map(|item| item["metadata"]["name"].as_str().expect("a name").to_owned())
            .collect()
    };
    let selected = client
        .get(&format!("{MAPS}?labelSelector=app+in+(x),app!=y"))
        .await;
    assert_eq!(names(&selected.body), ["a", "c", "d"]);
    let named = client
        .get(&format!("{MAPS}?fieldSelector=metadata.name%3Db"))
        .await;
    assert_eq!(names(&named.body), ["b"]);
    assert_eq!(
        client
            .get(&format!("{MAPS}?fieldSelector=data.key%3Db"))
            .await
            .code,
        400
    );

    let first = client.get(&format!("{MAPS}?limit=3")).await;
    assert_eq!(names(&first.body), ["a", "b", "c"]);
    assert_eq!(first.body["metadata"]["remainingItemCount"], 1);
    let token = first.body["metadata"]["continue"]
        .as_str()
        .expect("a token")
        .to_owned();
    // What happens between pages does not show: they are of one version.
    client.delete(&format!("{MAPS}/d")).await;
    client.post(MAPS, &config_map("e", "x")).await;
    let second = client.get(&format!("{MAPS}?limit=3&continue={token}")).await;
    assert_eq!(names(&second.body), ["d"]);
    assert_eq!(
        second.body["metadata"]["resourceVersion"],
        first.body["metadata"]["resourceVersion"]
    );

    let table = client
        .get_as(
            MAPS,
            "application/json;as=Table;v=v1;g=meta.k8s.io,application/json",
        )
        .await;
    assert_eq!(table.body["kind"], "Table");
    assert_eq!(
        table.body["rows"][0]["cells"],
        json!(["a", 1, table.body["rows"][0]["cells"][2]])
    );
    assert_eq!(table.body["rows"][0]["object"]["kind"], "PartialObjectMetadata");
    let parts = client
        .get_as(
            MAPS,
            "application/json;as=PartialObjectMetadataList;v=v1;g=meta.k8s.io",
        )
        .await;
    assert_eq!(parts.body["kind"], "PartialObjectMetadataList");
    assert!(parts.body["items"][0].get("data").is_none());
}

#[tokio::test]
async fn controllers_move_what_is_created() {
    let options = Options {
        pod_ready_delay: Duration::from_millis(10),
        ..Options::default()
    };
    let client = Client::start(options).await;
    // Every namespace has it, by a controller: without them there is none.
    assert_eq!(client.get(&format!("{MAPS}/kube-root-ca.crt")).await.code, 200);
    client.post(DEPLOYMENTS, &deployment(2)).await;
    let mut watch = client.watch(&format!(
        "{DEPLOYMENTS}?watch=1&fieldSelector=metadata.name%3Dweb"
    ));
    loop {
        let event = watch.next().await.expect("an event");
        if event["object"]["status"]["readyReplicas"] == 2 {
            break;
        }
    }
    let pods = client
        .get("/api/v1/namespaces/default/pods?labelSelector=app%3Dweb")
        .await;
    assert_eq!(pods.body["items"].as_array().map(Vec::len), Some(2));
    client.delete(&format!("{DEPLOYMENTS}/web")).await;
    let mut watch = client.watch("/api/v1/namespaces/default/pods?watch=1");
    let mut gone = 0;
    while gone < 2 {
        gone += usize::from(watch.line().await.starts_with("DELETED"));
    }
}

#[tokio::test]
async fn an_autoscaler_shows_in_both_versions() {
    let client = Client::still().await;
    let target = json!({ "apiVersion": "apps/v1", "kind": "Deployment", "name": "web" });
    let scaler = json!({
        "metadata": { "name": "web" },
        "spec": { "scaleTargetRef": target, "maxReplicas": 3, "targetCPUUtilizationPercentage": 70 },
    });
    let path = "/apis/autoscaling/v1/namespaces/default/horizontalpodautoscalers";
    let made = client.post(path, &scaler).await;
    assert_eq!(made.code, 201, "{}", made.body);
    let new = client.get(&format!("{}/web", path.replace("v1", "v2"))).await;
    assert_eq!(
        new.body["spec"]["metrics"][0]["resource"]["target"]["averageUtilization"],
        70
    );
    let old = client.get(&format!("{path}/web")).await;
    assert_eq!(old.body["spec"]["targetCPUUtilizationPercentage"], 70);
    assert_eq!(old.body["spec"]["minReplicas"], 1);
}

#[tokio::test]
async fn protobuf_bodies_are_understood() {
    let client = Client::still().await;
    // What `kubectl create namespace foo` sends.
    let body = b"k8s\0\n\x0f\n\x02v1\x12\x09Namespace\x12\x1b\n\x13\n\x03foo\x12\0\x1a\0\"\0*\x002\08\0B\0\x12\0\x1a\x02\n\0\x1a\0\"\0";
    let body = std::str::from_utf8(body).expect("plain bytes");
    let kind = "application/vnd.kubernetes.protobuf";
    let made = client
        .call(http::Method::POST, "/api/v1/namespaces", kind, body)
        .await;
    assert_eq!(
        (made.code, &made.body["metadata"]["name"]),
        (201, &json!("foo")),
        "{}",
        made.body
    );
    let cut = client
        .call(http::Method::POST, "/api/v1/namespaces", kind, &body[..30])
        .await;
    assert_eq!(cut.code, 400);
}
