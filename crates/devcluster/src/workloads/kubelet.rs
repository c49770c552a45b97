//! Scheduler and kubelet of the one node: takes a pod from Pending to Running, and to its end.
//!
//! **Invariant:** a pod only moves forward; restarts of a crashing container are counted by timers alone.
//! **Absent:** resources, probes, volumes, processes, readiness gates; containers of an `OnFailure` pod fail with it.
//! **Start at** `reconcile`; what the status looks like: [`status`].

mod status;

use std::time::Duration;

use serde_json::Value;

use super::context::{Context, Next, Outcome};
use super::events::{Note, record};
use super::fault::{self, Fault};
use super::fields::{is_deleting, items, put, text, uid};
use super::node;
use super::owners::Kind;
use super::pods::{is_finished, is_ready};
use super::selector::contains;
use super::world::Key;
use super::{Change, Controller};
use status::Look;

pub(super) const CONTROLLER: Controller = Controller { concerns, reconcile };

const KIND: Kind = Kind {
    group: "",
    resource: "pods",
    kind: "Pod",
};
const LONGEST_BACKOFF: Duration = Duration::from_secs(300);

/// The serial number in the address of a pod, so that a restarted cluster goes on after it.
pub(super) fn serial_of(object: &Value) -> u64 {
    let mut parts = text(object, "/status/podIP")
        .split('.')
        .map(|part| part.parse::<u64>().unwrap_or(0));
    match (parts.next(), parts.next(), parts.next(), parts.next()) {
        (Some(10), Some(b @ 244..), Some(c), Some(d @ 1..)) => (b - 244) * 256 * 254 + c * 254 + d - 1,
        _ => 0,
    }
}

/// The address that belongs to a serial number.
fn address(serial: u64) -> String {
    let (block, last) = (serial / 254, serial % 254 + 1);
    format!("10.{}.{}.{last}", 244 + block / 256 % 12, block % 256)
}

fn concerns(change: &Change, _context: &Context) -> Vec<Key> {
    KIND.own(change)
}

fn reconcile(context: &mut Context, key: &Key) -> Outcome {
    let Some(pod) = context.get(key) else {
        return Ok(Next::Event);
    };
    if is_deleting(&pod) {
        if items(&pod, "/metadata/finalizers").is_empty() {
            context.delete(key, &pod)?;
        }
        return Ok(Next::Event);
    }
    if is_finished(&pod) {
        return Ok(Next::Event);
    }
    match text(&pod, "/spec/nodeName") {
        "" => schedule(context, key, &pod),
        node::NAME => run(context, key, &pod),
        _ => Ok(Next::Event),
    }
}

/// Gives the pod its node; the event of that starts its containers.
fn schedule(context: &mut Context, key: &Key, pod: &Value) -> Outcome {
    let node = context.get(&Key::new("", "nodes", "", node::NAME));
    let wanted = &pod["spec"]["nodeSelector"];
    let fits = node.is_some_and(|node| contains(&node["metadata"]["labels"], wanted));
    if !fits || fault::of_pod(pod) == Some(Fault::Unschedulable) {
        let why = "0/1 nodes are available: 1 node(s) didn't match Pod's node affinity/selector.";
        if show(context, key, pod, &Look::Unschedulable(why))? {
            warn(context, pod, "FailedScheduling", why.to_owned());
        }
        return Ok(Next::Event);
    }
    let mut next = pod.clone();
    put(&mut next, &["spec", "nodeName"], node::NAME);
    context.update(key, next)?;
    Ok(Next::Event)
}

/// Moves the containers of a scheduled pod.
fn run(context: &mut Context, key: &Key, pod: &Value) -> Outcome {
    let delay = fault::ready_delay(pod, &context.options);
    let is_pending = text(pod, "/status/phase") != "Running";
    if is_pending && let Some(left) = context.remaining(uid(pod), "start", delay) {
        show(context, key, pod, &Look::Creating)?;
        return Ok(Next::After(left));
    }
    let fault = fault::of_pod(pod);
    let lacks =
        |container: &Value| fault == Some(Fault::Image) || fault::is_missing(container, &context.options);
    let missing: Vec<_> = status::containers(pod)
        .filter(|it| lacks(it))
        .map(|it| text(it, "/image"))
        .collect();
    if is_pending && !missing.is_empty() {
        if show(context, key, pod, &Look::ImageMissing(&missing))? {
            let message = format!("Failed to pull image \"{}\": not found", missing[0]);
            warn(context, pod, "Failed", message);
        }
        return Ok(Next::Event);
    }
    let is_finite = !matches!(text(pod, "/spec/restartPolicy"), "" | "Always");
    match fault {
        _ if is_finite => finish(context, key, pod, fault),
        Some(Fault::Crash) => crash(context, key, pod),
        Some(Fault::Unready) => show(context, key, pod, &Look::Running { ready: false }).map(|_| Next::Event),
        _ if is_pending || !is_ready(pod) => {
            show(context, key, pod, &Look::Running { ready: true }).map(|_| Next::Event)
        }
        _ => Ok(Next::Event),
    }
}

/// Lets a pod that is meant to end run for a while, and end.
fn finish(context: &mut Context, key: &Key, pod: &Value, fault: Option<Fault>) -> Outcome {
    let length = context.options.job_delay;
    if let Some(left) = context.remaining(uid(pod), "finish", length) {
        show(context, key, pod, &Look::Running { ready: true })?;
        return Ok(Next::After(left));
    }
    let failed = fault == Some(Fault::Crash);
    show(context, key, pod, &Look::Finished { failed })?;
    Ok(Next::Event)
}

/// Restarts a crashing pod after longer and longer pauses.
fn crash(context: &mut Context, key: &Key, pod: &Value) -> Outcome {
    let before = status::restarts(pod);
    let mut restarts = before.max(1);
    let mut left = context.remaining(uid(pod), "crash", backoff(context, restarts));
    if left.is_none() {
        restarts += 1;
        context.reset(uid(pod), "crash");
        left = context.remaining(uid(pod), "crash", backoff(context, restarts));
    }
    if restarts != before {
        show(context, key, pod, &Look::Crashed { restarts })?;
        warn(
            context,
            pod,
            "BackOff",
            "Back-off restarting failed container".to_owned(),
        );
    }
    Ok(Next::After(left.unwrap_or(LONGEST_BACKOFF)))
}

fn backoff(context: &Context, restarts: u32) -> Duration {
    let doublings = restarts.saturating_sub(1).min(8);
    (context.options.crash_backoff * 2_u32.pow(doublings)).min(LONGEST_BACKOFF)
}

/// Writes what the pod looks like; says whether that is news.
fn show(
    context: &mut Context,
    key: &Key,
    pod: &Value,
    look: &Look<'_>,
) -> Result<bool, super::world::WorldError> {
    let given = text(pod, "/status/podIP").to_owned();
    let ip = match look {
        Look::Unschedulable(_) | Look::Creating => None,
        _ if pod["spec"]["hostNetwork"] == true => Some(node::ADDRESS.to_owned()),
        _ if given.is_empty() => Some(address(context.next_serial())),
        _ => Some(given),
    };
    let next = status::draw(pod, look, ip.as_deref(), context.now());
    context.set_status(key, pod, next)
}

fn warn(context: &mut Context, pod: &Value, reason: &str, message: String) {
    record(
        context,
        pod,
        &Note {
            from: "kubelet",
            warning: true,
            reason,
            message,
        },
    );
}
