//! Rows of what keeps pods running.
//!
//! **Start at** the function of the kind.

use super::{containers, count, items, labels, name, own_age};
use serde_json::Value;

/// NAME DESIRED CURRENT READY AGE CONTAINERS IMAGES SELECTOR
pub(super) fn replica_sets(set: &Value) -> Vec<Value> {
    let [names, images] = containers(&set["spec"]["template"]["spec"]);
    vec![
        name(set),
        count(&set["spec"]["replicas"]).into(),
        count(&set["status"]["replicas"]).into(),
        count(&set["status"]["readyReplicas"]).into(),
        own_age(set),
        names,
        images,
        labels(&set["spec"]["selector"], "<none>"),
    ]
}

/// NAME READY UP-TO-DATE AVAILABLE AGE CONTAINERS IMAGES SELECTOR
pub(super) fn deployments(deployment: &Value) -> Vec<Value> {
    let [names, images] = containers(&deployment["spec"]["template"]["spec"]);
    let status = &deployment["status"];
    vec![
        name(deployment),
        format!(
            "{}/{}",
            count(&status["readyReplicas"]),
            count(&deployment["spec"]["replicas"])
        )
        .into(),
        count(&status["updatedReplicas"]).into(),
        count(&status["availableReplicas"]).into(),
        own_age(deployment),
        names,
        images,
        labels(&deployment["spec"]["selector"], "<none>"),
    ]
}

/// NAME DESIRED CURRENT READY UP-TO-DATE AVAILABLE NODE-SELECTOR AGE CONTAINERS IMAGES SELECTOR
pub(super) fn daemon_sets(set: &Value) -> Vec<Value> {
    let [names, images] = containers(&set["spec"]["template"]["spec"]);
    let status = &set["status"];
    vec![
        name(set),
        count(&status["desiredNumberScheduled"]).into(),
        count(&status["currentNumberScheduled"]).into(),
        count(&status["numberReady"]).into(),
        count(&status["updatedNumberScheduled"]).into(),
        count(&status["numberAvailable"]).into(),
        labels(&set["spec"]["template"]["spec"]["nodeSelector"], "<none>"),
        own_age(set),
        names,
        images,
        labels(&set["spec"]["selector"], "<none>"),
    ]
}

/// NAME READY AGE CONTAINERS IMAGES
pub(super) fn stateful_sets(set: &Value) -> Vec<Value> {
    let [names, images] = containers(&set["spec"]["template"]["spec"]);
    let ready = format!(
        "{}/{}",
        count(&set["status"]["readyReplicas"]),
        count(&set["spec"]["replicas"])
    );
    vec![name(set), ready.into(), own_age(set), names, images]
}

/// NAME CONTROLLER REVISION AGE
pub(super) fn revisions(revision: &Value) -> Vec<Value> {
    let owner = items(&revision["metadata"]["ownerReferences"]).find(|owner| owner["controller"] == true);
    let controller = owner.map_or_else(
        || "<none>".to_owned(),
        |owner| {
            let text = |field: &str| owner[field].as_str().unwrap_or_default();
            let group = text("apiVersion")
                .split_once('/')
                .map(|(group, _)| group)
                .unwrap_or_default();
            let dot = if group.is_empty() { "" } else { "." };
            format!("{}{dot}{group}/{}", text("kind").to_lowercase(), text("name"))
        },
    );
    vec![
        name(revision),
        controller.into(),
        revision["revision"].clone(),
        own_age(revision),
    ]
}
