//! `replacements:` and `vars:`.

use super::{
    super::yaml::{Y, list, map, quoted, raw, text},
    Maker,
    objects::{Known, has_pods, pod_path},
};

impl Maker {
    /// An entry of `replacements:`.
    pub(super) fn replacement(&mut self, folder: &str, known: &[Known]) -> Y {
        let source = self.victim(known);
        let mut replacement = Y::Map(Vec::new());
        if self.random.chance(10) {
            replacement.set(
                "sourceValue",
                raw(quoted(self.random.pick(&["fixed", "5", "true", "a:b"]))),
            );
        } else {
            let source = self.source(&source);
            replacement.set("source", source);
        }
        let count = 1 + self.random.below(2);
        let targets = (0..count).map(|_| self.replacement_target(known)).collect();
        replacement.set("targets", Y::List(targets));
        if self.random.chance(15) {
            let name = format!("replacement{}.yaml", self.count());
            let content = if self.random.chance(50) {
                Y::List(vec![replacement])
            } else {
                replacement
            };
            let content = content.write(&mut self.random);
            self.file(folder, &name, content);
            return map([("path", text(&name))]);
        }
        replacement
    }

    fn source(&mut self, source: &Known) -> Y {
        let mut selector = map([("kind", text(source.kind)), ("name", text(&source.name))]);
        if self.random.chance(30) {
            let (group, version) = source.api.split_once('/').unwrap_or(("", source.api));
            selector.set("version", text(version));
            if !group.is_empty() {
                selector.set("group", text(group));
            }
        }
        if !source.namespace.is_empty() && self.random.chance(50) {
            selector.set("namespace", text(&source.namespace));
        }
        if self.random.chance(70) {
            let path = self.path_in(source);
            selector.set("fieldPath", raw(quoted(&path)));
        }
        if self.risk(25) {
            let mut options = map([("delimiter", raw(quoted(self.random.pick(&[":", ".", "/", "-"]))))]);
            if self.random.chance(70) {
                options.set("index", raw(self.random.pick(&["0", "1", "2", "-1"])));
            }
            selector.set("options", options);
        }
        selector
    }

    fn replacement_target(&mut self, known: &[Known]) -> Y {
        let victim = self.victim(known);
        let mut target = Y::Map(Vec::new());
        let mut select = self.selector(&victim);
        if let Y::Map(entries) = &mut select
            && (entries.is_empty() || self.random.chance(60))
        {
            *entries = vec![
                ("kind".into(), text(victim.kind)),
                ("name".into(), text(&victim.name)),
            ];
        }
        target.set("select", select);
        if self.random.chance(15) {
            let other = self.victim(known);
            target.set("reject", list([self.selector(&other)]));
        }
        if self.random.chance(85) {
            let count = 1 + self.random.below(2);
            let paths = (0..count).map(|_| raw(quoted(&self.path_in(&victim)))).collect();
            target.set("fieldPaths", Y::List(paths));
        }
        if self.random.chance(50) {
            let mut options = Y::Map(Vec::new());
            if self.random.chance(60) {
                options.set("create", raw("true"));
            }
            if self.risk(40) {
                options.set("delimiter", raw(quoted(self.random.pick(&[":", "/", "-"]))));
                options.set("index", raw(self.random.pick(&["0", "1", "5", "-1"])));
            }
            target.set("options", options);
        }
        target
    }

    fn path_in(&mut self, known: &Known) -> String {
        let general = [
            "metadata.name",
            "metadata.namespace",
            "metadata.labels.app",
            "metadata.annotations.note",
            "metadata.labels",
            "metadata.annotations.[example.com/key]",
            "metadata.annotations.example\\.com/dotted",
            "metadata.labels.new",
        ];
        if !self.is_bold && self.random.chance(92) {
            let sure: &[&str] = match known.kind {
                "ConfigMap" if !known.name.starts_with("gen") => &["data.file\\.yaml", "metadata.name"],
                "Service" => &[
                    "spec.ports.0.port",
                    "spec.ports.[port=443].port",
                    "spec.ports.*.port",
                ],
                "Widget" | "Gadget" => &[
                    "spec.image",
                    "spec.items.[name=a].name",
                    "spec.items",
                    "spec.deep.list.1",
                    "spec.ref",
                ],
                "Deployment"
                | "StatefulSet"
                | "DaemonSet"
                | "ReplicaSet"
                | "Job"
                | "ReplicationController" => &[
                    "spec.template.spec.containers.0.image",
                    "spec.template.spec.containers.[name=main].image",
                    "spec.template.spec.containers.0.name",
                    "spec.template.spec.containers.*.image",
                ],
                _ => &["metadata.name"],
            };
            return self.random.pick(sure).to_owned();
        }
        if self.random.chance(30) {
            return self.random.pick(&general).to_owned();
        }
        let specific: &[&str] = match known.kind {
            "ConfigMap" => &[
                "data.k",
                "data.file\\.yaml",
                "data.file\\.yaml.server.port",
                "data.[file.yaml].list.0.value",
                "data.new",
            ],
            "Secret" => &["data.k", "stringData.s", "data.new"],
            "Service" => &[
                "spec.ports.0.port",
                "spec.ports.[name=http].port",
                "spec.ports.*.port",
                "spec.ports.1.port",
                "spec.type",
            ],
            "Widget" | "Gadget" => &[
                "spec.size",
                "spec.items.[name=a].v",
                "spec.items.*.v",
                "spec.items.[name=c].v",
                "spec.deep",
                "spec.deep.list.1",
                "spec.deep.list.[=two]",
                "spec.new.path",
                "spec.deep.list.5",
                "spec.items",
                "spec.items.0.v",
                "spec.items.-.v",
            ],
            kind if has_pods(kind) => {
                let mut path = pod_path(kind).unwrap_or_default().join(".");
                if !path.is_empty() {
                    path.push('.');
                }
                let fields = [
                    "containers.0.image",
                    "containers.[name=main].image",
                    "containers.*.image",
                    "containers.[name=side].env.[name=A].value",
                    "containers.[name=main].env.[name=A].value",
                    "containers.[name=new].image",
                    "containers.[name=.*].image",
                    "serviceAccountName",
                    "containers.0.env.0.value",
                    "containers.[image=nginx].image",
                    "containers.0.ports.0.containerPort",
                ];
                return format!("{path}spec.{}", self.random.pick(&fields));
            }
            _ => &[
                "spec.extra",
                "metadata.name",
                "rules.0.resourceNames.0",
                "subjects.0.name",
                "subjects.*.namespace",
            ],
        };
        self.random.pick(specific).to_owned()
    }

    /// An entry of `vars:`.
    pub(super) fn var(&mut self, known: &[Known]) -> Y {
        let victim = self.victim(known);
        let name = if self.vars.is_empty() || self.risk(8) {
            "VAR".to_owned()
        } else {
            format!("OTHER{}", self.vars.len())
        };
        let mut object = map([("kind", text(victim.kind)), ("name", text(&victim.name))]);
        if self.random.chance(85) {
            object.set("apiVersion", text(victim.api));
        }
        if !victim.namespace.is_empty() && self.random.chance(50) {
            object.set("namespace", text(&victim.namespace));
        }
        let mut var = map([("name", text(&name)), ("objref", object)]);
        if self.risk(50) {
            let paths = [
                "metadata.name",
                "metadata.labels.app",
                "spec.ports[0].port",
                "data.k",
                "spec.size",
                "spec.deep",
                "metadata.namespace",
            ];
            var.set(
                "fieldref",
                map([("fieldpath", raw(quoted(self.random.pick(&paths))))]),
            );
        }
        self.vars.push(name);
        var
    }
}
