//! A folder on disk beside a cluster, whoever applied it: kubectl, Argo CD, Flux, or Plumb.
//!
//! What the folder does not state does not count, so labels and annotations that others add are no difference. An object
//! that looks the same costs one read; only one that looks different is played through on the server, which then judges.
//!
//! **Invariant:** nothing is changed, and reading rights are enough: where the server refuses to play an object through,
//! the comparison by schema stands. **Absent:** objects that left the folder and are still in the cluster, since a folder
//! does not tell what it once held. **Start at** [`folder`].

use std::{collections::BTreeMap, path::Path, time::Duration};

use anyhow::Context as _;
use futures::{StreamExt as _, stream};
use plumb_cluster::{Cluster, ClusterError, ServerSideApply};
use plumb_git::Folder;
use plumb_model::{
    ActsAs, Approval, ClusterRef, CommitId, Conduct, Destination, Directives, GroupKind, Live, Marks, Object,
    Observation, Observed, Reference, RenderSpec, Rendered, Retry, Revision, SourceSpec, SyncPolicy,
    Tree as _, TreePath, Unit, UnitId, UnitKind,
};
use plumb_plan::{Extent, Input, ObjectDiff, Plan, Scope};
use plumb_render::Placement;
use plumb_schema::{
    Schemas, TypeRef,
    apply::{Write, apply},
    compare::differences,
};
use serde_json::Value;

use crate::{outside::with_remotes, working_folder};

/// The field manager that objects are played through under.
const MANAGER: &str = "plumb-compare";
/// How many objects are read at once.
const AT_ONCE: usize = 8;

/// What came of a comparison.
pub(crate) struct Compared {
    /// What applying would do, and what is thought of each object.
    pub(crate) plan: Plan,
    /// What would change, object by object.
    pub(crate) diffs: Vec<ObjectDiff>,
    /// Lines for people.
    pub(crate) warnings: Vec<String>,
}

/// Compares what the folder `path` renders to with the cluster. Objects that name no namespace go to `namespace`.
pub(crate) async fn folder(
    cluster: &Cluster,
    path: &str,
    namespace: Option<&str>,
) -> anyhow::Result<Compared> {
    let rendered = render(path)?;
    let namespace = namespace.unwrap_or(cluster.default_namespace());
    let placed = place(cluster, rendered, Some(namespace), &Marks::default()).await?;
    let observed = observe(cluster, &placed.objects).await?;
    let unit = stand_in(path, namespace);
    let zeroes = CommitId::parse(&"0".repeat(40)).context("the working folder has no commit")?;
    let plan = plumb_plan::plan(Input {
        unit: &unit,
        revision: Some(&Revision {
            commit: zeroes,
            name: None,
        }),
        rendered: &placed,
        inventory: &BTreeMap::new(),
        observed: &observed,
        scope: Scope {
            extent: Extent::Apply,
            prune: false,
        },
        directives,
        course: None,
    })?;
    let diffs = plumb_plan::diff(&plan, &observed);
    Ok(Compared {
        plan,
        diffs,
        warnings: placed.warnings,
    })
}

/// Renders a folder on disk.
pub(crate) fn render(path: &str) -> anyhow::Result<Rendered> {
    let folder = working_folder()?.join(path);
    let tree = Folder::new("/")?;
    let inside = TreePath::parse(&folder.to_string_lossy())?;
    if !tree
        .entry(&inside)?
        .is_some_and(|entry| entry.kind == plumb_model::EntryKind::Directory)
    {
        let why = if folder.exists() {
            "is no folder: name the folder that holds it"
        } else {
            "is not there"
        };
        anyhow::bail!("{} {why}", Path::new(path).display());
    }
    let spec = RenderSpec {
        path: inside.as_str().to_owned(),
        ..RenderSpec::default()
    };
    let (outside, options) = (with_remotes(), plumb_kustomize::Options::default());
    plumb_render::render_with(&tree, &spec, &outside, &options)
        .with_context(|| format!("folder {path} does not render"))
}

/// Says where in the cluster each object goes.
pub(crate) async fn place(
    cluster: &Cluster,
    rendered: Rendered,
    namespace: Option<&str>,
    marks: &Marks,
) -> anyhow::Result<Rendered> {
    let wanted = rendered
        .objects
        .iter()
        .map(|object| object.id.kind.clone())
        .collect();
    let kinds = cluster.kinds(&wanted).await?;
    let namespaced: BTreeMap<GroupKind, bool> = kinds
        .into_iter()
        .map(|(kind, info)| (kind, info.namespaced))
        .collect();
    let placement = Placement {
        default_namespace: namespace,
        marks,
        namespaced: &namespaced,
        directives,
    };
    Ok(plumb_render::place(rendered, &placement)?)
}

async fn observe(cluster: &Cluster, objects: &[Object]) -> anyhow::Result<Observed> {
    // Hooks are no part of what is compared.
    let parts = objects.iter().filter(|object| object.directives.hook.is_none());
    let looks = parts.map(|object| async move {
        let live = match look_at(cluster, object).await {
            Err(error) if error.is_fatal() => return Err(error),
            Err(error) => Live::Failed(error.to_string()),
            Ok(live) => live,
        };
        Ok((object.id.clone(), Observation { live, health: None }))
    });
    let seen: Vec<Result<_, ClusterError>> = stream::iter(looks).buffer_unordered(AT_ONCE).collect().await;
    let objects = seen.into_iter().collect::<Result<BTreeMap<_, _>, _>>()?;
    Ok(Observed {
        objects,
        ..Observed::default()
    })
}

async fn look_at(cluster: &Cluster, object: &Object) -> Result<Live, ClusterError> {
    let live = match cluster
        .get(&object.gvk, object.id.namespace.as_deref(), &object.id.name)
        .await
    {
        Err(ClusterError::UnknownKind { .. }) => return Ok(Live::UnknownKind),
        found => found?,
    };
    let Some(live) = live else { return Ok(Live::Absent) };
    let ty = Schemas::builtin().kind(&object.gvk);
    if differences(&object.body, &live, ty).is_empty() {
        return Ok(Live::Settled);
    }
    let how = ServerSideApply {
        manager: MANAGER,
        force: true,
        dry_run: true,
        subresource: None,
    };
    let predicted = match cluster.server_side_apply(&object.body, how).await {
        Err(error) if error.is_refusal() => match predict(&live, object, ty) {
            Some(predicted) => predicted,
            None => return Err(error),
        },
        answer => answer?,
    };
    Ok(Live::Present {
        body: live.into(),
        predicted: Some(predicted.into()),
    })
}

/// What the server would make of it, as far as the schema tells.
fn predict(live: &Value, object: &Object, ty: Option<TypeRef<'_>>) -> Option<Value> {
    let ty = match ty {
        Some(ty) => ty,
        None => TypeRef::deduced(),
    };
    let write = Write {
        ty,
        manager: MANAGER,
        subresource: None,
        has_status: true,
        force: true,
        now: "",
        nothing: None,
    };
    apply(Some(live), &object.body, &write).ok()
}

/// What annotations say, of whichever tool they are: a folder does not tell who applies it.
fn directives(body: &Value) -> Directives {
    let (argo, flux) = (plumb_argo::directives(body), plumb_flux::directives(body));
    Directives {
        ignore: argo.ignore || flux.ignore,
        create_only: argo.create_only || flux.create_only,
        spoken_to: plumb_pipeline::SPOKEN_TO,
        ..argo
    }
}

/// A unit that stands for the folder.
fn stand_in(path: &str, namespace: &str) -> Unit {
    let id = UnitId {
        kind: UnitKind::Application,
        namespace: namespace.to_owned(),
        name: path.to_owned(),
    };
    Unit {
        id,
        uid: String::new(),
        generation: 0,
        source: SourceSpec {
            url: path.to_owned(),
            reference: Reference::Head,
            credentials: None,
            interval: None,
            timeout: None,
            object: None,
        },
        render: RenderSpec {
            path: path.to_owned(),
            ..RenderSpec::default()
        },
        destination: Destination {
            cluster: ClusterRef::Own,
            namespace: Some(namespace.to_owned()),
        },
        sync: SyncPolicy {
            automated: false,
            prune: false,
            self_heal: false,
            allow_empty: true,
            create_namespace: false,
            wait: false,
            force: false,
            timeout: Duration::from_secs(60),
            retry: Retry::default(),
            interval: None,
            history_limit: 0,
            conduct: Conduct::default(),
            ignore: Vec::new(),
            keeps_ignored: false,
        },
        marks: Marks::default(),
        field_manager: MANAGER.to_owned(),
        acts_as: ActsAs::Plumb,
        suspended: false,
        pause: None,
        deletion: None,
        hold: None,
        request: None,
        approval: Approval::default(),
        depends_on: Vec::new(),
        readiness: plumb_model::Readiness::default(),
    }
}
