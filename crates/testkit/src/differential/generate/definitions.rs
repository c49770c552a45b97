//! CustomResourceDefinitions of a sequence, and objects of them.
//!
//! **Start at** [`Definition`].

use serde_json::{Value, json};

use super::{
    super::{
        random::Random,
        request::{NS, Request},
    },
    kinds::Kind,
    objects,
};

/// The path of all definitions.
pub(in super::super) const DEFINITIONS: &str = "/apis/apiextensions.k8s.io/v1/customresourcedefinitions";

/// A definition, and what its objects may have.
#[derive(Debug, Clone)]
pub(super) struct Definition {
    kinds: Vec<Kind>,
    fields: Vec<Field>,
    body: Value,
}

/// A field of `spec`: its schema, values that it takes, and values that it does not.
#[derive(Debug, Clone)]
struct Field {
    name: &'static str,
    schema: Value,
    good: Vec<Value>,
    bad: Vec<Value>,
}

impl Definition {
    pub(super) fn new(random: &mut Random) -> Self {
        let mut fields = all_fields();
        while fields.len() > 7 {
            fields.remove(random.below(fields.len()));
        }
        let namespaced = random.chance(85);
        let (status, scale, second) = (random.chance(60), random.chance(35), random.chance(30));
        let scale = scale && fields.iter().any(|field| field.name == "replicas");
        let group = format!("{NS}.example.com");
        let mut versions = vec![version(random, "v1", &fields, (status, scale))];
        if second {
            let fewer = &fields[..fields.len() - random.below(3)];
            versions.push(version(random, "v2", fewer, (status, scale)));
            versions[1]["storage"] = json!(false);
        }
        let kinds = versions.iter().map(|version| Kind {
            group: group.clone(),
            version: version["name"].as_str().unwrap_or_default().to_owned(),
            plural: "widgets".to_owned(),
            kind: "Widget".to_owned(),
            namespaced,
            status,
            scale,
            custom: true,
        });
        let kinds = kinds.collect();
        let mut names =
            json!({ "plural": "widgets", "kind": "Widget", "singular": "widget", "listKind": "WidgetList" });
        if random.chance(30) {
            names =
                json!({ "plural": "widgets", "kind": "Widget", "shortNames": ["wd"], "categories": ["all"] });
        }
        let body = json!({
            "apiVersion": "apiextensions.k8s.io/v1", "kind": "CustomResourceDefinition",
            "metadata": { "name": format!("widgets.{group}") },
            "spec": { "group": group, "names": names, "scope": if namespaced { "Namespaced" } else { "Cluster" }, "versions": versions },
        });
        Self { kinds, fields, body }
    }

    pub(super) fn create(&self) -> Request {
        Request::new("POST", DEFINITIONS).body("application/json", self.body.clone())
    }

    pub(super) fn path(&self) -> String {
        format!(
            "{DEFINITIONS}/{}",
            self.body["metadata"]["name"].as_str().unwrap_or_default()
        )
    }

    /// The kind in one of its versions.
    pub(super) fn kind(&self, random: &mut Random) -> Kind {
        self.kinds[if random.chance(75) {
            0
        } else {
            self.kinds.len() - 1
        }]
        .clone()
    }

    pub(super) fn object(&self, random: &mut Random, kind: &Kind, name: &str) -> Value {
        let mut spec = json!({});
        for field in &self.fields {
            if random.chance(55) {
                spec[field.name] = field.good[random.below(field.good.len())].clone();
            }
            if !field.bad.is_empty() && random.chance(3) {
                spec[field.name] = field.bad[random.below(field.bad.len())].clone();
            }
        }
        if random.chance(6) {
            spec["unknown"] = json!(1);
        }
        json!({ "apiVersion": kind.api_version(), "kind": "Widget", "metadata": objects::metadata(random, name), "spec": spec })
    }
}

fn version(random: &mut Random, name: &str, fields: &[Field], (status, scale): (bool, bool)) -> Value {
    let mut spec = json!({ "type": "object", "properties": {} });
    for field in fields {
        spec["properties"][field.name] = field.schema.clone();
    }
    if random.chance(15) {
        spec["required"] = json!([fields[0].name]);
    }
    if random.chance(10) {
        spec["default"] = json!({});
    }
    let mut root = json!({ "type": "object", "properties": { "spec": spec } });
    if status {
        root["properties"]["status"] = json!({ "type": "object", "properties": {
            "replicas": { "type": "integer" }, "phase": { "type": "string" }, "selector": { "type": "string" } } });
    }
    if random.chance(10) {
        root["required"] = json!(["spec"]);
    }
    let mut version =
        json!({ "name": name, "served": true, "storage": true, "schema": { "openAPIV3Schema": root } });
    if status {
        version["subresources"]["status"] = json!({});
    }
    if scale {
        version["subresources"]["scale"] =
            json!({ "specReplicasPath": ".spec.replicas", "statusReplicasPath": ".status.replicas" });
        if status && random.chance(50) {
            version["subresources"]["scale"]["labelSelectorPath"] = json!(".status.selector");
        }
    }
    if random.chance(40) {
        version["additionalPrinterColumns"] = json!([
            { "name": "First", "type": "string", "jsonPath": format!(".spec.{}", fields[0].name) },
            { "name": "Last", "type": "integer", "jsonPath": format!(".spec.{}", fields[fields.len() - 1].name), "priority": 1 },
            { "name": "Age", "type": "date", "jsonPath": ".metadata.creationTimestamp" },
        ]);
    }
    version
}

fn all_fields() -> Vec<Field> {
    let field = |name, schema, good: &[Value], bad: &[Value]| Field {
        name,
        schema,
        good: good.to_vec(),
        bad: bad.to_vec(),
    };
    let mut fields = vec![
        field(
            "replicas",
            json!({ "type": "integer", "minimum": 0, "maximum": 10, "default": 1 }),
            &[json!(0), json!(3)],
            &[json!(11), json!(-1), json!("2"), json!(1.5), Value::Null],
        ),
        field(
            "mode",
            json!({ "type": "string", "enum": ["a", "b"], "default": "a" }),
            &[json!("a"), json!("b")],
            &[json!("c"), json!(1)],
        ),
        field(
            "word",
            json!({ "type": "string", "pattern": "^[a-z]+$", "maxLength": 5, "minLength": 2 }),
            &[json!("ab"), json!("abcde")],
            &[json!("A"), json!("abcdef"), json!(true)],
        ),
        field(
            "port",
            json!({ "x-kubernetes-int-or-string": true }),
            &[json!(80), json!("http")],
            &[json!(true), json!(1.5)],
        ),
        field(
            "flag",
            json!({ "type": "boolean" }),
            &[json!(true), json!(false)],
            &[json!("true"), Value::Null],
        ),
        field(
            "ratio",
            json!({ "type": "number", "minimum": 0, "exclusiveMinimum": true }),
            &[json!(0.5), json!(2)],
            &[json!(0), json!("1")],
        ),
        field(
            "when",
            json!({ "type": "string", "format": "date-time" }),
            &[json!("2024-01-02T03:04:05Z")],
            &[json!("yesterday")],
        ),
        field(
            "note",
            json!({ "type": "string", "nullable": true }),
            &[json!("x"), Value::Null],
            &[json!(3)],
        ),
    ];
    fields.extend([
        field("tags", json!({ "type": "array", "items": { "type": "string" }, "x-kubernetes-list-type": "set" }), &[json!(["a"]), json!(["b", "a"]), json!([])], &[json!(["a", "a"]), json!([1]), json!("a")]),
        field("parts", json!({ "type": "array", "x-kubernetes-list-type": "map", "x-kubernetes-list-map-keys": ["key"], "items": { "type": "object", "required": ["key"],
            "properties": { "key": { "type": "string" }, "value": { "type": "string" }, "weight": { "type": "integer", "default": 1 } } } }),
            &[json!([{ "key": "a" }]), json!([{ "key": "b", "value": "1" }, { "key": "a", "value": "2" }])], &[json!([{ "key": "a" }, { "key": "a" }]), json!([{ "value": "a" }])]),
        field("numbers", json!({ "type": "array", "items": { "type": "integer" }, "maxItems": 3, "minItems": 1 }), &[json!([1]), json!([3, 2, 1])], &[json!([1, 2, 3, 4]), json!([])]),
        field("map", json!({ "type": "object", "additionalProperties": { "type": "string" } }), &[json!({ "a": "1" }), json!({ "b": "2", "c": "" })], &[json!({ "a": 1 }), json!([])]),
        field("free", json!({ "type": "object", "x-kubernetes-preserve-unknown-fields": true }), &[json!({ "a": { "b": [1, "2"] } }), json!({})], &[json!("x")]),
        field("nested", json!({ "type": "object", "required": ["x"], "properties": { "x": { "type": "string" }, "y": { "type": "string", "default": "why" }, "z": { "type": "object", "default": { "deep": 1 }, "properties": { "deep": { "type": "integer" } } } } }),
            &[json!({ "x": "1" }), json!({ "x": "", "y": "2" })], &[json!({}), json!({ "x": "1", "w": 1 })]),
        field("whole", json!({ "type": "object", "x-kubernetes-map-type": "atomic", "properties": { "a": { "type": "string" }, "b": { "type": "string" } } }), &[json!({ "a": "1" }), json!({ "a": "2", "b": "3" })], &[]),
    ]);
    fields
}
