//! An Application as a unit.

pub(crate) mod ignore;
mod images;
mod kustomize;
pub(crate) mod source;
pub(crate) mod sync;

use plumb_model::spec::{Field, Problems, SpecError};
use std::time::Duration;

use plumb_model::{
    ActsAs, Approval, ClusterRef, Deletion, Destination, Digest, GroupKind, Marks, Propagation, Request,
    RequestAction, Selected, SyncPhase, Tracking, Unit, UnitId, UnitKind,
};
use serde_json::Value;

use crate::names::{
    APPROVE, CASCADE_FINALIZERS, CONTROL_NAMESPACE, DELETION_APPROVED, FIELD_MANAGER, FINALIZER_DOMAIN, FUSE,
    HOLD, OWN_NAME, OWN_SERVER, PAUSE, POST_DELETE_FINALIZER, PRE_DELETE_FINALIZER, REFRESH, SKIP_RECONCILE,
    TERMINATING, TRACKING_ID,
};

/// What Argo CD keeps in its own configuration rather than in the Application.
#[derive(Clone, Debug)]
pub struct Defaults {
    /// The namespace of Argo CD itself; an Application elsewhere marks its objects with its namespace too.
    pub control_namespace: String,
    /// How objects are marked.
    pub tracking: TrackingMethod,
    /// The label that marks objects, where labels do.
    pub instance_label: String,
    /// Longest time that one pass may take.
    pub timeout: Duration,
}

/// How Argo CD is set up to mark objects.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum TrackingMethod {
    /// By an annotation.
    #[default]
    Annotation,
    /// By a label.
    Label,
    /// By both.
    AnnotationAndLabel,
}

impl Default for Defaults {
    fn default() -> Self {
        Self {
            control_namespace: CONTROL_NAMESPACE.to_owned(),
            tracking: TrackingMethod::default(),
            instance_label: "app.kubernetes.io/instance".to_owned(),
            timeout: Duration::from_secs(600),
        }
    }
}

/// Reads an Application. The Secret that opens its repository is found apart, by [`credentials`](crate::credentials).
///
/// # Errors
/// When fields are wrong, or ask for what is not supported yet: all of them at once.
pub fn unit(object: &Value, defaults: &Defaults) -> Result<Unit, SpecError> {
    let mut problems = Problems::default();
    let root = Field::root(object);
    let metadata = root.get("metadata");
    let spec = root.get("spec");
    let id = UnitId {
        kind: UnitKind::Application,
        namespace: problems
            .text(&metadata.get("namespace"))
            .unwrap_or_else(|| defaults.control_namespace.clone()),
        name: problems.required(&metadata.get("name"), "every object has a name"),
    };
    let destination = destination(&mut problems, &spec.get("destination"));
    let (source, mut render) = source::read(&mut problems, &spec);
    render.default_namespace.clone_from(&destination.namespace);
    let annotations = metadata.get("annotations");
    let sync = sync::read(&mut problems, (&spec, &annotations.get(FUSE)), defaults);
    let approval = approval(&mut problems, &annotations);
    let request = request(&mut problems, &root);
    let project = problems
        .text(&spec.get("project"))
        .unwrap_or_else(|| "default".to_owned());
    let hold = problems.annotation(&metadata.get("annotations").get(HOLD), "rollback");
    let pause = problems.annotation(&metadata.get("annotations").get(PAUSE), "pause");
    problems.finish(Unit {
        uid: metadata.get("uid").value.as_str().unwrap_or_default().to_owned(),
        // The generation of an Application counts writes of its status too, ours among them.
        generation: Digest::of_json(spec.value).number(),
        source,
        render,
        destination,
        sync,
        marks: marks(&id, defaults),
        field_manager: FIELD_MANAGER.to_owned(),
        acts_as: ActsAs::Project {
            namespace: defaults.control_namespace.clone(),
            name: project,
        },
        suspended: metadata.value["annotations"][SKIP_RECONCILE] == "true",
        deletion: deletion(object),
        hold,
        pause,
        request,
        approval,
        depends_on: Vec::new(),
        readiness: plumb_model::Readiness::default(),
        id,
    })
}

/// What is to become of an Application's objects when it is being deleted. Read on its own, so that an Application whose spec
/// is wrong can still be deleted.
#[must_use]
pub fn deletion(object: &Value) -> Option<Deletion> {
    let metadata = &object["metadata"];
    metadata["deletionTimestamp"].as_str()?;
    let finalizers: Vec<String> = metadata["finalizers"]
        .as_array()
        .into_iter()
        .flatten()
        .filter_map(Value::as_str)
        .filter(|finalizer| finalizer.contains(FINALIZER_DOMAIN))
        .map(str::to_owned)
        .collect();
    let asked = finalizers
        .iter()
        .any(|finalizer| CASCADE_FINALIZERS.contains(&finalizer.as_str()));
    let option = |wanted: &str| sync::options(object).any(|option| option == wanted);
    let has = |finalizer: &str| finalizers.iter().any(|found| found.starts_with(finalizer));
    let around = [
        (PRE_DELETE_FINALIZER, SyncPhase::PreDelete),
        (POST_DELETE_FINALIZER, SyncPhase::PostDelete),
    ];
    let hooks = around.into_iter().filter(|(finalizer, _)| has(finalizer));
    let background = has("resources-finalizer.argocd.argoproj.io/background");
    Some(Deletion {
        cascade: asked && !option("Delete=false"),
        confirm: option("Delete=confirm"),
        propagation: if background {
            Propagation::Background
        } else {
            Propagation::Foreground
        },
        asked_at: metadata["deletionTimestamp"]
            .as_str()
            .unwrap_or_default()
            .to_owned(),
        hooks: hooks.map(|(_, phase)| phase).collect(),
        finalizers,
    })
}

/// What somebody allowed to be deleted.
fn approval(problems: &mut Problems, annotations: &Field<'_>) -> Approval {
    let at = annotations.get(DELETION_APPROVED);
    let confirmed_at = problems.text(&at);
    if let Some(time) = &confirmed_at
        && !is_time(time)
    {
        problems.add(
            &at,
            format!("{time:?} is no time"),
            "write the time of the approval as 2026-01-31T12:00:00Z",
        );
    }
    Approval {
        deletions: problems.text(&annotations.get(APPROVE)),
        confirmed_at,
    }
}

/// Whether it looks like RFC 3339 in UTC, to the second at least.
fn is_time(text: &str) -> bool {
    let shape = b"0000-00-00T00:00:00";
    let bytes = text.as_bytes();
    bytes.len() > shape.len()
        && bytes.iter().zip(shape).all(|(found, wanted)| match wanted {
            b'0' => found.is_ascii_digit(),
            other => found == other,
        })
        && text.ends_with('Z')
}

fn destination(problems: &mut Problems, field: &Field<'_>) -> Destination {
    let server = problems.text(&field.get("server"));
    let name = problems.text(&field.get("name"));
    let cluster = match (server, name) {
        (Some(_), Some(_)) => {
            problems.add(field, "has both server and name", "keep one of them");
            ClusterRef::Own
        }
        (None, None) => {
            problems.add(
                field,
                "names no cluster",
                format!("set {}.server to {OWN_SERVER}", field.path),
            );
            ClusterRef::Own
        }
        (Some(server), None) if server == OWN_SERVER => ClusterRef::Own,
        (None, Some(name)) if name == OWN_NAME => ClusterRef::Own,
        (Some(server), None) => ClusterRef::Server(server),
        (None, Some(name)) => ClusterRef::Named(name),
    };
    Destination {
        cluster,
        namespace: problems.text(&field.get("namespace")),
    }
}

fn marks(id: &UnitId, defaults: &Defaults) -> Marks {
    let owner = if id.namespace == defaults.control_namespace {
        id.name.clone()
    } else {
        format!("{}_{}", id.namespace, id.name)
    };
    let labelled = defaults.tracking != TrackingMethod::Annotation;
    let annotated = defaults.tracking != TrackingMethod::Label;
    Marks {
        labels: labelled
            .then(|| (defaults.instance_label.clone(), owner.clone()))
            .into_iter()
            .collect(),
        tracking: annotated.then(|| Tracking {
            key: TRACKING_ID.to_owned(),
            owner,
        }),
    }
}

/// What was asked for by hand. A token tells two different requests apart; a request is done once and taken off
/// ([`taken`](crate::taken)), after which an equal one is a new one.
fn request(problems: &mut Problems, root: &Field<'_>) -> Option<Request> {
    let state = &root.value["status"]["operationState"];
    if state["phase"] == TERMINATING {
        return Some(Request {
            token: format!("terminate-{}", state["startedAt"].as_str().unwrap_or_default()),
            action: RequestAction::Terminate,
            by: String::new(),
        });
    }
    let operation = root.get("operation");
    let sync = operation.get("sync");
    if operation.is_set() && sync.value.is_object() {
        let followed = &source::chosen(&root.get("spec")).value["targetRevision"];
        return Some(Request {
            token: format!("sync-{:.16}", Digest::of_json(operation.value).to_string()),
            action: RequestAction::Sync {
                prune: problems.flag(&sync.get("prune")).unwrap_or(false),
                dry_run: problems.flag(&sync.get("dryRun")).unwrap_or(false),
                revision: problems
                    .text(&sync.get("revision"))
                    .or_else(|| problems.texts(&sync.get("revisions")).into_iter().next())
                    .filter(|revision| revision != "HEAD" && *followed != **revision),
                only: selected(problems, &sync.get("resources")),
                hookless: sync.value["syncStrategy"]["apply"].is_object(),
            },
            by: problems
                .text(&operation.get("initiatedBy").get("username"))
                .unwrap_or_default(),
        });
    }
    let refresh = root.value["metadata"]["annotations"][REFRESH].as_str()?;
    Some(Request {
        token: format!("refresh-{refresh}"),
        action: RequestAction::Refresh,
        by: String::new(),
    })
}

/// The objects that a sync is about; none = all.
pub(crate) fn selected(problems: &mut Problems, field: &Field<'_>) -> Vec<Selected> {
    let items = problems.items(field);
    items
        .iter()
        .map(|item| Selected {
            kind: GroupKind {
                group: problems.text(&item.get("group")).unwrap_or_default(),
                kind: problems.required(&item.get("kind"), "say the kind of the object"),
            },
            namespace: problems.text(&item.get("namespace")),
            name: problems.required(&item.get("name"), "say the name of the object"),
        })
        .collect()
}
