//! What a run of this program leaves unfinished that ends in the middle of an operation.

use plumb_model::{Cause, Phase, Unit};
use plumb_plan::Plan;

use crate::{Pass, now};

impl Pass {
    /// An operation that was under way when an earlier run ended: where nothing is left to be done for its commit, it has
    /// succeeded, and is recorded as if its end had been seen.
    pub(crate) fn finish_interrupted(&mut self, unit: &Unit, plan: &Plan) {
        let Some(operation) = &mut self.report.operation else {
            return;
        };
        if operation.phase != Phase::Running || operation.revision.as_ref() != plan.revision() {
            return;
        }
        operation.phase = Phase::Succeeded;
        operation.message =
            "all of it was applied; the end was not seen, since the program was restarted".to_owned();
        operation.finished_at = Some(now());
        self.report.failures = 0;
        if self.applied.is_none() {
            self.applied = Some(operation.cause.clone());
        }
        if operation.cause != Cause::Drift {
            self.record(unit, plan);
        }
    }
}
