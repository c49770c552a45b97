//! CronJobs: says which of its Jobs run, and when the last one succeeded.
//!
//! **Absent:** the schedule itself. No Job starts on its own; one made by hand (`kubectl create job --from`) counts.

use serde_json::{Value, json};

use super::Change;
use super::Controller;
use super::conditions::holds;
use super::context::{Context, Next, Outcome};
use super::fields::{is_deleting, name, namespace, text, uid};
use super::owners::Kind;
use super::world::Key;

pub(super) const CONTROLLER: Controller = Controller { concerns, reconcile };

const KIND: Kind = Kind {
    group: "batch",
    resource: "cronjobs",
    kind: "CronJob",
};

fn concerns(change: &Change, _context: &Context) -> Vec<Key> {
    KIND.own_or_owner(change)
}

fn reconcile(context: &mut Context, key: &Key) -> Outcome {
    let Some(cron) = context.get(key) else {
        return Ok(Next::Event);
    };
    if is_deleting(&cron) {
        return Ok(Next::Event);
    }
    let jobs = context.children(&cron, "jobs");
    let active: Vec<Value> = jobs
        .iter()
        .filter(|(_, job)| !holds(job, "Complete") && !holds(job, "Failed"))
        .map(|(_, job)| {
            json!({"apiVersion": "batch/v1", "kind": "Job", "name": name(job), "namespace": namespace(job),
                   "uid": uid(job), "resourceVersion": text(job, "/metadata/resourceVersion")})
        })
        .collect();
    let mut status = json!({});
    if !active.is_empty() {
        status["active"] = active.into();
    }
    for (field, times) in [
        (
            "lastScheduleTime",
            jobs.iter()
                .map(|(_, job)| text(job, "/metadata/creationTimestamp"))
                .max(),
        ),
        (
            "lastSuccessfulTime",
            jobs.iter()
                .map(|(_, job)| text(job, "/status/completionTime"))
                .max(),
        ),
    ] {
        let known = text(&cron, &format!("/status/{field}"));
        let latest = times.unwrap_or_default().max(known);
        if !latest.is_empty() {
            status[field] = latest.into();
        }
    }
    context.set_status(key, &cron, status)?;
    Ok(Next::Event)
}
