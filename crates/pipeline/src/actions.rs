//! What people ask for, by command or by page: each is one write to a custom resource, and the controllers do the rest.

use std::time::Duration;

use plumb_cluster::{Cluster, ClusterError};
use plumb_model::{GroupVersionKind, Hold, ObjectId, Pause, Selected, Unit, UnitId, UnitKind, UnitReport};
use serde_json::Value;

use crate::{adapter, now};

/// The field manager of what people ask for.
const MANAGER: &str = "plumb-cli";

/// A unit as its custom resource tells it.
#[derive(Clone, Debug)]
pub struct Loaded {
    /// Which one.
    pub id: UnitId,
    /// All of the custom resource.
    pub object: Value,
    /// The unit, or what is wrong with it.
    pub unit: Result<Unit, String>,
    /// What came of it.
    pub report: UnitReport,
}

/// Why what was asked for was not done.
#[derive(Debug, thiserror::Error)]
pub enum ActionError {
    /// There is no such unit.
    #[error("{0} is not there: `plumb app list` shows what is")]
    NotFound(UnitId),
    /// The unit's history has no such entry.
    #[error("{unit} has no history entry {wanted}: there are {}", known.join(", "))]
    NoSuchEntry {
        /// The unit.
        unit: UnitId,
        /// What was asked for.
        wanted: String,
        /// What there is.
        known: Vec<String>,
    },
    /// The unit has never been applied, so there is nothing to go back from.
    #[error("{0} has not been applied yet, so there is nothing to roll back")]
    NeverApplied(UnitId),
    /// The custom resource does not say what it asks for in a way that is understood.
    #[error("{0}: {1}")]
    Invalid(UnitId, String),
    /// The cluster refused, or cannot be reached.
    #[error(transparent)]
    Cluster(#[from] ClusterError),
}

/// A sync asked for by hand.
#[derive(Clone, Debug, Default)]
pub struct SyncRequest {
    /// Delete what left Git too.
    pub prune: bool,
    /// Say what would be done, do nothing.
    pub dry_run: bool,
    /// This commit, branch or tag rather than the one followed.
    pub revision: Option<String>,
    /// These objects only; empty = all.
    pub only: Vec<Selected>,
    /// Who asks.
    pub by: String,
}

/// The kind of the custom resource of a unit.
#[must_use]
pub fn resource_kind(kind: UnitKind) -> GroupVersionKind {
    match kind {
        UnitKind::Application => {
            GroupVersionKind::new(plumb_argo::GROUP, plumb_argo::VERSIONS[0], plumb_argo::KIND)
        }
        UnitKind::Kustomization => {
            GroupVersionKind::new(plumb_flux::GROUP, plumb_flux::VERSIONS[0], plumb_flux::KIND)
        }
    }
}

/// The kind of custom resources that are sources.
#[must_use]
pub fn git_repository_kind() -> GroupVersionKind {
    GroupVersionKind::new(
        plumb_flux::SOURCE_GROUP,
        plumb_flux::SOURCE_VERSIONS[0],
        plumb_flux::SOURCE_KIND,
    )
}

/// The custom resource of a unit.
#[must_use]
pub fn object_id(id: &UnitId) -> ObjectId {
    ObjectId {
        kind: resource_kind(id.kind).group_kind(),
        namespace: Some(id.namespace.clone()),
        name: id.name.clone(),
    }
}

/// One unit.
///
/// # Errors
/// When it is not there, or the cluster cannot be asked.
pub async fn load(cluster: &Cluster, id: &UnitId) -> Result<Loaded, ActionError> {
    let kind = resource_kind(id.kind);
    let object = cluster.get(&kind, Some(&id.namespace), &id.name).await?;
    let object = object.ok_or_else(|| ActionError::NotFound(id.clone()))?;
    understand(cluster, id.clone(), object).await
}

/// Every unit of a kind; none where the cluster does not know the kind.
///
/// # Errors
/// When the cluster cannot be asked.
pub async fn list(cluster: &Cluster, kind: UnitKind) -> Result<Vec<Loaded>, ActionError> {
    let found = match cluster.list(&resource_kind(kind), None, "").await {
        Ok(found) => found,
        Err(ClusterError::UnknownKind { .. } | ClusterError::NotFound { .. }) => Vec::new(),
        Err(error) => return Err(error.into()),
    };
    let mut units = Vec::with_capacity(found.len());
    for object in found {
        let text = |field: &str| object["metadata"][field].as_str().unwrap_or_default().to_owned();
        let id = UnitId {
            kind,
            namespace: text("namespace"),
            name: text("name"),
        };
        units.push(understand(cluster, id, object).await?);
    }
    Ok(units)
}

/// Asks for a look at Git and the cluster, now.
///
/// # Errors
/// When the unit is not there, or the cluster refuses.
pub async fn refresh(cluster: &Cluster, id: &UnitId) -> Result<(), ActionError> {
    let patch = match id.kind {
        UnitKind::Application => plumb_argo::refresh_request(),
        UnitKind::Kustomization => plumb_flux::refresh_request(&precise_now()),
    };
    patch_unit(cluster, id, &patch).await
}

/// Asks for a sync.
///
/// # Errors
/// When the unit is not there, or the cluster refuses.
pub async fn sync(cluster: &Cluster, id: &UnitId, request: &SyncRequest) -> Result<(), ActionError> {
    let patch = match id.kind {
        UnitKind::Application => plumb_argo::sync_request(plumb_argo::SyncArgs {
            revision: request.revision.as_deref(),
            prune: request.prune,
            dry_run: request.dry_run,
            only: &request.only,
            by: &request.by,
        }),
        UnitKind::Kustomization => plumb_flux::refresh_request(&precise_now()),
    };
    patch_unit(cluster, id, &patch).await
}

/// A rollback as it is asked for.
#[derive(Clone, Debug, Default)]
pub struct RollbackRequest {
    /// The entry of the history to go back to; `None` = the one before what is in force.
    pub entry: Option<u64>,
    /// Who asks.
    pub by: String,
    /// Why, where told.
    pub reason: Option<String>,
    /// How long it holds at most; `None` = until a newer commit.
    pub length: Option<Duration>,
}

/// Rolls back. It holds until a commit newer than the one followed now arrives, its time is over, or [`release`] is asked.
///
/// # Errors
/// When there is no such entry, or the cluster refuses.
pub async fn rollback(
    cluster: &Cluster,
    id: &UnitId,
    request: &RollbackRequest,
) -> Result<Hold, ActionError> {
    let loaded = load(cluster, id).await?;
    let unit = loaded.unit.map_err(|why| ActionError::Invalid(id.clone(), why))?;
    let hold = hold_for(id, &unit, &loaded.report, request)?;
    patch_unit(cluster, id, &hold_patch(Some(&hold))).await?;
    Ok(hold)
}

/// Ends a rollback that holds.
///
/// # Errors
/// When the unit is not there, or the cluster refuses.
pub async fn release(cluster: &Cluster, id: &UnitId) -> Result<(), ActionError> {
    patch_unit(cluster, id, &hold_patch(None)).await
}

/// The hold that a rollback of `unit` makes.
///
/// # Errors
/// When there is no such entry.
pub fn hold_for(
    id: &UnitId,
    unit: &Unit,
    report: &UnitReport,
    request: &RollbackRequest,
) -> Result<Hold, ActionError> {
    let history = &report.history;
    let current = history
        .last()
        .ok_or_else(|| ActionError::NeverApplied(id.clone()))?;
    let target = match request.entry {
        Some(wanted) => history.iter().find(|entry| entry.id == wanted),
        None => history
            .iter()
            .rev()
            .find(|entry| entry.revision.commit != current.revision.commit),
    };
    let target = target.ok_or_else(|| ActionError::NoSuchEntry {
        unit: id.clone(),
        wanted: request
            .entry
            .map_or_else(|| "before the one in force".to_owned(), |entry| entry.to_string()),
        known: history
            .iter()
            .map(|entry| format!("{} ({})", entry.id, entry.revision.commit.short()))
            .collect(),
    })?;
    let followed = report
        .revision
        .as_ref()
        .unwrap_or(&current.revision)
        .commit
        .clone();
    let from = unit.hold.as_ref().map_or(followed, |hold| hold.from.clone());
    Ok(Hold {
        revision: target.revision.commit.clone(),
        from,
        history_id: target.id,
        by: request.by.clone(),
        reason: request.reason.clone(),
        at: now(),
        until: request.length.map(in_a_while),
    })
}

/// The patch that puts a hold on a custom resource, or takes it off.
#[must_use]
pub fn hold_patch(hold: Option<&Hold>) -> Value {
    // The annotation is Plumb's own, and the same on every kind.
    plumb_argo::hold_patch(hold)
}

/// Allows the deletions of a plan, by their digest.
///
/// # Errors
/// When the unit is not there, or the cluster refuses.
pub async fn approve(cluster: &Cluster, id: &UnitId, digest: &str) -> Result<(), ActionError> {
    // The annotation is Plumb's own, and the same on every kind.
    patch_unit(cluster, id, &plumb_argo::approve_patch(digest)).await
}

/// Confirms the deletion of what asks for that, in the operation that is under way.
///
/// # Errors
/// When the unit is not there, or the cluster refuses.
pub async fn confirm(cluster: &Cluster, loaded: &Loaded) -> Result<(), ActionError> {
    // A confirmation counts from its time on, and the clock of another machine may be ahead of ours.
    let began = loaded.report.running().map(|running| running.started_at.clone());
    let at = began.map_or_else(now, |began| began.max(now()));
    patch_unit(cluster, &loaded.id, &plumb_argo::confirm_patch(&at)).await
}

/// Asks to end the operation that is under way. Only Applications have such.
///
/// # Errors
/// When the unit is not there, or the cluster refuses.
pub async fn terminate(cluster: &Cluster, id: &UnitId) -> Result<(), ActionError> {
    patch_unit(cluster, id, &plumb_argo::terminate_request()).await
}

/// Pauses a unit, or (`None`) lets it go on.
///
/// # Errors
/// When the unit is not there, or the cluster refuses.
pub async fn suspend(cluster: &Cluster, id: &UnitId, pause: Option<&Pause>) -> Result<(), ActionError> {
    patch_unit(cluster, id, &suspend_patch(id.kind, pause)).await
}

/// The patch that pauses a unit, or lets it go on.
#[must_use]
pub fn suspend_patch(kind: UnitKind, pause: Option<&Pause>) -> Value {
    match kind {
        UnitKind::Application => plumb_argo::suspend_patch(pause),
        UnitKind::Kustomization => plumb_flux::suspend_patch(pause),
    }
}

/// A pause from now on, for so long (`None` = without end).
#[must_use]
pub fn pause_for(by: &str, reason: Option<&str>, length: Option<Duration>) -> Pause {
    Pause {
        by: by.to_owned(),
        reason: reason.map(str::to_owned),
        at: now(),
        until: length.map(in_a_while),
    }
}

/// The time after so long, as custom resources write it; at most a thousand years from now.
fn in_a_while(length: Duration) -> String {
    let longest = Duration::from_secs(1000 * 365 * 24 * 3600);
    let at = jiff::Timestamp::now().checked_add(length.min(longest));
    at.map_or_else(|_| now(), |at| at.strftime("%Y-%m-%dT%H:%M:%SZ").to_string())
}

/// Merges `patch` into the custom resource of a unit.
///
/// # Errors
/// When the unit is not there, or the cluster refuses.
pub async fn patch_unit(cluster: &Cluster, id: &UnitId, patch: &Value) -> Result<(), ActionError> {
    match cluster
        .merge_patch(&resource_kind(id.kind), &object_id(id), None, patch, MANAGER)
        .await
    {
        Err(ClusterError::NotFound { .. }) => Err(ActionError::NotFound(id.clone())),
        other => other.map(drop).map_err(ActionError::from),
    }
}

async fn understand(cluster: &Cluster, id: UnitId, object: Value) -> Result<Loaded, ActionError> {
    let unit = match id.kind {
        UnitKind::Application => {
            plumb_argo::unit(&object, &plumb_argo::Defaults::default()).map_err(|e| e.to_string())
        }
        UnitKind::Kustomization => {
            let source = match plumb_flux::source_of(&object) {
                Some((namespace, name)) => {
                    cluster
                        .get(&git_repository_kind(), Some(&namespace), &name)
                        .await?
                }
                None => None,
            };
            plumb_flux::unit(&object, source.as_ref()).map_err(|error| error.to_string())
        }
    };
    let report = adapter::restore(id.kind, &object);
    Ok(Loaded {
        id,
        object,
        unit,
        report,
    })
}

/// The time with nanoseconds: tells one request from the next.
fn precise_now() -> String {
    jiff::Timestamp::now().to_string()
}
