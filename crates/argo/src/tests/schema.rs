//! The definitions that are shipped: sound as schemas, and true to what is read and written here.

use plumb_yaml::{Dialect, Limits, SourceId};
use serde_json::Value;

use super::{my_app, report, written};

/// The documents of a YAML text.
fn documents(text: &str) -> Vec<Value> {
    plumb_yaml::parse(text, SourceId::default(), Dialect::V3, &Limits::default())
        .expect("it is YAML")
        .iter()
        .map(plumb_yaml::Node::to_json)
        .collect()
}

/// The schema of each served version of a kind.
fn schemas(kind: &str) -> Vec<Value> {
    let definitions = documents(crate::crds());
    let definition = definitions
        .iter()
        .find(|definition| definition["spec"]["names"]["kind"] == *kind)
        .expect("the kind is defined");
    let versions = definition["spec"]["versions"]
        .as_array()
        .expect("it has versions");
    versions
        .iter()
        .map(|version| version["schema"]["openAPIV3Schema"].clone())
        .collect()
}

/// What a server would refuse of `value`, or take away from it without a word.
fn check(schema: &Value, value: &Value, path: &str, wrong: &mut Vec<String>) {
    let fits = match schema["type"].as_str() {
        Some("object") => value.is_object(),
        Some("array") => value.is_array(),
        Some("string") => value.is_string(),
        Some("boolean") => value.is_boolean(),
        Some("integer") => value.is_i64(),
        _ => true,
    };
    let listed = schema["enum"]
        .as_array()
        .is_none_or(|allowed| allowed.contains(value));
    let dated = schema["format"] != "date-time" || value.as_str().is_some_and(|time| time.len() == 20);
    if !fits || !listed || !dated {
        wrong.push(format!("{path}: {value}"));
    }
    for key in schema["required"]
        .as_array()
        .into_iter()
        .flatten()
        .filter_map(Value::as_str)
    {
        if value.get(key).is_none() {
            wrong.push(format!("{path}.{key} is required"));
        }
    }
    for (key, field) in value.as_object().into_iter().flatten() {
        let path = format!("{path}.{key}");
        let open = schema["x-kubernetes-preserve-unknown-fields"] == true || path == ".metadata.name";
        match (schema["properties"].get(key), schema.get("additionalProperties")) {
            (Some(inner), _) | (None, Some(inner)) => check(inner, field, &path, wrong),
            (None, None) if open || path.starts_with(".metadata") => {}
            (None, None) => wrong.push(format!("{path} would be pruned")),
        }
    }
    for item in value.as_array().into_iter().flatten() {
        check(&schema["items"], item, &format!("{path}[]"), wrong);
    }
}

/// Where a schema is not structural: every level says its type, or that it is open.
fn unstructured(schema: &Value, path: &str, wrong: &mut Vec<String>) {
    let open = [
        "x-kubernetes-preserve-unknown-fields",
        "x-kubernetes-int-or-string",
    ]
    .iter()
    .any(|key| schema[key] == true);
    if schema["type"].is_null() && !open {
        wrong.push(path.to_owned());
    }
    if schema["type"] == "array" && schema["items"].is_null() {
        wrong.push(format!("{path} has no items"));
    }
    for (key, inner) in schema["properties"].as_object().into_iter().flatten() {
        unstructured(inner, &format!("{path}.{key}"), wrong);
    }
    for key in ["items", "additionalProperties"] {
        if let Some(inner) = schema.get(key) {
            unstructured(inner, &format!("{path}.{key}"), wrong);
        }
    }
}

fn accepts(kind: &str, object: &Value) {
    for schema in schemas(kind) {
        let mut wrong = Vec::new();
        check(&schema, object, "", &mut wrong);
        assert_eq!(wrong, Vec::<String>::new(), "{object:#}");
    }
}

#[test]
fn schemas_are_structural() {
    for kind in ["Application", "AppProject"] {
        for schema in schemas(kind) {
            let mut wrong = Vec::new();
            unstructured(&schema, "", &mut wrong);
            assert_eq!(wrong, Vec::<String>::new(), "{kind}");
        }
    }
}

#[test]
fn the_check_itself_finds_faults() {
    let mut wrong = Vec::new();
    let bad = serde_json::json!({"metadata": {}, "spec": {"project": 1, "source": {}, "destination": {}}, "extra": 1});
    check(&schemas("Application")[0], &bad, "", &mut wrong);
    assert_eq!(wrong.len(), 3, "{wrong:#?}");
}

#[test]
fn what_is_written_is_accepted() {
    accepts("Application", &written(&my_app(), &report()));
    let asked = super::merged(&my_app(), &crate::sync_request(super::asking::everything()));
    accepts("Application", &asked);
}

#[test]
fn columns_are_those_of_argo_cd() {
    let definition = &documents(crate::crds())[0];
    let version = &definition["spec"]["versions"][0];
    let columns: Vec<&str> = version["additionalPrinterColumns"]
        .as_array()
        .expect("it has columns")
        .iter()
        .filter_map(|column| column["name"].as_str())
        .collect();
    assert_eq!(columns, ["Sync Status", "Health Status", "Revision", "Project"]);
    assert_eq!(version["subresources"]["status"], Value::Null);
}

#[test]
fn the_guides_own_file_reads_as_its_copy_here() {
    let Some(text) = guide("config/argocd/my-app.yaml") else {
        return;
    };
    let mut copy = super::unit_of(&my_app());
    copy.uid = String::new();
    assert_eq!(super::unit_of(&documents(&text)[0]), copy);
}

/// A file of the guide, where the folder of shared data is at hand.
#[allow(
    clippy::disallowed_methods,
    reason = "row 4: a test looks for data outside the project"
)]
fn guide(path: &str) -> Option<String> {
    let beside = concat!(env!("CARGO_MANIFEST_DIR"), "/../../../shared");
    let shared = std::env::var("PLUMB_SHARED").unwrap_or_else(|_| beside.to_owned());
    let text = std::fs::read_to_string(format!("{shared}/guide/repo/{path}")).ok();
    if text.is_none() {
        eprintln!("skipped: {shared} has no guide");
    }
    text
}
