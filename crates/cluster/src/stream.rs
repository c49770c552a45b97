//! A watch of any kind, for whoever needs the bodies: the custom resources, the command line.

use futures::{Stream, stream};
use plumb_model::GroupVersionKind;
use serde_json::Value;

use crate::{
    Cluster,
    watcher::{Raw, Scope, Watcher},
    wire::Backoff,
};

/// What a watch says.
#[derive(Clone, Debug, PartialEq)]
pub enum WatchEvent {
    /// An object is new or has changed.
    Applied(Value),
    /// An object is gone; this is its last state.
    Deleted(Value),
    /// These are all objects there are; whatever else was known is gone.
    Restarted(Vec<Value>),
}

struct Follower {
    cluster: Cluster,
    gvk: GroupVersionKind,
    namespace: Option<String>,
    watcher: Option<Watcher>,
    backoff: Backoff,
}

impl Cluster {
    /// Follows the objects of a kind, in one namespace or in all. Begins with [`WatchEvent::Restarted`], never ends,
    /// and tries again by itself whatever happens, also while the kind is not served yet.
    pub fn watch(
        &self,
        gvk: &GroupVersionKind,
        namespace: Option<&str>,
    ) -> impl Stream<Item = WatchEvent> + Send + use<> {
        let follower = Follower {
            cluster: self.clone(),
            gvk: gvk.clone(),
            namespace: namespace.map(str::to_owned),
            watcher: None,
            backoff: Backoff::patient(),
        };
        stream::unfold(follower, |mut follower| async move {
            let event = follower.next().await;
            Some((event, follower))
        })
    }
}

impl Follower {
    async fn next(&mut self) -> WatchEvent {
        let mut all = Vec::new();
        loop {
            let raw = match &mut self.watcher {
                Some(watcher) => watcher.next().await,
                None => {
                    self.begin().await;
                    continue;
                }
            };
            match raw {
                Raw::Begin => all.clear(),
                Raw::Item(seen) => all.push(seen.body()),
                Raw::End(_) => return WatchEvent::Restarted(all),
                Raw::Applied(seen) => return WatchEvent::Applied(seen.body()),
                Raw::Deleted(seen) => return WatchEvent::Deleted(seen.body()),
                Raw::Resumed => {}
                Raw::Trouble(error) => tracing::warn!(%error, "a watch does not work and is tried again"),
            }
        }
    }

    async fn begin(&mut self) {
        match self.cluster.served(&self.gvk).await {
            Ok(info) => {
                let (version, namespace) = (self.gvk.version.clone(), self.namespace.clone());
                let scope = Scope {
                    info,
                    version,
                    namespace,
                    field: String::new(),
                };
                self.watcher = Some(Watcher::new(self.cluster.inner.wire.clone(), scope));
            }
            Err(error) => {
                tracing::debug!(%error, "a watch cannot begin yet");
                self.backoff.wait(None).await;
            }
        }
    }
}
