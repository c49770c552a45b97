//! The operation that passes begin, go on with and end.
//!
//! It lives in the report, and so in the custom resource's status: a pass after a restart goes on where the one before
//! it was cut off. **Invariant:** an operation is about one commit; a newer one ends it and begins its own.

mod going;
mod record;

use std::{borrow::Cow, time::Duration};

use plumb_model::{
    ActionDone, Cause, ConditionKind, Health, HealthStatus, HistoryEntry, ObjectResult, OperationReport,
    Phase, RequestAction, ResourceReport, Revision, SyncStatus, Unit,
};
use plumb_plan::{Action, Extent, Plan, Standing, Step};

pub(crate) use going::{Going, asks_for_sync, is_after, next_start};
pub(crate) use record::{note, put};

use self::{
    going::{Wish, elapsed, is_terminated},
    record::{counts, failure},
};
use crate::{Happening, Line, Memory, Pass, assess, line::Deferred, now, recording};

/// How long after an apply a bad state of an object may still be the one of before.
const GRACE: Duration = Duration::from_secs(2);

/// The pause before an object is applied once more in an operation.
const PAUSE: Duration = Duration::from_secs(1);
/// The watch tells when what is waited for has come; this is for kinds that cannot be watched.
const UNTOLD: Duration = Duration::from_secs(30);

impl Pass {
    /// The unit without a sync that is asked for, where an operation is under way: that comes first.
    pub(crate) fn in_turn<'u>(&mut self, unit: &'u Unit) -> Cow<'u, Unit> {
        let running = self
            .report
            .running()
            .filter(|running| running.cause != Cause::Drift);
        if running.is_none() || !asks_for_sync(unit) {
            return Cow::Borrowed(unit);
        }
        self.deferred = Deferred::ItsTurn;
        Cow::Owned(Unit {
            request: None,
            ..unit.clone()
        })
    }

    /// Says what was asked for to be done, unless it waits.
    pub(crate) fn answer(&mut self, unit: &Unit) {
        match (self.deferred, &unit.request) {
            (Deferred::No, Some(request)) => self.report.handled_request = Some(request.token.clone()),
            (Deferred::ItsTurn, _) if self.report.running().is_none() => self.again = Some(Duration::ZERO),
            _ => {}
        }
    }

    /// Ends what is still told as running but is not to be gone on with: corrections that were cut off, and an
    /// operation for another commit than `revision`.
    pub(crate) fn end_stale(&mut self, line: &Line, unit: &Unit, revision: &Revision) {
        let Some(operation) = self.report.operation.as_mut() else {
            return;
        };
        let other = operation.revision.as_ref().map(|old| &old.commit) != Some(&revision.commit);
        let cut_off = matches!(operation.cause, Cause::Drift | Cause::Deletion);
        if operation.phase != Phase::Running || !(other || cut_off) {
            return;
        }
        operation.phase = Phase::Failed;
        operation.finished_at = Some(now());
        operation.message = if cut_off {
            "cut off".to_owned()
        } else {
            format!(
                "superseded by {}, while {}",
                revision.commit.short(),
                operation.message
            )
        };
        if operation.cause != Cause::Deletion {
            self.ended.push(operation.clone());
        }
        let running = |result: &&ObjectResult| result.hook == Some(Phase::Running);
        let hooks = operation.results.iter().filter(running);
        self.stale = hooks
            .map(|hook| (hook.id.clone(), hook.version.clone()))
            .collect();
        let message = operation.message.clone();
        line.board.tell(unit.id.clone(), Happening::Failed { message });
    }

    /// Begins an operation, or goes on with the one that is under way, and notes what the look told of it.
    pub(crate) fn go_on(&mut self, line: &Line, unit: &Unit, memory: &mut Memory, plan: &Plan) {
        if self.report.running().is_none() {
            let scope = plan
                .revision()
                .map(|revision| assess::scope(unit, &self.report, memory, revision));
            self.begin_operation(line, unit, plan, scope.is_some_and(|scope| scope.prune));
        }
        if let Some(operation) = self.report.operation.as_mut() {
            memory.reviewed = Some(operation.started_at.clone());
            memory.plans(&operation.started_at, self.plan);
            plan.findings()
                .iter()
                .for_each(|finding| note(operation, finding));
        }
        if plan.due().is_empty() {
            return;
        }
        self.applied = self
            .report
            .operation
            .as_ref()
            .map(|operation| operation.cause.clone());
        // What is about to be made is written down first: should we end here, it is found again.
        for step in plan.due() {
            let known = self
                .report
                .resources
                .iter()
                .any(|resource| resource.id == step.id);
            if matches!(step.action, Action::Apply { .. }) && !known {
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

    fn begin_operation(&mut self, line: &Line, unit: &Unit, plan: &Plan, prune: bool) {
        let cause = cause(unit, &self.report.applied, plan);
        self.drifted = recording::drifted(plan);
        if cause == Cause::Drift && !self.drifted.is_empty() {
            let fields = self.drifted.iter();
            let fields = fields
                .map(|field| format!("{} {}", field.object, field.path))
                .collect();
            line.board.tell(unit.id.clone(), Happening::Drifted { fields });
        }
        let wish = Wish::of(unit);
        self.report.operation = Some(OperationReport {
            phase: Phase::Running,
            message: plan.summary(),
            revision: plan.revision().cloned(),
            started_at: self.starts_at.clone(),
            finished_at: None,
            results: Vec::new(),
            cause,
            retries: self.report.failures,
            prune,
            pinned: wish.pinned || !unit.sync.automated,
            only: wish.only,
            hookless: wish.hookless || self.report.held,
        });
    }

    /// Takes in what came of the steps that were due.
    pub(crate) fn advance(
        &mut self,
        line: &Line,
        unit: &Unit,
        memory: &mut Memory,
        (plan, has_hooks): (&Plan, bool),
        results: Vec<ObjectResult>,
    ) {
        let Some(operation) = self.report.operation.as_mut() else {
            return;
        };
        let failure = failure(&results);
        if !results.is_empty() {
            memory.touched_at = Some(std::time::Instant::now());
        }
        // That a hook was let go says nothing of how it ended.
        let is_told = |result: &ObjectResult| {
            result.hook.is_none() || matches!(result.action, ActionDone::Created | ActionDone::Failed)
        };
        let told: Vec<ObjectResult> = results.into_iter().filter(is_told).collect();
        if !told.is_empty() && failure.is_none() {
            let what = Happening::Applied {
                counts: counts(&told),
                took: self.timings.apply,
                healed: operation.cause == Cause::Drift,
            };
            line.board.tell(unit.id.clone(), what);
        }
        told.into_iter().for_each(|result| put(operation, result));
        match (plan.standing(), failure) {
            (Standing::Failed(why), _) => {
                let why = why.clone();
                self.finish_failed(line, unit, memory, plan.revision(), why);
            }
            // The hooks for this case come first, and those that ran are let go.
            (_, Some(why)) if has_hooks => {
                operation.message = why;
                self.again = Some(Duration::ZERO);
            }
            (_, Some(why)) => self.finish_failed(line, unit, memory, plan.revision(), why),
            (Standing::Waiting(wait), None) => operation.message = wait.to_string(),
            (Standing::Done, None) => self.finish_well(unit, memory, plan),
        }
    }

    /// Says what an operation that goes on waits for, and sees to it that the next pass comes.
    pub(crate) fn wait_for(&mut self, unit: &Unit, memory: &Memory, (before, after): (&Plan, &Plan)) {
        // An object that somebody else changes back must not keep us busy without a pause.
        let done = |step: &Step| before.due().iter().any(|earlier| earlier.id == step.id);
        let at_once = if after.due().iter().any(done) {
            PAUSE
        } else {
            Duration::ZERO
        };
        let operation = match &mut self.report.operation {
            Some(operation) if operation.phase == Phase::Running => operation,
            Some(operation) if operation.phase == Phase::Succeeded => {
                // What drifted while we applied was seen by this look, so that no event tells of it any more.
                if after.due().iter().any(Step::is_correction) {
                    self.soonest(at_once);
                }
                return;
            }
            _ => return,
        };
        let next = match after.standing() {
            Standing::Waiting(wait) if after.due().is_empty() => {
                operation.message = wait.to_string();
                UNTOLD
            }
            _ => at_once,
        };
        let grace = memory.touched_at.and_then(|at| GRACE.checked_sub(at.elapsed()));
        let grace = grace.map(|left| left + Duration::from_millis(10));
        let past = elapsed(&operation.started_at).unwrap_or_default();
        let patience = unit.sync.conduct.patience;
        let patience = patience.map(|patience| patience.saturating_sub(past) + Duration::from_secs(1));
        for wait in [Some(next), grace, patience].into_iter().flatten() {
            self.soonest(wait);
        }
    }

    /// Sees to it that the next pass comes after `wait`, if none comes sooner.
    pub(crate) fn soonest(&mut self, wait: Duration) {
        self.again = Some(self.again.map_or(wait, |again| again.min(wait)));
    }

    /// Where nothing is done in this pass: an operation that failed, and of which a look finds everything
    /// done all the same, has succeeded, since an answer was lost on the way. What must wait is looked at again when that ends,
    /// since this pass may have come instead of the one that was to end it.
    pub(crate) fn rest(&mut self, unit: &Unit, memory: &mut Memory, plan: &Plan) {
        if let Some(left) = plan
            .revision()
            .and_then(|revision| memory.left_to_wait(unit, &revision.commit))
        {
            self.soonest(left);
        }
        let failed = self.report.operation.as_ref().filter(|operation| {
            operation.phase == Phase::Failed
                && operation.only.is_empty()
                && !matches!(operation.cause, Cause::Drift | Cause::Deletion)
        });
        let may = plan
            .revision()
            .map(|revision| assess::scope(unit, &self.report, memory, revision).extent);
        if failed.is_some() && may == Some(Extent::Apply) && plan.sync() == SyncStatus::Synced {
            if let Some(operation) = self.report.operation.as_mut() {
                // A later commit that asks for the same has it done by what was done for the one before.
                operation.revision = plan.revision().cloned();
            }
            self.finish_well(unit, memory, plan);
        }
    }

    fn finish_well(&mut self, unit: &Unit, memory: &mut Memory, plan: &Plan) {
        if let Some(operation) = self.report.operation.as_mut() {
            let confirmed = is_after(unit.approval.confirmed_at.as_deref(), &operation.started_at);
            // What was allowed once is not allowed for good.
            self.approval_used = unit.approval.deletions.is_some() || confirmed;
            operation.finished_at = Some(now());
            operation.phase = Phase::Succeeded;
            operation.message = format!("applied {} objects", operation.results.len());
            self.ended.push(operation.clone());
        }
        self.report.failures = 0;
        memory.backoff = None;
        self.record(unit, plan);
    }

    fn finish_failed(
        &mut self,
        line: &Line,
        unit: &Unit,
        memory: &mut Memory,
        revision: Option<&Revision>,
        why: String,
    ) {
        if let Some(operation) = self.report.operation.as_mut() {
            operation.finished_at = Some(now());
            operation.phase = Phase::Failed;
            operation.message.clone_from(&why);
            self.ended.push(operation.clone());
        }
        self.fail_commit(unit, memory, revision);
        if is_terminated(unit)
            && let Some(backoff) = memory.backoff.as_mut()
        {
            // Who ended it does not want it begun again.
            (backoff.until, self.again) = (None, unit.sync.interval);
        }
        self.condition(ConditionKind::ApplyFailed, why.clone());
        line.board
            .tell(unit.id.clone(), Happening::Failed { message: why });
    }

    /// Adds the operation to the unit's history, unless it only corrected drift or was about some objects only.
    fn record(&mut self, unit: &Unit, plan: &Plan) {
        let report = &mut self.report;
        let (Some(operation), Some(revision)) = (&report.operation, plan.revision()) else {
            return;
        };
        if operation.cause == Cause::Drift || !operation.only.is_empty() {
            return;
        }
        let is_prune = |result: &ObjectResult| result.action == ActionDone::Pruned;
        let again = report
            .history
            .last()
            .is_some_and(|last| last.revision == *revision);
        if again && operation.cause == Cause::Push && operation.results.iter().all(is_prune) {
            // What had left Git was there once more; nothing new was deployed.
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
        _ if plan.steps().iter().all(Step::is_correction) => Cause::Drift,
        _ => Cause::Push,
    }
}
