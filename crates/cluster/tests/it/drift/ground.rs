//! The server under test, and writers to it who are not us.

use std::{path::PathBuf, time::Duration};

use plumb_cluster::{Cluster, ConnectOptions, ServerSideApply};
use plumb_model::{GroupVersionKind, ObjectId};
use serde_json::{Value, json};

use crate::world::World;

use super::case::{Act, Deed};

/// Longest time to wait for what controllers do.
const PATIENCE: Duration = Duration::from_secs(10);

/// The server under test.
pub(super) struct Ground {
    kubeconfig: PathBuf,
    pub(super) other: Cluster,
    /// Time for a watch to tell.
    pub(super) lag: Duration,
    pub(super) is_real: bool,
    _world: Option<World>,
}

impl Ground {
    pub(super) async fn start() -> Self {
        let (kubeconfig, world) = match std::env::var_os("PLUMB_KUBECONFIG") {
            Some(path) => (PathBuf::from(path), None),
            None => {
                let world = World::start().await;
                (world.server.kubeconfig().to_owned(), Some(world))
            }
        };
        let is_real = world.is_none();
        Self {
            other: connect(&kubeconfig).await,
            kubeconfig,
            lag: Duration::from_millis(if is_real { 200 } else { 60 }),
            is_real,
            _world: world,
        }
    }

    /// A connection that remembers nothing.
    pub(super) async fn connect(&self) -> Cluster {
        connect(&self.kubeconfig).await
    }

    pub(super) async fn namespace(&self, name: &str) {
        let body = json!({"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": name}});
        if let Err(error) = self.other.create(&body, "setup").await {
            assert!(
                matches!(error, plumb_cluster::ClusterError::AlreadyExists { .. }),
                "{error}"
            );
        }
    }

    /// Does all of it; the error says what could not be done.
    pub(super) async fn all(&self, acts: &[Act], namespace: &str) -> Result<(), String> {
        for act in acts {
            let done = self.one(act, namespace).await;
            done.map_err(|error| format!("{act:?} cannot be done: {error}"))?;
        }
        Ok(())
    }

    async fn one(&self, act: &Act, namespace: &str) -> Result<(), Box<dyn std::error::Error>> {
        match &act.deed {
            Deed::Create(body) => {
                let body = self.placed(body, namespace).await;
                match self.other.create(&body, &act.by).await {
                    Err(plumb_cluster::ClusterError::AlreadyExists { .. }) => {}
                    outcome => drop(outcome?),
                }
                if body["kind"] == "CustomResourceDefinition" {
                    self.served(&body).await;
                }
            }
            Deed::Apply(body) => {
                let how = ServerSideApply {
                    manager: &act.by,
                    force: true,
                    dry_run: false,
                    subresource: None,
                };
                let body = self.placed(body, namespace).await;
                self.other.server_side_apply(&body, how).await?;
            }
            Deed::Patch {
                object,
                subresource,
                with,
            } => {
                let (gvk, id) = self.find(object, namespace).await;
                self.other
                    .merge_patch(&gvk, &id, subresource.as_deref(), with, &act.by)
                    .await?;
            }
            Deed::Wait(seconds) => tokio::time::sleep(Duration::from_secs(*seconds)).await,
            Deed::Await { object, field, is } => {
                let (gvk, id) = self.find(object, namespace).await;
                let until = std::time::Instant::now() + PATIENCE;
                loop {
                    let live = self.other.get(&gvk, id.namespace.as_deref(), &id.name).await?;
                    if live.is_some_and(|live| live.pointer(field) == Some(is)) {
                        return Ok(());
                    }
                    assert!(
                        std::time::Instant::now() < until,
                        "{object} never had {field} {is}"
                    );
                    tokio::time::sleep(Duration::from_millis(50)).await;
                }
            }
        }
        Ok(())
    }

    /// The kind and id of `Kind/name` or `Kind.version.group/name`.
    pub(super) async fn find(&self, object: &str, namespace: &str) -> (GroupVersionKind, ObjectId) {
        let (kind, name) = object.split_once('/').expect("Kind/name");
        let (word, version) = match kind.splitn(3, '.').collect::<Vec<_>>()[..] {
            [kind, version, group] => (format!("{kind}.{group}"), Some(version.to_owned())),
            _ => (kind.to_owned(), None),
        };
        let info = self.other.resource(&word).await.unwrap();
        let mut gvk = info.gvk();
        if let Some(version) = version {
            gvk.version = version;
        }
        let id = ObjectId {
            kind: gvk.group_kind(),
            namespace: info.namespaced.then(|| namespace.to_owned()),
            name: name.to_owned(),
        };
        (gvk, id)
    }

    async fn placed(&self, body: &Value, namespace: &str) -> Value {
        let mut body = body.clone();
        let kind = body["kind"].as_str().expect("a kind").to_owned();
        let group = body["apiVersion"]
            .as_str()
            .and_then(|it| it.split_once('/'))
            .map(|(group, _)| format!(".{group}"))
            .unwrap_or_default();
        if self
            .other
            .resource(&format!("{kind}{group}"))
            .await
            .unwrap()
            .namespaced
        {
            body["metadata"]["namespace"] = json!(namespace);
        }
        body
    }

    async fn served(&self, crd: &Value) {
        let word = format!(
            "{}.{}",
            crd["spec"]["names"]["plural"].as_str().unwrap(),
            crd["spec"]["group"].as_str().unwrap()
        );
        let until = std::time::Instant::now() + PATIENCE;
        while self.other.resource(&word).await.is_err() {
            assert!(std::time::Instant::now() < until, "{word} is never served");
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
    }
}

async fn connect(kubeconfig: &std::path::Path) -> Cluster {
    Cluster::connect(ConnectOptions {
        kubeconfig: Some(kubeconfig.to_owned()),
        ..ConnectOptions::default()
    })
    .await
    .unwrap()
}
