//! What a Kustomization lays over the kustomization in its folder, in kustomize's own words.

use serde_json::{Map, Value, json};

use plumb_model::spec::{Field, Problems};

/// The overlay; `Null` where nothing is laid over.
pub(super) fn overlay(problems: &mut Problems, spec: &Field<'_>) -> Value {
    let mut overlay = Map::new();
    for (key, word) in [
        ("targetNamespace", "namespace"),
        ("namePrefix", "namePrefix"),
        ("nameSuffix", "nameSuffix"),
    ] {
        if let Some(text) = problems.text(&spec.get(key)) {
            overlay.insert(word.to_owned(), text.into());
        }
    }
    let mut put = |key: &str, items: Vec<Value>| {
        if !items.is_empty() {
            overlay.insert(key.to_owned(), Value::Array(items));
        }
    };
    for key in ["components", "buildMetadata"] {
        put(
            key,
            problems
                .texts(&spec.get(key))
                .into_iter()
                .map(Value::from)
                .collect(),
        );
    }
    put(
        "images",
        named(problems, &spec.get("images"), "name", "the name of an image"),
    );
    let mut patches = named(problems, &spec.get("patches"), "patch", "the patch as text");
    // The two older forms are the same thing with the patch as YAML rather than as text; JSON is YAML.
    for item in problems.items(&spec.get("patchesStrategicMerge")) {
        patches.push(json!({"patch": item.value.to_string()}));
    }
    for item in problems.items(&spec.get("patchesJson6902")) {
        patches.push(json!({"patch": item.value["patch"].to_string(), "target": item.value["target"]}));
    }
    put("patches", patches);
    if overlay.is_empty() {
        Value::Null
    } else {
        Value::Object(overlay)
    }
}

/// The items of a list, each of which must have the field `key`.
fn named(problems: &mut Problems, field: &Field<'_>, key: &str, hint: &str) -> Vec<Value> {
    let items = problems.items(field);
    for item in &items {
        problems.required(&item.get(key), hint);
    }
    items.into_iter().map(|item| item.value.clone()).collect()
}
