//! `configurations:`, `crds:` and `openapi:`.

use super::{
    super::yaml::{Y, list, map, quoted, raw, text},
    Maker, objects,
};

impl Maker {
    /// A file for `configurations:`.
    pub(super) fn configuration(&mut self, folder: &str) -> Y {
        let mut config = Y::Map(Vec::new());
        let sections = [
            "namePrefix",
            "nameSuffix",
            "namespace",
            "commonLabels",
            "labels",
            "templateLabels",
            "commonAnnotations",
            "varReference",
            "images",
            "replicas",
        ];
        let count = 1 + self.random.below(2);
        for _ in 0..count {
            let section = self.random.pick(&sections);
            let path = match section {
                "namePrefix" | "nameSuffix" | "namespace" | "varReference" => {
                    self.random.pick(&["spec/size", "spec/ref", "spec/deep/er"])
                }
                "images" => self.random.pick(&["spec/image", "spec/items[]/v"]),
                "replicas" => "spec/size",
                _ => self.random.pick(&["spec/labels", "spec/deep/labels"]),
            };
            let mut spec = map([
                ("path", text(path)),
                ("kind", text(self.random.pick(&["Widget", "Gadget"]))),
            ]);
            if self.random.chance(40) {
                spec.set("create", raw("true"));
            }
            if self.random.chance(30) {
                spec.set("group", text("example.com"));
            }
            config.set(section, list([spec]));
        }
        if self.random.chance(50) {
            let referrer = map([("path", text("spec/ref")), ("kind", text("Widget"))]);
            let (api, kind) = objects::KINDS[self.random.below(objects::KINDS.len())];
            let mut reference = map([("kind", text(kind)), ("fieldSpecs", list([referrer]))]);
            if self.random.chance(50) {
                let (group, version) = api.split_once('/').unwrap_or(("", api));
                reference.set("version", text(version));
                reference.set("group", raw(quoted(group)));
            }
            config.set("nameReference", list([reference]));
        }
        let name = format!("config{}.yaml", self.count());
        let content = config.write(&mut self.random);
        self.file(folder, &name, content);
        text(&name)
    }

    /// A file for `crds:`.
    pub(super) fn crd(&mut self, folder: &str) -> Y {
        let reference = map([
            ("x-kubernetes-object-ref-api-version", text("v1")),
            (
                "x-kubernetes-object-ref-kind",
                text(self.random.pick(&["ConfigMap", "Secret", "Service"])),
            ),
        ]);
        let mut named = reference.clone();
        named.set("x-kubernetes-object-ref-name-key", text("ref"));
        let spec = map([
            ("size", reference),
            ("deep", map([("x-kubernetes-annotation", text(""))])),
            ("$x", named),
        ]);
        let part = |properties: Y| map([("Schema", map([("properties", properties)]))]);
        let mut whole = map([
            ("apiVersion", Y::Map(vec![])),
            ("kind", Y::Map(vec![])),
            ("metadata", Y::Map(vec![])),
        ]);
        whole.set("spec", map([("$ref", text("example.com/v1.WidgetSpec"))]));
        let definitions = Y::Map(vec![
            ("example.com/v1.Widget".into(), part(whole)),
            ("example.com/v1.WidgetSpec".into(), part(spec)),
        ]);
        let name = format!("crd{}.json", self.count());
        let content = definitions.write(&mut self.random);
        self.file(folder, &name, content);
        text(&name)
    }

    /// A schema for `openapi:`, with merge keys for the custom kinds.
    pub(super) fn schema(&mut self, folder: &str) -> Y {
        let key = self.random.pick(&["name", "v"]);
        let strategy = self
            .random
            .pick(&["merge", "merge", "replace", "merge,retainKeys"]);
        let mut items = vec![
            ("type".to_owned(), text("array")),
            ("items".to_owned(), map([("type", text("object"))])),
        ];
        if self.random.chance(85) {
            items.push(("x-kubernetes-patch-merge-key".into(), text(key)));
            items.push(("x-kubernetes-patch-strategy".into(), raw(quoted(strategy))));
        }
        if self.random.chance(15) {
            items.push(("x-kubernetes-list-type".into(), text("map")));
            items.push(("x-kubernetes-list-map-keys".into(), list([text("name")])));
        }
        let primitive = map([
            ("type", text("array")),
            ("items", map([("type", text("string"))])),
            ("x-kubernetes-patch-strategy", text("merge")),
        ]);
        let deep = map([
            ("type", text("object")),
            ("properties", map([("list", primitive)])),
        ]);
        let spec = map([
            ("type", text("object")),
            ("properties", map([("items", Y::Map(items)), ("deep", deep)])),
        ]);
        let kind = map([
            ("group", text("example.com")),
            ("version", text("v1")),
            ("kind", text("Widget")),
        ]);
        let is_reference = self.random.chance(50);
        let inner = if is_reference {
            map([("$ref", raw("\"#/definitions/com.example.WidgetSpec\""))])
        } else {
            spec.clone()
        };
        let widget = map([
            ("type", text("object")),
            ("properties", map([("spec", inner)])),
            ("x-kubernetes-group-version-kind", list([kind])),
        ]);
        let mut definitions = vec![("com.example.v1.Widget".to_owned(), widget)];
        if is_reference {
            definitions.push(("com.example.WidgetSpec".into(), spec));
        }
        let schema = map([("definitions", Y::Map(definitions))]);
        let name = format!("schema{}.json", self.count());
        let content = json(&schema) + "\n";
        self.file(folder, &name, content);
        map([("path", text(&name))])
    }
}

/// As JSON: what is not a number, flag, null or in quotes is a text.
pub(super) fn json(node: &Y) -> String {
    match node {
        Y::Raw(text) if serde_json::from_str::<serde_json::Value>(text).is_ok() => text.clone(),
        Y::Raw(text) => quoted(text),
        Y::Block(_, lines) => quoted(&lines.join("\n")),
        Y::List(items) => format!("[{}]", items.iter().map(json).collect::<Vec<_>>().join(", ")),
        Y::Map(entries) => {
            let entry = |(key, value): &(String, Y)| format!("{}: {}", quoted(key), json(value));
            format!("{{{}}}", entries.iter().map(entry).collect::<Vec<_>>().join(", "))
        }
    }
}
