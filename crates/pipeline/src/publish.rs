//! Writing what came of a pass where users expect it: into the custom resource.

use std::{sync::Arc, time::Instant};

use plumb_cluster::ClusterError;
use plumb_flux::SourceReport;
use plumb_git::Repository;
use plumb_model::{Cause, Deletion, ObjectId, Phase, SourceSpec, Unit, UnitId, UnitKind, UnitReport};
use serde_json::{Value, json};

use crate::{Line, Memory, Pass, PassError, UnitView, adapter, now, remembered, resolve};

/// The field manager of what is written into sources.
const SOURCE_MANAGER: &str = "source-controller";

/// Shows a pass on the board and writes it into the custom resource, if it says anything new.
///
/// # Errors
/// When the cluster refuses the write or cannot be reached.
pub async fn publish(line: &Line, unit: &Unit, memory: &mut Memory, pass: &Pass) -> Result<(), PassError> {
    show(line, unit, pass);
    if unit.deletion.is_some() && pass.report.resources.is_empty() && pass.report.conditions.is_empty() {
        return Ok(());
    }
    if unit.deletion.is_none() {
        add_finalizer(line, unit, memory).await?;
    }
    if let Some(patch) = adapter::status(unit, &pass.report, &memory.object) {
        write(line, memory, &unit.id, &patch, subresource(unit.id.kind)).await?;
    }
    if pass.approval_used {
        write(line, memory, &unit.id, &adapter::approval_used(), None).await?;
    }
    if pass.hold_released {
        write(line, memory, &unit.id, &crate::actions::hold_patch(None), None).await?;
    }
    if pass.pause_over {
        let goes_on = crate::actions::suspend_patch(unit.id.kind, None);
        write(line, memory, &unit.id, &goes_on, None).await?;
    }
    Ok(())
}

/// Shows a pass on the board only.
pub fn show(line: &Line, unit: &Unit, pass: &Pass) {
    let before = line.board.unit(&unit.id);
    let applied_at = if pass.applied.is_some() && pass.timings.apply.as_nanos() > 0 {
        Some(Instant::now())
    } else {
        before.as_ref().and_then(|view| view.applied_at)
    };
    let commit = before.as_ref().and_then(|view| view.commit.clone());
    let view = UnitView {
        unit: Some(unit.clone()),
        report: pass.report.clone(),
        timings: pass.timings,
        applied_at,
        commit,
    };
    line.board.show(unit.id.clone(), view);
}

impl Pass {
    /// Whether what came of it since `before` can be told later: nobody asked for it, and whoever follows the unit learns
    /// no more than that it is as Git says.
    #[must_use]
    pub fn can_be_told_later(&self, unit: &Unit, before: &UnitReport) -> bool {
        let quiet = unit.request.is_none() && !self.hold_released && !self.pause_over && !self.approval_used;
        quiet && (self.only_moved(before) || self.ended_well())
    }

    /// Whether all that it found since `before` is that the reference points to another commit, which comes to the same.
    #[must_use]
    pub fn only_moved(&self, before: &UnitReport) -> bool {
        let moved = UnitReport {
            revision: self.report.revision.clone(),
            attempted: self.report.attempted.clone(),
            applied: self.report.applied.clone(),
            reconciled_at: self.report.reconciled_at.clone(),
            ..before.clone()
        };
        let was_there = before.revision.is_some() && before.revision != self.report.revision;
        was_there && moved == self.report
    }

    /// Whether it deployed a push, from the beginning to a good end. After a crash another pass finds the same.
    fn ended_well(&self) -> bool {
        let operation = self.report.operation.as_ref();
        let deployed = operation.is_some_and(|operation| {
            let plain = operation.results.iter().all(|result| result.hook.is_none());
            operation.phase == Phase::Succeeded && operation.cause == Cause::Push && plain
        });
        deployed && self.applied == Some(Cause::Push) && self.report.conditions.is_empty()
    }
}

/// Sees to it that we hear of the deletion of a custom resource before it is gone.
async fn add_finalizer(line: &Line, unit: &Unit, memory: &mut Memory) -> Result<(), PassError> {
    let rendered = memory.rendered.iter().flat_map(|cached| &cached.placed.objects);
    let hooks = rendered.filter_map(|object| object.directives.hook.as_ref());
    let phases = hooks.flat_map(|hook| &hook.phases).copied().collect();
    let mut finalizers = memory.object["metadata"]["finalizers"]
        .as_array()
        .cloned()
        .unwrap_or_default();
    let before = finalizers.len();
    for finalizer in adapter::finalizers(unit.id.kind, &phases) {
        if !finalizers.iter().any(|known| known == finalizer) {
            finalizers.push(json!(finalizer));
        }
    }
    if finalizers.len() == before {
        return Ok(());
    }
    let version = memory.object["metadata"]["resourceVersion"].clone();
    let patch = json!({"metadata": {"finalizers": finalizers, "resourceVersion": version}});
    write(line, memory, &unit.id, &patch, None).await
}

/// Writes into a custom resource why it is no unit.
///
/// # Errors
/// When the cluster refuses the write or cannot be reached.
pub async fn publish_invalid(
    line: &Line,
    id: &UnitId,
    git_repository: Option<&Value>,
    memory: &mut Memory,
) -> Result<(), PassError> {
    match adapter::invalid_status(id.kind, &memory.object, git_repository, &now()) {
        Some(patch) => write(line, memory, id, &patch, subresource(id.kind)).await,
        None => Ok(()),
    }
}

/// Writes into a GitRepository where its reference points, or why that cannot be told.
///
/// # Errors
/// When the cluster refuses the write or cannot be reached.
pub async fn publish_source(
    line: &Line,
    object: &Value,
    source: &SourceSpec,
    repository: &Arc<Repository>,
) -> Result<(), PassError> {
    let (found, reference) = (repository.clone(), source.reference.clone());
    let found = resolve::blocking(move || found.resolve(&reference)).await;
    let (revision, error) = match found {
        Ok(revision) => (Some(revision), None),
        Err(error) => (plumb_flux::source_revision(object), Some(error.to_string())),
    };
    let handled_request = plumb_flux::source_request(object);
    let report = SourceReport {
        revision,
        error,
        checked_at: now(),
        handled_request,
    };
    let Some(patch) = plumb_flux::source_status(&report, object) else {
        return Ok(());
    };
    let text = |field: &str| object["metadata"][field].as_str().unwrap_or_default().to_owned();
    let kind = crate::actions::git_repository_kind();
    let id = ObjectId {
        kind: kind.group_kind(),
        namespace: Some(text("namespace")),
        name: text("name"),
    };
    line.own()
        .merge_patch(&kind, &id, Some("status"), &patch, SOURCE_MANAGER)
        .await?;
    Ok(())
}

/// Writes that an operation has begun. Failing to is no reason not to go on: the end will be written too.
pub(crate) async fn running(line: &Line, unit: &Unit, memory: &mut Memory, pass: &Pass) {
    if let Err(error) = publish(
        line,
        unit,
        memory,
        &Pass {
            hold_released: false,
            pause_over: false,
            approval_used: false,
            ..pass.clone()
        },
    )
    .await
    {
        tracing::warn!(unit = %unit.id, %error, "the beginning of an operation could not be written");
    }
}

/// Takes our finalizers off a custom resource that is being deleted.
pub(crate) async fn let_go(
    line: &Line,
    unit: &Unit,
    deletion: &Deletion,
    memory: &mut Memory,
) -> Result<(), PassError> {
    let kept: Vec<&Value> = memory.object["metadata"]["finalizers"]
        .as_array()
        .into_iter()
        .flatten()
        .filter(|finalizer| !deletion.finalizers.iter().any(|ours| **finalizer == **ours))
        .collect();
    let version = memory.object["metadata"]["resourceVersion"].clone();
    let patch = json!({"metadata": {"finalizers": kept, "resourceVersion": version}});
    match write(line, memory, &unit.id, &patch, None).await {
        Err(PassError::Cluster(ClusterError::NotFound { .. })) => Ok(()),
        other => other,
    }
}

fn subresource(kind: UnitKind) -> Option<&'static str> {
    match kind {
        UnitKind::Application => None,
        UnitKind::Kustomization => Some("status"),
    }
}

async fn write(
    line: &Line,
    memory: &mut Memory,
    id: &UnitId,
    patch: &Value,
    subresource: Option<&str>,
) -> Result<(), PassError> {
    let kind = crate::actions::resource_kind(id.kind);
    let object = crate::actions::object_id(id);
    let manager = match id.kind {
        UnitKind::Application => plumb_argo::FIELD_MANAGER,
        UnitKind::Kustomization => plumb_flux::FIELD_MANAGER,
    };
    let written = line
        .own()
        .merge_patch(&kind, &object, subresource, patch, manager)
        .await?;
    memory.object = remembered(written);
    Ok(())
}
