//! What the workload controllers may ask of the API server, and what it tells them.
//!
//! The server implements [`World`] over its store and sends one [`Change`] per write, its own and other people's.
//! Every call is short and synchronous: the store is in this process.
//!
//! **Invariants the server keeps:** a write is visible to `get` and `list` when the call returns; changes arrive in
//! the order of the writes; an `update` whose object carries another `metadata.resourceVersion` than the stored one
//! is a [`WorldError::Conflict`]; the server alone sets `uid`, `creationTimestamp`, `resourceVersion` and `generation`.
//! What controllers write is recorded under the field manager `kube-controller-manager`.
//! **Absent:** watches, selectors, patches, propagation policies (the server turns a policy into a finalizer).
//! **Start at** [`World`].

use std::sync::Arc;

use serde_json::Value;

/// Names one object: what stands in its URL.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(crate) struct Key {
    /// API group, empty for the core group.
    pub(crate) group: String,
    /// Plural resource name, as in `deployments`.
    pub(crate) resource: String,
    /// Namespace, empty for an object of the cluster.
    pub(crate) namespace: String,
    /// Name of the object.
    pub(crate) name: String,
}

impl Key {
    /// Names one object.
    pub(crate) fn new(group: &str, resource: &str, namespace: &str, name: &str) -> Self {
        Self {
            group: group.to_owned(),
            resource: resource.to_owned(),
            namespace: namespace.to_owned(),
            name: name.to_owned(),
        }
    }

    /// Says whether the object is of this type.
    pub(crate) fn is(&self, group: &str, resource: &str) -> bool {
        self.group == group && self.resource == resource
    }
}

impl std::fmt::Display for Key {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let dot = if self.group.is_empty() { "" } else { "." };
        write!(
            out,
            "{}{dot}{} {}/{}",
            self.resource, self.group, self.namespace, self.name
        )
    }
}

/// One type that the server stores, in the version that it stores.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct ResourceType {
    /// API group, empty for the core group.
    pub(crate) group: String,
    /// Plural resource name; subresources are not listed.
    pub(crate) resource: String,
    /// Kind of the objects.
    pub(crate) kind: String,
    /// Whether the objects live in namespaces.
    pub(crate) namespaced: bool,
}

/// Why the server refused a call.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub(crate) enum WorldError {
    /// Someone else wrote first; the event of that write starts the next attempt.
    #[error("{0} has changed since it was read; it is read again on the next event")]
    Conflict(Key),
    /// The object is already there.
    #[error("{0} exists already")]
    Exists(Key),
    /// The object is gone, or its type or namespace is.
    #[error("{0} does not exist")]
    NotFound(Key),
    /// The server finds the object wrong (schema, quota, namespace being deleted).
    #[error("the server refused {key}: {message}")]
    Refused {
        /// What was to be written.
        key: Key,
        /// Why, in the server's words.
        message: String,
    },
}

/// The store, as the controllers see it.
pub(crate) trait World: Send + Sync + 'static {
    /// The object, or nothing.
    fn get(&self, key: &Key) -> Option<Arc<Value>>;

    /// All objects of a type, in one namespace or (with `None`) everywhere, ordered by namespace and name.
    fn list(&self, group: &str, resource: &str, namespace: Option<&str>) -> Vec<Arc<Value>>;

    /// Stores a new object with its `status`, if it has one, exactly as given. `apiVersion`, `kind`, `metadata.name`
    /// and `metadata.namespace` are in it; the key repeats them.
    fn create(&self, key: &Key, object: Value) -> Result<Arc<Value>, WorldError>;

    /// Replaces everything but the status; raises `metadata.generation` when the spec differs.
    fn update(&self, key: &Key, object: Value) -> Result<Arc<Value>, WorldError>;

    /// Replaces the status, and of the metadata what may change with it: annotations.
    fn update_status(&self, key: &Key, object: Value) -> Result<Arc<Value>, WorldError>;

    /// Deletes. With finalizers left (or `spec.finalizers` of a namespace) this only sets `metadata.deletionTimestamp`;
    /// without, the object goes at once, pods too: the grace period is over when a controller calls this. With `uid`,
    /// another object under the same name is left alone ([`WorldError::Conflict`]).
    fn delete(&self, key: &Key, uid: Option<&str>) -> Result<(), WorldError>;

    /// Takes one entry from `metadata.finalizers`; an object that is being deleted goes with its last finalizer.
    /// Taking one that is not there is no error.
    fn remove_finalizer(&self, key: &Key, finalizer: &str) -> Result<(), WorldError>;

    /// Takes `kubernetes` from `spec.finalizers` of a namespace that is being deleted; it goes if that was the last.
    fn finalize_namespace(&self, name: &str) -> Result<(), WorldError>;

    /// Every type that is stored now, custom ones too.
    fn resource_types(&self) -> Vec<ResourceType>;

    /// The time that goes into objects.
    fn now(&self) -> jiff::Timestamp;
}

/// What happened to an object.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum ChangeKind {
    /// It is new.
    Added,
    /// It differs from before.
    Modified,
    /// It is gone; the change carries its last state.
    Deleted,
}

/// One write to the store.
#[derive(Debug, Clone)]
pub(crate) struct Change {
    /// Which object.
    pub(crate) key: Key,
    /// What happened.
    pub(crate) kind: ChangeKind,
    /// The object after the write, or before it when it was deleted.
    pub(crate) object: Arc<Value>,
}
