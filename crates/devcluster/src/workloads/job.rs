//! Jobs: pods until enough have succeeded or too many have failed.
//!
//! **Invariant:** a finished Job (condition Complete or Failed) is never touched again, except to be deleted after its
//! `ttlSecondsAfterFinished`. **Absent:** success and pod failure policies, `backoffLimitPerIndex`, pod finalizers.
//! **Start at** `reconcile`; status: [`status`].

mod status;

use std::collections::BTreeSet;
use std::sync::Arc;
use std::time::Duration;

use serde_json::Value;

use super::conditions::holds;
use super::context::{Context, Next, Outcome};
use super::events::{Note, record};
use super::fault::FAIL;
use super::fields::{annotation, flag, is_deleting, number, put, text, time, uid};
use super::owners::Kind;
use super::pods::{by_loss, create_named, from_template, is_active};
use super::world::{Key, WorldError};
use super::{Change, Controller};
use status::Verdict;

pub(super) const CONTROLLER: Controller = Controller { concerns, reconcile };

const KIND: Kind = Kind {
    group: "batch",
    resource: "jobs",
    kind: "Job",
};
const INDEX: &str = "batch.kubernetes.io/job-completion-index";
const LONGEST_BACKOFF: Duration = Duration::from_secs(360);

/// A Job with its pods, by how they fare.
struct Shift {
    key: Key,
    job: Arc<Value>,
    active: Vec<(Key, Arc<Value>)>,
    succeeded: Vec<Arc<Value>>,
    failed: i64,
}

impl Shift {
    fn parallelism(&self) -> i64 {
        number(&self.job, "/spec/parallelism").unwrap_or(1)
    }

    /// How many pods must succeed; `None`: any one, then all running ones must end.
    fn completions(&self) -> Option<i64> {
        let implied = if self.job.pointer("/spec/parallelism").is_none() {
            Some(1)
        } else {
            None
        };
        number(&self.job, "/spec/completions").or(implied)
    }

    fn is_indexed(&self) -> bool {
        text(&self.job, "/spec/completionMode") == "Indexed"
    }

    fn is_suspended(&self) -> bool {
        flag(&self.job, "/spec/suspend")
    }

    /// Successes; of an indexed Job each index counts once.
    fn successes(&self) -> i64 {
        if !self.is_indexed() {
            return self.succeeded.len() as i64;
        }
        self.succeeded
            .iter()
            .filter_map(|pod| annotation(pod, INDEX))
            .collect::<BTreeSet<_>>()
            .len() as i64
    }
}

fn concerns(change: &Change, _context: &Context) -> Vec<Key> {
    KIND.own_or_owner(change)
}

fn reconcile(context: &mut Context, key: &Key) -> Outcome {
    let Some(job) = context.get(key) else {
        return Ok(Next::Event);
    };
    if is_deleting(&job) {
        return Ok(Next::Event);
    }
    if holds(&job, "Complete") || holds(&job, "Failed") {
        return expire(context, key, &job);
    }
    let mut shift = muster(context, key, job);
    let verdict = judge(context, &shift);
    let (moved, next) = match verdict {
        Verdict::Running => match staff(context, &shift) {
            Ok(next) => (Ok(()), next),
            Err(error) => (Err(error), Next::Event),
        },
        _ => (dismiss(context, &shift.active), Next::Event),
    };
    shift = muster(context, key, shift.job);
    status::report(context, &shift, verdict)?;
    let deadline = deadline(context, &shift).map_or(Next::Event, Next::After);
    moved.map(|()| next.or(deadline))
}

fn muster(context: &Context, key: &Key, job: Arc<Value>) -> Shift {
    let mut shift = Shift {
        key: key.clone(),
        job,
        active: Vec::new(),
        succeeded: Vec::new(),
        failed: 0,
    };
    for (pod_key, pod) in context.children(&shift.job, "pods") {
        match text(&pod, "/status/phase") {
            "Succeeded" => shift.succeeded.push(pod),
            "Failed" => shift.failed += 1,
            _ if is_active(&pod) => shift.active.push((pod_key, pod)),
            _ => {}
        }
    }
    shift
}

/// Says what the pods so far mean for the Job.
fn judge(context: &Context, shift: &Shift) -> Verdict {
    if shift.is_suspended() {
        return Verdict::Suspended;
    }
    if shift.failed > number(&shift.job, "/spec/backoffLimit").unwrap_or(6) {
        return Verdict::Failed(
            "BackoffLimitExceeded",
            "Job has reached the specified backoff limit",
        );
    }
    if deadline(context, shift).is_some_and(|left| left.is_zero()) {
        return Verdict::Failed(
            "DeadlineExceeded",
            "Job was active longer than specified deadline",
        );
    }
    let enough = match shift.completions() {
        Some(wanted) => shift.successes() >= wanted,
        None => !shift.succeeded.is_empty() && shift.active.is_empty(),
    };
    if enough {
        Verdict::Complete
    } else {
        Verdict::Running
    }
}

/// Keeps as many pods at work as are useful; after a failure only when its pause is over.
fn staff(context: &mut Context, shift: &Shift) -> Outcome {
    let left = match shift.completions() {
        Some(wanted) => wanted - shift.successes(),
        None if !shift.succeeded.is_empty() => 0,
        None => i64::MAX,
    };
    let wanted = shift.parallelism().min(left).max(0);
    let present = shift.active.len() as i64;
    if present > wanted {
        let mut surplus = shift.active.clone();
        by_loss(&mut surplus);
        surplus.truncate(usize::try_from(present - wanted).unwrap_or(0));
        dismiss(context, &surplus)?;
        return Ok(Next::Event);
    }
    if present < wanted && shift.failed > 0 {
        let doublings = u32::try_from(shift.failed - 1).unwrap_or(0).min(6);
        let pause = (context.options.job_backoff * 2_u32.pow(doublings)).min(LONGEST_BACKOFF);
        if let Some(left) = context.remaining(uid(&shift.job), clock(shift.failed), pause) {
            return Ok(Next::After(left));
        }
    }
    let mut free = free_indexes(shift);
    for _ in present..wanted {
        create(context, shift, free.next())?;
    }
    Ok(Next::Event)
}

/// Each failure has its own pause.
fn clock(failed: i64) -> &'static str {
    const CLOCKS: [&str; 8] = [
        "fail1", "fail2", "fail3", "fail4", "fail5", "fail6", "fail7", "fail8",
    ];
    CLOCKS[usize::try_from(failed - 1).unwrap_or(0) % CLOCKS.len()]
}

fn free_indexes(shift: &Shift) -> impl Iterator<Item = i64> + use<> {
    let pods = shift
        .succeeded
        .iter()
        .chain(shift.active.iter().map(|(_, pod)| pod));
    let taken: BTreeSet<i64> = pods
        .filter_map(|pod| annotation(pod, INDEX))
        .filter_map(|index| index.parse().ok())
        .collect();
    let is_indexed = shift.is_indexed();
    (0..i64::MAX)
        .filter(move |index| is_indexed && !taken.contains(index))
        .take(if is_indexed { 10_000 } else { 0 })
}

fn create(context: &mut Context, shift: &Shift, index: Option<i64>) -> Result<(), WorldError> {
    let job = &shift.job;
    let mut pod = from_template(&job["spec"]["template"], job, &shift.key);
    for (label, value) in [
        ("controller-uid", uid(job)),
        ("job-name", shift.key.name.as_str()),
    ] {
        put(&mut pod, &["metadata", "labels", label], value);
        put(
            &mut pod,
            &["metadata", "labels", &format!("batch.kubernetes.io/{label}")],
            value,
        );
    }
    if annotation(job, FAIL).is_some() {
        put(&mut pod, &["metadata", "annotations", FAIL], "crash");
    }
    let stem = match index {
        Some(index) => {
            put(&mut pod, &["metadata", "annotations", INDEX], index.to_string());
            put(&mut pod, &["metadata", "labels", INDEX], index.to_string());
            format!("{}-{index}-", shift.key.name)
        }
        None => format!("{}-", shift.key.name),
    };
    let name = create_named(context, &shift.key.namespace, &stem, pod)?;
    let message = format!("Created pod: {name}");
    record(
        context,
        job,
        &Note {
            from: "job-controller",
            warning: false,
            reason: "SuccessfulCreate",
            message,
        },
    );
    Ok(())
}

fn dismiss(context: &mut Context, pods: &[(Key, Arc<Value>)]) -> Result<(), WorldError> {
    for (key, pod) in pods {
        context.delete(key, pod)?;
    }
    Ok(())
}

/// How long the Job may still run, if that is limited.
fn deadline(context: &Context, shift: &Shift) -> Option<Duration> {
    let seconds = number(&shift.job, "/spec/activeDeadlineSeconds")?;
    let since = time(&shift.job, "/status/startTime").unwrap_or_else(|| context.now());
    Some(left(context, since, seconds))
}

/// Deletes a finished Job when its time is over.
fn expire(context: &mut Context, key: &Key, job: &Value) -> Outcome {
    let Some(seconds) = number(job, "/spec/ttlSecondsAfterFinished") else {
        return Ok(Next::Event);
    };
    let failed_at = super::conditions::find(job, "Failed").and_then(|it| time(it, "/lastTransitionTime"));
    let ended = time(job, "/status/completionTime")
        .or(failed_at)
        .unwrap_or_else(|| context.now());
    let wait = left(context, ended, seconds);
    if !wait.is_zero() {
        return Ok(Next::After(wait));
    }
    context.delete(key, job)?;
    Ok(Next::Event)
}

fn left(context: &Context, since: jiff::Timestamp, seconds: i64) -> Duration {
    let millis = since.as_millisecond() + seconds * 1000 - context.now().as_millisecond();
    Duration::from_millis(u64::try_from(millis).unwrap_or(0))
}
