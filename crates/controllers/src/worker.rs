//! Taking units down the line.

use std::{collections::HashMap, sync::Arc, time::Duration};

use plumb_model::{Cause, ClusterRef, Condition, ConditionKind, Unit, UnitId, UnitKind, UnitReport};
use plumb_pipeline::{Memory, Timings, UnitView};
use tokio::{sync::Semaphore, task::JoinSet};

use crate::{Shared, fight::Fights, sources::SourceKey};

/// How long a unit rests whose pass broke off.
const AFTER_DEFECT: Duration = Duration::from_secs(10);

/// Takes units from the queue for ever, several at once.
pub(crate) async fn run(shared: Arc<Shared>) {
    let mut places = Places::new(shared.options.concurrency);
    let fights = Arc::new(Fights::default());
    let mut passes = JoinSet::new();
    loop {
        let id = shared.queue.next().await;
        let turns = places.of(shared.registry.unit(&id).as_ref());
        let (shared, fights) = (shared.clone(), fights.clone());
        passes.spawn(async move {
            let mut turn = Turn {
                shared: &shared,
                id: &id,
                left: Left::Undone,
            };
            let place = turns.acquire().await.expect("the semaphore is never closed");
            let crowded = || turns.available_permits() == 0;
            turn.left = pass(&shared, &fights, &id, crowded).await;
            if !shared.registry.knows(&id) {
                // It went away during the pass, whose last words put it on the board again.
                shared.line.board.remove(&id);
            }
            drop(turn);
            drop(place);
        });
        while passes.try_join_next().is_some() {}
    }
}

/// The pass of a unit, which ends well or in the middle: a defect in one may cost that pass, but never all later ones.
struct Turn<'a> {
    shared: &'a Shared,
    id: &'a UnitId,
    left: Left,
}

impl Drop for Turn<'_> {
    fn drop(&mut self) {
        let queue = &self.shared.queue;
        queue.done(self.id);
        match self.left {
            Left::Nothing => {}
            Left::ToTell => queue.add_late(self.id.clone()),
            Left::Undone => {
                tracing::error!(unit = %self.id, "a pass broke off, which is a defect of Plumb; it is tried again");
                queue.add_after(self.id.clone(), AFTER_DEFECT);
            }
        }
    }
}

/// How many units may be in a pass at once: so many for each pair of a source and a cluster, so that a repository that
/// hangs or a cluster that is down holds up nobody who has nothing to do with it.
struct Places {
    each: usize,
    turns: HashMap<Option<(SourceKey, ClusterRef)>, Arc<Semaphore>>,
}

impl Places {
    fn new(each: usize) -> Self {
        Self {
            each: each.max(1),
            turns: HashMap::new(),
        }
    }

    fn of(&mut self, unit: Option<&Unit>) -> Arc<Semaphore> {
        let key = unit.map(|unit| (SourceKey::of(unit), unit.destination.cluster.clone()));
        let each = self.each;
        let turns = self.turns.entry(key);
        turns.or_insert_with(|| Arc::new(Semaphore::new(each))).clone()
    }
}

/// What a pass leaves to be done.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Left {
    Nothing,
    /// The custom resource does not say yet what came of it.
    ToTell,
    /// All of it: it broke off.
    Undone,
}

/// `crowded` = whether others wait for their turn.
async fn pass(shared: &Arc<Shared>, fights: &Fights, id: &UnitId, crowded: impl Fn() -> bool) -> Left {
    let Some(start) = shared.registry.start(id) else {
        fights.forget(id);
        return Left::Nothing;
    };
    let mut memory = start.memory;
    let mut unit = match start.unit {
        Ok(unit) => unit,
        Err(why) => {
            invalid(shared, id, &why, memory).await;
            return Left::Nothing;
        }
    };
    if unit.request.is_none() && id.kind == UnitKind::Application {
        // Its requests are taken off once done, so the same again is a new one.
        memory.report.handled_request = None;
    }
    let done =
        |request: &plumb_model::Request| memory.report.handled_request.as_ref() == Some(&request.token);
    if unit.request.as_ref().is_some_and(done) {
        unit.request = None;
    }
    if unit.request.is_none()
        && let Some(wait) = fights.pause(id)
    {
        shared.queue.add_after(id.clone(), wait);
        return Left::Nothing;
    }
    let reported = memory.report.clone();
    let cluster = shared.line.fleet.known(&unit.destination.cluster);
    let mut events = cluster.map(|cluster| cluster.events());
    let before = memory.object.clone();
    let pass = plumb_pipeline::reconcile(&shared.line, &unit, &mut memory).await;
    if pass.applied == Some(Cause::Drift) {
        fights.healed(id);
    }
    let may_wait = !shared.queue.is_late(id) && pass.can_be_told_later(&unit, &reported);
    let left = if may_wait && (crowded() || pass.only_moved(&reported)) {
        plumb_pipeline::show(&shared.line, &unit, &pass);
        Left::ToTell
    } else {
        Left::Nothing
    };
    if left == Left::Nothing
        && let Err(error) = plumb_pipeline::publish(&shared.line, &unit, &mut memory, &pass).await
    {
        tracing::warn!(unit = %id, %error, "what came of a pass could not be written");
        shared.queue.add_after(id.clone(), unit.sync.retry.first);
    }
    // Others may have expressions of what this one says of itself.
    let has_news =
        memory.object["status"] != before["status"] || (memory.report.is_good() && !reported.is_good());
    let news = shared.registry.finish(id, memory, server_of(shared, &unit));
    // What happened to an object before anybody knew whose it is was passed over.
    while let Some(Ok(event)) = events.as_mut().map(|events| events.try_recv()) {
        if news.contains(&event.id) {
            shared.queue.add(id.clone());
            break;
        }
    }
    if let Some(again) = pass.again {
        shared.queue.add_after(id.clone(), again);
    }
    if has_news {
        shared
            .registry
            .dependents(id)
            .into_iter()
            .for_each(|dependent| shared.queue.add(dependent));
    }
    crate::sources::describe_commit(shared, &unit, &pass.report).await;
    left
}

/// A custom resource that is not understood: its last good state stays in force, and its status says what is wrong.
async fn invalid(shared: &Arc<Shared>, id: &UnitId, why: &str, mut memory: Memory) {
    let known = memory.report.conditions.iter().any(|known| known.message == why);
    if !known {
        let since = plumb_pipeline::now();
        let condition = Condition {
            kind: ConditionKind::InvalidSpec,
            message: why.to_owned(),
            since,
        };
        memory.report = UnitReport {
            conditions: vec![condition],
            ..memory.report
        };
        let message = why.to_owned();
        shared
            .line
            .board
            .tell(id.clone(), plumb_pipeline::Happening::Failed { message });
    }
    let view = UnitView {
        unit: None::<Unit>,
        report: memory.report.clone(),
        timings: Timings::default(),
        applied_at: None,
        commit: None,
    };
    shared.line.board.show(id.clone(), view);
    let source = plumb_flux::source_of(&memory.object).and_then(|name| shared.registry.git_repository(&name));
    if let Err(error) =
        plumb_pipeline::publish_invalid(&shared.line, id, source.as_deref(), &mut memory).await
    {
        tracing::warn!(unit = %id, %error, "a wrong custom resource could not be told so");
    }
    let server = shared.registry.unit(id).and_then(|unit| server_of(shared, &unit));
    shared.registry.finish(id, memory, server);
}

/// The API server that a unit goes to, where it was connected to.
fn server_of(shared: &Shared, unit: &Unit) -> Option<Arc<str>> {
    let cluster = shared.line.fleet.known(&unit.destination.cluster)?;
    Some(cluster.server().into())
}
