//! Which images are told as replaced.

use plumb_model::GroupKind;
use serde_json::json;

use super::*;

#[test]
fn images_are_told_by_container() {
    let pod = |containers: Value| Some(json!({"spec": {"template": {"spec": {"containers": containers}}}}));
    let id = ObjectId {
        kind: GroupKind::new("apps", "Deployment"),
        namespace: None,
        name: "x".to_owned(),
    };
    let before = pod(
        json!([{"name": "web", "image": "web:1"}, {"name": "log", "image": "log:1"}, {"name": "old", "image": "o"}]),
    );
    let after = pod(
        json!([{"name": "web", "image": "web:2"}, {"name": "log", "image": "log:1"}, {"name": "new", "image": "n"}]),
    );
    let diff = ObjectDiff {
        id: id.clone(),
        before,
        after,
    };
    let change = |container: &str, before: Option<&str>, after: Option<&str>| ImageChange {
        id: &diff.id,
        container: container.to_owned(),
        before: before.map(str::to_owned),
        after: after.map(str::to_owned),
    };
    let expected = [
        change("old", Some("o"), None),
        change("web", Some("web:1"), Some("web:2")),
        change("new", None, Some("n")),
    ];
    assert_eq!(images(&[&diff]), expected);
}
