//! `spec.source.kustomize` in the words of a kustomization file.

use serde_json::{Map, Value, json};

use super::images;
use plumb_model::spec::{Field, Problems};

/// The overlay; `Null` where nothing is laid over.
pub(super) fn overlay(problems: &mut Problems, field: &Field<'_>) -> Value {
    let mut overlay = Map::new();
    for key in ["namePrefix", "nameSuffix", "namespace"] {
        if let Some(text) = problems.text(&field.get(key)) {
            overlay.insert(key.to_owned(), text.into());
        }
    }
    let images: Vec<Value> = problems
        .texts(&field.get("images"))
        .iter()
        .map(|image| images::parse(image))
        .collect();
    insert_list(&mut overlay, "images", images);
    insert_list(
        &mut overlay,
        "replicas",
        replicas(problems, &field.get("replicas")),
    );
    insert_list(&mut overlay, "patches", patches(problems, &field.get("patches")));
    let components = problems.texts(&field.get("components"));
    insert_list(
        &mut overlay,
        "components",
        components.into_iter().map(Value::from).collect(),
    );
    labels(problems, field, &mut overlay);
    let annotations = problems.pairs(&field.get("commonAnnotations"));
    if !annotations.is_empty() {
        overlay.insert("commonAnnotations".to_owned(), json!(annotations));
    }
    problems.refuse(
        &field.get("commonAnnotationsEnvsubst"),
        "variables in commonAnnotations are",
    );
    if overlay.is_empty() {
        Value::Null
    } else {
        Value::Object(overlay)
    }
}

fn labels(problems: &mut Problems, field: &Field<'_>, overlay: &mut Map<String, Value>) {
    let pairs = problems.pairs(&field.get("commonLabels"));
    if pairs.is_empty() {
        return;
    }
    if problems.flag(&field.get("labelWithoutSelector")) == Some(true) {
        let templates = problems
            .flag(&field.get("labelIncludeTemplates"))
            .unwrap_or(false);
        overlay.insert(
            "labels".to_owned(),
            json!([{"pairs": pairs, "includeSelectors": false, "includeTemplates": templates}]),
        );
    } else {
        overlay.insert("commonLabels".to_owned(), json!(pairs));
    }
}

fn replicas(problems: &mut Problems, field: &Field<'_>) -> Vec<Value> {
    let mut replicas = Vec::new();
    for item in problems.items(field) {
        let name = problems.required(&item.get("name"), "the name of a workload");
        let count = item.get("count");
        let number = count
            .value
            .as_i64()
            .or_else(|| count.value.as_str()?.parse().ok());
        match number {
            Some(number) => replicas.push(json!({"name": name, "count": number})),
            None => problems.add(&count, "a whole number is expected", ""),
        }
    }
    replicas
}

fn patches(problems: &mut Problems, field: &Field<'_>) -> Vec<Value> {
    let items = problems.items(field);
    for item in &items {
        if !item.get("patch").is_set() && !item.get("path").is_set() {
            problems.add(
                item,
                "has neither patch nor path",
                "write the patch inline under patch",
            );
        }
    }
    items.into_iter().map(|item| item.value.clone()).collect()
}

fn insert_list(overlay: &mut Map<String, Value>, key: &str, items: Vec<Value>) {
    if !items.is_empty() {
        overlay.insert(key.to_owned(), Value::Array(items));
    }
}
