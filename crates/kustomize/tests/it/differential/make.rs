//! Random kustomizations: folders of objects, and folders that change them.

mod broken;
mod configs;
mod fields;
mod generators;
mod objects;
mod patches;
mod plugins;
mod replacements;
mod scalars;

use std::collections::BTreeMap;

use super::{
    case::Case,
    random::Random,
    yaml::{Y, map, text},
};
use objects::Known;

/// A random case; the same for the same seed.
pub(crate) fn case(seed: u64) -> Case {
    let mut maker = Maker {
        random: Random::new(seed),
        files: BTreeMap::new(),
        vars: Vec::new(),
        taken: Vec::new(),
        counter: 0,
        is_bold: false,
    };
    maker.is_bold = maker.random.chance(30);
    let depth = maker.random.below(3);
    maker.layer("app", depth, Kind::Root, &[]);
    if maker.random.chance(12) {
        maker.spoil();
    }
    Case {
        files: maker.files,
        target: "app".into(),
    }
}

/// What a folder is to the one that refers to it.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Kind {
    Root,
    Base,
    Component,
}

struct Maker {
    random: Random,
    files: BTreeMap<String, String>,
    vars: Vec<String>,
    /// Every object of every folder.
    taken: Vec<Known>,
    counter: usize,
    /// Whether things are tried that often fail.
    is_bold: bool,
}

impl Maker {
    fn count(&mut self) -> usize {
        self.counter += 1;
        self.counter
    }

    /// True this many times out of a hundred, but seldom in a case that should work.
    fn risk(&mut self, percent: usize) -> bool {
        self.random
            .chance(if self.is_bold { percent } else { percent / 12 })
    }

    fn file(&mut self, folder: &str, name: &str, content: String) {
        self.files.insert(format!("{folder}/{name}"), content);
    }

    /// Makes a folder; what objects it has, as far as that can be told.
    fn layer(&mut self, folder: &str, depth: usize, kind: Kind, above: &[Known]) -> Vec<Known> {
        let mut kustomization = Y::Map(Vec::new());
        if kind == Kind::Component {
            kustomization.set("apiVersion", text("kustomize.config.k8s.io/v1alpha1"));
            kustomization.set("kind", text("Component"));
        } else if self.random.chance(40) {
            kustomization.set("apiVersion", text("kustomize.config.k8s.io/v1beta1"));
            kustomization.set("kind", text("Kustomization"));
        }
        let mut known = above.to_vec();
        let mut resources = Vec::new();
        if depth > 0 {
            for number in 0..1 + self.random.below(2) {
                let base = format!("{folder}-base{number}");
                for object in self.layer(&base, depth - 1, Kind::Base, &[]) {
                    known.push(object);
                }
                resources.push(text(&format!("../{base}")));
            }
        }
        let count = if depth > 0 || kind == Kind::Component {
            self.random.below(2)
        } else {
            1 + self.random.below(4)
        };
        resources.extend(self.objects(folder, count, &mut known));
        if !resources.is_empty() {
            let key = if self.random.chance(95) {
                "resources"
            } else {
                "bases"
            };
            kustomization.set(key, Y::List(resources));
        }
        if kind != Kind::Component && self.random.chance(18) {
            let component = format!("{folder}-component");
            known = self.layer(&component, 0, Kind::Component, &known);
            kustomization.set("components", Y::List(vec![text(&format!("../{component}"))]));
        }
        self.fields(folder, &mut kustomization, &mut known, kind == Kind::Root);
        if kustomization.get_mut("resources").is_none() {
            kustomization.set("commonAnnotations", map([("only", text("this"))]));
        }
        let mut content = kustomization.write(&mut self.random);
        if self.random.chance(4) {
            content = content.replace('\n', "\r\n");
        }
        let name = if self.random.chance(92) {
            "kustomization.yaml"
        } else {
            self.random.pick(&["kustomization.yml", "Kustomization"])
        };
        self.file(folder, name, content);
        known
    }

    fn identity(&mut self) -> Known {
        let (api, kind) = objects::KINDS[self.random.below(objects::KINDS.len())];
        let mut name = self.random.pick(&objects::NAMES).to_owned();
        if kind == "CustomResourceDefinition" {
            name = "widgets.example.com".into();
        }
        Known {
            api,
            kind,
            name,
            namespace: self.random.pick(&objects::NAMESPACES).to_owned(),
        }
    }

    /// Files with objects; an object that is there already is mostly left out.
    fn objects(&mut self, folder: &str, count: usize, known: &mut Vec<Known>) -> Vec<Y> {
        let mut listed = Vec::new();
        for _ in 0..count {
            let mut documents = Vec::new();
            for _ in 0..1 + self.random.below(3) {
                let identity = self.identity();
                if is_there(known, &identity) && !self.risk(4)
                    || !self.is_bold && is_there(&self.taken, &identity)
                {
                    continue;
                }
                documents.push(objects::object(&mut self.random, &identity));
                self.taken.push(identity.clone());
                known.push(identity);
            }
            if documents.is_empty() {
                continue;
            }
            let name = format!(
                "object{}.{}",
                self.count(),
                if self.random.chance(90) { "yaml" } else { "yml" }
            );
            let content = self.documents(&documents);
            self.file(folder, &name, content);
            listed.push(text(&if self.random.chance(10) {
                format!("./{name}")
            } else {
                name
            }));
        }
        listed
    }

    fn documents(&mut self, documents: &[Y]) -> String {
        if self.random.chance(8) {
            let kind = self
                .random
                .pick(&["List", "List", "ConfigMapList", "ResourceList"]);
            let list = map([
                ("apiVersion", text("v1")),
                ("kind", text(kind)),
                ("items", Y::List(documents.to_vec())),
            ]);
            return list.write(&mut self.random);
        }
        let parts: Vec<String> = documents
            .iter()
            .map(|document| document.write(&mut self.random))
            .collect();
        let mut content = String::from(
            self.random
                .pick(&["", "", "", "---\n", "# comment\n---\n", "\n\n"]),
        );
        if self.risk(3) {
            content.insert_str(0, "%YAML 1.1\n---\n");
        }
        content.push_str(&parts.join(self.random.pick(&[
            "---\n",
            "---\n",
            "--- # next\n",
            "---\n---\n",
            "---\n# nothing\n---\n",
        ])));
        if self.random.chance(6) {
            content.push_str(self.random.pick(&["---\n", "...\n", "# the end", "---\nnull\n"]));
        }
        if self.random.chance(4) {
            content = content.replace('\n', "\r\n");
        }
        content
    }
}

fn is_there(known: &[Known], object: &Known) -> bool {
    let same =
        |other: &Known| other.api == object.api && other.kind == object.kind && other.name == object.name;
    known.iter().any(same)
}
