//! How the change of an object is shown.

use plumb_model::GroupKind;
use serde_json::json;

use super::*;

#[test]
fn lines_are_classed_and_escaped() {
    let map = |value: &str| {
        Some(json!({"apiVersion": "v1", "kind": "ConfigMap", "data": {"a": value, "z": "-- z"}}))
    };
    let id = ObjectId {
        kind: GroupKind::new("", "ConfigMap"),
        namespace: Some("web".to_owned()),
        name: "x".to_owned(),
    };
    let diff = ObjectDiff {
        id,
        before: map("<b>old</b>"),
        after: map("<i>new</i>"),
    };
    let html = changes(&[&diff]).into_string();
    for expected in [
        "<span class=\"del\">-  a: <b>&lt;b&gt;old&lt;/b&gt;</b>\n</span>",
        "<span class=\"add\">+  a: <b>&lt;i&gt;new&lt;/i&gt;</b>\n</span>",
        "<span class=\"plus\">+1</span> <span class=\"minus\">−1</span>",
        "<span class=\"chip warn\">changed</span>",
    ] {
        assert!(html.contains(expected), "{expected} is not in {html}");
    }
}

#[test]
fn nothing_to_change_is_said() {
    assert!(
        changes(&[])
            .into_string()
            .contains("Nothing: the cluster is as that commit says.")
    );
}
