//! Tasks, and how they follow each other: what can be done in this pass, and what has to be waited for after that.
//!
//! Tasks of one wave are a group. A group is done when its objects are healthy and its hooks complete; only then does
//! the next begin, in a later pass. **Invariant:** what a pass may do is a beginning of the steps.

use plumb_model::{ObjectId, Order, SyncPhase};

use crate::{Action, Awaiting, Standing, Step, Wait, order};

/// One object in one part of an operation.
#[derive(Clone, Debug)]
pub(crate) struct Task {
    pub(crate) phase: SyncPhase,
    pub(crate) wave: i32,
    /// Within the wave: tasks with a lower one are sent first.
    pub(crate) turn: u32,
    /// Within the turn: only the order in which they are sent.
    pub(crate) rank: u32,
    pub(crate) id: ObjectId,
    pub(crate) version: String,
    pub(crate) hook: bool,
    /// What is to be done, where anything is.
    pub(crate) action: Option<Action>,
    pub(crate) state: State,
}

/// How far a task is.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum State {
    /// Nothing is left to be done or to be waited for.
    Done,
    /// Its action is to be done.
    Due,
    /// Its action is done, or must not be done before this comes.
    Waits(Awaiting),
    /// It came to a bad end.
    Failed(String),
}

/// Tasks as steps.
#[derive(Debug, Default)]
pub(crate) struct Arranged {
    pub(crate) steps: Vec<Step>,
    /// How many of the steps are for this pass.
    pub(crate) due: usize,
    pub(crate) standing: Standing,
    /// The tasks that came to a bad end.
    pub(crate) failed: Vec<Task>,
}

/// How tasks follow each other.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Rules {
    pub(crate) order: Order,
    /// Whether anything is waited for at all.
    pub(crate) gated: bool,
}

/// Puts tasks in order, after the steps that are there already.
pub(crate) fn arrange(mut tasks: Vec<Task>, rules: Rules, first: Vec<Step>) -> Arranged {
    tasks.sort_by(|a, b| key(a).cmp(&key(b)));
    let groups: Vec<&[Task]> = tasks
        .chunk_by(|a, b| (a.phase, a.wave) == (b.phase, b.wave))
        .collect();
    let many = groups.len() > 1 || tasks.iter().any(|task| task.hook);
    let mut stage = first.last().map_or(0, |step| step.stage + 1);
    let mut arranged = Arranged {
        due: first.len(),
        steps: first,
        ..Arranged::default()
    };
    let mut open = true;
    for (index, group) in groups.iter().enumerate() {
        let last = index + 1 == groups.len();
        let waits = rules.gated && has_gate(group, rules.order, many, last);
        let standing = if open {
            stands(group, waits)
        } else {
            Standing::Done
        };
        let held = matches!(&standing, Standing::Failed(_))
            || matches!(&standing, Standing::Waiting(wait) if wait.kind == Awaiting::Confirmation);
        let (steps, next) = steps(group, stage);
        stage = next;
        let begun = open && !held;
        arranged.due += if begun { steps.len() } else { 0 };
        arranged.steps.extend(steps);
        if open && standing != Standing::Done {
            open = false;
            arranged
                .failed
                .extend(group.iter().filter(|task| task.has_failed()).cloned());
            arranged.standing = standing;
        }
    }
    arranged
}

fn key(task: &Task) -> (SyncPhase, i32, u32, u32, &ObjectId) {
    (task.phase, task.wave, task.turn, task.rank, &task.id)
}

/// Whether something is waited for after a group.
fn has_gate(group: &[Task], order: Order, many: bool, last: bool) -> bool {
    let to_confirm = |task: &Task| task.state == State::Waits(Awaiting::Confirmation);
    if group.iter().any(|task| task.hook || to_confirm(task)) {
        return true;
    }
    match order {
        Order::Waves => many && !last,
        Order::Stages => {
            !last
                && group
                    .iter()
                    .any(|task| [order::DEFINITIONS, order::CLASSES].contains(&task.wave))
        }
    }
}

/// How things stand when what is due of a group is done.
fn stands(group: &[Task], waits: bool) -> Standing {
    if !waits {
        return Standing::Done;
    }
    if let Some(State::Failed(why)) = group
        .iter()
        .map(|task| &task.state)
        .find(|state| matches!(state, State::Failed(_)))
    {
        return Standing::Failed(why.clone());
    }
    let wanted = |kind: Awaiting| -> Vec<&Task> {
        let is_it = |task: &&Task| awaited(task) == Some(kind);
        group.iter().filter(is_it).collect()
    };
    for kind in [
        Awaiting::Confirmation,
        Awaiting::Hook,
        Awaiting::Health,
        Awaiting::Deletion,
    ] {
        let objects: Vec<ObjectId> = wanted(kind).into_iter().map(|task| task.id.clone()).collect();
        if !objects.is_empty() {
            return Standing::Waiting(Wait { kind, objects });
        }
    }
    Standing::Done
}

/// What of a task is waited for once what is due is done.
fn awaited(task: &Task) -> Option<Awaiting> {
    match (&task.state, &task.action) {
        (State::Waits(kind), _) => Some(*kind),
        (State::Due, Some(Action::Delete { .. })) => Some(Awaiting::Deletion),
        (State::Due, Some(Action::RunHook { .. })) => Some(Awaiting::Hook),
        (State::Due, Some(Action::Apply { .. })) => Some(Awaiting::Health),
        _ => None,
    }
}

/// The steps of a group, from `stage` on; and the stage after them.
fn steps(group: &[Task], stage: u32) -> (Vec<Step>, u32) {
    let mut steps: Vec<Step> = Vec::new();
    let (mut stage, mut turn) = (stage, None);
    for task in group {
        let Some(action) = task.action.clone() else {
            continue;
        };
        if turn.is_some_and(|turn| turn != task.turn) {
            stage += 1;
        }
        turn = Some(task.turn);
        steps.push(Step {
            stage,
            phase: task.phase,
            id: task.id.clone(),
            version: task.version.clone(),
            action,
        });
    }
    let next = if steps.is_empty() { stage } else { stage + 1 };
    (steps, next)
}

impl Task {
    fn has_failed(&self) -> bool {
        matches!(self.state, State::Failed(_))
    }
}
