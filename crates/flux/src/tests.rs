//! What Kustomizations and GitRepositories say, and what is said back.

mod health;
mod reading;
mod schema;
mod writing;

use plumb_model::{CommitId, Revision, Unit};
use serde_json::{Value, json};

/// The GitRepository of a common guide to GitOps.
fn repository() -> Value {
    json!({
        "apiVersion": "source.toolkit.fluxcd.io/v1beta2",
        "kind": "GitRepository",
        "metadata": {"name": "my-app", "namespace": "flux-system", "generation": 2},
        "spec": {"url": "https://github.com/org/repo", "ref": {"branch": "main"}},
    })
}

/// The Kustomization of the same guide.
fn kustomization() -> Value {
    json!({
        "apiVersion": "kustomize.toolkit.fluxcd.io/v1beta2",
        "kind": "Kustomization",
        "metadata": {"name": "my-app", "namespace": "flux-system", "uid": "u-1", "generation": 4},
        "spec": {
            "sourceRef": {"kind": "GitRepository", "name": "my-app"},
            "path": "./deploy/production",
            "prune": true,
            "selfHeal": true,
        },
    })
}

/// `object` with the value at `pointer` replaced; folders on the way are made.
fn with(mut object: Value, pointer: &str, value: Value) -> Value {
    let mut place = &mut object;
    for key in pointer.split('/').skip(1) {
        place = &mut place[key.replace("~1", "/").as_str()];
    }
    *place = value;
    object
}

fn unit_of(object: &Value) -> Unit {
    crate::unit(object, Some(&repository())).expect("the Kustomization is sound")
}

fn revision(digit: char) -> Revision {
    Revision {
        commit: CommitId::parse(&digit.to_string().repeat(40)).expect("forty digits are a commit"),
        name: Some("main".to_owned()),
    }
}

/// What a server makes of a merge patch.
fn merged(object: &Value, patch: &Value) -> Value {
    let Value::Object(fields) = patch else {
        return patch.clone();
    };
    let mut merged_fields = object.as_object().cloned().unwrap_or_default();
    for (key, field) in fields {
        if field.is_null() {
            merged_fields.remove(key);
        } else {
            let value = merged(merged_fields.get(key).unwrap_or(&Value::Null), field);
            merged_fields.insert(key.clone(), value);
        }
    }
    Value::Object(merged_fields)
}
