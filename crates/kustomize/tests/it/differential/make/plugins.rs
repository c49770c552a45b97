//! Built-in transformers and generators that resources configure.

use super::{
    super::yaml::{Y, list, map, quoted, raw, text},
    Maker,
    objects::{self, Known},
    scalars,
};

const SPECS: [&str; 9] = [
    "metadata/labels",
    "metadata/annotations",
    "metadata/name",
    "spec/size",
    "spec/template/metadata/labels",
    "spec/replicas",
    "spec/image",
    "spec/items[]/v",
    "metadata/namespace",
];

impl Maker {
    /// An entry of `transformers:`, in place or in a file.
    pub(super) fn transformer(&mut self, folder: &str, known: &[Known]) -> Y {
        let config = self.transformer_config(folder, known);
        self.in_place_or_file(folder, "transformer", &config)
    }

    /// An entry of `generators:`, in place or in a file.
    pub(super) fn custom_generator(&mut self, folder: &str) -> Y {
        let kind = self.random.pick(&[
            "ConfigMapGenerator",
            "SecretGenerator",
            "ConfigMapGenerator",
            "IAMPolicyGenerator",
        ]);
        let mut config = if kind == "IAMPolicyGenerator" {
            map([
                ("cloud", text(if self.risk(20) { "aws" } else { "gke" })),
                (
                    "kubernetesService",
                    map([("name", text("k8s-sa")), ("namespace", text("one"))]),
                ),
                (
                    "serviceAccount",
                    map([("name", text("gsa")), ("projectId", text("project"))]),
                ),
            ])
        } else {
            self.generator(folder, None, kind == "SecretGenerator")
        };
        self.head(&mut config, kind);
        if self.random.chance(30)
            && let Y::Map(entries) = &mut config
        {
            entries.retain(|(key, _)| key != "name");
        }
        self.in_place_or_file(folder, "generator", &config)
    }

    /// An entry of `validators:`.
    pub(super) fn validator(&mut self, folder: &str, known: &[Known]) -> Y {
        let mut config = map([("fieldSpecs", list([spec("metadata/labels", true)]))]);
        if self.risk(30) {
            config.set("labels", map([("app", scalars::label(&mut self.random))]));
        }
        if known.is_empty() {
            config.set("labels", raw("null"));
        }
        self.head(&mut config, "LabelTransformer");
        self.in_place_or_file(folder, "validator", &config)
    }

    fn in_place_or_file(&mut self, folder: &str, stem: &str, config: &Y) -> Y {
        let mut config = config.clone();
        loosen(&mut config, self.counter);
        let written = config.write(&mut self.random);
        if self.random.chance(50) {
            return Y::Block("|-", written.trim_end().lines().map(str::to_owned).collect());
        }
        let name = format!("{stem}{}.yaml", self.count());
        self.file(folder, &name, written);
        text(&name)
    }

    fn head(&mut self, config: &mut Y, kind: &str) {
        let name = format!("plugin{}", self.count());
        config.set(
            "apiVersion",
            text(if self.risk(4) { "example.com/v1" } else { "builtin" }),
        );
        config.set("kind", text(kind));
        if config.get_mut("metadata").is_none() {
            config.set("metadata", map([("name", text(&name))]));
        }
    }

    fn transformer_config(&mut self, folder: &str, known: &[Known]) -> Y {
        let kinds = [
            "AnnotationsTransformer",
            "LabelTransformer",
            "PrefixTransformer",
            "SuffixTransformer",
            "NamespaceTransformer",
            "ImageTagTransformer",
            "ReplicaCountTransformer",
            "PatchTransformer",
            "PatchJson6902Transformer",
            "PatchStrategicMergeTransformer",
            "ReplacementTransformer",
            "HashTransformer",
            "PrefixSuffixTransformer",
            "ValueAddTransformer",
            "SortOrderTransformer",
            "OddTransformer",
        ];
        let kind = if self.risk(6) {
            self.random.pick(&kinds[14..])
        } else {
            self.random.pick(&kinds[..14])
        };
        let mut config = Y::Map(Vec::new());
        let victim = self.victim(known);
        match kind {
            "AnnotationsTransformer" => {
                config.set("annotations", map([("by", scalars::label(&mut self.random))]))
            }
            "LabelTransformer" => config.set("labels", map([("by", scalars::label(&mut self.random))])),
            "PrefixTransformer" => config.set("prefix", text("t-")),
            "SuffixTransformer" => config.set("suffix", text("-t")),
            "PrefixSuffixTransformer" => {
                config.set("prefix", text("t-"));
                config.set("suffix", text("-t"));
            }
            "NamespaceTransformer" => {
                config.set(
                    "metadata",
                    map([("name", text("ns")), ("namespace", text("three"))]),
                );
                if self.random.chance(30) {
                    config.set("unsetOnly", raw("true"));
                }
                if self.random.chance(40) {
                    let how = if self.risk(20) {
                        "odd"
                    } else {
                        self.random.pick(&["defaultOnly", "allServiceAccounts", "none"])
                    };
                    config.set("setRoleBindingSubjects", text(how));
                }
            }
            "ValueAddTransformer" => {
                config.set("value", raw(self.random.pick(&["added", "\"5\"", "\"\""])));
                let target = self.value_target(&victim);
                config.set("targets", list([target]));
            }
            "ImageTagTransformer" => {
                config.set("imageTag", map([("name", text("nginx")), ("newTag", raw("'9'"))]))
            }
            "ReplicaCountTransformer" => {
                config.set(
                    "replica",
                    map([("name", text(&victim.name)), ("count", raw("4"))]),
                );
            }
            "PatchTransformer" => config = self.patch(folder, known),
            "PatchJson6902Transformer" => {
                config = self.json_entry(folder, known);
                if let Y::Map(entries) = &mut config {
                    entries
                        .iter_mut()
                        .filter(|(key, _)| key == "patch")
                        .for_each(|(key, _)| *key = "jsonOp".into());
                }
            }
            "PatchStrategicMergeTransformer" => {
                let lines = self
                    .merge_patch(&victim)
                    .trim_end()
                    .lines()
                    .map(str::to_owned)
                    .collect();
                config.set("patches", Y::Block("|-", lines));
            }
            "ReplacementTransformer" => config.set("replacements", list([self.replacement(folder, known)])),
            _ => {}
        }
        self.head(&mut config, kind);
        let has_specs = !kind.starts_with("Patch")
            && !matches!(
                kind,
                "ReplacementTransformer" | "HashTransformer" | "ValueAddTransformer"
            );
        if has_specs && !self.risk(12) {
            let path = match kind {
                "PrefixTransformer" | "SuffixTransformer" | "PrefixSuffixTransformer" => "metadata/name",
                "NamespaceTransformer" => "metadata/namespace",
                "LabelTransformer" => "metadata/labels",
                "AnnotationsTransformer" => "metadata/annotations",
                "ReplicaCountTransformer" => "spec/replicas",
                _ => "spec/image",
            };
            let mut specs = vec![spec(path, true)];
            if self.risk(60) {
                specs.push(self.field_spec(true));
            }
            config.set("fieldSpecs", Y::List(specs));
        }
        config
    }

    fn value_target(&mut self, victim: &Known) -> Y {
        let path = self
            .random
            .pick(&["metadata/namespace", "spec/ref", "metadata/annotations/added"]);
        let mut target = map([("fieldPath", text(path))]);
        if self.random.chance(60) {
            target.set("selector", self.selector(victim));
        }
        if self.random.chance(50) {
            target.set("filePathPosition", raw(self.random.pick(&["1", "2", "9"])));
        }
        target
    }

    pub(super) fn field_spec(&mut self, may_create: bool) -> Y {
        let path = self.random.pick(&SPECS);
        let mut made = spec(path, may_create && self.random.chance(40));
        if self.random.chance(40) {
            let (api, kind) = objects::KINDS[self.random.below(objects::KINDS.len())];
            let (group, version) = api.split_once('/').unwrap_or(("", api));
            made.set("kind", text(kind));
            if self.random.chance(50) {
                made.set("group", raw(quoted(group)));
                made.set("version", text(version));
            }
        }
        made
    }
}

/// Adds what the original passes by or makes a text of, where `number` says so; it is none of the random ones, so that
/// all other choices stay the same.
fn loosen(config: &mut Y, number: usize) {
    match number % 8 {
        1 => config.set("odd", list([raw("1")])),
        2 => each(
            config,
            &["target", "imageTag", "replica", "options", "serviceAccount"],
            |map| map.set("odd", raw("1")),
        ),
        3 => each_spec(config, |spec| spec.set("odd", raw("null"))),
        4 => each(config, &["labels", "annotations"], |map| {
            map.set("count", raw("1.50"))
        }),
        5 => {
            each(config, &["imageTag"], |map| map.set("newTag", raw("1.20")));
            each(config, &["target"], |map| map.set("labelSelector", raw("null")));
            for key in ["prefix", "suffix", "value"] {
                if let Some(value) = config.get_mut(key) {
                    *value = raw("0x10");
                }
            }
        }
        6 => each_spec(config, |spec| spec.set("group", raw("null"))),
        _ => {}
    }
}

fn each(config: &mut Y, keys: &[&str], change: impl Fn(&mut Y)) {
    for key in keys {
        config.get_mut(key).into_iter().for_each(&change);
    }
}

fn each_spec(config: &mut Y, change: impl Fn(&mut Y)) {
    if let Some(Y::List(specs)) = config.get_mut("fieldSpecs") {
        specs.iter_mut().for_each(change);
    }
}

fn spec(path: &str, create: bool) -> Y {
    let mut spec = map([("path", text(path))]);
    if create {
        spec.set("create", raw("true"));
    }
    spec
}
