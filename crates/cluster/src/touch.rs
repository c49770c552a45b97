//! What people do to running objects by hand: begin Pods anew, run more or fewer of them, let one go.
//!
//! **Invariant:** written as whom the unit's objects are written as, so that nobody reaches further by hand than by Git.

use plumb_model::{GroupVersionKind, ObjectId};
use serde_json::json;

use crate::{
    Cluster, ClusterError, DeleteOptions,
    write::{Target, delete, merge},
};

/// The annotation of a Pod template that begins its Pods anew, as `kubectl rollout restart` has it.
const RESTARTED: &str = "kubectl.kubernetes.io/restartedAt";

/// What is done to an object by hand.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Touch {
    /// Its Pods are begun anew, as its strategy for updates says; at this time (RFC 3339).
    Restart(String),
    /// It has so many Pods.
    Scale(u32),
    /// It is deleted.
    Delete,
}

impl Cluster {
    /// Does it.
    ///
    /// # Errors
    /// When the object is not there, or the server cannot or will not.
    pub async fn touch(
        &self,
        gvk: &GroupVersionKind,
        id: &ObjectId,
        touch: &Touch,
        manager: &str,
    ) -> Result<(), ClusterError> {
        let info = self.served(gvk).await?;
        let at = Target {
            info: &info,
            version: &gvk.version,
            namespace: id.namespace.as_deref(),
            name: &id.name,
        };
        let patch = match touch {
            Touch::Delete => {
                return delete(&self.writer, at, DeleteOptions::default()).await.map(drop);
            }
            Touch::Restart(time) => {
                json!({"spec": {"template": {"metadata": {"annotations": {RESTARTED: time}}}}})
            }
            Touch::Scale(replicas) => json!({"spec": {"replicas": replicas}}),
        };
        merge(&self.writer, at, &patch, manager).await.map(drop)
    }
}
