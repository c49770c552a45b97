//! From what happens to live objects to passes of the units that own them.

use std::{sync::Arc, time::Duration};

use plumb_cluster::LiveChange;
use tokio::sync::broadcast::error::RecvError;

use crate::Shared;

/// A rollout changes health many times in a moment; one pass tells it as well as twenty.
const HEALTH_PAUSE: Duration = Duration::from_millis(15);

/// Follows live objects for ever.
pub(crate) async fn follow(shared: Arc<Shared>) {
    let mut events = shared.line.cluster.events();
    loop {
        match events.recv().await {
            Ok(event) => {
                let Some(unit) = shared.registry.owner(&event.id) else {
                    continue;
                };
                match event.kind {
                    LiveChange::HealthChanged(_) => shared.queue.add_after(unit, HEALTH_PAUSE),
                    LiveChange::Drifted | LiveChange::Gone => shared.queue.add(unit),
                    LiveChange::Settled => {}
                }
            }
            // Too many at once: everything is looked at instead, which costs no request where nothing changed.
            Err(RecvError::Lagged(_)) => {
                for kind in [
                    plumb_model::UnitKind::Application,
                    plumb_model::UnitKind::Kustomization,
                ] {
                    shared
                        .registry
                        .units(kind)
                        .into_iter()
                        .for_each(|id| shared.queue.add(id));
                }
            }
            Err(RecvError::Closed) => return,
        }
    }
}
