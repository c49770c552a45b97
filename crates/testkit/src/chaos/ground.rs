//! What Git says: a repository of two units, changed at random, and what must then be in the cluster.

use std::{
    collections::BTreeMap,
    path::{Path, PathBuf},
};

use anyhow::Result;
use serde_json::{Value, json};

use super::random::Random;

/// The units: an Application and a Kustomization, each with a namespace of its name.
pub(super) const UNITS: [&str; 2] = ["shop", "stock"];
/// The folder of the repository.
pub(super) const REPOSITORY: &str = "repository";
/// Most objects of a unit.
const MOST: usize = 8;

/// The repository.
pub(super) struct Ground {
    repository: PathBuf,
    /// The repository, as the custom resources name it.
    url: String,
    random: Random,
    units: BTreeMap<&'static str, Unit>,
    /// All commits, in the order they were made.
    commits: Vec<String>,
}

/// What Git says of one unit.
#[derive(Clone, Debug, Default)]
pub(super) struct Unit {
    /// The objects.
    pub(super) objects: BTreeMap<Id, u32>,
    /// The last commit that changed it.
    pub(super) commit: String,
    committed: String,
}

/// Kind and name of an object.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Id {
    pub(super) kind: &'static str,
    pub(super) name: String,
}

impl Id {
    /// Where it is in the API.
    pub(super) fn path(&self, namespace: &str) -> String {
        format!("{}/{}", collection(self.kind, namespace), self.name)
    }
}

/// Where the objects of a kind are in the API.
pub(super) fn collection(kind: &str, namespace: &str) -> String {
    match kind {
        "Deployment" => format!("/apis/apps/v1/namespaces/{namespace}/deployments"),
        kind => format!("/api/v1/namespaces/{namespace}/{}s", kind.to_lowercase()),
    }
}

/// The kinds of the objects.
pub(super) const KINDS: [&str; 4] = ["ConfigMap", "Deployment", "Secret", "Service"];

impl Ground {
    /// A repository in `folder`, known as `url`, or by where it is.
    pub(super) fn new(folder: &Path, url: Option<String>, seed: u64) -> Result<Self> {
        let repository = folder.join(REPOSITORY);
        std::fs::create_dir_all(&repository)?;
        let units = UNITS.iter().map(|name| (*name, Unit::default())).collect();
        let mut ground = Self {
            url: url.unwrap_or_else(|| repository.display().to_string()),
            repository,
            random: Random::new(seed ^ 0x6769_7400),
            units,
            commits: Vec::new(),
        };
        ground.git(&["init", "-q", "-b", "main"])?;
        for unit in UNITS {
            for _ in 0..3 {
                ground.change(unit);
            }
        }
        ground.write()?;
        Ok(ground)
    }

    /// The custom resources and the namespaces.
    pub(super) fn setup(&self) -> Vec<Value> {
        let url = &self.url;
        let namespaces = ["argocd", "flux-system"].into_iter().chain(UNITS);
        let mut objects: Vec<Value> = namespaces
            .map(|name| json!({"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": name}}))
            .collect();
        objects.push(json!({"apiVersion": "argoproj.io/v1alpha1", "kind": "Application",
            "metadata": {"name": "shop", "namespace": "argocd"},
            "spec": {"project": "default", "source": {"repoURL": url, "path": "shop", "targetRevision": "main"},
                "destination": {"server": "https://kubernetes.default.svc", "namespace": "shop"},
                "syncPolicy": {"automated": {"prune": true, "selfHeal": true},
                    "retry": {"limit": -1, "backoff": {"duration": "200ms", "factor": 2, "maxDuration": "2s"}}}}}));
        objects.push(
            json!({"apiVersion": "source.toolkit.fluxcd.io/v1", "kind": "GitRepository",
            "metadata": {"name": "stock", "namespace": "flux-system"},
            "spec": {"url": url, "interval": "5s", "ref": {"branch": "main"}}}),
        );
        objects.push(json!({"apiVersion": "kustomize.toolkit.fluxcd.io/v1", "kind": "Kustomization",
            "metadata": {"name": "stock", "namespace": "flux-system"},
            "spec": {"sourceRef": {"kind": "GitRepository", "name": "stock"}, "path": "./stock", "prune": true,
                "interval": "5s", "retryInterval": "1s", "targetNamespace": "stock"}}));
        objects
    }

    pub(super) fn unit(&self, name: &str) -> &Unit {
        &self.units[name]
    }

    /// The newest commit.
    pub(super) fn head(&self) -> &str {
        self.commits.last().map_or("", String::as_str)
    }

    /// Whether `commit` has the last change of a unit: it is that commit or a later one.
    pub(super) fn has_last_change(&self, unit: &str, commit: &str) -> bool {
        let place = |wanted: &str| self.commits.iter().rposition(|known| known == wanted);
        place(commit).is_some_and(|at| Some(at) >= place(&self.units[unit].commit))
    }

    /// An object that Git has.
    pub(super) fn any(&mut self) -> (&'static str, Id) {
        let unit = UNITS[self.random.below(2) as usize];
        let objects: Vec<&Id> = self.units[unit].objects.keys().collect();
        let index = self.random.below(u32::try_from(objects.len()).unwrap_or(1)) as usize;
        (unit, objects[index].clone())
    }

    /// Changes one unit, or both.
    pub(super) fn commit(&mut self) -> Result<()> {
        let first = UNITS[self.random.below(2) as usize];
        let touched: Vec<&'static str> = UNITS
            .into_iter()
            .filter(|unit| *unit == first || self.random.percent(40))
            .collect();
        for unit in &touched {
            for _ in 0..=self.random.below(3) {
                self.change(unit);
            }
        }
        self.write()
    }

    /// Leaves the last commit out of the history and puts another in its place.
    pub(super) fn rewrite(&mut self) -> Result<()> {
        for unit in UNITS {
            self.change(unit);
        }
        self.git(&["reset", "-q", "--soft", "HEAD~1"])?;
        self.write()
    }

    /// A commit that is large, so that it does not fit where there is no room.
    pub(super) fn grow(&mut self) -> Result<()> {
        let noise: Vec<u8> = (0..300_000).map(|_| self.random.below(256) as u8).collect();
        std::fs::write(self.repository.join("noise"), noise)?;
        self.commit()
    }

    /// A commit that cannot be applied; the next one can.
    pub(super) fn break_it(&mut self) -> Result<()> {
        std::fs::write(self.repository.join("shop/all.yaml"), "apiVersion: v1\nkind: {\n")?;
        std::fs::write(
            self.repository.join("stock/all.yaml"),
            "apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: NOT A NAME\n",
        )?;
        self.save("Break it")
    }

    /// Makes all right again.
    pub(super) fn mend(&mut self) -> Result<()> {
        for unit in UNITS {
            self.change(unit);
        }
        self.write()
    }

    fn change(&mut self, unit: &'static str) {
        let random = &mut self.random;
        let objects = &mut self.units.get_mut(unit).expect("both units are there").objects;
        let value = random.below(100_000);
        let victim = random.below(u32::try_from(objects.len().max(1)).unwrap_or(1)) as usize;
        let known = objects.keys().nth(victim).cloned();
        match (random.below(10), known) {
            (0..3, Some(id)) if objects.len() > 2 => drop(objects.remove(&id)),
            (3..8, Some(id)) => drop(objects.insert(id, value)),
            (_, Some(id)) if objects.len() >= MOST => drop(objects.insert(id, value)),
            _ => {
                let kind = KINDS[random.below(4) as usize];
                let name = format!("{}-{}", kind.to_lowercase(), random.below(6));
                objects.insert(Id { kind, name }, value);
            }
        }
    }

    fn write(&mut self) -> Result<()> {
        for unit in UNITS {
            let folder = self.repository.join(unit);
            std::fs::create_dir_all(&folder)?;
            std::fs::write(folder.join("all.yaml"), manifests(&self.units[unit].objects))?;
        }
        self.save("Change it")?;
        let head = self.head().to_owned();
        for unit in self.units.values_mut() {
            let now = manifests(&unit.objects);
            if unit.committed != now {
                (unit.committed, unit.commit) = (now, head.clone());
            }
        }
        Ok(())
    }

    fn save(&mut self, message: &str) -> Result<()> {
        self.git(&["add", "-A"])?;
        self.git(&["commit", "-q", "--allow-empty", "-m", message])?;
        self.commits.push(self.git(&["rev-parse", "HEAD"])?);
        Ok(())
    }

    fn git(&self, arguments: &[&str]) -> Result<String> {
        crate::git::run(&self.repository, arguments)
    }
}

fn manifests(objects: &BTreeMap<Id, u32>) -> String {
    let documents: Vec<String> = objects
        .iter()
        .map(|(id, value)| format!("{}\n", manifest(id, *value)))
        .collect();
    documents.join("---\n")
}

/// What of an object Git decides.
pub(super) fn manifest(id: &Id, value: u32) -> Value {
    let mut object = json!({"apiVersion": "v1", "kind": id.kind, "metadata": {"name": id.name}});
    match id.kind {
        "Deployment" => {
            object["apiVersion"] = json!("apps/v1");
            object["spec"] = json!({"replicas": value % 4, "selector": {"matchLabels": {"app": id.name}},
                "template": {"metadata": {"labels": {"app": id.name}},
                    "spec": {"containers": [{"name": "main", "image": format!("example.org/app:{}", value % 7)}]}}});
        }
        "Service" => {
            object["spec"] = json!({"selector": {"app": format!("a{}", value % 9)},
                "ports": [{"port": 1000 + value % 1000, "protocol": "TCP"}]});
        }
        "Secret" => object["stringData"] = json!({"value": value.to_string()}),
        _ => object["data"] = json!({"value": value.to_string()}),
    }
    object
}
