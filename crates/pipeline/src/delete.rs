//! A unit that goes away: a plan with nothing rendered but the hooks around it, wave by wave, and then its finalizers.

use std::collections::BTreeMap;

use plumb_cluster::{ApplyLimits, Cluster};
use plumb_model::{
    ActionDone, Cause, ConditionKind, Deletion, Live, Object, ObjectId, ObjectResult, Observed,
    OperationReport, Phase, Removal, Rendered, SyncPhase, Unit, UnitReport,
};
use plumb_plan::{Extent, Input, Plan, Scope, Standing};
use plumb_policy::Facts;

use crate::{
    Line, Memory, Pass, PassError, adapter, clusters,
    operation::{Going, is_after, note, put},
    publish, rendering, resolve,
    station::look,
};

/// Deletes what the unit has, if that is asked; then lets the custom resource go.
pub(crate) async fn delete(
    line: &Line,
    unit: &Unit,
    deletion: &Deletion,
    memory: &mut Memory,
    pass: &mut Pass,
) -> Result<(), PassError> {
    let inventory = if deletion.cascade {
        pass.inventory()
    } else {
        BTreeMap::new()
    };
    let hooks = hooks(line, unit, deletion, memory).await?;
    let has_run_hooks = pass
        .report
        .operation
        .iter()
        .flat_map(|it| &it.results)
        .any(|it| it.hook.is_some());
    if has_run_hooks || !inventory.is_empty() || !hooks.objects.is_empty() {
        let cluster = clusters::cluster_of(line, unit).await?;
        pass.begin_deletion(deletion);
        let stale = left_by_hooks(deletion, &pass.report, memory);
        let what = Going::deletion(&deletion.asked_at, pass.report.operation.as_ref(), stale);
        if !take(&cluster, unit, pass, (inventory, &hooks, &what)).await? {
            return Ok(());
        }
    }
    publish::let_go(line, unit, deletion, memory).await?;
    pass.let_go = true;
    Ok(())
}

/// Does what is due; whether nothing is left.
async fn take(
    cluster: &Cluster,
    unit: &Unit,
    pass: &mut Pass,
    (mut inventory, hooks, going): (BTreeMap<ObjectId, String>, &Rendered, &Going),
) -> Result<bool, PassError> {
    let nothing = Rendered::default();
    let mut leftovers = inventory.clone();
    leftovers.extend(plumb_plan::hooks(unit, hooks, &going.course(), None));
    leftovers.extend(going.course().stale.iter().cloned());
    let observed = cluster.observe(look(unit, &nothing, &leftovers)).await?;
    pass.report.conditions.clear();
    if let Some(asks) = unconfirmed(unit, &inventory, &observed) {
        let why = format!(
            "waiting for deletion confirmation of {asks}: nothing was deleted; confirm it with `plumb app approve {}`",
            unit.id.name
        );
        pass.condition(ConditionKind::ApprovalNeeded, why);
        return Ok(false);
    }
    inventory.retain(|id, _| !survives(unit, &observed, id));
    pass.report
        .resources
        .retain(|resource| inventory.contains_key(&resource.id));
    let plan = plan(unit, hooks, &inventory, &observed, going)?;
    if let Some(operation) = pass.report.operation.as_mut() {
        plan.findings()
            .iter()
            .for_each(|finding| note(operation, finding));
    }
    let approved = plumb_policy::review(plan, &Facts::default())?;
    let limits = ApplyLimits {
        timeout: unit.sync.timeout,
    };
    let applied = cluster.apply(&approved, &unit.marks, limits).await;
    pass.took_away(applied.results);
    pass.stand(approved.plan());

    let observed = cluster.observe(look(unit, &nothing, &inventory)).await?;
    let gone = |live: &Live| matches!(live, Live::Absent | Live::UnknownKind);
    pass.report.resources.retain(|resource| {
        observed
            .objects
            .get(&resource.id)
            .is_some_and(|seen| !gone(&seen.live))
    });
    let done = approved.plan().due().is_empty() && *approved.plan().standing() == Standing::Done;
    if done {
        cluster.forget(leftovers.keys());
    }
    Ok(done)
}

fn plan(
    unit: &Unit,
    hooks: &Rendered,
    inventory: &BTreeMap<ObjectId, String>,
    observed: &Observed,
    going: &Going,
) -> Result<Plan, PassError> {
    let scope = Scope {
        extent: Extent::Apply,
        prune: true,
    };
    Ok(plumb_plan::plan(Input {
        unit,
        revision: None,
        rendered: hooks,
        inventory,
        observed,
        scope,
        directives: adapter::directives(unit.id.kind),
        course: Some(going.course()),
    })?)
}

/// The hooks that are to be run around the deletion, as of the commit that was looked at last.
async fn hooks(
    line: &Line,
    unit: &Unit,
    deletion: &Deletion,
    memory: &Memory,
) -> Result<Rendered, PassError> {
    let last = memory.report.revision.as_ref().or(memory.report.applied.as_ref());
    let (false, Some(revision)) = (deletion.hooks.is_empty(), last) else {
        return Ok(Rendered::default());
    };
    let repository = resolve::repository(line, unit).await?;
    let rendered = rendering::render_commit(line, unit, &repository, &revision.commit).await?;
    let mut placed = rendering::place(line, unit, rendered).await?;
    let wanted = |phase: &SyncPhase| deletion.hooks.contains(phase);
    placed.objects.retain(|object| {
        let hook = object.directives.hook.as_ref();
        hook.is_some_and(|hook| hook.phases.iter().any(wanted))
    });
    Ok(placed)
}

/// What the hooks of syncs may have left, as far as their names are known.
fn left_by_hooks(deletion: &Deletion, report: &UnitReport, memory: &Memory) -> Vec<(ObjectId, String)> {
    let results = report.operation.iter().flat_map(|operation| &operation.results);
    let recorded = results.filter(|result| result.hook.is_some() && !result.phase.is_of_deletion());
    let recorded = recorded.map(|result| (result.id.clone(), result.version.clone()));
    let rendered = memory.rendered.iter().filter(|_| deletion.cascade);
    let objects = rendered.flat_map(|cached| &cached.placed.objects);
    let is_of_sync = |object: &&Object| {
        let hook = object.directives.hook.as_ref();
        let named = object.body["metadata"]["name"].is_string();
        named && hook.is_some_and(|hook| hook.phases.iter().all(|phase| !phase.is_of_deletion()))
    };
    let hooks = objects.filter(is_of_sync);
    let named = hooks.map(|hook| (hook.id.clone(), hook.gvk.version.clone()));
    let all: BTreeMap<ObjectId, String> = recorded.chain(named).collect();
    all.into_iter().collect()
}

/// What has to be confirmed before anything is deleted, and is not.
fn unconfirmed(unit: &Unit, inventory: &BTreeMap<ObjectId, String>, observed: &Observed) -> Option<String> {
    let deletion = unit.deletion.as_ref()?;
    if is_after(unit.approval.confirmed_at.as_deref(), &deletion.asked_at) {
        return None;
    }
    let asks = |id: &&ObjectId| said(unit, observed, id) == Removal::Confirmed;
    let found = inventory.keys().find(asks).map(ToString::to_string);
    found.or_else(|| deletion.confirm.then(|| unit.id.to_string()))
}

fn survives(unit: &Unit, observed: &Observed, id: &ObjectId) -> bool {
    said(unit, observed, id) == Removal::Forbidden
}

/// What a live object says of its removal along with its unit.
fn said(unit: &Unit, observed: &Observed, id: &ObjectId) -> Removal {
    match observed.objects.get(id).map(|seen| &seen.live) {
        Some(Live::Present { body, .. }) => adapter::directives(unit.id.kind)(body).delete,
        _ => Removal::Allowed,
    }
}

impl Pass {
    /// The deletion as an operation; it remembers the hooks that the one before left.
    fn begin_deletion(&mut self, deletion: &Deletion) {
        let is_it = |it: &OperationReport| it.cause == Cause::Deletion && it.started_at == deletion.asked_at;
        if self.report.operation.as_ref().is_some_and(is_it) {
            return;
        }
        let before = self.report.operation.take().map(|before| before.results);
        let left = |result: &ObjectResult| match result.hook {
            Some(Phase::Running) => true,
            Some(_) => deletion.cascade,
            None => false,
        };
        let hooks = before
            .into_iter()
            .flatten()
            .filter(left)
            .map(|hook| ObjectResult {
                // How it ended is nothing to the deletion.
                hook: Some(Phase::Succeeded),
                action: ActionDone::Created,
                ..hook
            });
        self.report.operation = Some(OperationReport {
            phase: Phase::Running,
            message: "deleting".to_owned(),
            revision: self.report.applied.clone(),
            started_at: deletion.asked_at.clone(),
            finished_at: None,
            results: hooks.collect(),
            cause: Cause::Deletion,
            retries: 0,
            prune: true,
            pinned: true,
            only: Vec::new(),
            hookless: false,
        });
    }

    fn took_away(&mut self, results: Vec<ObjectResult>) {
        let is_gone = |result: &&ObjectResult| result.action == ActionDone::Pruned;
        self.removed.extend(results.iter().filter(is_gone).cloned());
        for result in results {
            if result.action == ActionDone::Failed {
                let why = format!("{}: {}", result.id, result.message);
                self.condition(ConditionKind::DeletionFailed, why);
            }
            // That an object could not be deleted is tried again; that a hook was begun must not be forgotten.
            let begun = result.hook.is_some() && result.action == ActionDone::Created;
            if let Some(operation) = self.report.operation.as_mut().filter(|_| begun) {
                put(operation, result);
            }
        }
    }

    /// Says how the deletion stands, and when to look again.
    fn stand(&mut self, plan: &Plan) {
        let (message, again) = match plan.standing() {
            // The watch tells when it has come; this is only in case it does not.
            Standing::Waiting(wait) => (wait.to_string(), 5),
            Standing::Done => ("deleting".to_owned(), 0),
            Standing::Failed(why) => {
                self.condition(ConditionKind::DeletionFailed, why.clone());
                (why.clone(), 60)
            }
        };
        if let Some(operation) = self.report.operation.as_mut() {
            operation.message = message;
        }
        self.again = Some(std::time::Duration::from_secs(again));
    }
}
