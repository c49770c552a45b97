//! The status of a pod at each point of its life.
//!
//! **Invariant:** drawing the same look twice gives the same status: times that stand in the old one are kept.
//! **Start at** [`draw`].

use jiff::Timestamp;
use serde_json::{Value, json};

use crate::workloads::conditions::{self, Condition};
use crate::workloads::digest::of_image;
use crate::workloads::fields::{count, items, stamp, text, uid};
use crate::workloads::node;

/// What a pod looks like from outside.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Look<'a> {
    /// No node takes it, for this reason.
    Unschedulable(&'a str),
    /// Its containers are being made.
    Creating,
    /// These images cannot be pulled; its other containers run.
    ImageMissing(&'a [&'a str]),
    /// Its containers run.
    Running { ready: bool },
    /// Its containers end with an error time and again.
    Crashed { restarts: u32 },
    /// Its containers have ended for good.
    Finished { failed: bool },
}

/// All containers of a pod, those for its start first.
pub(super) fn containers(pod: &Value) -> impl Iterator<Item = &Value> {
    items(pod, "/spec/initContainers")
        .iter()
        .chain(items(pod, "/spec/containers"))
}

/// How often the containers have been restarted.
pub(super) fn restarts(pod: &Value) -> u32 {
    let counts = items(pod, "/status/containerStatuses")
        .iter()
        .map(|it| count(it, "/restartCount"));
    counts
        .max()
        .and_then(|most| u32::try_from(most).ok())
        .unwrap_or(0)
}

/// The status that goes with a look.
pub(super) fn draw(pod: &Value, look: &Look<'_>, ip: Option<&str>, now: Timestamp) -> Value {
    let phase = match look {
        Look::Unschedulable(_) | Look::Creating | Look::ImageMissing(_) => "Pending",
        Look::Running { .. } | Look::Crashed { .. } => "Running",
        Look::Finished { failed: false } => "Succeeded",
        Look::Finished { failed: true } => "Failed",
    };
    let mut conditions = conditions(pod, look, now);
    for condition in &mut conditions {
        // Go writes it though nothing ever probes.
        condition["lastProbeTime"] = Value::Null;
    }
    let class = match text(pod, "/status/qosClass") {
        "" => "BestEffort",
        class => class,
    };
    let mut status = json!({"phase": phase, "conditions": conditions, "qosClass": class});
    if matches!(look, Look::Unschedulable(_)) {
        return status;
    }
    status["hostIP"] = node::ADDRESS.into();
    status["hostIPs"] = json!([{"ip": node::ADDRESS}]);
    let started = text(pod, "/status/startTime");
    status["startTime"] = if started.is_empty() {
        stamp(now).into()
    } else {
        started.into()
    };
    if let Some(ip) = ip {
        status["podIP"] = ip.into();
        status["podIPs"] = json!([{"ip": ip}]);
    }
    let drawn = |list: &str| -> Vec<Value> {
        items(pod, list)
            .iter()
            .map(|container| container_status(pod, container, look, now))
            .collect()
    };
    status["containerStatuses"] = drawn("/spec/containers").into();
    if !items(pod, "/spec/initContainers").is_empty() {
        status["initContainerStatuses"] = drawn("/spec/initContainers").into();
    }
    status
}

fn conditions(pod: &Value, look: &Look<'_>, now: Timestamp) -> Vec<Value> {
    let mut list = conditions::of(pod);
    if let Look::Unschedulable(why) = look {
        conditions::set(
            &mut list,
            &Condition::new("PodScheduled", "False", "Unschedulable", *why),
            now,
        );
        return list;
    }
    let names: Vec<_> = items(pod, "/spec/containers")
        .iter()
        .map(|it| text(it, "/name"))
        .collect();
    let (ready, reason) = match look {
        Look::Running { ready: true } => (true, ""),
        Look::Finished { failed: false } => (false, "PodCompleted"),
        Look::Finished { failed: true } => (false, "PodFailed"),
        _ => (false, "ContainersNotReady"),
    };
    let message = if reason == "ContainersNotReady" {
        format!("containers with unready status: [{}]", names.join(" "))
    } else {
        String::new()
    };
    let has_sandbox = !matches!(look, Look::Creating | Look::Finished { .. });
    let is_done = matches!(look, Look::Finished { failed: false });
    let begun = if is_done { "PodCompleted" } else { "" };
    for condition in [
        Condition::truth("PodReadyToStartContainers", has_sandbox, "", ""),
        Condition::truth("Initialized", true, begun, ""),
        Condition::truth("Ready", ready, reason, message.clone()),
        Condition::truth("ContainersReady", ready, reason, message),
        Condition::truth("PodScheduled", true, "", ""),
    ] {
        conditions::set(&mut list, &condition, now);
    }
    list
}

fn container_status(pod: &Value, container: &Value, look: &Look<'_>, now: Timestamp) -> Value {
    let name = text(container, "/name");
    let image = text(container, "/image");
    let is_init = items(pod, "/spec/initContainers")
        .iter()
        .any(|it| it["name"] == name);
    let ends_early = is_init && text(container, "/restartPolicy") != "Always";
    let old = ["/status/containerStatuses", "/status/initContainerStatuses"]
        .iter()
        .flat_map(|list| items(pod, list))
        .find(|status| status["name"] == name);
    let since = old.map_or("", |old| text(old, "/state/running/startedAt"));
    let since = if since.is_empty() {
        stamp(now)
    } else {
        since.to_owned()
    };
    let ended = |code: i64, reason: &str| json!({"terminated": {"exitCode": code, "reason": reason, "startedAt": since, "finishedAt": stamp(now)}});
    let mut status = json!({
        "name": name, "image": image, "imageID": "", "ready": false, "started": false, "restartCount": 0,
        "state": {}, "lastState": {},
    });
    let missing = matches!(look, Look::ImageMissing(images) if images.contains(&image));
    let runs = !missing && !matches!(look, Look::Creating | Look::Unschedulable(_));
    if runs {
        let repository = image.split('@').next().unwrap_or_default();
        let repository = repository.rsplit_once('/').map_or(repository, |_| repository);
        status["imageID"] = format!("{}@sha256:{}", without_tag(repository), of_image(image)).into();
        status["containerID"] = format!("containerd://{}", of_image(&format!("{}/{name}", uid(pod)))).into();
    }
    status["state"] = match look {
        _ if missing => {
            let message = format!("Back-off pulling image \"{image}\"");
            json!({"waiting": {"reason": "ImagePullBackOff", "message": message}})
        }
        Look::Creating | Look::Unschedulable(_) => json!({"waiting": {"reason": "ContainerCreating"}}),
        _ if ends_early => ended(0, "Completed"),
        Look::Crashed { restarts } if !is_init => {
            status["restartCount"] = (*restarts).into();
            status["lastState"] = ended(1, "Error");
            let message = format!("back-off restarting failed container={name}");
            json!({"waiting": {"reason": "CrashLoopBackOff", "message": message}})
        }
        Look::Finished { failed: true } => ended(1, "Error"),
        Look::Finished { failed: false } => ended(0, "Completed"),
        _ => {
            status["started"] = true.into();
            json!({"running": {"startedAt": since}})
        }
    };
    let is_ready = matches!(look, Look::Running { ready: true }) || (ends_early && runs);
    status["ready"] = is_ready.into();
    if let (true, Some(old)) = (ends_early && runs, old)
        && old["state"].get("terminated").is_some()
    {
        status["state"] = old["state"].clone();
    }
    status
}

fn without_tag(image: &str) -> &str {
    match image.rsplit_once(':') {
        Some((name, tag)) if !tag.contains('/') => name,
        _ => image,
    }
}
