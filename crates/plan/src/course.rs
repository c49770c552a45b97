//! The course of an operation: hooks and objects in their phases, what happens when something fails, and the end.
//!
//! **Invariant:** everything is told from what the cluster shows and what the operation's record says; so a pass after
//! a restart comes to the same as one without.

use plumb_model::{Conduct, HealthStatus, Live, Object, ObjectId, Observation, Observed, Phase, SyncPhase};

use crate::{
    Action, Awaiting, Course, Finding, Input, Standing, Step,
    hook::{self, Seen},
    task::{self, Arranged, Rules, State, Task},
};

/// How far an object is that needs no change.
pub(crate) fn state(object: &Object, seen: Option<&Observation>, course: Option<&Course<'_>>) -> State {
    let health = seen.and_then(|seen| seen.health.as_ref());
    let (Some(health), Some(course)) = (health, course) else {
        return State::Done;
    };
    if object.directives.ignore || object.directives.ignore_health {
        return State::Done;
    }
    let touched = course.results.iter().any(|result| result.id == object.id);
    match health.status {
        HealthStatus::Healthy => State::Done,
        // What was bad before must not keep out what may mend it.
        HealthStatus::Degraded if !touched => State::Done,
        HealthStatus::Degraded if !course.fresh => {
            State::Failed(format!("{}: {}", object.id, health.message))
        }
        _ => State::Waits(Awaiting::Health),
    }
}

/// The steps of an operation from here on, and what the look told for its record.
pub(crate) fn run(
    input: &Input<'_>,
    course: &Course<'_>,
    hooks: &[&Object],
    (first, mut tasks): (Vec<Step>, Vec<Task>),
) -> (Arranged, Vec<Finding>) {
    let hooks = hook_tasks(input, course, hooks);
    let mut findings = findings(input, course, &hooks);
    if let Some(why) = course.ending {
        return (end(input, &hooks, first, Ending::Cut(why)), findings);
    }
    let (at_failure, on_course): (Vec<Task>, Vec<Task>) = hooks
        .iter()
        .cloned()
        .partition(|task| task.phase == SyncPhase::SyncFail);
    let rules = Rules {
        order: input.unit.sync.conduct.order,
        gated: true,
    };
    tasks.extend(on_course);
    let failed_before = failed(course);
    if failed_before.is_none() {
        let arranged = task::arrange(tasks, rules, first.clone());
        let Standing::Failed(why) = &arranged.standing else {
            if arranged.steps.len() == arranged.due && arranged.standing == Standing::Done {
                return (end(input, &hooks, arranged.steps, Ending::Done), findings);
            }
            return (arranged, findings);
        };
        findings.extend(arranged.failed.iter().filter(|task| !task.hook).map(|task| {
            finding(
                task,
                Phase::Failed,
                if let State::Failed(why) = &task.state {
                    why.clone()
                } else {
                    String::new()
                },
            )
        }));
        let why = why.clone();
        return (fail(input, (at_failure, &hooks), &why, rules), findings);
    }
    let why = failed_before.unwrap_or_default();
    (fail(input, (at_failure, &hooks), &why, rules), findings)
}

/// Deletes the hooks that are still there of an operation that was ended.
pub(crate) fn let_go(stale: &[(ObjectId, String)], observed: &Observed, conduct: &Conduct) -> Vec<Step> {
    let is_there = |id: &ObjectId| {
        let seen = observed.objects.get(id);
        seen.is_some_and(|seen| matches!(seen.live, Live::Present { .. }))
    };
    let step = |(id, version): &(ObjectId, String)| Step {
        stage: 0,
        phase: SyncPhase::PreSync,
        id: id.clone(),
        version: version.clone(),
        action: Action::EndHook {
            finalizer: conduct.hook_finalizer.clone(),
            delete: true,
        },
    };
    stale.iter().filter(|(id, _)| is_there(id)).map(step).collect()
}

/// What failed in the operation so far.
fn failed(course: &Course<'_>) -> Option<String> {
    let bad = |result: &&plumb_model::ObjectResult| {
        result.phase != SyncPhase::SyncFail
            && (result.action == plumb_model::ActionDone::Failed
                || matches!(result.hook, Some(Phase::Failed | Phase::Error)))
    };
    let first = course.results.iter().find(bad)?;
    Some(if first.message.contains(&first.id.to_string()) {
        first.message.clone()
    } else {
        format!("{}: {}", first.id, first.message)
    })
}

/// The steps of an operation that failed: its hooks for that case, then the end.
fn fail(input: &Input<'_>, (at_failure, hooks): (Vec<Task>, &[Task]), why: &str, rules: Rules) -> Arranged {
    let arranged = task::arrange(at_failure, rules, Vec::new());
    match &arranged.standing {
        Standing::Waiting(_) => arranged,
        // That these hooks fail too is told by their own results.
        Standing::Done | Standing::Failed(_) => end(input, hooks, Vec::new(), Ending::Failed(why)),
    }
}

/// How an operation ends.
enum Ending<'a> {
    Done,
    Failed(&'a str),
    /// Somebody, or a newer commit, ended it.
    Cut(&'a str),
}

/// Lets go of the hooks, after `steps`.
fn end(input: &Input<'_>, hooks: &[Task], mut steps: Vec<Step>, how: Ending<'_>) -> Arranged {
    let stage = steps.last().map_or(0, |step| step.stage + 1);
    let mut seen: Vec<&ObjectId> = Vec::new();
    for task in hooks {
        if seen.contains(&&task.id) {
            continue;
        }
        if let Some(step) = end_of(input, task, stage, &how) {
            seen.push(&task.id);
            steps.push(step);
        }
    }
    Arranged {
        due: steps.len(),
        steps,
        standing: match how {
            Ending::Done => Standing::Done,
            Ending::Failed(why) | Ending::Cut(why) => Standing::Failed(why.to_owned()),
        },
        failed: Vec::new(),
    }
}

fn end_of(input: &Input<'_>, task: &Task, stage: u32, how: &Ending<'_>) -> Option<Step> {
    let course = input.course.as_ref()?;
    let found = Seen::of(&task.id, task.phase, course, input.observed);
    if !found.is_ours() {
        return None;
    }
    let rules = hook::rules(input.rendered, task, course, (input.unit, input.revision));
    let delete = match how {
        Ending::Done => rules.delete_on_success,
        Ending::Failed(_) => rules.delete_on_failure,
        Ending::Cut(_) => rules.delete_on_failure || matches!(task.state, State::Waits(_)),
    };
    let finalizer = input.unit.sync.conduct.hook_finalizer.clone();
    let kept = found.is_kept_by(finalizer.as_deref());
    (delete || kept).then(|| Step {
        stage,
        phase: task.phase,
        id: task.id.clone(),
        version: task.version.clone(),
        action: Action::EndHook { finalizer, delete },
    })
}

fn hook_tasks(input: &Input<'_>, course: &Course<'_>, hooks: &[&Object]) -> Vec<Task> {
    let going_away = input.revision.is_none();
    let mut tasks = Vec::new();
    for object in hooks {
        let phases = object.directives.hook.iter().flat_map(|hook| &hook.phases);
        for phase in phases.filter(|phase| phase.is_of_deletion() == going_away) {
            tasks.push(hook::task(object, *phase, course, input));
        }
    }
    tasks
}

/// What the cluster tells of hooks that were begun.
fn findings(input: &Input<'_>, course: &Course<'_>, hooks: &[Task]) -> Vec<Finding> {
    let told = hooks.iter().filter_map(|task| {
        let seen = Seen::of(&task.id, task.phase, course, input.observed);
        let (state, message) = seen.phase(&task.id)?;
        Some(finding(task, state, message))
    });
    told.collect()
}

fn finding(task: &Task, state: Phase, message: String) -> Finding {
    Finding {
        id: task.id.clone(),
        version: task.version.clone(),
        phase: task.phase,
        hook: task.hook,
        state,
        message,
    }
}
