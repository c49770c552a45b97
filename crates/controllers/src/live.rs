//! From what happens to live objects to passes of the units that own them.

use std::{sync::Arc, time::Duration};

use plumb_cluster::{Joined, LiveChange, LiveEvent};
use plumb_model::UnitKind;
use tokio::{sync::broadcast::error::RecvError, task::JoinSet};

use crate::Shared;

/// A rollout changes health many times in a moment; one pass tells it as well as twenty.
const HEALTH_PAUSE: Duration = Duration::from_millis(15);

/// Follows the live objects of every cluster for ever.
pub(crate) async fn follow(shared: Arc<Shared>) {
    let Some(mut newcomers) = shared.line.fleet.joined() else {
        return;
    };
    let mut followers = JoinSet::new();
    while let Some(joined) = newcomers.recv().await {
        followers.spawn(follow_one(shared.clone(), joined));
        while followers.try_join_next().is_some() {}
    }
}

/// Follows one cluster until its connection goes.
async fn follow_one(shared: Arc<Shared>, joined: Joined) {
    let Joined {
        server,
        mut events,
        mut recovered,
    } = joined;
    loop {
        tokio::select! {
            event = events.recv() => match event {
                Ok(event) => happened(&shared, &server, &event),
                // Too many at once: everything is looked at instead, which costs no request where nothing changed.
                Err(RecvError::Lagged(_)) => look_at_all(&shared),
                Err(RecvError::Closed) => return,
            },
            came_back = recovered.changed() => {
                if came_back.is_err() {
                    return;
                }
                let waiting = shared.registry.on_server(&server);
                waiting.into_iter().for_each(|id| shared.queue.add(id));
            }
        }
    }
}

fn happened(shared: &Shared, server: &str, event: &LiveEvent) {
    let Some(unit) = shared.registry.owner(server, &event.id) else {
        return;
    };
    match event.kind {
        LiveChange::HealthChanged(_) => shared.queue.add_after(unit, HEALTH_PAUSE),
        LiveChange::Drifted | LiveChange::Gone => shared.queue.add(unit),
        LiveChange::Settled => {}
    }
}

fn look_at_all(shared: &Shared) {
    for kind in [UnitKind::Application, UnitKind::Kustomization] {
        let units = shared.registry.units(kind);
        units.into_iter().for_each(|id| shared.queue.add(id));
    }
}
