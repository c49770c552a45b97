//! Secrets as the server keeps them.

use base64::{Engine as _, engine::general_purpose::STANDARD};
use serde_json::{Map, Value};

/// Moves `stringData` into `data`, as the server would. Applied as it is, the server notes `stringData` as what we own, and so
/// neither what others write to `data` is ours to put back, nor goes what Git drops (kubernetes/kubernetes#87794 and others).
pub(crate) fn settle(body: &mut Value) {
    if body["apiVersion"] != "v1" || body["kind"] != "Secret" {
        return;
    }
    let Some(object) = body.as_object_mut() else {
        return;
    };
    let texts = match object.get("stringData") {
        Some(Value::Object(texts)) if texts.values().all(Value::is_string) => texts.clone(),
        // What is no text is left for the server to refuse.
        _ => return,
    };
    let data = object.entry("data").or_insert_with(|| Value::Object(Map::new()));
    if data.is_null() {
        *data = Value::Object(Map::new());
    }
    let Some(data) = data.as_object_mut() else { return };
    for (key, text) in texts {
        data.insert(key, STANDARD.encode(text.as_str().unwrap_or_default()).into());
    }
    object.remove("stringData");
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::settle;

    #[test]
    fn texts_of_a_secret_become_its_data_over_what_is_there() {
        let mut secret = json!({"apiVersion": "v1", "kind": "Secret", "data": {"a": "b2xk", "b": "b2xk"},
            "stringData": {"a": "new"}});
        settle(&mut secret);
        assert_eq!(secret["data"], json!({"a": "bmV3", "b": "b2xk"}));
        assert!(secret.get("stringData").is_none());
        let wrong = json!({"apiVersion": "v1", "kind": "Secret", "stringData": {"a": 1}});
        let mut same = wrong.clone();
        settle(&mut same);
        assert_eq!(same, wrong);
        let other = json!({"apiVersion": "example.org/v1", "kind": "Secret", "stringData": {"a": "b"}});
        let mut same = other.clone();
        settle(&mut same);
        assert_eq!(same, other);
    }
}
