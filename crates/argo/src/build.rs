//! A new Application from what people say on a command line.

use serde_json::{Map, Value, json};

use crate::names::{CASCADE_FINALIZERS, GROUP, KIND, OWN_SERVER, VERSIONS};

/// What a new Application is to be.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ApplicationArgs {
    /// Its name.
    pub name: String,
    /// Its namespace.
    pub namespace: String,
    /// Its project; empty = `default`.
    pub project: String,
    /// The repository.
    pub repo_url: String,
    /// What of it to follow; empty = the remote's HEAD.
    pub revision: String,
    /// The folder.
    pub path: String,
    /// The cluster, by the URL of its API server or by name; empty = the one that it is created in.
    pub cluster: String,
    /// The namespace for objects that name none.
    pub destination_namespace: String,
    /// New commits are applied without being asked.
    pub automated: bool,
    /// Objects that left Git are deleted.
    pub prune: bool,
    /// Drift is corrected.
    pub self_heal: bool,
    /// The namespace is created where it is missing.
    pub create_namespace: bool,
    /// Its objects are deleted with it.
    pub cascade: bool,
}

/// The Application as an object to apply.
#[must_use]
pub fn application(args: &ApplicationArgs) -> Value {
    let or = |text: &str, otherwise: &str| if text.is_empty() { otherwise } else { text }.to_owned();
    let mut destination = Map::new();
    if args.cluster.is_empty() || args.cluster.contains("://") {
        destination.insert("server".to_owned(), or(&args.cluster, OWN_SERVER).into());
    } else {
        destination.insert("name".to_owned(), args.cluster.clone().into());
    }
    if !args.destination_namespace.is_empty() {
        destination.insert("namespace".to_owned(), args.destination_namespace.clone().into());
    }
    let mut policy = Map::new();
    if args.automated {
        policy.insert(
            "automated".to_owned(),
            json!({"prune": args.prune, "selfHeal": args.self_heal}),
        );
    }
    if args.create_namespace {
        policy.insert("syncOptions".to_owned(), json!(["CreateNamespace=true"]));
    }
    let mut metadata = Map::new();
    metadata.insert("name".to_owned(), args.name.clone().into());
    metadata.insert("namespace".to_owned(), args.namespace.clone().into());
    if args.cascade {
        metadata.insert("finalizers".to_owned(), json!([CASCADE_FINALIZERS[0]]));
    }
    let mut spec = Map::new();
    spec.insert("project".to_owned(), or(&args.project, "default").into());
    spec.insert(
        "source".to_owned(),
        json!({
            "repoURL": args.repo_url,
            "targetRevision": or(&args.revision, "HEAD"),
            "path": or(&args.path, "."),
        }),
    );
    spec.insert("destination".to_owned(), Value::Object(destination));
    if !policy.is_empty() {
        spec.insert("syncPolicy".to_owned(), Value::Object(policy));
    }
    json!({
        "apiVersion": format!("{GROUP}/{}", VERSIONS[0]),
        "kind": KIND,
        "metadata": metadata,
        "spec": spec,
    })
}
