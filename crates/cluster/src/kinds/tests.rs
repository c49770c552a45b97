use plumb_model::GroupKind;
use serde_json::json;

use super::{Catalog, discovery, escaped};

fn catalog() -> Catalog {
    let resource = |kind: &str, plural: &str, short: &str, scope: &str| {
        json!({"resource": plural, "responseKind": {"kind": kind}, "scope": scope, "singularResource": kind.to_lowercase(),
            "shortNames": [short], "verbs": ["get", "list", "watch"], "categories": ["all"]})
    };
    let core = json!({"items": [{"metadata": {}, "versions": [{"version": "v1", "resources": [
        resource("Pod", "pods", "po", "Namespaced"), resource("Namespace", "namespaces", "ns", "Cluster")]}]}]});
    let named = json!({"items": [
        {"metadata": {"name": "apps"}, "versions": [
            {"version": "v1", "resources": [resource("Deployment", "deployments", "deploy", "Namespaced")]},
            {"version": "v1beta1", "resources": [resource("Deployment", "deployments", "deploy", "Namespaced")]}]},
        {"metadata": {"name": "metrics.k8s.io"}, "versions": [
            {"version": "v1", "resources": [resource("Pod", "pods", "", "Namespaced")]}]}]});
    Catalog::new([discovery::aggregated(&core), discovery::aggregated(&named)].concat())
}

#[test]
fn a_word_finds_the_kind_that_kubectl_would_take() {
    let catalog = catalog();
    for (word, plural, group) in [
        ("deploy", "deployments", "apps"),
        ("Deployment", "deployments", "apps"),
        ("deployments.apps", "deployments", "apps"),
        ("deployments.v1beta1.apps", "deployments", "apps"),
        ("po", "pods", ""),
        ("pods", "pods", ""),
        ("pods.v1", "pods", ""),
        ("pods.metrics.k8s.io", "pods", "metrics.k8s.io"),
    ] {
        let found = catalog
            .find(word)
            .unwrap_or_else(|| panic!("{word} finds nothing"));
        assert_eq!(
            (found.plural.as_str(), found.group.as_str()),
            (plural, group),
            "{word}"
        );
    }
    assert!(catalog.find("deployments.v2.apps").is_none());
    assert!(catalog.find("nothing").is_none());
    assert_eq!(catalog.category("all").len(), 4);
}

#[test]
fn paths_know_scope_and_group() {
    let catalog = catalog();
    let deployment = catalog.get(&GroupKind::new("apps", "Deployment")).unwrap();
    assert_eq!(deployment.versions, ["v1", "v1beta1"]);
    assert_eq!(deployment.path("v1", None), "/apis/apps/v1/deployments");
    assert_eq!(
        deployment.object_path("v1", Some("a"), "b"),
        "/apis/apps/v1/namespaces/a/deployments/b"
    );
    let namespace = catalog.get(&GroupKind::new("", "Namespace")).unwrap();
    assert_eq!(
        namespace.object_path("v1", Some("ignored"), "b"),
        "/api/v1/namespaces/b"
    );
    assert_eq!(escaped("system:a/b"), "system%3Aa%2Fb");
}
