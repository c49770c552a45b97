//! Units as commands need them: listed, made whole, and with their repositories at hand.

use std::{collections::BTreeMap, sync::Arc};

use anyhow::anyhow;
use plumb_cluster::{Cluster, ClusterError};
use plumb_git::Repository;
use plumb_model::{CommitId, Reference, Unit, UnitKind};
use plumb_pipeline::{
    Line,
    actions::{self, Loaded},
    complete,
    preview::{self, Preview, preview},
    reconcile, restore,
};
use serde_json::Value;

use crate::{Output, names::id_of};

/// Every unit of a kind, in a namespace or in all; none where the cluster does not know the kind.
pub(crate) async fn list(
    cluster: &Cluster,
    kind: UnitKind,
    namespace: Option<&str>,
    selector: &str,
) -> anyhow::Result<Vec<Loaded>> {
    let objects = known(
        cluster
            .list(&actions::resource_kind(kind), namespace, selector)
            .await,
    )?;
    let sources = match kind {
        UnitKind::Kustomization if !objects.is_empty() => sources(cluster).await?,
        _ => BTreeMap::new(),
    };
    let mut units: Vec<Loaded> = objects
        .into_iter()
        .map(|object| {
            let unit = match kind {
                UnitKind::Application => plumb_argo::unit(&object, &plumb_argo::Defaults::default())
                    .map_err(|error| error.to_string()),
                UnitKind::Kustomization => {
                    let source = plumb_flux::source_of(&object).and_then(|key| sources.get(&key));
                    plumb_flux::unit(&object, source).map_err(|error| error.to_string())
                }
            };
            Loaded {
                id: id_of(kind, &object),
                unit,
                report: restore(kind, &object),
                object,
            }
        })
        .collect();
    units.sort_by(|a, b| a.id.cmp(&b.id));
    Ok(units)
}

/// A list, empty where the cluster does not know the kind.
pub(crate) fn known(listed: Result<Vec<Value>, ClusterError>) -> Result<Vec<Value>, ClusterError> {
    match listed {
        Err(ClusterError::UnknownKind { .. } | ClusterError::NotFound { .. }) => Ok(Vec::new()),
        other => other,
    }
}

/// The unit, with what it takes from elsewhere in the cluster.
pub(crate) async fn whole(cluster: &Cluster, loaded: &Loaded) -> anyhow::Result<Unit> {
    let unit = loaded
        .unit
        .as_ref()
        .map_err(|why| anyhow!("{}: {why}", loaded.id))?;
    Ok(complete(cluster, unit, &loaded.object).await?.into_owned())
}

/// The repository of `unit`, asked for news.
pub(crate) async fn repository(line: &Line, unit: &Unit) -> anyhow::Result<Arc<Repository>> {
    let repository = reconcile::repository(line, unit).await?;
    let asked = repository.clone();
    tokio::task::spawn_blocking(move || asked.refresh()).await??;
    Ok(repository)
}

/// The commit that a unit is to be at: the one that `revision` names, else the one that a rollback holds, else the one it
/// follows.
pub(crate) async fn target(line: &Line, unit: &Unit, revision: Option<&str>) -> anyhow::Result<CommitId> {
    let repository = repository(line, unit).await?;
    let reference = revision.map_or_else(
        || unit.source.reference.clone(),
        |text| Reference::Any(text.to_owned()),
    );
    let tip = tokio::task::spawn_blocking(move || repository.resolve(&reference)).await??;
    let held = unit
        .hold
        .as_ref()
        .filter(|hold| revision.is_none() && hold.from == tip.commit);
    Ok(held.map_or(tip.commit, |hold| hold.revision.clone()))
}

/// What would happen if the unit went to what `revision` names, or to what it is to be at.
pub(crate) async fn preview_of(
    line: &Line,
    loaded: &Loaded,
    revision: Option<&str>,
) -> anyhow::Result<(CommitId, Preview)> {
    let unit = whole(line.own(), loaded).await?;
    let commit = target(line, &unit, revision).await?;
    let preview = preview(line, &unit, &loaded.report, Some(&commit)).await?;
    Ok((commit, preview))
}

/// Shows what would happen; `what` = what it would be, as `Sync`.
pub(crate) fn show_preview(
    output: &Output,
    what: &str,
    loaded: &Loaded,
    (commit, preview): &(CommitId, Preview),
) {
    for diff in &preview.diffs {
        output.diff(&preview::unified(diff));
    }
    output.line(format!(
        "{what} of {} to {}: {}; nothing was done",
        loaded.id,
        commit.short(),
        preview.plan.summary()
    ));
}

async fn sources(cluster: &Cluster) -> anyhow::Result<BTreeMap<(String, String), Value>> {
    let objects = known(cluster.list(&actions::git_repository_kind(), None, "").await)?;
    let text =
        |object: &Value, field: &str| object["metadata"][field].as_str().unwrap_or_default().to_owned();
    Ok(objects
        .into_iter()
        .map(|object| ((text(&object, "namespace"), text(&object, "name")), object))
        .collect())
}
