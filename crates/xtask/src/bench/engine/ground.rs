//! A monorepo of many overlays of one base, each a Deployment, a Service and a ConfigMap, and an Application for each.

use std::path::{Path, PathBuf};

use anyhow::Result;
use plumb_testkit::git;
use serde_json::{Value, json};

use super::NAMESPACE;

/// The repository.
pub(super) struct Ground {
    folder: PathBuf,
    apps: usize,
    values: Vec<String>,
    replicas: u32,
}

/// How the objects of an app go with it.
#[derive(Clone, Copy)]
pub(super) enum Removal {
    /// An object goes after what belongs to it.
    Foreground,
    /// What belongs to an object goes some time after it.
    Background,
}

impl Ground {
    /// A monorepo in `folder`, each app with so many Pods.
    pub(super) fn new(folder: &Path, apps: usize, replicas: u32) -> Result<Self> {
        let ground = Self {
            folder: folder.to_owned(),
            apps,
            values: vec!["first".to_owned(); apps],
            replicas,
        };
        std::fs::create_dir_all(folder.join("base"))?;
        ground.write_base()?;
        for app in 0..apps {
            ground.write_overlay(app)?;
        }
        ground.git(&["init", "-q", "-b", "main"])?;
        ground.save("Start")?;
        Ok(ground)
    }

    /// What the ConfigMap of an app says.
    pub(super) fn value(&self, app: usize) -> &str {
        &self.values[app]
    }

    pub(super) fn url(&self) -> String {
        self.folder.display().to_string()
    }

    pub(super) fn head(&self) -> Result<String> {
        self.git(&["rev-parse", "HEAD"])
    }

    pub(super) fn application(&self, app: usize, removal: Removal) -> Value {
        let finalizer = match removal {
            Removal::Foreground => "resources-finalizer.argocd.argoproj.io",
            Removal::Background => "resources-finalizer.argocd.argoproj.io/background",
        };
        json!({"apiVersion": "argoproj.io/v1alpha1", "kind": "Application",
            "metadata": {"name": name(app), "namespace": "argocd", "finalizers": [finalizer]},
            "spec": {"project": "default",
                "source": {"repoURL": self.url(), "path": format!("apps/{}", name(app)), "targetRevision": "main"},
                "destination": {"server": "https://kubernetes.default.svc", "namespace": NAMESPACE},
                "syncPolicy": {"automated": {"prune": true, "selfHeal": true}}}})
    }

    pub(super) fn commit_one(&mut self, app: usize, value: &str) -> Result<()> {
        value.clone_into(&mut self.values[app]);
        self.write_overlay(app)?;
        self.save("Change one")
    }

    pub(super) fn commit_all(&mut self, value: &str) -> Result<()> {
        for app in 0..self.apps {
            value.clone_into(&mut self.values[app]);
            self.write_overlay(app)?;
        }
        self.save("Change all")
    }

    pub(super) fn commit_nothing(&mut self) -> Result<()> {
        std::fs::write(self.folder.join("README.md"), "Nothing that is applied.\n")?;
        self.save("Tell")
    }

    fn write_base(&self) -> Result<()> {
        let base = self.folder.join("base");
        let texts: Vec<String> = objects(0, "", "first")
            .into_iter()
            .map(|mut object| {
                object["metadata"] = json!({"name": "app"});
                format!("{object}\n")
            })
            .collect();
        std::fs::write(base.join("all.yaml"), texts.join("---\n"))?;
        std::fs::write(base.join("kustomization.yaml"), "resources:\n- all.yaml\n")?;
        Ok(())
    }

    fn write_overlay(&self, app: usize) -> Result<()> {
        let folder = self.folder.join("apps").join(name(app));
        std::fs::create_dir_all(&folder)?;
        let (name, value, replicas) = (name(app), &self.values[app], self.replicas);
        let text = format!(
            "resources:\n- ../../base\nnamePrefix: {name}-\nlabels:\n- pairs:\n    app: {name}\n  includeSelectors: true\nreplicas:\n\
             - name: app\n  count: {replicas}\npatches:\n- patch: |-\n    apiVersion: v1\n    kind: ConfigMap\n    metadata:\n      name: app\n    \
             data:\n      value: {value:?}\n"
        );
        std::fs::write(folder.join("kustomization.yaml"), text)?;
        Ok(())
    }

    fn save(&self, message: &str) -> Result<()> {
        self.git(&["add", "-A"])?;
        self.git(&["commit", "-q", "-m", message])?;
        Ok(())
    }

    fn git(&self, arguments: &[&str]) -> Result<String> {
        git::run(&self.folder, arguments)
    }
}

/// The name of an app.
pub(super) fn name(app: usize) -> String {
    format!("app-{app:04}")
}

pub(super) fn namespace(name: &str) -> Value {
    json!({"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": name}})
}

/// The objects of an app.
pub(super) fn objects(app: usize, namespace: &str, value: &str) -> [Value; 3] {
    let metadata =
        json!({"name": format!("{}-app", name(app)), "namespace": namespace, "labels": {"app": name(app)}});
    let labels = json!({"app": name(app)});
    [
        json!({"apiVersion": "v1", "kind": "ConfigMap", "metadata": metadata, "data": {"value": value}}),
        json!({"apiVersion": "v1", "kind": "Service", "metadata": metadata,
            "spec": {"selector": labels, "ports": [{"port": 80, "targetPort": 8080}]}}),
        json!({"apiVersion": "apps/v1", "kind": "Deployment", "metadata": metadata,
            "spec": {"replicas": 1, "selector": {"matchLabels": labels}, "template": {"metadata": {"labels": labels},
                "spec": {"containers": [{"name": "app", "image": "example.org/app:1", "ports": [{"containerPort": 8080}],
                    "resources": {"requests": {"cpu": "10m", "memory": "16Mi"}}}]}}}}),
    ]
}
