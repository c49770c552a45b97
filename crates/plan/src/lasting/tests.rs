//! What is told as not to be undone.

use plumb_model::GroupKind;
use serde_json::json;

use super::*;

fn told(kind: (&str, &str), before: Value, after: Option<Value>) -> String {
    let diff = ObjectDiff {
        id: ObjectId {
            kind: GroupKind::new(kind.0, kind.1),
            namespace: None,
            name: "x".to_owned(),
        },
        before: Some(before),
        after,
    };
    let told: Vec<String> = lasting(&[diff]).iter().map(ToString::to_string).collect();
    told.join("\n")
}

#[test]
fn claims_do_not_shrink() {
    let claim = |size: &str| json!({"spec": {"resources": {"requests": {"storage": size}}}});
    let kind = ("", "PersistentVolumeClaim");
    let shrinks = told(kind, claim("2Gi"), Some(claim("1Gi")));
    assert_eq!(
        shrinks,
        "PersistentVolumeClaim x: it has 2Gi and cannot shrink to 1Gi: the server refuses that"
    );
    assert_eq!(
        told(kind, claim("1Gi"), Some(claim("1024Mi"))),
        "",
        "the same size"
    );
    assert_eq!(told(kind, claim("1Gi"), Some(claim("2Gi"))), "");
    assert!(told(kind, claim("1Gi"), None).contains("whether its data stays"));
}

#[test]
fn versions_of_definitions_go() {
    let definition = |versions: &[(&str, bool)]| {
        let versions: Vec<Value> = versions
            .iter()
            .map(|(name, served)| json!({"name": name, "served": served}))
            .collect();
        json!({"spec": {"versions": versions}})
    };
    let kind = ("apiextensions.k8s.io", "CustomResourceDefinition");
    let before = definition(&[("v1", true), ("v2", true), ("v0", false)]);
    let told_of = told(
        kind,
        before.clone(),
        Some(definition(&[("v1", true), ("v2", false)])),
    );
    assert!(told_of.contains("version v2 is no longer served"), "{told_of}");
    assert_eq!(told(kind, before.clone(), Some(before.clone())), "");
    assert!(told(kind, before, None).contains("with all objects of its kind"));
}

#[test]
fn what_ran_has_run() {
    assert!(told(("batch", "Job"), json!({}), None).contains("stays done"));
    assert!(told(("", "Namespace"), json!({}), None).contains("everything in it"));
    let set = json!({"spec": {"volumeClaimTemplates": [{}]}});
    assert!(told(("apps", "StatefulSet"), set.clone(), None).contains("claims"));
    assert_eq!(told(("apps", "StatefulSet"), set, Some(json!({}))), "");
    assert_eq!(told(("apps", "Deployment"), json!({}), None), "");
}
