//! The names under which Argo CD's objects, annotations and finalizers are known.

/// The API group.
pub const GROUP: &str = "argoproj.io";
/// The versions read, the one written first.
pub const VERSIONS: &[&str] = &["v1alpha1"];
/// The kind of a unit.
pub const KIND: &str = "Application";
/// Its plural, as in URLs.
pub const PLURAL: &str = "applications";
/// The kind of a project.
pub const PROJECT_KIND: &str = "AppProject";
/// The plural of a project.
pub const PROJECT_PLURAL: &str = "appprojects";
/// The field manager under which Argo CD applies objects.
pub const FIELD_MANAGER: &str = "argocd-controller";
/// Whether `status` is a subresource: no, it is merge-patched on the object itself, along with `operation`.
pub const STATUS_SUBRESOURCE: bool = false;
/// The ConfigMap with Argo CD's settings.
pub const SETTINGS: &str = "argocd-cm";
/// The namespace that Argo CD is installed in unless told otherwise.
pub const CONTROL_NAMESPACE: &str = "argocd";
/// The label that says what a Secret of Argo CD's is for.
pub const SECRET_TYPE_LABEL: &str = "argocd.argoproj.io/secret-type";
/// How the keys of annotations begin by which people speak to Argo CD.
pub const SPOKEN_TO: &str = "argocd.argoproj.io/";
/// How those of Helm begin, some of which Argo CD follows.
pub const HELM_SPOKEN_TO: &str = "helm.sh/";
/// The annotation by which an Application asks to be looked at again.
pub const REFRESH: &str = "argocd.argoproj.io/refresh";
/// The annotation by which an Application asks to be left alone.
pub const SKIP_RECONCILE: &str = "argocd.argoproj.io/skip-reconcile";
/// The annotation that names the owner of an object.
pub const TRACKING_ID: &str = "argocd.argoproj.io/tracking-id";
/// The annotation that holds a rollback in force.
pub const HOLD: &str = "plumb.dev/hold";
/// The annotation that tells who paused an app, and until when.
pub const PAUSE: &str = "plumb.dev/pause";
/// The annotation by which somebody confirms the deletion of what asks for that; its value is when.
pub const DELETION_APPROVED: &str = "argocd.argoproj.io/deletion-approved";
/// The annotation that says how much a plan may delete before it waits for somebody.
pub const FUSE: &str = "plumb.dev/deletion-fuse";
/// The annotation that allows the deletions of one plan, by their digest.
pub const APPROVE: &str = "plumb.dev/approve";
/// The finalizer that keeps a hook until its end is recorded.
pub const HOOK_FINALIZER: &str = "argocd.argoproj.io/hook-finalizer";
/// The finalizer of an Application with hooks that run before its objects are deleted.
pub const PRE_DELETE_FINALIZER: &str = "pre-delete-finalizer.argocd.argoproj.io";
/// The finalizer of an Application with hooks that run after its objects are deleted.
pub const POST_DELETE_FINALIZER: &str = "post-delete-finalizer.argocd.argoproj.io";

/// The phase of an operation that somebody asks to end.
pub(crate) const TERMINATING: &str = "Terminating";
/// Finalizers of an Application that delete its objects with it.
pub(crate) const CASCADE_FINALIZERS: [&str; 3] = [
    "resources-finalizer.argocd.argoproj.io",
    "resources-finalizer.argocd.argoproj.io/background",
    "resources-finalizer.argocd.argoproj.io/foreground",
];
/// What all finalizers of Argo CD's have in them.
pub(crate) const FINALIZER_DOMAIN: &str = "finalizer.argocd.argoproj.io";
/// The cluster that Argo CD itself runs in, by URL.
pub const OWN_SERVER: &str = "https://kubernetes.default.svc";
/// The cluster that Argo CD itself runs in, by name.
pub(crate) const OWN_NAME: &str = "in-cluster";
