//! Hooks: objects that are steps of an operation.
//!
//! **Invariant:** a hook runs once in an operation and phase. The object itself says of which one it is
//! ([`OPERATION`]), so a hook that was made just before a crash is found again.

use std::{collections::BTreeMap, sync::Arc};

use plumb_model::{
    HealthStatus, Hook, Live, Object, ObjectId, ObjectResult, Observation, Observed, Phase, Rendered,
    Revision, SyncPhase, Unit,
};
use serde_json::{Value, json};

use crate::{
    Action, Awaiting, Course, Input, order,
    task::{State, Task},
};

/// The annotation that says of which operation and phase a hook is.
pub const OPERATION: &str = "plumb.dev/operation";

/// The hooks of an operation as they are named in the cluster, with the version of each kind.
#[must_use]
pub fn hooks(
    unit: &Unit,
    rendered: &Rendered,
    course: &Course<'_>,
    revision: Option<&Revision>,
) -> BTreeMap<ObjectId, String> {
    let mut found = BTreeMap::new();
    for (object, phase) in phases(rendered) {
        let hook = prepared(object, phase, course, (unit, revision));
        found.insert(hook.id, hook.gvk.version);
    }
    found
}

/// Every hook with each phase that it runs in.
pub(crate) fn phases(rendered: &Rendered) -> impl Iterator<Item = (&Object, SyncPhase)> {
    rendered.objects.iter().flat_map(|object| {
        let hook = object.directives.hook.iter();
        hook.flat_map(|hook| &hook.phases)
            .map(move |phase| (object, *phase))
    })
}

/// What the hook of a task says of its own removal.
pub(crate) fn rules(
    rendered: &Rendered,
    task: &Task,
    course: &Course<'_>,
    at: (&Unit, Option<&Revision>),
) -> Hook {
    phases(rendered)
        .filter(|(_, phase)| *phase == task.phase)
        .find(|(object, phase)| prepared(object, *phase, course, at).id == task.id)
        .and_then(|(object, _)| object.directives.hook.clone())
        .unwrap_or_default()
}

/// What the cluster and the operation's record say of a hook.
pub(crate) struct Seen<'a> {
    pub(crate) live: Option<&'a Arc<Value>>,
    pub(crate) recorded: Option<&'a ObjectResult>,
    observation: Option<&'a Observation>,
    marker: String,
}

impl<'a> Seen<'a> {
    pub(crate) fn of(id: &ObjectId, phase: SyncPhase, course: &Course<'a>, observed: &'a Observed) -> Self {
        let observation = observed.objects.get(id);
        let live = observation.and_then(|seen| match &seen.live {
            Live::Present { body, .. } => Some(body),
            _ => None,
        });
        let recorded = course
            .results
            .iter()
            .find(|result| result.hook.is_some() && result.id == *id && result.phase == phase);
        Self {
            live,
            recorded,
            observation,
            marker: marker(course.id, phase),
        }
    }

    /// The hook in the cluster is the one of this operation and phase.
    pub(crate) fn is_ours(&self) -> bool {
        self.live
            .is_some_and(|body| body["metadata"]["annotations"][OPERATION] == *self.marker)
    }

    /// Whether `finalizer` is on it.
    pub(crate) fn is_kept_by(&self, finalizer: Option<&str>) -> bool {
        let all = self
            .live
            .and_then(|body| body["metadata"]["finalizers"].as_array());
        all.into_iter().flatten().any(|found| found.as_str() == finalizer)
    }

    /// How far the hook is, as the cluster says; `None` where it was not begun.
    pub(crate) fn phase(&self, id: &ObjectId) -> Option<(Phase, String)> {
        match self.recorded.map(|result| (result.hook, &result.message)) {
            Some((Some(phase @ (Phase::Succeeded | Phase::Failed | Phase::Error)), message)) => {
                return Some((phase, message.clone()));
            }
            Some(_) if self.live.is_none() => {
                return Some((Phase::Failed, format!("{id} was deleted before it was complete")));
            }
            _ if !self.is_ours() => return None,
            _ => {}
        }
        let health = self.observation.and_then(|seen| seen.health.as_ref());
        let going = self
            .live
            .is_some_and(|body| body["metadata"]["deletionTimestamp"].is_string());
        Some(match health {
            _ if going && self.is_complete() => (Phase::Succeeded, String::new()),
            _ if going => (Phase::Failed, format!("{id} was deleted before it was complete")),
            None => (Phase::Succeeded, String::new()),
            Some(health) => match health.status {
                HealthStatus::Healthy => (Phase::Succeeded, health.message.clone()),
                HealthStatus::Degraded | HealthStatus::Unknown => (Phase::Failed, health.message.clone()),
                _ => (Phase::Running, health.message.clone()),
            },
        })
    }

    /// What is being deleted has no health, but may have come to its end before.
    fn is_complete(&self) -> bool {
        let Some(status) = self.live.map(|body| &body["status"]) else {
            return false;
        };
        let conditions = status["conditions"].as_array().into_iter().flatten();
        status["phase"] == "Succeeded"
            || conditions
                .into_iter()
                .any(|it| it["type"] == "Complete" && it["status"] == "True")
    }
}

/// The task of a hook in one phase.
pub(crate) fn task(object: &Object, phase: SyncPhase, course: &Course<'_>, input: &Input<'_>) -> Task {
    let hook = prepared(object, phase, course, (input.unit, input.revision));
    let seen = Seen::of(&hook.id, phase, course, input.observed);
    let rules = object.directives.hook.clone().unwrap_or_default();
    let (action, state) = match seen.phase(&hook.id) {
        Some((Phase::Succeeded, _)) => (None, State::Done),
        Some((Phase::Running, _)) => (None, State::Waits(Awaiting::Hook)),
        Some((Phase::Failed | Phase::Error, why)) => (None, State::Failed(said(&hook.id, phase, &why))),
        None => (Some(run(&hook, &rules, seen.live)), State::Due),
    };
    Task {
        phase,
        wave: object.directives.wave,
        turn: order::turn(&hook),
        rank: order::rank(&hook.id.kind.kind),
        version: hook.gvk.version.clone(),
        id: hook.id,
        hook: true,
        action,
        state,
    }
}

fn run(hook: &Object, rules: &Hook, live: Option<&Arc<Value>>) -> Action {
    let going = |body: &&Arc<Value>| body["metadata"]["deletionTimestamp"].is_string();
    Action::RunHook {
        object: Box::new(hook.clone()),
        exists: live.is_some(),
        replaces: live.filter(|body| rules.delete_before || going(body)).cloned(),
    }
}

fn said(id: &ObjectId, phase: SyncPhase, why: &str) -> String {
    let why = if why.is_empty() { "it failed" } else { why };
    format!("{phase} hook {id}: {why}")
}

/// The hook as it is sent: named, with its operation on it, and kept until its end is recorded.
fn prepared(
    object: &Object,
    phase: SyncPhase,
    course: &Course<'_>,
    (unit, revision): (&Unit, Option<&Revision>),
) -> Object {
    let mut body = (*object.body).clone();
    let metadata = &mut body["metadata"];
    if metadata["name"].as_str().is_none_or(str::is_empty) {
        let prefix = metadata["generateName"].as_str().unwrap_or_default().to_owned();
        let commit = revision.map_or("none", |revision| revision.commit.short());
        let phase = phase.to_string().to_lowercase();
        metadata["name"] = json!(format!("{prefix}{commit}-{phase}-{}", course.began));
        if let Some(metadata) = metadata.as_object_mut() {
            metadata.remove("generateName");
        }
        if let Some(tracking) = &unit.marks.tracking {
            let id = ObjectId {
                name: text(&body["metadata"]["name"]),
                ..object.id.clone()
            };
            body["metadata"]["annotations"][&tracking.key] = json!(tracking.value(&id));
        }
    }
    let metadata = &mut body["metadata"];
    if !metadata["annotations"].is_object() {
        metadata["annotations"] = json!({});
    }
    metadata["annotations"][OPERATION] = json!(marker(course.id, phase));
    if let Some(finalizer) = &unit.sync.conduct.hook_finalizer {
        let mut all = metadata["finalizers"].as_array().cloned().unwrap_or_default();
        if !all.iter().any(|known| *known == **finalizer) {
            all.push(json!(finalizer));
        }
        metadata["finalizers"] = Value::Array(all);
    }
    // A body that was an object before is one with a name as well.
    object.with_body(body).unwrap_or_else(|_| object.clone())
}

fn text(value: &Value) -> String {
    value.as_str().unwrap_or_default().to_owned()
}

fn marker(operation: &str, phase: SyncPhase) -> String {
    format!("{operation} {phase}")
}
