//! Last stations: what came of the pass, and what is written down of it.

use std::{
    borrow::Cow,
    collections::BTreeMap,
    time::{Duration, Instant},
};

use jiff::Timestamp;
use plumb_expressions::cel::Expression;
use plumb_model::{
    CommitId, Condition, ConditionKind, Health, HealthStatus, ObjectId, Observed, Phase, RemoteRead,
    ResourceReport, Revision, SyncStatus, Unit, UnitId, UnitReport,
};
use plumb_plan::{Extent, Plan, Scope};
use serde_json::Value;

use plumb_policy::Refused;

use crate::{
    Happening, Line, Memory, Pass, PassError, Timings,
    line::{Backoff, Deferred},
    now,
    operation::{asks_for_sync, next_start},
    rendering::Rendering,
};

/// How often to look where the other repositories are that a unit reads.
const REMOTES: Duration = Duration::from_secs(180);

/// The units that `unit` depends on must be ready. `object` is its custom resource.
pub(crate) async fn dependencies(line: &Line, unit: &Unit, object: &Value) -> Result<(), PassError> {
    for id in &unit.depends_on {
        if let Some(expression) = unit.readiness.dependencies.get(id) {
            ready_by(line, id, expression, object).await?;
            continue;
        }
        let not_ready = |why: &str| {
            Err(PassError::Dependency(format!(
                "dependency {id} is not ready: {why}"
            )))
        };
        let Some(view) = line.board.unit(id) else {
            return not_ready("there is no such unit");
        };
        let ready = |dependency: &Unit| plumb_flux::is_ready(dependency, &view.report);
        if !view.unit.as_ref().is_some_and(ready) {
            return not_ready("it is not applied yet, or what it waits for is not healthy");
        }
    }
    Ok(())
}

/// Whether a dependency is ready by an expression of the unit's.
async fn ready_by(line: &Line, id: &UnitId, expression: &str, object: &Value) -> Result<(), PassError> {
    let kind = crate::actions::resource_kind(id.kind);
    let name = format!("{}/{}", id.namespace, id.name);
    let wrong = |why: String| PassError::Dependency(format!("dependency '{name}' is not ready: {why}"));
    let found = line.own().get(&kind, Some(&id.namespace), &id.name).await?;
    let found = found.ok_or_else(|| wrong("there is no such unit".to_owned()))?;
    let holds = Expression::compile(expression)
        .and_then(|expression| expression.holds([("self", object), ("dep", &found)]))
        .map_err(|error| wrong(error.to_string()))?;
    if holds {
        return Ok(());
    }
    Err(PassError::Dependency(format!(
        "dependency '{name}' is not ready according to readyExpr eval"
    )))
}

/// How long something still goes on that ends by itself; `None` = without end. An end that is no time is none.
fn left(until: Option<&str>) -> Option<Duration> {
    let until: Timestamp = until?.parse().ok()?;
    Some(
        until
            .duration_since(Timestamp::now())
            .try_into()
            .unwrap_or_default(),
    )
}

/// What the pass may do, what failed before taken into account.
pub(crate) fn scope(unit: &Unit, report: &UnitReport, memory: &Memory, revision: &Revision) -> Scope {
    let scope = plumb_plan::scope(unit, report, revision);
    let asked_for = unit.request.is_some();
    if !asked_for && report.running().is_none() && memory.must_wait(unit, &revision.commit) {
        Scope {
            extent: Extent::Look,
            ..scope
        }
    } else {
        scope
    }
}

impl Pass {
    pub(crate) fn begin(unit: &Unit, memory: &Memory) -> Self {
        let report = memory.report.clone();
        let (timings, again) = (Timings::default(), unit.sync.interval);
        Self {
            report,
            timings,
            applied: None,
            hold_released: false,
            pause_over: false,
            approval_used: false,
            deferred: Deferred::No,
            starts_at: next_start(memory),
            ended: Vec::new(),
            plan: None,
            drifted: Vec::new(),
            removed: Vec::new(),
            let_go: false,
            stale: Vec::new(),
            again,
        }
    }

    /// Whether the unit is paused, and no longer than it was asked to be.
    pub(crate) fn is_paused(&mut self, unit: &Unit) -> bool {
        let left = unit.pause.as_ref().and_then(|pause| left(pause.until.as_deref()));
        self.pause_over = unit.suspended && left == Some(Duration::ZERO);
        if let Some(left) = left.filter(|_| unit.suspended && !self.pause_over) {
            self.soonest(left);
        }
        unit.suspended && !self.pause_over
    }

    /// What the unit has in the cluster, as far as recorded.
    pub(crate) fn inventory(&self) -> BTreeMap<ObjectId, String> {
        self.report
            .inventory()
            .map(|(id, version)| (id.clone(), version.to_owned()))
            .collect()
    }

    /// Notes the commit that the followed reference points to; gives the one to be at, which a hold may decide.
    pub(crate) fn saw(&mut self, line: &Line, unit: &Unit, tip: Revision) -> Revision {
        if self.report.revision.as_ref() != Some(&tip) {
            let what = Happening::CommitSeen {
                revision: tip.clone(),
                took: self.timings.resolve,
            };
            line.board.tell(unit.id.clone(), what);
        }
        let hold_left = unit.hold.as_ref().map(|hold| left(hold.until.as_deref()));
        let is_over = hold_left == Some(Some(Duration::ZERO));
        let held = unit
            .hold
            .as_ref()
            .filter(|hold| hold.from == tip.commit && !is_over);
        hold_left
            .flatten()
            .into_iter()
            .for_each(|left| self.soonest(left));
        self.hold_released = unit.hold.is_some() && held.is_none();
        self.report.held = held.is_some();
        let pinned = self.report.running().filter(|running| running.pinned);
        let target = match (held, pinned) {
            (Some(hold), _) => Revision {
                commit: hold.revision.clone(),
                name: tip.name.clone(),
            },
            (None, Some(running)) => running.revision.clone().unwrap_or_else(|| tip.clone()),
            (None, None) => tip.clone(),
        };
        self.report.revision = Some(target.clone());
        self.report.attempted = Some(target.clone());
        target
    }

    /// The unit as it is once the followed reference has moved on from what it was rolled back from.
    pub(crate) fn without_released_hold<'u>(&self, unit: &'u Unit) -> Cow<'u, Unit> {
        if self.hold_released {
            Cow::Owned(Unit {
                hold: None,
                ..unit.clone()
            })
        } else {
            Cow::Borrowed(unit)
        }
    }

    pub(crate) fn rendered(&mut self, line: &Line, unit: &Unit, rendering: &Rendering) {
        if rendering.fresh {
            let what = Happening::Rendered {
                objects: rendering.placed.objects.len(),
                took: self.timings.render,
            };
            line.board.tell(unit.id.clone(), what);
        }
        // Nobody tells of what happens in other repositories.
        let may_move = |read: &RemoteRead| CommitId::parse(&read.reference).is_err();
        if rendering.placed.remotes.iter().any(may_move) {
            self.soonest(REMOTES);
        }
        self.report.images = rendering.placed.images();
    }

    /// Concludes a pass that came to its end: `plan` is what is still to be done.
    pub(crate) fn conclude(
        &mut self,
        line: &Line,
        unit: &Unit,
        plan: &Plan,
        observed: &Observed,
        done: &Rendering,
    ) {
        let before = self.report.health.status;
        self.report.resources = resources(plan, observed);
        self.report.sync = plan.sync();
        self.report.health = health(&self.report.resources, done);
        self.report.reconciled_at = now();
        let failed_now = self.applied.is_some() && self.operation_failed();
        let mut conditions = std::mem::take(&mut self.report.conditions);
        let still_failed = failed_now || (self.operation_failed() && plan.sync() != SyncStatus::Synced);
        conditions.retain(|condition| condition.kind == ConditionKind::ApplyFailed && still_failed);
        self.report.conditions = conditions;
        for warning in done
            .placed
            .warnings
            .iter()
            .filter(|warning| warning.contains("is there twice"))
        {
            self.condition(ConditionKind::RepeatedResource, warning.clone());
        }
        for problem in plan
            .verdicts()
            .iter()
            .filter_map(|verdict| verdict.problem.as_ref())
        {
            self.condition(ConditionKind::CompareFailed, problem.clone());
        }
        if self.report.sync == SyncStatus::Synced && !failed_now && self.report.running().is_none() {
            self.report.applied.clone_from(&self.report.attempted);
            self.report.failures = 0;
        }
        let after = self.report.health.status;
        if before != after {
            let after_apply = line
                .board
                .unit(&unit.id)
                .and_then(|view| view.applied_at)
                .map(|at| at.elapsed());
            let took = if self.applied.is_some() {
                Duration::ZERO
            } else {
                after_apply.unwrap_or_default()
            };
            line.board.tell(
                unit.id.clone(),
                Happening::HealthChanged {
                    health: after,
                    after: took,
                },
            );
        }
    }

    /// Notes that the plan waits for somebody to allow its deletions; nothing else is wrong with it.
    pub(crate) fn wait_for_approval(&mut self, line: &Line, unit: &Unit, refused: &Refused) {
        let message = refused.to_string();
        let known = line.board.unit(&unit.id).is_some_and(|view| {
            let mut conditions = view.report.conditions.iter();
            conditions.any(|known| known.message == message)
        });
        self.condition(ConditionKind::ApprovalNeeded, message.clone());
        if self.deferred == Deferred::No && asks_for_sync(unit) {
            self.deferred = Deferred::UntilAllowed;
        }
        if !known {
            line.board.tell(unit.id.clone(), Happening::Failed { message });
        }
    }

    /// Notes why the pass ended before its end.
    pub(crate) fn fail(&mut self, line: &Line, unit: &Unit, memory: &mut Memory, error: &PassError) {
        let message = error.to_string();
        let kind = error.condition();
        let known = self
            .report
            .conditions
            .iter()
            .any(|known| known.kind == kind && known.message == message);
        self.report.conditions.retain(|known| known.kind == kind);
        self.condition(kind, message.clone());
        if kind != ConditionKind::DependencyNotReady {
            self.report.sync = SyncStatus::Unknown;
        }
        self.report.reconciled_at = now();
        let revision = self.report.attempted.clone();
        self.fail_commit(unit, memory, revision.as_ref());
        self.again = Some(
            unit.sync
                .retry
                .wait(self.report.failures)
                .unwrap_or(unit.sync.retry.longest),
        );
        if !known {
            line.board.tell(unit.id.clone(), Happening::Failed { message });
        }
    }

    pub(crate) fn fail_commit(&mut self, unit: &Unit, memory: &mut Memory, revision: Option<&Revision>) {
        self.report.failures += 1;
        let wait = unit.sync.retry.wait(self.report.failures);
        self.again = wait.or(self.again);
        memory.backoff = revision.map(|revision| Backoff {
            commit: revision.commit.clone(),
            generation: Some(unit.generation),
            until: wait.map(|wait| Instant::now() + wait),
        });
    }

    fn operation_failed(&self) -> bool {
        self.report
            .operation
            .as_ref()
            .is_some_and(|operation| operation.phase == Phase::Failed)
    }

    /// Adds a condition; one that was there already keeps its time.
    pub(crate) fn condition(&mut self, kind: ConditionKind, message: String) {
        let conditions = &mut self.report.conditions;
        match conditions.iter_mut().find(|condition| condition.kind == kind) {
            Some(known) if known.message == message => {}
            Some(known) if kind != ConditionKind::CompareFailed => {
                *known = Condition {
                    kind,
                    message,
                    since: now(),
                }
            }
            _ => conditions.push(Condition {
                kind,
                message,
                since: now(),
            }),
        }
    }
}

fn resources(plan: &Plan, observed: &Observed) -> Vec<ResourceReport> {
    plan.verdicts()
        .iter()
        .map(|verdict| ResourceReport {
            id: verdict.id.clone(),
            version: verdict.version.clone(),
            sync: verdict.sync,
            health: observed
                .objects
                .get(&verdict.id)
                .and_then(|seen| seen.health.clone()),
            requires_pruning: verdict.requires_pruning,
            drift: verdict.drift.clone(),
        })
        .collect()
}

/// The worst health; what is missing counts only where everything is.
fn health(resources: &[ResourceReport], done: &Rendering) -> Health {
    let ignored = |id: &ObjectId| {
        done.placed
            .objects
            .iter()
            .any(|object| object.id == *id && object.directives.ignore_health)
    };
    let counted = resources
        .iter()
        .filter(|resource| !resource.requires_pruning && !ignored(&resource.id));
    let found: Vec<&Health> = counted.filter_map(|resource| resource.health.as_ref()).collect();
    let all_missing = !found.is_empty() && found.iter().all(|health| health.status == HealthStatus::Missing);
    found
        .into_iter()
        .filter(|health| all_missing || health.status != HealthStatus::Missing)
        .max_by_key(|health| health.status)
        .cloned()
        .unwrap_or_else(Health::healthy)
}
