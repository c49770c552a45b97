//! Patches of the four kinds.
//!
//! **Start at** the methods of [`Theme`].

use serde_json::{Map, Value, json};

use super::{
    super::request::{APPLY, JSON_PATCH, MERGE, Request, STRATEGIC},
    Kind, MANAGERS, Theme, objects, spoil,
};

/// Kinds of which most fields are needed: rules about that are told by few sequences well enough.
const STRICT: [&str; 4] = [
    "horizontalpodautoscalers",
    "ingresses",
    "rolebindings",
    "networkpolicies",
];

impl Theme {
    pub(super) fn json_patch(&mut self, kind: &Kind) -> Request {
        let name = self.name(kind);
        let operations: Vec<Value> = (0..self.random.between(1, 2))
            .map(|_| self.operation(kind, &name))
            .collect();
        let request = Request::new("PATCH", kind.object(&name)).body(JSON_PATCH, operations.into());
        self.writer(request)
    }

    fn operation(&mut self, kind: &Kind, name: &str) -> Value {
        let field = self.field(kind, name);
        match self.random.below(11) {
            0 | 1 => {
                json!({ "op": "add", "path": "/metadata/labels", "value": objects::labels(&mut self.random) })
            }
            2 => json!({ "op": "add", "path": "/metadata/annotations/x", "value": "1" }),
            3 => json!({ "op": "remove", "path": "/metadata/labels/app" }),
            4 => {
                json!({ "op": "test", "path": "/metadata/name", "value": self.random.one(&[name, "other"]) })
            }
            5 => json!({ "op": "replace", "path": "/metadata/name", "value": "renamed" }),
            6 => json!({ "op": "remove", "path": "/metadata/finalizers" }),
            7 => {
                json!({ "op": self.random.one(&["move", "frob"]), "from": "/metadata/labels", "path": "/metadata/annotations" })
            }
            _ => {
                json!({ "op": self.random.one(&["add", "replace"]), "path": format!("/{}", field.0.join("/")), "value": field.1 })
            }
        }
    }

    /// A field of an object of this kind, and a value.
    fn field(&mut self, kind: &Kind, name: &str) -> (Vec<String>, Value) {
        let object = self.object(kind, name);
        let top: Vec<&String> = object
            .as_object()
            .into_iter()
            .flat_map(Map::keys)
            .filter(|key| !["apiVersion", "kind", "metadata"].contains(&key.as_str()))
            .collect();
        let Some(first) = top.get(self.random.below(top.len())).map(|key| (*key).clone()) else {
            return (vec!["spec".to_owned()], json!({}));
        };
        match object[&first].as_object() {
            Some(inner) if !inner.is_empty() => {
                let (key, value) = inner
                    .iter()
                    .nth(self.random.below(inner.len()))
                    .unwrap_or_else(|| inner.iter().next().expect("it is not empty"));
                (vec![first.clone(), key.clone()], value.clone())
            }
            _ => (vec![first.clone()], object[&first].clone()),
        }
    }

    pub(super) fn merge_patch(&mut self, kind: &Kind) -> Request {
        let name = self.name(kind);
        let patch = self.partial(kind, &name);
        let request = Request::new("PATCH", kind.object(&name)).body(MERGE, patch);
        self.writer(request)
    }

    /// Some fields of an object; some of them null.
    fn partial(&mut self, kind: &Kind, name: &str) -> Value {
        let mut patch = json!({});
        for _ in 0..self.random.between(0, 2) {
            let (path, value) = self.field(kind, name);
            let value = if self.random.chance(20) && !STRICT.contains(&kind.plural.as_str()) {
                Value::Null
            } else {
                value
            };
            match path.as_slice() {
                [first, second] => patch[first][second] = value,
                [first, ..] => patch[first] = value,
                [] => {}
            }
        }
        match self.random.below(10) {
            0 | 1 => patch["metadata"] = json!({ "labels": { "app": Value::Null, "added": "1" } }),
            2 => patch["metadata"] = json!({ "annotations": { "x": "2" } }),
            3 => patch["metadata"] = json!({ "finalizers": [] }),
            4 => patch["metadata"] = json!({ "finalizers": ["example.com/hold"] }),
            5 => {
                patch["metadata"] = json!({ "resourceVersion": format!("{{{{rv {}}}}}", kind.object(name)), "labels": { "v": "1" } })
            }
            6 => {
                patch["metadata"] = json!({ "resourceVersion": format!("{{{{first {}}}}}", kind.object(name)), "labels": { "v": "1" } })
            }
            7 => patch["unknown"] = json!(1),
            _ => {}
        }
        patch
    }

    pub(super) fn strategic_patch(&mut self, kind: &Kind) -> Request {
        let name = self.name(kind);
        let mut patch = self.partial(kind, &name);
        let workload =
            ["deployments", "statefulsets", "daemonsets", "replicasets"].contains(&kind.plural.as_str());
        if workload && self.random.chance(70) {
            let spec = self.pod_patch();
            patch = json!({ "spec": { "template": { "spec": spec } } });
            if self.random.chance(15) {
                patch["spec"]["strategy"] = json!({ "$retainKeys": ["type"], "type": "Recreate" });
            }
        } else if kind.plural == "services" && self.random.chance(60) {
            let ports = [
                json!([{ "port": 80, "name": "changed" }]),
                json!([{ "port": 81, "$patch": "delete" }]),
                json!([{ "port": 90, "name": "new" }, { "$patch": "replace" }]),
            ];
            patch = json!({ "spec": { "ports": ports[self.random.below(3)].clone() } });
        } else if self.random.chance(10) {
            patch["metadata"] = json!({ "labels": { "$patch": "replace", "only": "1" } });
        } else if self.random.chance(10) {
            patch["metadata"] = json!({ "$deleteFromPrimitiveList/finalizers": ["example.com/hold"] });
        }
        let request = Request::new("PATCH", kind.object(&name)).body(STRATEGIC, patch);
        self.writer(request)
    }

    fn pod_patch(&mut self) -> Value {
        match self.random.below(8) {
            0 => json!({ "containers": [{ "name": "main", "image": "nginx:2" }] }),
            1 => json!({ "containers": [{ "name": "side", "$patch": "delete" }] }),
            2 => json!({ "containers": [{ "name": "extra", "image": "extra:1" }] }),
            3 => {
                json!({ "containers": [{ "name": "main", "env": [{ "name": "A", "value": "2" }, { "name": "C", "value": "3" }] }] })
            }
            4 => {
                json!({ "$setElementOrder/containers": [{ "name": "extra" }, { "name": "main" }], "containers": [{ "name": "extra", "image": "e" }] })
            }
            5 => json!({ "containers": [{ "image": "nameless" }] }),
            6 => {
                json!({ "volumes": [{ "name": "data", "$retainKeys": ["name", "hostPath"], "hostPath": { "path": "/x" } }] })
            }
            _ => {
                json!({ "containers": [{ "name": "main", "ports": [{ "containerPort": 8080, "name": "web" }], "args": ["x"] }] })
            }
        }
    }

    pub(super) fn apply(&mut self, kind: &Kind) -> Request {
        let name = self.name(kind);
        let mut object = self.object(kind, &name);
        object["metadata"]["name"] = json!(name);
        if let Some(metadata) = object["metadata"].as_object_mut() {
            metadata.remove("generateName");
        }
        if self.random.chance(35) && !STRICT.contains(&kind.plural.as_str()) {
            let keys: Vec<String> = object["spec"]
                .as_object()
                .into_iter()
                .flat_map(Map::keys)
                .cloned()
                .collect();
            for key in keys {
                if self.random.chance(40)
                    && let Some(spec) = object["spec"].as_object_mut()
                {
                    spec.remove(&key);
                }
            }
        }
        if self.random.chance(6) {
            spoil::spoil(&mut self.random, &mut object);
            // Which of two refusals comes first is another question.
            if let Some(metadata) = object["metadata"].as_object_mut() {
                metadata.remove("namespace");
            }
        }
        let mut request = Request::new("PATCH", kind.object(&name)).body(APPLY, object);
        if self.random.chance(97) {
            request = request.with("fieldManager", self.random.one(&MANAGERS));
        }
        if self.random.chance(40) {
            request = request.with("force", self.random.weighted(&[(9, "true"), (1, "false")]));
        }
        if self.random.chance(8) {
            request = request.with("dryRun", "All");
        }
        if self.random.chance(12) {
            request = request.with("fieldValidation", "Strict");
        }
        request
    }
}
