//! A dev cluster with the custom resources of both tools, a repository, and the controllers at work.

use std::{
    path::{Path, PathBuf},
    time::{Duration, Instant},
};

use plumb_cluster::{Cluster, ConnectOptions};
use plumb_controllers::{ControllerOptions, Controllers};
use plumb_devcluster::{DevCluster, Options};
use plumb_git::{Author, GitOptions, Repositories};
use plumb_model::{GroupVersionKind, ObjectId};
use plumb_pipeline::Line;
use plumb_yaml::{Dialect, Limits, SourceId};
use serde_json::{Value, json};
use tempfile::TempDir;

/// Longest time that anything may take.
const PATIENCE: Duration = Duration::from_secs(20);

pub(crate) struct World {
    pub(crate) server: DevCluster,
    pub(crate) cluster: Cluster,
    pub(crate) repository: PathBuf,
    controllers: Controllers,
    directory: TempDir,
}

impl World {
    pub(crate) async fn start() -> Self {
        let directory = tempfile::tempdir().unwrap();
        let server = dev_cluster(&directory.path().join("own")).await;
        let repository = directory.path().join("repository");
        let manifest = b"apiVersion: v1\nkind: ConfigMap\nmetadata: {name: settings}\ndata: {colour: blue}\n";
        let files = [("app/settings.yaml", &manifest[..])];
        plumb_git::init_repository(&repository, "main", &files, "Start", &author()).unwrap();
        let cluster = connect(&server).await;
        for text in [plumb_argo::crds(), plumb_flux::crds()] {
            for document in documents(text) {
                cluster.create(&document, "test").await.unwrap();
            }
        }
        for name in ["argocd", "flux-system", "shop"] {
            cluster.create(&namespace(name), "test").await.unwrap();
        }
        // Each connection asks once which kinds there are: the one that makes a kind does not know it.
        let cluster = connect(&server).await;
        let git = Repositories::new(GitOptions::new(directory.path().join("mirrors"))).unwrap();
        let line = Line::new(cluster.clone(), git).unwrap();
        let controllers = Controllers::start(line, ControllerOptions::default());
        Self {
            server,
            cluster,
            repository,
            controllers,
            directory,
        }
    }

    /// Another cluster, with the namespace `shop`.
    pub(crate) async fn another(&self, name: &str) -> DevCluster {
        let server = dev_cluster(&self.directory.path().join(name)).await;
        connect(&server)
            .await
            .create(&namespace("shop"), "test")
            .await
            .unwrap();
        server
    }

    pub(crate) async fn create(&self, body: Value) {
        self.cluster.create(&body, "test").await.unwrap();
    }

    /// Changes a ConfigMap.
    pub(crate) async fn patch(&self, id: &ObjectId, patch: &Value) {
        let kind = config_map();
        let patched = self.cluster.merge_patch(&kind, id, None, patch, "test");
        patched.await.unwrap();
    }

    /// An Application of the repository's folder that goes to `destination`.
    pub(crate) fn application(&self, name: &str, destination: Value) -> Value {
        json!({"apiVersion": "argoproj.io/v1alpha1", "kind": "Application",
            "metadata": {"name": name, "namespace": "argocd", "finalizers": ["resources-finalizer.argocd.argoproj.io"]},
            "spec": {"project": "default", "destination": destination,
                "source": {"repoURL": self.url(), "path": "app", "targetRevision": "main"},
                "syncPolicy": {"automated": {"prune": true, "selfHeal": true}}}})
    }

    pub(crate) fn url(&self) -> String {
        self.repository.display().to_string()
    }

    /// The custom resource, once it is as wanted.
    pub(crate) async fn unit(
        &self,
        kind: &GroupVersionKind,
        name: (&str, &str),
        is: impl Fn(&Value) -> bool,
    ) -> Value {
        wait(&self.cluster, kind, name, |found| found.is_some_and(&is))
            .await
            .unwrap()
    }

    pub(crate) async fn stop(self) {
        self.controllers.stop().await;
        self.server.stop().await;
    }
}

/// What is found of an object, once it is as wanted.
pub(crate) async fn wait(
    cluster: &Cluster,
    kind: &GroupVersionKind,
    (namespace, name): (&str, &str),
    is: impl Fn(Option<&Value>) -> bool,
) -> Option<Value> {
    let began = Instant::now();
    loop {
        let found = cluster.get(kind, Some(namespace), name).await.unwrap();
        if is(found.as_ref()) {
            return found;
        }
        assert!(
            began.elapsed() < PATIENCE,
            "{kind} {namespace}/{name} did not become as wanted: {found:#?}"
        );
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
}

/// The documents of a YAML text.
pub(crate) fn documents(text: &str) -> Vec<Value> {
    let found = plumb_yaml::parse(text, SourceId::default(), Dialect::V3, &Limits::default()).unwrap();
    found.iter().map(plumb_yaml::Node::to_json).collect()
}

pub(crate) async fn connect(server: &DevCluster) -> Cluster {
    let kubeconfig = Some(server.kubeconfig().to_owned());
    Cluster::connect(ConnectOptions {
        kubeconfig,
        ..ConnectOptions::default()
    })
    .await
    .unwrap()
}

pub(crate) fn application_kind() -> GroupVersionKind {
    GroupVersionKind::new("argoproj.io", "v1alpha1", "Application")
}

pub(crate) fn kustomization_kind() -> GroupVersionKind {
    GroupVersionKind::new("kustomize.toolkit.fluxcd.io", "v1", "Kustomization")
}

pub(crate) fn config_map() -> GroupVersionKind {
    GroupVersionKind::new("", "v1", "ConfigMap")
}

pub(crate) fn settings() -> ObjectId {
    ObjectId {
        kind: config_map().group_kind(),
        namespace: Some("shop".to_owned()),
        name: "settings".to_owned(),
    }
}

pub(crate) fn author() -> Author {
    Author {
        name: "Kim".to_owned(),
        email: "kim@example.org".to_owned(),
        seconds: Some(1_700_000_000),
    }
}

fn namespace(name: &str) -> Value {
    json!({"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": name}})
}

async fn dev_cluster(directory: &Path) -> DevCluster {
    let options = Options {
        directory: directory.to_owned(),
        ..Options::default()
    };
    DevCluster::start(options).await.unwrap()
}
