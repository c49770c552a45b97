//! The fields of a kustomization.

use super::{
    super::yaml::{Y, list, map, raw, text},
    Maker,
    objects::Known,
    scalars,
};

impl Maker {
    /// Sets some fields of a kustomization.
    pub(super) fn fields(
        &mut self,
        folder: &str,
        kustomization: &mut Y,
        known: &mut Vec<Known>,
        is_root: bool,
    ) {
        self.generators(folder, kustomization, known);
        self.names(kustomization);
        self.labels(kustomization);
        self.patches(folder, kustomization, known);
        self.values(folder, kustomization, known);
        self.rare(folder, kustomization, known);
        if is_root {
            self.root_only(kustomization);
        }
    }

    fn some(&mut self, percent: usize, most: usize) -> usize {
        if self.random.chance(percent) {
            1 + self.random.below(most)
        } else {
            0
        }
    }

    fn generators(&mut self, folder: &str, kustomization: &mut Y, known: &mut Vec<Known>) {
        for (key, kind, percent) in [
            ("configMapGenerator", "ConfigMap", 25),
            ("secretGenerator", "Secret", 12),
        ] {
            let mut made = Vec::new();
            for _ in 0..self.some(percent, 2) {
                let of_kind: Vec<&Known> = known.iter().filter(|known| known.kind == kind).collect();
                let existing = if !of_kind.is_empty() && self.random.chance(35) {
                    Some(of_kind[self.random.below(of_kind.len())].name.clone())
                } else {
                    None
                };
                let mut generator = self.generator(folder, existing.as_deref(), kind == "Secret");
                if let (None, Some(Y::Raw(name))) = (existing, generator.get_mut("name")) {
                    known.push(Known {
                        api: "v1",
                        kind,
                        name: name.clone(),
                        namespace: String::new(),
                    });
                }
                made.push(generator);
            }
            if !made.is_empty() {
                kustomization.set(key, Y::List(made));
                if self.random.chance(20) {
                    kustomization.set("generatorOptions", self.generator_options());
                }
            }
        }
    }

    fn names(&mut self, kustomization: &mut Y) {
        if self.random.chance(25) {
            kustomization.set("namespace", text(self.random.pick(&["one", "three", "default"])));
        }
        if self.random.chance(30) {
            kustomization.set("namePrefix", text(self.random.pick(&["p-", "dev-", "x1-"])));
        }
        if self.random.chance(20) {
            kustomization.set("nameSuffix", text(self.random.pick(&["-s", "-v2"])));
        }
    }

    fn labels(&mut self, kustomization: &mut Y) {
        if self.random.chance(20) {
            let mut label = map([(
                "pairs",
                map([
                    ("app", scalars::label(&mut self.random)),
                    ("l", scalars::label(&mut self.random)),
                ]),
            )]);
            for key in [
                "includeSelectors",
                "includeTemplates",
                "includeVolumeClaimTemplates",
            ] {
                if self.random.chance(30) {
                    label.set(key, raw("true"));
                }
            }
            if self.random.chance(20) {
                let spec = if self.risk(70) {
                    self.field_spec(true)
                } else {
                    map([("path", text("spec/labels")), ("create", raw("true"))])
                };
                label.set("fields", list([spec]));
            }
            kustomization.set("labels", list([label]));
        }
        if self.random.chance(12) {
            kustomization.set(
                "commonLabels",
                map([("common", scalars::label(&mut self.random))]),
            );
        }
        if self.random.chance(20) {
            let key = self.random.pick(&["note", "example.com/x", "long"]);
            kustomization.set(
                "commonAnnotations",
                map([(key, scalars::label(&mut self.random))]),
            );
        }
    }

    fn patches(&mut self, folder: &str, kustomization: &mut Y, known: &[Known]) {
        let patches: Vec<Y> = (0..self.some(45, 3)).map(|_| self.patch(folder, known)).collect();
        if !patches.is_empty() {
            kustomization.set("patches", Y::List(patches));
        }
        let mut merges = Vec::new();
        for _ in 0..self.some(12, 2) {
            let victim = self.victim(known);
            let body = self.merge_patch(&victim);
            if self.random.chance(50) {
                merges.push(Y::Block(
                    "|-",
                    body.trim_end().lines().map(str::to_owned).collect(),
                ));
            } else {
                let name = format!("merge{}.yaml", self.count());
                self.file(folder, &name, body);
                merges.push(text(&name));
            }
        }
        if !merges.is_empty() {
            kustomization.set("patchesStrategicMerge", Y::List(merges));
        }
        if self.random.chance(10) {
            kustomization.set("patchesJson6902", list([self.json_entry(folder, known)]));
        }
    }

    fn values(&mut self, folder: &str, kustomization: &mut Y, known: &[Known]) {
        if self.random.chance(20) {
            let key = if self.random.chance(93) {
                "images"
            } else {
                "imageTags"
            };
            kustomization.set(
                key,
                Y::List((0..1 + self.random.below(2)).map(|_| self.image()).collect()),
            );
        }
        self.replicas(kustomization, known);
        let replacements: Vec<Y> = (0..self.some(25, 2))
            .map(|_| self.replacement(folder, known))
            .collect();
        if !replacements.is_empty() {
            kustomization.set("replacements", Y::List(replacements));
        }
        if self.random.chance(12) {
            let vars = (0..1 + self.random.below(2)).map(|_| self.var(known)).collect();
            kustomization.set("vars", Y::List(vars));
        }
    }

    fn replicas(&mut self, kustomization: &mut Y, known: &[Known]) {
        if self.random.chance(12) {
            let scaled: Vec<&Known> = known.iter().filter(|known| has_replicas(known.kind)).collect();
            let name = if scaled.is_empty() && !self.risk(50) {
                return;
            } else if scaled.is_empty() {
                "app".into()
            } else {
                scaled[self.random.below(scaled.len())].name.clone()
            };
            let count = raw(self.random.pick(&["0", "2", "5"]));
            kustomization.set("replicas", list([map([("name", text(&name)), ("count", count)])]));
        }
    }

    fn image(&mut self) -> Y {
        let mut image = map([(
            "name",
            text(
                self.random
                    .pick(&["nginx", "app", "foo/nginx", "registry.io:5000/team/app", "n.*x"]),
            ),
        )]);
        if self.random.chance(40) {
            image.set(
                "newName",
                text(self.random.pick(&["mirror.io/nginx", "other", "a:5000/b"])),
            );
        }
        if self.random.chance(45) {
            image.set("newTag", raw(self.random.pick(&["\"2\"", "v3", "'1.0'", "\"\""])));
        }
        if self.random.chance(15) {
            image.set("digest", text("sha256:abcdef0123"));
        }
        if self.random.chance(12) {
            image.set("tagSuffix", text("-alpine"));
        }
        image
    }

    fn rare(&mut self, folder: &str, kustomization: &mut Y, known: &[Known]) {
        let transformers: Vec<Y> = (0..self.some(18, 2))
            .map(|_| self.transformer(folder, known))
            .collect();
        if !transformers.is_empty() {
            kustomization.set("transformers", Y::List(transformers));
        }
        if self.random.chance(6) {
            kustomization.set("generators", list([self.custom_generator(folder)]));
        }
        if self.random.chance(4) {
            kustomization.set("validators", list([self.validator(folder, known)]));
        }
        if self.random.chance(10) {
            kustomization.set("configurations", list([self.configuration(folder)]));
        }
        if self.random.chance(4) {
            kustomization.set("crds", list([self.crd(folder)]));
        }
    }

    fn root_only(&mut self, kustomization: &mut Y) {
        if self.random.chance(10) {
            kustomization.set("openapi", self.schema("app"));
        }
        if self.random.chance(12) {
            let all = ["originAnnotations", "transformerAnnotations", "managedByLabel"];
            let picked = all
                .iter()
                .filter(|_| self.random.chance(60))
                .map(|option| text(option))
                .collect();
            kustomization.set("buildMetadata", Y::List(picked));
        }
        if self.random.chance(20) {
            let mut sort = map([("order", text(self.random.pick(&["fifo", "legacy", "legacy"])))]);
            if self.random.chance(25) {
                let first = list([text("Service"), text(self.random.pick(&["Deployment", "Widget"]))]);
                sort.set(
                    "legacySortOptions",
                    map([("orderFirst", first), ("orderLast", list([text("ConfigMap")]))]),
                );
            }
            kustomization.set("sortOptions", sort);
        }
        if self.random.chance(3) {
            let (key, value) = [
                ("metadata", "{name: x}"),
                ("generatorOptions", "{}"),
                ("labels", "[]"),
            ][self.random.below(3)];
            if kustomization.get_mut(key).is_none() {
                kustomization.set(key, raw(value));
            }
        }
    }
}

fn has_replicas(kind: &str) -> bool {
    matches!(
        kind,
        "Deployment" | "StatefulSet" | "ReplicaSet" | "ReplicationController"
    )
}
