//! Patches of every kind.

use super::{
    super::yaml::{Y, list, map, quoted, raw, text},
    Maker,
    objects::{self, Known, has_pods, pod_path},
    scalars,
};

impl Maker {
    /// An entry of `patches:`.
    pub(super) fn patch(&mut self, folder: &str, known: &[Known]) -> Y {
        let target = self.victim(known);
        let is_json = self.random.chance(40);
        let body = if is_json {
            self.json_patch(&target)
        } else {
            self.merge_patch(&target)
        };
        let mut patch = self.text_or_file(folder, &body);
        if is_json || self.random.chance(35) {
            patch.set("target", self.selector(&target));
        }
        if self.random.chance(10) {
            let option = self.random.pick(&["allowNameChange", "allowKindChange"]);
            patch.set(
                "options",
                map([(option, raw(self.random.pick(&["true", "true", "false"])))]),
            );
        }
        patch
    }

    pub(super) fn json_entry(&mut self, folder: &str, known: &[Known]) -> Y {
        let target = self.victim(known);
        let body = self.json_patch(&target);
        let mut patch = self.text_or_file(folder, &body);
        let mut selector = map([("kind", text(target.kind)), ("name", text(&target.name))]);
        if self.random.chance(60) {
            let (group, version) = target.api.split_once('/').unwrap_or(("", target.api));
            selector.set("version", text(version));
            if !group.is_empty() {
                selector.set("group", text(group));
            }
        }
        patch.set("target", selector);
        patch
    }

    fn text_or_file(&mut self, folder: &str, body: &str) -> Y {
        if self.random.chance(60) {
            let lines = body.trim_end().lines().map(str::to_owned).collect();
            return map([("patch", Y::Block("|-", lines))]);
        }
        let extension = self.random.pick(&["yaml", "json", "yml"]);
        let name = format!("patch{}.{extension}", self.count());
        self.file(folder, &name, body.to_owned());
        map([("path", text(&name))])
    }

    /// An object to change; sometimes one that is not there.
    pub(super) fn victim(&mut self, known: &[Known]) -> Known {
        if known.is_empty() || self.risk(4) {
            return self.identity();
        }
        known[self.random.below(known.len())].clone()
    }

    pub(super) fn selector(&mut self, target: &Known) -> Y {
        let mut selector = Y::Map(Vec::new());
        if self.random.chance(70) {
            let kind = target.kind.to_owned();
            let pattern = match self.random.below(6) {
                0 => format!("{kind}|Service"),
                1 => ".*".to_owned(),
                2 => kind[..kind.len() / 2].to_owned(),
                _ => kind,
            };
            selector.set("kind", raw(quoted(&pattern)));
        }
        if self.random.chance(60) {
            let pattern = match self.random.below(6) {
                0 => format!("{}.*", &target.name[..1]),
                1 => "(app|web)".to_owned(),
                2 => "^app$".to_owned(),
                _ => target.name.clone(),
            };
            selector.set("name", raw(quoted(&pattern)));
        }
        let (group, version) = target.api.split_once('/').unwrap_or(("", target.api));
        if self.random.chance(15) {
            selector.set("group", raw(quoted(group)));
        }
        if self.random.chance(15) {
            selector.set("version", raw(quoted(version)));
        }
        if self.random.chance(12) {
            selector.set("namespace", text(self.random.pick(&["default", "one", "o.*"])));
        }
        if self.random.chance(12) {
            let labels = [
                "app=web",
                "app",
                "!app",
                "app!=web",
                "app in (web,api)",
                "app notin (web), tier",
                "app==web",
                "tier>1",
            ];
            selector.set("labelSelector", raw(quoted(self.random.pick(&labels))));
        }
        if self.random.chance(8) {
            selector.set(
                "annotationSelector",
                raw(quoted(self.random.pick(&[
                    "note",
                    "team=web",
                    "!note",
                    "team in (api)",
                ]))),
            );
        }
        selector
    }

    /// A strategic merge patch, as text.
    pub(super) fn merge_patch(&mut self, target: &Known) -> String {
        let mut patch = map([("apiVersion", text(target.api)), ("kind", text(target.kind))]);
        let mut metadata = map([("name", text(&target.name))]);
        if !target.namespace.is_empty() {
            metadata.set("namespace", text(&target.namespace));
        }
        if self.random.chance(25) {
            let value = if self.random.chance(30) {
                raw("null")
            } else {
                scalars::label(&mut self.random)
            };
            metadata.set(
                "labels",
                map([("app", value), ("extra", scalars::label(&mut self.random))]),
            );
        }
        if self.random.chance(20) {
            metadata.set("annotations", map([("note", scalars::any(&mut self.random))]));
        }
        patch.set("metadata", metadata);
        if self.random.chance(5) {
            let directive = if self.risk(20) {
                "odd"
            } else {
                self.random.pick(&["delete", "replace", "merge"])
            };
            patch.set("$patch", text(directive));
        }
        if has_pods(target.kind) {
            self.patch_pod(&mut patch, target);
        } else {
            self.patch_other(&mut patch, target);
        }
        patch.write(&mut self.random)
    }

    fn patch_pod(&mut self, patch: &mut Y, target: &Known) {
        let mut path = pod_path(target.kind).unwrap_or_default().to_vec();
        path.push("spec");
        let at = |field: &'static str| {
            let mut path = path.clone();
            path.push(field);
            path
        };
        if self.random.chance(70) {
            let mut containers = Vec::new();
            for name in ["main", "side", "new"] {
                if self.random.chance(45) {
                    containers.push(self.patch_container(name));
                }
            }
            if self.random.chance(6) {
                containers.push(map([(
                    "$patch",
                    text(self.random.pick(&["replace", "delete", "merge"])),
                )]));
            }
            patch.put(
                &at("containers"),
                Y::List(containers),
                objects::is_list,
                &mut self.random,
            );
        }
        if self.random.chance(25) {
            let volume = match self.random.below(4) {
                0 => map([("name", text("vol")), ("$patch", text("delete"))]),
                1 => map([
                    ("name", text("vol")),
                    ("$patch", text("replace")),
                    ("hostPath", map([("path", text("/x"))])),
                ]),
                2 => map([
                    ("name", text("vol")),
                    ("emptyDir", Y::Map(vec![])),
                    ("configMap", raw("null")),
                ]),
                _ => map([
                    ("name", text("more")),
                    ("secret", map([("secretName", text("db"))])),
                ]),
            };
            patch.put(&at("volumes"), list([volume]), objects::is_list, &mut self.random);
        }
        if self.random.chance(15) {
            patch.put(
                &at("serviceAccountName"),
                text("app"),
                objects::is_list,
                &mut self.random,
            );
        }
        if self.random.chance(10) {
            let selector = map([
                ("disk", scalars::label(&mut self.random)),
                ("$retainKeys", list([text("disk")])),
            ]);
            patch.put(&at("nodeSelector"), selector, objects::is_list, &mut self.random);
        }
        if self.random.chance(15) && !matches!(target.kind, "Pod" | "PodTemplate") {
            let value = scalars::any(&mut self.random);
            patch.put(&["spec", "replicas"], value, objects::is_list, &mut self.random);
        }
    }

    fn patch_container(&mut self, name: &str) -> Y {
        let mut container = map([("name", text(name))]);
        match self.random.below(12) {
            0 => container.set("$patch", text("delete")),
            1 => {
                container.set("$patch", text("replace"));
                container.set("image", text("swapped:1"));
            }
            2 => container = map([("image", text("noname"))]),
            _ => {}
        }
        if self.random.chance(40) {
            container.set("image", objects::image(&mut self.random));
        }
        if self.random.chance(30) {
            let mut env = vec![map([
                ("name", text("A")),
                ("value", scalars::any(&mut self.random)),
            ])];
            if self.random.chance(40) {
                env.push(map([("name", text("B")), ("$patch", text("delete"))]));
            }
            if self.random.chance(40) {
                env.push(map([("name", text("Z")), ("value", text("new"))]));
            }
            container.set("env", Y::List(env));
        }
        if self.random.chance(25) {
            container.set("ports", objects::ports(&mut self.random));
        }
        if self.random.chance(15) {
            container.set("command", list([text("other")]));
        }
        if self.random.chance(10) {
            container.set(
                "resources",
                raw(self.random.pick(&["null", "{}", "{limits: {cpu: null, gpu: 1}}"])),
            );
        }
        container
    }

    fn patch_other(&mut self, patch: &mut Y, target: &Known) {
        let value = scalars::any(&mut self.random);
        match target.kind {
            "ConfigMap" => {
                let mut data = map([("k", value), ("new", scalars::any(&mut self.random))]);
                if self.random.chance(30) {
                    data.set("z", raw("null"));
                }
                if self.random.chance(15) {
                    data.set("$patch", text(self.random.pick(&["replace", "delete"])));
                }
                patch.set("data", data);
            }
            "Secret" => patch.set("stringData", map([("more", value)])),
            "Service" => {
                let port = map([
                    ("port", raw(self.random.pick(&["80", "443", "9090"]))),
                    ("targetPort", raw("8080")),
                ]);
                patch.set("spec", map([("ports", list([port])), ("type", text("NodePort"))]));
            }
            "Widget" | "Gadget" => {
                let item = map([("name", text(self.random.pick(&["a", "c"]))), ("v", value)]);
                let mut spec = map([
                    ("items", list([item])),
                    ("deep", map([("er", raw(self.random.pick(&["null", "1"])))])),
                ]);
                if self.random.chance(20) {
                    spec.set("$deleteFromPrimitiveList/x", list([text("y")]));
                    spec.set("$setElementOrder/items", list([map([("name", text("a"))])]));
                }
                patch.set("spec", spec);
            }
            _ if self.random.chance(50) => patch.set("spec", map([("extra", value)])),
            _ => {}
        }
    }

    /// A JSON patch, as text.
    fn json_patch(&mut self, target: &Known) -> String {
        let count = 1 + self.random.below(3);
        let operations = (0..count).map(|_| self.operation(target)).collect();
        let patch = Y::List(operations);
        if self.random.chance(30) {
            let written = if self.risk(30) {
                patch.flow()
            } else {
                super::configs::json(&patch)
            };
            if !written.contains('\n') {
                return written + "\n";
            }
        }
        patch.write(&mut self.random)
    }

    fn operation(&mut self, target: &Known) -> Y {
        let paths = [
            "/metadata/labels/app",
            "/metadata/annotations/note",
            "/metadata/annotations",
            "/metadata/labels",
            "/spec/replicas",
            "/spec/template/spec/containers/0/image",
            "/spec/template/spec/containers/-",
            "/spec/template/spec/containers/0/env/0",
            "/spec/template/spec/containers/0/env/-",
            "/spec/template/spec/containers/1",
            "/data/k",
            "/data/file.yaml",
            "/data/a~1b",
            "/spec/ports/0/port",
            "/spec/ports/-",
            "/spec/size",
            "/spec/items/0",
            "/spec/items/-1",
            "/spec/deep/list/1",
            "/spec/x~0y",
            "/metadata/name",
            "/kind",
            "/metadata/namespace",
            "/spec",
            "",
            "/spec/template/spec/containers/00",
        ];
        let likely: Vec<&str> = match target.kind {
            "ConfigMap" => vec![
                "/data/k",
                "/data/file.yaml",
                "/metadata/labels",
                "/metadata/annotations",
            ],
            "Service" => vec!["/spec/ports/0/port", "/spec/ports/-", "/spec/type"],
            "Widget" | "Gadget" => vec![
                "/spec/size",
                "/spec/items/0",
                "/spec/items/-",
                "/spec/deep/list/1",
                "/spec/deep/er",
            ],
            "Pod" => vec!["/spec/containers/0/image", "/spec/containers/-"],
            kind if has_pods(kind) && kind != "CronJob" && kind != "PodTemplate" => {
                vec![paths[5], paths[6], paths[4]]
            }
            _ => vec!["/metadata/labels", "/metadata/annotations", "/extra"],
        };
        let path = if self.risk(40) {
            self.random.pick(&paths)
        } else {
            self.random.pick(&likely)
        };
        let usual = self.random.pick(&["add", "add", "replace"]);
        let op = if self.risk(40) {
            self.random.pick(&["remove", "test", "copy", "move", "odd"])
        } else {
            usual
        };
        let mut operation = map([("op", text(op)), ("path", raw(quoted(path)))]);
        match op {
            "copy" | "move" => operation.set("from", raw(quoted(self.random.pick(&likely)))),
            "remove" => {}
            _ => {
                let value = self.operand(path);
                operation.set("value", value);
            }
        }
        operation
    }

    fn operand(&mut self, path: &str) -> Y {
        if path.ends_with("/labels") || path.ends_with("/annotations") {
            return map([("app", scalars::label(&mut self.random))]);
        }
        match (path.rsplit('/').next(), self.random.below(5)) {
            (Some("-" | "0" | "1"), 0..4) => map([
                ("name", text("added")),
                ("value", scalars::label(&mut self.random)),
            ]),
            (_, 0) => list([text("x"), raw("1")]),
            (_, 1) => map([("a", raw("1")), ("b", raw("null"))]),
            (Some("image"), _) => text("patched:2"),
            _ => {
                let value = scalars::any(&mut self.random);
                if matches!(value, Y::Block(..)) {
                    text("plain")
                } else {
                    value
                }
            }
        }
    }
}
