//! A Kustomization, with its GitRepository, as a unit.

mod ignore;
mod overlay;
mod readiness;
mod substitute;

use plumb_model::spec::{Field, Problems, SpecError};
use std::time::Duration;

use plumb_model::{
    ActsAs, Approval, ClusterRef, Conduct, Deletion, Destination, Fuse, Marks, Order, Propagation, Reference,
    RenderMode, RenderSpec, Request, RequestAction, Retry, SecretRef, ServiceAccount, SourceSpec, SyncPolicy,
    TreePath, Unit, UnitId, UnitKind,
};
use serde_json::Value;

use crate::{
    names::{APPROVE, FIELD_MANAGER, FINALIZER, FUSE, HOLD, OWNER_NAME, OWNER_NAMESPACE, PAUSE, SOURCE_KIND},
    source,
};

pub use substitute::{SubstituteFrom, add_variables, substitute_from};

/// How often Flux looks again where nothing is said.
const INTERVAL: Duration = Duration::from_secs(300);
/// How many records Flux keeps.
const HISTORY_LIMIT: usize = 5;

/// Why a Kustomization is no unit (yet).
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum UnitError {
    /// Its fields are wrong; it waits for an edit.
    #[error(transparent)]
    Spec(#[from] SpecError),
    /// Its expressions are no CEL; it waits for an edit.
    #[error("{0}")]
    Expression(SpecError),
    /// The fields of its source are wrong; it waits for an edit of that.
    #[error("GitRepository {namespace}/{name}: {error}")]
    Source {
        /// The source's namespace.
        namespace: String,
        /// The source's name.
        name: String,
        /// What is wrong with it.
        error: SpecError,
    },
    /// Its source is not there; it waits for that.
    #[error("GitRepository {namespace}/{name} is not there: create it, or correct spec.sourceRef")]
    NoSource {
        /// The source's namespace.
        namespace: String,
        /// The source's name.
        name: String,
    },
}

/// Reads a Kustomization of any served version. `git_repository` is the object that [`source_of`] names; one that is being
/// deleted or is suspended needs none.
///
/// # Errors
/// When fields are wrong, or ask for what is not supported yet (all of them at once), or the source is not there.
pub fn unit(kustomization: &Value, git_repository: Option<&Value>) -> Result<Unit, UnitError> {
    let mut problems = Problems::default();
    let root = Field::root(kustomization);
    let metadata = root.get("metadata");
    let spec = root.get("spec");
    let id = UnitId {
        kind: UnitKind::Kustomization,
        namespace: problems.text(&metadata.get("namespace")).unwrap_or_default(),
        name: problems.required(&metadata.get("name"), "every object has a name"),
    };
    check_source(&mut problems, &spec.get("sourceRef"));
    refuse(&mut problems, &spec);
    let suspended = problems.flag(&spec.get("suspend")).unwrap_or(false);
    let render = render(&mut problems, &spec);
    let sync = sync(&mut problems, &spec, &metadata.get("annotations").get(FUSE));
    let (depends_on, expressions) =
        readiness::depends_on(&mut problems, &spec.get("dependsOn"), &id.namespace);
    let readiness = readiness::readiness(&mut problems, &spec, expressions);
    let hold = problems.annotation(&metadata.get("annotations").get(HOLD), "rollback");
    let pause = problems.annotation(&metadata.get("annotations").get(PAUSE), "pause");
    let deletion = deletion(kustomization);
    let cluster = cluster(&mut problems, &spec.get("kubeConfig"), &id.namespace);
    let acts_as = match problems.text(&spec.get("serviceAccountName")) {
        Some(name) => ActsAs::Account(ServiceAccount {
            namespace: id.namespace.clone(),
            name,
        }),
        None => ActsAs::Plumb,
    };
    problems.finish(())?;
    readiness::check(&spec).map_err(UnitError::Expression)?;
    let source = source_spec(kustomization, git_repository, deletion.is_some() || suspended)?;
    Ok(Unit {
        uid: metadata.value["uid"].as_str().unwrap_or_default().to_owned(),
        generation: metadata.value["generation"].as_i64().unwrap_or_default(),
        source,
        destination: Destination {
            cluster,
            namespace: render.default_namespace.clone(),
        },
        render,
        sync,
        marks: marks(&id),
        field_manager: FIELD_MANAGER.to_owned(),
        acts_as,
        suspended,
        deletion,
        hold,
        pause,
        request: request(kustomization),
        approval: Approval {
            deletions: metadata.value["annotations"][APPROVE].as_str().map(str::to_owned),
            confirmed_at: None,
        },
        depends_on,
        readiness,
        id,
    })
}

/// Namespace and name of the GitRepository that a Kustomization is about; `None` when it is about something else.
#[must_use]
pub fn source_of(kustomization: &Value) -> Option<(String, String)> {
    let reference = &kustomization["spec"]["sourceRef"];
    if reference["kind"] != SOURCE_KIND {
        return None;
    }
    let own = &kustomization["metadata"]["namespace"];
    let namespace = reference["namespace"]
        .as_str()
        .filter(|namespace| !namespace.is_empty());
    Some((
        namespace.or(own.as_str()).unwrap_or_default().to_owned(),
        reference["name"].as_str()?.to_owned(),
    ))
}

/// What is to become of a Kustomization's objects when it is being deleted. Read on its own, so that a Kustomization whose
/// spec is wrong can still be deleted.
#[must_use]
pub fn deletion(kustomization: &Value) -> Option<Deletion> {
    let metadata = &kustomization["metadata"];
    metadata["deletionTimestamp"].as_str()?;
    let spec = &kustomization["spec"];
    let asked = match spec["deletionPolicy"].as_str().unwrap_or_default() {
        "Delete" | "WaitForTermination" => true,
        "" | "MirrorPrune" => spec["prune"] == true,
        _ => false,
    };
    let finalizers: Vec<String> = metadata["finalizers"]
        .as_array()
        .into_iter()
        .flatten()
        .filter_map(Value::as_str)
        .filter(|finalizer| *finalizer == FINALIZER)
        .map(str::to_owned)
        .collect();
    Some(Deletion {
        // A suspended Kustomization leaves everything as it is, even on its way out.
        cascade: asked && spec["suspend"] != true,
        confirm: false,
        propagation: Propagation::Background,
        asked_at: metadata["deletionTimestamp"]
            .as_str()
            .unwrap_or_default()
            .to_owned(),
        hooks: Vec::new(),
        finalizers,
    })
}

fn check_source(problems: &mut Problems, field: &Field<'_>) {
    let kind = problems.required(&field.get("kind"), "say GitRepository");
    if !matches!(kind.as_str(), "" | SOURCE_KIND) {
        problems.add(
            &field.get("kind"),
            format!("{kind} is not supported yet"),
            "use a GitRepository",
        );
    }
    problems.required(&field.get("name"), "the name of a GitRepository");
}

/// What must not be passed over: it would apply with other rights, elsewhere, or what is not meant to be applied as it is.
fn refuse(problems: &mut Problems, spec: &Field<'_>) {
    problems.refuse(&spec.get("decryption"), "decryption is");
}

fn source_spec(
    kustomization: &Value,
    object: Option<&Value>,
    optional: bool,
) -> Result<SourceSpec, UnitError> {
    let (namespace, name) = source_of(kustomization).unwrap_or_default();
    match object.map(source::source) {
        Some(Ok(source)) => Ok(source),
        Some(Err(error)) if !optional => Err(UnitError::Source {
            namespace,
            name,
            error,
        }),
        None if !optional => Err(UnitError::NoSource { namespace, name }),
        // Nothing will be fetched.
        Some(Err(_)) | None => Ok(SourceSpec {
            url: String::new(),
            reference: Reference::Head,
            credentials: None,
            interval: None,
            timeout: None,
            object: Some((namespace, name)),
        }),
    }
}

fn render(problems: &mut Problems, spec: &Field<'_>) -> RenderSpec {
    let path = problems.text(&spec.get("path")).unwrap_or_default();
    if let Err(error) = TreePath::parse(&path) {
        problems.add(&spec.get("path"), error.to_string(), "stay inside the repository");
    }
    let metadata = spec.get("commonMetadata");
    RenderSpec {
        path,
        mode: RenderMode::Generate,
        overlay: overlay::overlay(problems, spec),
        default_namespace: problems.text(&spec.get("targetNamespace")),
        substitute: substitute::variables(problems, &spec.get("postBuild")),
        labels: problems.pairs(&metadata.get("labels")),
        annotations: problems.pairs(&metadata.get("annotations")),
    }
}

fn sync(problems: &mut Problems, spec: &Field<'_>, fuse: &Field<'_>) -> SyncPolicy {
    let interval = problems.duration(&spec.get("interval")).unwrap_or(INTERVAL);
    let retry = problems.duration(&spec.get("retryInterval")).unwrap_or(interval);
    let shortest = Duration::from_secs(30);
    let timeout = problems
        .duration(&spec.get("timeout"))
        .unwrap_or_else(|| interval.saturating_sub(shortest).max(shortest));
    let mut flag = |key: &str| problems.flag(&spec.get(key));
    let (prune, force, self_heal) = (flag("prune"), flag("force"), flag("selfHeal"));
    let wait = flag("wait").unwrap_or(false);
    let checks = !problems.items(&spec.get("healthChecks")).is_empty();
    SyncPolicy {
        automated: true,
        prune: prune.unwrap_or(false),
        self_heal: self_heal.unwrap_or(true),
        allow_empty: true,
        create_namespace: false,
        wait: wait || checks,
        force: force.unwrap_or(false),
        timeout,
        retry: Retry {
            limit: None,
            first: retry,
            factor: 1,
            longest: retry,
        },
        interval: Some(interval),
        history_limit: HISTORY_LIMIT,
        conduct: Conduct {
            order: Order::Stages,
            fuse: self::fuse(problems, fuse),
            patience: Some(timeout),
            ..Conduct::default()
        },
        ignore: ignore::read(problems, &spec.get("ignore")),
        keeps_ignored: true,
    }
}

/// The cluster that a kubeconfig in a Secret beside the Kustomization opens, else the own one.
fn cluster(problems: &mut Problems, field: &Field<'_>, own: &str) -> ClusterRef {
    if field.value.is_null() {
        return ClusterRef::Own;
    }
    let settings = field.get("configMapRef");
    if !settings.value.is_null() {
        problems.refuse(&settings, "signing in to another cluster by workload identity is");
        return ClusterRef::Own;
    }
    let reference = field.get("secretRef");
    ClusterRef::Kubeconfig {
        secret: SecretRef {
            namespace: own.to_owned(),
            name: problems.required(&reference.get("name"), "the name of a Secret with a kubeconfig"),
        },
        key: problems.text(&reference.get("key")),
    }
}

/// The deletion fuse: `on`, `off`, or how much is too much, as `20`, `30%` or `20,30%`.
fn fuse(problems: &mut Problems, field: &Field<'_>) -> Option<Fuse> {
    let text = problems.text(field)?;
    let fuse = Fuse::parse(&text);
    if fuse.is_none() {
        problems.add(
            field,
            format!("{text:?} does not say how much may be deleted"),
            "write on, off, a number of objects (20), a share (30%), or both (20,30%)",
        );
    }
    fuse.flatten()
}

fn marks(id: &UnitId) -> Marks {
    let labels = [(OWNER_NAME, &id.name), (OWNER_NAMESPACE, &id.namespace)];
    Marks {
        labels: labels
            .into_iter()
            .map(|(key, value)| (key.to_owned(), value.clone()))
            .collect(),
        tracking: None,
    }
}

fn request(kustomization: &Value) -> Option<Request> {
    Some(Request {
        token: source::source_request(kustomization)?,
        action: RequestAction::Refresh,
        by: String::new(),
    })
}
