//! A dev cluster with our definitions, and commands run against it.

use plumb_cli::Output;
use plumb_cluster::{Cluster, ConnectOptions, ServerSideApply};
use plumb_devcluster::{DevCluster, Options};
use plumb_model::{GroupVersionKind, ObjectId};
use serde_json::{Value, json};

/// What a command answered.
#[derive(Debug)]
pub(crate) struct Answer {
    pub(crate) code: u8,
    pub(crate) out: String,
    pub(crate) err: String,
}

pub(crate) struct World {
    pub(crate) cluster: Cluster,
    pub(crate) dir: tempfile::TempDir,
    server: DevCluster,
}

/// Runs a command that needs no cluster.
pub(crate) async fn run(words: &[&str]) -> Answer {
    let output = Output::captured();
    let arguments = std::iter::once("plumb")
        .chain(words.iter().copied())
        .map(Into::into)
        .collect();
    let code = plumb_cli::run(&[], arguments, &output).await;
    let (out, err) = output.taken();
    Answer { code, out, err }
}

impl World {
    /// A cluster that knows Applications and Kustomizations, with the namespaces that they live in.
    pub(crate) async fn new() -> Self {
        let dir = tempfile::tempdir().unwrap();
        let server = DevCluster::start(Options {
            directory: dir.path().to_owned(),
            controllers: false,
            ..Options::default()
        })
        .await
        .unwrap();
        let connect = ConnectOptions {
            kubeconfig: Some(server.kubeconfig().to_owned()),
            ..ConnectOptions::default()
        };
        let world = Self {
            cluster: Cluster::connect(connect).await.unwrap(),
            dir,
            server,
        };
        let installed = world.plumb(&["crds", "--install"]).await;
        assert_eq!(installed.code, 0, "{installed:?}");
        for name in ["argocd", "flux-system", "production"] {
            world
                .apply(&json!({"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": name}}))
                .await;
        }
        world
    }

    pub(crate) fn kubeconfig(&self) -> &str {
        self.server.kubeconfig().to_str().unwrap()
    }

    pub(crate) async fn plumb(&self, words: &[&str]) -> Answer {
        run(&[words, &["--kubeconfig", self.kubeconfig()]].concat()).await
    }

    pub(crate) async fn apply(&self, object: &Value) {
        let how = ServerSideApply {
            manager: "test",
            force: true,
            dry_run: false,
            subresource: None,
        };
        self.cluster.server_side_apply(object, how).await.unwrap();
    }

    pub(crate) async fn get(&self, gvk: &GroupVersionKind, namespace: &str, name: &str) -> Option<Value> {
        self.cluster.get(gvk, Some(namespace), name).await.unwrap()
    }

    /// Merges into an object, as a controller or a person would.
    pub(crate) async fn patch(
        &self,
        gvk: &GroupVersionKind,
        at: (&str, &str),
        sub: Option<&str>,
        patch: &Value,
    ) {
        let id = ObjectId {
            kind: gvk.group_kind(),
            namespace: Some(at.0.into()),
            name: at.1.into(),
        };
        self.cluster
            .merge_patch(gvk, &id, sub, patch, "test-edit")
            .await
            .unwrap();
    }
}

pub(crate) fn applications() -> GroupVersionKind {
    plumb_pipeline::actions::resource_kind(plumb_model::UnitKind::Application)
}

pub(crate) fn kustomizations() -> GroupVersionKind {
    plumb_pipeline::actions::resource_kind(plumb_model::UnitKind::Kustomization)
}
