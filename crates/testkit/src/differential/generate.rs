//! Sequences of requests, made from a seed.
//!
//! A sequence is about one or two kinds and a few names, so that requests meet what earlier ones left behind.
//! **Start at** [`sequence`].

pub(super) mod definitions;
mod kinds;
mod objects;
mod patches;
mod pods;
mod reads;
mod spoil;

use serde_json::{Value, json};

use super::{
    random::Random,
    request::{JSON, Request},
};
use definitions::Definition;
use kinds::Kind;

const NAMES: [&str; 3] = ["a", "b", "web"];
const MANAGERS: [&str; 3] = ["one", "two", "three"];

/// What a sequence is about.
struct Theme {
    random: Random,
    kinds: Vec<Kind>,
    definition: Option<Definition>,
}

/// The sequence of a seed.
pub(super) fn sequence(seed: u64) -> Vec<Request> {
    let mut random = Random::new(seed);
    let mut requests = Vec::new();
    let definition = random.chance(22).then(|| Definition::new(&mut random));
    let mut kinds = Vec::new();
    match &definition {
        Some(definition) => {
            requests.push(definition.create());
            kinds.extend([definition.kind(&mut random), definition.kind(&mut random)]);
        }
        None => {
            let count = random.between(1, 2);
            kinds.extend((0..count).map(|_| kinds::builtin(&mut random)));
        }
    }
    let count = random.between(5, 18);
    let mut theme = Theme {
        random,
        kinds,
        definition,
    };
    let first = theme.kinds[0].clone();
    requests.push(theme.create(&first));
    for _ in 0..count {
        let request = theme.request();
        requests.push(request);
    }
    requests
}

impl Theme {
    fn request(&mut self) -> Request {
        let kind = self.kinds[self.random.below(self.kinds.len())].clone();
        if let Some(definition) = &self.definition
            && self.random.chance(4)
        {
            let path = definition.path();
            return match self.random.below(4) {
                0 => Request::new("DELETE", path),
                1 => Request::new("GET", path),
                2 => Request::new("GET", path).table(),
                _ => definition.create(),
            };
        }
        match self.random.below(100) {
            0..=17 => self.create(&kind),
            18..=27 => self.put(&kind),
            28..=36 => self.json_patch(&kind),
            37..=45 => self.merge_patch(&kind),
            46..=53 => self.strategic_patch(&kind),
            54..=68 => self.apply(&kind),
            69..=75 => self.status(&kind),
            76..=78 => self.scale(&kind),
            79..=83 => self.delete(&kind),
            84..=85 => self.delete_collection(&kind),
            86..=88 => self.get(&kind),
            89..=94 => self.list(&kind),
            95..=97 => self.watch(&kind),
            _ => self.nonsense(&kind),
        }
    }

    /// A name; most often the first.
    fn name(&mut self, kind: &Kind) -> String {
        kind.name(
            self.random
                .weighted(&[(6, NAMES[0]), (2, NAMES[1]), (2, NAMES[2])]),
        )
    }

    fn object(&mut self, kind: &Kind, name: &str) -> Value {
        match &self.definition {
            Some(definition) if kind.custom => definition.object(&mut self.random, kind, name),
            _ => objects::object(&mut self.random, kind, name),
        }
    }

    /// Who writes, whether it is stored, and what is done about unknown fields.
    fn writer(&mut self, mut request: Request) -> Request {
        if self.random.chance(60) {
            request = request.with("fieldManager", self.random.one(&MANAGERS));
        }
        if self.random.chance(10) {
            request = request.with("dryRun", self.random.weighted(&[(9, "All"), (1, "Some")]));
        }
        if self.random.chance(30) {
            let validation = self
                .random
                .weighted(&[(6, "Strict"), (3, "Warn"), (3, "Ignore"), (1, "Never")]);
            request = request.with("fieldValidation", validation);
        }
        if self.random.chance(4) {
            request = request.table();
        } else if self.random.chance(3) {
            request = request.metadata();
        }
        request
    }

    fn create(&mut self, kind: &Kind) -> Request {
        let name = self.name(kind);
        let mut object = self.object(kind, &name);
        if self.random.chance(14) {
            spoil::spoil(&mut self.random, &mut object);
        }
        let request = Request::new("POST", kind.collection()).body(JSON, object);
        self.writer(request)
    }

    fn put(&mut self, kind: &Kind) -> Request {
        let name = self.name(kind);
        let path = kind.object(&name);
        let mut object = self.object(kind, &name);
        object["metadata"]["name"] = json!(name);
        match self.random.below(10) {
            0..=5 => object["metadata"]["resourceVersion"] = json!(format!("{{{{rv {path}}}}}")),
            6 => object["metadata"]["resourceVersion"] = json!(format!("{{{{first {path}}}}}")),
            7 => object["metadata"]["uid"] = json!(self.uid(&path)),
            _ => {}
        }
        if self.random.chance(10) {
            spoil::spoil(&mut self.random, &mut object);
        }
        let request = Request::new("PUT", path).body(JSON, object);
        self.writer(request)
    }

    /// The uid of what is there, or of nothing.
    fn uid(&mut self, path: &str) -> String {
        if self.random.chance(60) {
            format!("{{{{uid {path}}}}}")
        } else {
            "22222222-2222-2222-2222-222222222222".to_owned()
        }
    }

    fn status(&mut self, kind: &Kind) -> Request {
        if !kind.status {
            return self.get(kind);
        }
        let name = self.name(kind);
        let path = format!("{}/status", kind.object(&name));
        let status = self.status_of(kind);
        // A status that makes a Service is no way to make one.
        let choice = if kind.plural == "services" {
            self.random.one(&[0, 3])
        } else {
            self.random.below(4)
        };
        let request = match choice {
            0 => Request::new("GET", path),
            1 => {
                let mut object = self.object(kind, &name);
                object["metadata"]["name"] = json!(name);
                object["metadata"]["resourceVersion"] = json!(format!("{{{{rv {}}}}}", kind.object(&name)));
                object["status"] = status;
                Request::new("PUT", path).body(JSON, object)
            }
            2 => {
                let object = json!({ "apiVersion": kind.api_version(), "kind": kind.kind, "metadata": { "name": name }, "status": status });
                let request = Request::new("PATCH", path).body(super::request::APPLY, object);
                return request.with("fieldManager", self.random.one(&MANAGERS));
            }
            _ => Request::new("PATCH", path).body(
                super::request::MERGE,
                json!({ "status": status, "spec": { "replicas": 9 } }),
            ),
        };
        self.writer(request)
    }

    fn status_of(&mut self, kind: &Kind) -> Value {
        let condition = json!({ "type": "Ready", "status": "True", "lastTransitionTime": "2024-01-02T03:04:05Z", "reason": "Fine", "message": "" });
        match kind.plural.as_str() {
            "widgets" => objects::some(
                &mut self.random,
                &[
                    ("replicas", json!(2)),
                    ("phase", json!("Up")),
                    ("selector", json!("app=web")),
                ],
            ),
            "deployments" | "statefulsets" | "replicasets" => objects::some(
                &mut self.random,
                &[
                    ("replicas", json!(1)),
                    ("readyReplicas", json!(1)),
                    ("observedGeneration", json!(1)),
                    ("conditions", json!([condition])),
                ],
            ),
            "pods" => json!({ "phase": "Running", "conditions": [{ "type": "Ready", "status": "True" }] }),
            "services" | "ingresses" => json!({ "loadBalancer": { "ingress": [{ "ip": "192.0.2.9" }] } }),
            _ => json!({}),
        }
    }

    fn scale(&mut self, kind: &Kind) -> Request {
        if !kind.scale {
            return self.put(kind);
        }
        let name = self.name(kind);
        let path = format!("{}/scale", kind.object(&name));
        let count = self.random.one(&[0, 2, 5, -1]);
        let request = match self.random.below(3) {
            0 => Request::new("GET", path),
            1 => {
                let scale = json!({ "apiVersion": "autoscaling/v1", "kind": "Scale",
                    "metadata": { "name": name, "namespace": super::request::NS }, "spec": { "replicas": count } });
                Request::new("PUT", path).body(JSON, scale)
            }
            _ => Request::new("PATCH", path)
                .body(super::request::MERGE, json!({ "spec": { "replicas": count } })),
        };
        self.writer(request)
    }

    fn delete_options(&mut self, path: &str, mut request: Request) -> Request {
        if self.random.chance(40) {
            request = request.with(
                "propagationPolicy",
                self.random
                    .weighted(&[(4, "Background"), (3, "Foreground"), (3, "Orphan"), (1, "Other")]),
            );
        }
        if self.random.chance(12) {
            request = request.with("gracePeriodSeconds", self.random.one(&["0", "5"]));
        }
        if self.random.chance(10) {
            request = request.with("dryRun", "All");
        }
        if self.random.chance(25) {
            let mut options = json!({ "kind": "DeleteOptions", "apiVersion": "v1" });
            match self.random.below(4) {
                0 => options["preconditions"] = json!({ "uid": self.uid(path) }),
                1 => options["preconditions"] = json!({ "resourceVersion": format!("{{{{first {path}}}}}") }),
                2 => options["propagationPolicy"] = json!("Foreground"),
                _ => options["gracePeriodSeconds"] = json!(0),
            }
            request = request.body(JSON, options);
        }
        request
    }

    fn delete(&mut self, kind: &Kind) -> Request {
        let name = self.name(kind);
        let path = kind.object(&name);
        let request = Request::new("DELETE", path.clone());
        self.delete_options(&path, request)
    }
}
