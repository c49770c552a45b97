//! What a Job says about itself.
//!
//! **Invariant:** `Complete` and `Failed` come only when no pod of the Job runs any more; until then
//! `SuccessCriteriaMet` and `FailureTarget` announce them.

use serde_json::{Value, json};

use super::Shift;
use crate::workloads::conditions::{self, Condition};
use crate::workloads::context::Context;
use crate::workloads::events::{Note, record};
use crate::workloads::fields::{drop_zeros, stamp, text};
use crate::workloads::pods::is_ready;
use crate::workloads::world::WorldError;

/// What has become of a Job.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Verdict {
    /// It goes on.
    Running,
    /// It waits to be resumed.
    Suspended,
    /// Enough pods have succeeded.
    Complete,
    /// It has failed, with this reason and message.
    Failed(&'static str, &'static str),
}

/// Writes the status, and an Event when the Job ends.
pub(super) fn report(context: &mut Context, shift: &Shift, verdict: Verdict) -> Result<(), WorldError> {
    let now = context.now();
    let mut list = conditions::of(&shift.job);
    for condition in said(&shift.job, verdict, shift.active.is_empty()) {
        conditions::set(&mut list, &condition, now);
    }
    for entry in &mut list {
        if entry.get("lastProbeTime").is_none() {
            entry["lastProbeTime"] = entry["lastTransitionTime"].clone();
        }
    }
    let ready = shift.active.iter().filter(|(_, pod)| is_ready(pod)).count();
    let mut status = json!({
        "active": shift.active.len(),
        "ready": ready,
        "terminating": 0,
        "succeeded": shift.successes(),
        "failed": shift.failed,
        "uncountedTerminatedPods": {},
    });
    drop_zeros(&mut status, &["ready", "terminating"]);
    if !list.is_empty() {
        status["conditions"] = list.into();
    }
    let started = text(&shift.job, "/status/startTime");
    if !started.is_empty() && verdict != Verdict::Suspended {
        status["startTime"] = started.into();
    } else if verdict != Verdict::Suspended {
        status["startTime"] = stamp(now).into();
    }
    let ended = shift.active.is_empty();
    if verdict == Verdict::Complete && ended {
        status["completionTime"] = stamp(now).into();
    }
    let is_news = context.set_status(&shift.key, &shift.job, status)?;
    if is_news && ended {
        tell(context, shift, verdict);
    }
    Ok(())
}

fn said<'a>(job: &Value, verdict: Verdict, ended: bool) -> Vec<Condition<'a>> {
    let condition = |kind, reason, message: &str| Condition::new(kind, "True", reason, message);
    let mut said = match verdict {
        Verdict::Running if conditions::find(job, "Suspended").is_some() => {
            vec![Condition::new("Suspended", "False", "JobResumed", "Job resumed")]
        }
        Verdict::Running => Vec::new(),
        Verdict::Suspended => vec![condition("Suspended", "JobSuspended", "Job suspended")],
        Verdict::Complete => {
            let message = "Reached expected number of succeeded pods";
            let last = condition("Complete", "CompletionsReached", message);
            vec![
                condition("SuccessCriteriaMet", "CompletionsReached", message),
                last,
            ]
        }
        Verdict::Failed(reason, message) => {
            vec![
                condition("FailureTarget", reason, message),
                condition("Failed", reason, message),
            ]
        }
    };
    if !ended && matches!(verdict, Verdict::Complete | Verdict::Failed(..)) {
        said.truncate(1);
    }
    said
}

fn tell(context: &mut Context, shift: &Shift, verdict: Verdict) {
    let (warning, reason, message) = match verdict {
        Verdict::Complete => (false, "Completed", "Job completed"),
        Verdict::Failed(reason, message) => (true, reason, message),
        Verdict::Running | Verdict::Suspended => return,
    };
    record(
        context,
        &shift.job,
        &Note {
            from: "job-controller",
            warning,
            reason,
            message: message.to_owned(),
        },
    );
}
