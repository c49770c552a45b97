//! Nothing secret is left, and changes show.

use plumb_model::{Digest, GroupKind, ObjectId};
use serde_json::{Value, json};

use super::DigestKey;

fn hidden(mut body: Value) -> Value {
    let id = ObjectId {
        kind: GroupKind::new("", body["kind"].as_str().unwrap_or_default()),
        namespace: None,
        name: "x".to_owned(),
    };
    DigestKey::new(&[7; 32]).hide_secret(&id, &mut body);
    body
}

#[test]
fn a_secret_keeps_keys_and_digests_only() {
    let body = hidden(json!({
        "kind": "Secret", "type": "Opaque",
        "metadata": {"name": "x", "annotations": {
            "kubectl.kubernetes.io/last-applied-configuration": "{\"data\":\"hunter2\"}", "note": "kept"}},
        "data": {"a": "aHVudGVyMg==", "b": "not base64: hunter2", "folded": "aHVu\n dGVyMg=="},
        "stringData": {"a": "hunter2", "number": 12345},
    }));
    let text = body.to_string();
    for secret in ["hunter2", "aHVudGVyMg", "12345"] {
        assert!(!text.contains(secret), "{secret} is left in {text}");
    }
    assert_eq!(
        body["data"]["a"], body["stringData"]["a"],
        "one value, one digest"
    );
    assert_eq!(body["data"]["a"], body["data"]["folded"]);
    assert_ne!(body["data"]["a"], body["data"]["b"]);
    assert!(
        body["data"]["a"]
            .as_str()
            .is_some_and(|text| text.starts_with("hmac-sha256:") && text.len() == 76)
    );
    assert_eq!(body["metadata"]["annotations"]["note"], "kept");
    assert_eq!(body["type"], "Opaque");
}

#[test]
fn what_stands_for_a_plan_takes_the_key_to_compute() {
    let plan = Digest::of(b"hunter2");
    let one = DigestKey::new(&[1; DigestKey::LENGTH]);
    assert_eq!(one.seal(plan), one.seal(plan));
    assert_ne!(one.seal(plan), plan);
    assert_ne!(one.seal(plan), DigestKey::new(&[2; DigestKey::LENGTH]).seal(plan));
}

#[test]
fn a_secret_of_an_unlawful_shape_leaks_nothing() {
    for data in [
        json!("hunter2"),
        json!(["hunter2"]),
        json!({"a": {"b": "hunter2"}}),
    ] {
        let body = hidden(json!({"kind": "Secret", "data": data, "stringData": data}));
        assert!(!body.to_string().contains("hunter2"), "{body}");
    }
}

#[test]
fn other_kinds_stay_and_other_keys_give_other_digests() {
    let body = json!({"kind": "ConfigMap", "data": {"a": "b"}});
    assert_eq!(hidden(body.clone()), body);
    let (one, two) = (DigestKey::new(&[1; 32]), DigestKey::new(&[2; 32]));
    assert_ne!(one.digest(b"x"), two.digest(b"x"));
    assert_eq!(format!("{one:?}"), "DigestKey(hidden)");
}
