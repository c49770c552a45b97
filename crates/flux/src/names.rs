//! The names under which Flux's objects, annotations and finalizers are known.

/// The API group of a unit.
pub const GROUP: &str = "kustomize.toolkit.fluxcd.io";
/// The versions read, the one written first.
pub const VERSIONS: &[&str] = &["v1", "v1beta2"];
/// The kind of a unit.
pub const KIND: &str = "Kustomization";
/// Its plural, as in URLs.
pub const PLURAL: &str = "kustomizations";
/// The API group of a source.
pub const SOURCE_GROUP: &str = "source.toolkit.fluxcd.io";
/// The versions of a source that are read, the one written first.
pub const SOURCE_VERSIONS: &[&str] = &["v1", "v1beta2"];
/// The kind of a source.
pub const SOURCE_KIND: &str = "GitRepository";
/// The plural of a source, as in URLs.
pub const SOURCE_PLURAL: &str = "gitrepositories";
/// The field manager under which Flux applies objects.
pub const FIELD_MANAGER: &str = "kustomize-controller";
/// Whether `status` is a subresource: yes, of both kinds.
pub const STATUS_SUBRESOURCE: bool = true;
/// The finalizer that Flux puts on its custom resources.
pub const FINALIZER: &str = "finalizers.fluxcd.io";
/// How the keys of labels and annotations begin by which people speak to Flux.
pub const SPOKEN_TO: &str = "kustomize.toolkit.fluxcd.io/";
/// The label that names the Kustomization an object belongs to.
pub const OWNER_NAME: &str = "kustomize.toolkit.fluxcd.io/name";
/// The label that names the namespace of the Kustomization an object belongs to.
pub const OWNER_NAMESPACE: &str = "kustomize.toolkit.fluxcd.io/namespace";
/// The annotation by which an object asks to be looked at again; its value tells one request from another.
pub const REQUESTED_AT: &str = "reconcile.fluxcd.io/requestedAt";
/// The annotation that holds a rollback in force.
pub const HOLD: &str = "plumb.dev/hold";
/// The annotation that tells who paused something, and until when.
pub const PAUSE: &str = "plumb.dev/pause";
/// The annotation that says how much a plan may delete before it waits for somebody.
pub const FUSE: &str = "plumb.dev/deletion-fuse";
/// The annotation that allows the deletions of one plan, by their digest.
pub const APPROVE: &str = "plumb.dev/approve";
