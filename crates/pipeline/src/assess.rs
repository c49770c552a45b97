//! Last stations: what came of the pass, and what is written down of it.

use std::{
    borrow::Cow,
    collections::BTreeMap,
    time::{Duration, Instant},
};

use plumb_model::{
    ActionDone, Cause, CommitId, Condition, ConditionKind, Health, HealthStatus, HistoryEntry, ObjectId,
    ObjectResult, Observed, OperationReport, Phase, RemoteRead, RequestAction, ResourceReport, Revision,
    SyncStatus, Unit,
};
use plumb_plan::{Action, Change, Extent, Plan, Scope};

use crate::{Happening, Line, Memory, Pass, PassError, Timings, line::Backoff, now, rendering::Rendering};

/// How often to look where the other repositories are that a unit reads.
const REMOTES: Duration = Duration::from_secs(180);

/// The units that `unit` depends on must be ready, and at the same revision where they share its source.
pub(crate) fn dependencies(line: &Line, unit: &Unit) -> Result<(), PassError> {
    for id in &unit.depends_on {
        let not_ready = |why: &str| {
            Err(PassError::Dependency(format!(
                "dependency {id} is not ready: {why}"
            )))
        };
        let Some(view) = line.board.unit(id) else {
            return not_ready("there is no such unit");
        };
        if !view.report.is_good() {
            return not_ready("it is not Synced and Healthy yet");
        }
    }
    Ok(())
}

/// What the pass may do, what failed before taken into account.
pub(crate) fn scope(unit: &Unit, memory: &Memory, revision: &Revision) -> Scope {
    let scope = plumb_plan::scope(unit, &memory.report, revision);
    let asked_for = unit.request.is_some();
    if !asked_for && memory.must_wait(unit, &revision.commit) {
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
            again,
        }
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
        let held = unit.hold.as_ref().filter(|hold| hold.from == tip.commit);
        self.hold_released = unit.hold.is_some() && held.is_none();
        self.report.held = held.is_some();
        let target = match held {
            Some(hold) => Revision {
                commit: hold.revision.clone(),
                name: tip.name.clone(),
            },
            None => tip.clone(),
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
            self.again = Some(self.again.map_or(REMOTES, |again| again.min(REMOTES)));
        }
        self.report.images = rendering.placed.images();
    }

    pub(crate) fn begin_operation(&mut self, line: &Line, unit: &Unit, plan: &Plan) {
        let cause = cause(unit, &self.report.applied, plan);
        let drifted: Vec<String> = plan
            .verdicts()
            .iter()
            .flat_map(|verdict| {
                verdict
                    .drift
                    .iter()
                    .map(move |drift| format!("{} {}", verdict.id, drift.path))
            })
            .collect();
        if cause == Cause::Drift && !drifted.is_empty() {
            line.board
                .tell(unit.id.clone(), Happening::Drifted { fields: drifted });
        }
        self.report.operation = Some(OperationReport {
            phase: Phase::Running,
            message: plan.summary(),
            revision: plan.revision().cloned(),
            started_at: now(),
            finished_at: None,
            results: Vec::new(),
            cause: cause.clone(),
            retries: self.report.failures,
        });
        self.applied = Some(cause);
        // What is about to be made is written down first: should we end here, it is found again.
        for step in plan
            .steps()
            .iter()
            .filter(|step| matches!(step.action, Action::Apply { .. }))
        {
            if !self
                .report
                .resources
                .iter()
                .any(|resource| resource.id == step.id)
            {
                self.report.resources.push(ResourceReport {
                    id: step.id.clone(),
                    version: step.version.clone(),
                    sync: SyncStatus::OutOfSync,
                    health: Some(Health::new(HealthStatus::Missing, "")),
                    requires_pruning: false,
                    drift: Vec::new(),
                });
            }
        }
    }

    pub(crate) fn end_operation(
        &mut self,
        line: &Line,
        unit: &Unit,
        memory: &mut Memory,
        plan: &Plan,
        results: Vec<ObjectResult>,
    ) {
        let failed: Vec<&ObjectResult> = results
            .iter()
            .filter(|result| result.action == ActionDone::Failed)
            .collect();
        let healed = self.applied == Some(Cause::Drift);
        let Some(operation) = self.report.operation.as_mut() else {
            return;
        };
        operation.finished_at = Some(now());
        if let Some(first) = failed.first() {
            let more = if failed.len() > 1 {
                format!(" (and {} more)", failed.len() - 1)
            } else {
                String::new()
            };
            operation.phase = Phase::Failed;
            operation.message = format!("{}: {}{more}", first.id, first.message);
            let message = operation.message.clone();
            self.fail_commit(unit, memory, plan.revision());
            self.condition(ConditionKind::ApplyFailed, message.clone());
            line.board.tell(unit.id.clone(), Happening::Failed { message });
        } else {
            operation.phase = Phase::Succeeded;
            operation.message = format!("applied {} objects", results.len());
            self.report.failures = 0;
            memory.backoff = None;
            let counts = counts(&results);
            line.board.tell(
                unit.id.clone(),
                Happening::Applied {
                    counts,
                    took: self.timings.apply,
                    healed,
                },
            );
            self.record(unit, plan);
        }
        if let Some(operation) = self.report.operation.as_mut() {
            operation.results = results;
        }
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
        if self.report.sync == SyncStatus::Synced && !failed_now {
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

    fn fail_commit(&mut self, unit: &Unit, memory: &mut Memory, revision: Option<&Revision>) {
        self.report.failures += 1;
        let wait = unit.sync.retry.wait(self.report.failures);
        self.again = wait.or(self.again);
        memory.backoff = revision.map(|revision| Backoff {
            commit: revision.commit.clone(),
            generation: unit.generation,
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

    /// Adds the operation to the unit's history, unless it only corrected drift.
    pub(crate) fn record(&mut self, unit: &Unit, plan: &Plan) {
        let report = &mut self.report;
        let (Some(operation), Some(revision)) = (&report.operation, plan.revision()) else {
            return;
        };
        if operation.cause == Cause::Drift {
            return;
        }
        let id = report.history.last().map_or(0, |entry| entry.id + 1);
        let initiated_by = match &operation.cause {
            Cause::Rollback { by, .. } | Cause::Manual { by } => by.clone(),
            _ => String::new(),
        };
        report.history.push(HistoryEntry {
            id,
            revision: revision.clone(),
            started_at: operation.started_at.clone(),
            deployed_at: operation.finished_at.clone().unwrap_or_else(now),
            initiated_by,
        });
        let surplus = report
            .history
            .len()
            .saturating_sub(unit.sync.history_limit.max(1));
        report.history.drain(..surplus);
        report.applied = Some(revision.clone());
    }
}

fn cause(unit: &Unit, applied: &Option<Revision>, plan: &Plan) -> Cause {
    if let Some(request) = &unit.request
        && matches!(request.action, RequestAction::Sync { .. })
    {
        return Cause::Manual {
            by: request.by.clone(),
        };
    }
    let commit = plan.revision().map(|revision| &revision.commit);
    let new = applied.as_ref().map(|applied| &applied.commit) != commit;
    match &unit.hold {
        Some(hold) if new && commit == Some(&hold.revision) => Cause::Rollback {
            by: hold.by.clone(),
            to: hold.history_id,
        },
        _ if new => Cause::Push,
        _ if plan.steps().iter().all(|step| is_correction(&step.action)) => Cause::Drift,
        _ => Cause::Push,
    }
}

/// Whether a step puts back what was there before: what is missing, what was changed.
fn is_correction(action: &Action) -> bool {
    matches!(
        action,
        Action::Apply {
            change: Change::Create | Change::Correct(_) | Change::TakeOver,
            ..
        }
    )
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

fn counts(results: &[ObjectResult]) -> Vec<(ActionDone, usize)> {
    let all = [
        ActionDone::Created,
        ActionDone::Configured,
        ActionDone::Pruned,
        ActionDone::Unchanged,
    ];
    all.into_iter()
        .map(|action| {
            (
                action,
                results.iter().filter(|result| result.action == action).count(),
            )
        })
        .filter(|(_, count)| *count > 0)
        .collect()
}
