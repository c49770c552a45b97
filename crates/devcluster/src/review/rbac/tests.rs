//! Who may do what, by rules and bindings of every sort.

use serde_json::json;

use super::*;

fn rule(verb: &str, resource: &str) -> Value {
    json!({"verbs": [verb], "apiGroups": ["apps"], "resources": [resource]})
}

fn stored(plural: &str, namespace: Option<&str>) -> Vec<Arc<Value>> {
    let role = |name: &str, rules: Value| Arc::new(json!({"metadata": {"name": name}, "rules": rules}));
    let binding = |kind: &str, name: &str, subject: Value| {
        Arc::new(
            json!({"metadata": {"namespace": "shop"}, "roleRef": {"kind": kind, "name": name}, "subjects": [subject]}),
        )
    };
    match (plural, namespace) {
        ("clusterroles", None) => vec![
            role("see", json!([rule("get", "deployments"), rule("list", "*")])),
            role(
                "probe",
                json!([{"verbs": ["get"], "nonResourceURLs": ["/healthz", "/api/*"]}]),
            ),
        ],
        ("roles", Some("shop")) => vec![role(
            "change",
            json!([{"verbs": ["*"], "apiGroups": ["apps"], "resources": ["deployments/scale"], "resourceNames": ["web"]}]),
        )],
        ("clusterrolebindings", None) => vec![
            binding("ClusterRole", "see", json!({"kind": "Group", "name": "dev"})),
            binding("ClusterRole", "probe", json!({"kind": "User", "name": "kim"})),
        ],
        ("rolebindings", Some("shop")) => vec![
            binding("Role", "change", json!({"kind": "ServiceAccount", "name": "bot"})),
            binding("ClusterRole", "see", json!({"kind": "User", "name": "kim"})),
            binding("ClusterRole", "absent", json!({"kind": "User", "name": "eve"})),
        ],
        _ => Vec::new(),
    }
}

fn may(user: &str, groups: &[&str], asked: Value) -> bool {
    allows(
        &json!({"user": user, "groups": groups, "resourceAttributes": asked}),
        &stored,
    )
}

fn get(namespace: &str) -> Value {
    json!({"verb": "get", "group": "apps", "resource": "deployments", "namespace": namespace, "name": "web"})
}

#[test]
fn bindings_count_where_they_are() {
    assert!(may("kim", &[], get("shop")));
    assert!(!may("kim", &[], get("other")));
    assert!(!may("kim", &[], get("")), "not in all namespaces");
    assert!(may("bo", &["dev"], get("other")));
    assert!(
        !may("eve", &[], get("shop")),
        "a role that is not there gives nothing"
    );
    assert!(!may("dev", &[], get("shop")), "a user is no group");
    assert!(may("eve", &["system:masters"], get("shop")));
}

#[test]
fn parts_names_groups_and_paths_are_minded() {
    let bot = "system:serviceaccount:shop:bot";
    let scale = |name: &str| {
        json!({"verb": "patch", "group": "apps", "resource": "deployments", "subresource": "scale",
            "namespace": "shop", "name": name})
    };
    assert!(may(bot, &[], scale("web")));
    assert!(!may(bot, &[], scale("db")));
    assert!(!may(bot, &[], get("shop")), "a part is not the whole");
    assert!(!may(
        "kim",
        &[],
        json!({"verb": "get", "group": "", "resource": "deployments", "namespace": "shop"})
    ));
    assert!(may(
        "kim",
        &[],
        json!({"verb": "list", "group": "apps", "resource": "anything", "namespace": "shop"})
    ));
    let path = |path: &str| {
        allows(
            &json!({"user": "kim", "nonResourceAttributes": {"verb": "get", "path": path}}),
            &stored,
        )
    };
    assert!(path("/healthz") && path("/api/v1") && !path("/metrics"));
}
