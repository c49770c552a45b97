//! What is known of every unit, for whoever shows it; and a stream of what happens.

use std::{
    collections::BTreeMap,
    sync::{Arc, PoisonError, RwLock},
    time::Instant,
};

use plumb_model::{Unit, UnitId, UnitReport};
use tokio::sync::broadcast;

use crate::{Event, Happening, Timings};

/// How many events a slow reader may lag behind before it loses some.
const EVENTS_KEPT: usize = 1024;

/// What is known of one unit.
#[derive(Clone, Debug)]
pub struct UnitView {
    /// What was asked for; `None` where its custom resource does not say so in a way that is understood.
    pub unit: Option<Unit>,
    /// What came of it.
    pub report: UnitReport,
    /// How long the last pass took.
    pub timings: Timings,
    /// When something was last applied.
    pub applied_at: Option<Instant>,
    /// Subject and author of the commit in force, where known.
    pub commit: Option<plumb_git::CommitInfo>,
}

/// What is known of every unit.
#[derive(Debug)]
pub struct Board {
    units: RwLock<BTreeMap<UnitId, Arc<UnitView>>>,
    events: broadcast::Sender<Event>,
    pushes: broadcast::Sender<Push>,
}

/// A push to a repository, as a forge tells of it.
#[derive(Clone, Debug)]
pub struct Push {
    /// Every URL that the forge knows the repository by.
    pub urls: Vec<String>,
}

impl Default for Board {
    fn default() -> Self {
        Self {
            units: RwLock::default(),
            events: broadcast::channel(EVENTS_KEPT).0,
            pushes: broadcast::channel(EVENTS_KEPT).0,
        }
    }
}

impl Board {
    /// Every unit, by id.
    #[must_use]
    pub fn units(&self) -> Vec<(UnitId, Arc<UnitView>)> {
        let units = self.units.read().unwrap_or_else(PoisonError::into_inner);
        units
            .iter()
            .map(|(id, view)| (id.clone(), view.clone()))
            .collect()
    }

    /// One unit.
    #[must_use]
    pub fn unit(&self, id: &UnitId) -> Option<Arc<UnitView>> {
        self.units
            .read()
            .unwrap_or_else(PoisonError::into_inner)
            .get(id)
            .cloned()
    }

    /// Shows a unit as it is now.
    pub fn show(&self, id: UnitId, view: UnitView) {
        self.units
            .write()
            .unwrap_or_else(PoisonError::into_inner)
            .insert(id.clone(), Arc::new(view));
        self.tell(id, Happening::Updated);
    }

    /// Takes a unit off.
    pub fn remove(&self, id: &UnitId) {
        self.units
            .write()
            .unwrap_or_else(PoisonError::into_inner)
            .remove(id);
        self.tell(id.clone(), Happening::Gone);
    }

    /// Tells everyone who listens what happened.
    pub fn tell(&self, unit: UnitId, what: Happening) {
        // Nobody listening is no error.
        let _ = self.events.send(Event { unit, what });
    }

    /// Tells whoever follows repositories of a push; to how many.
    pub fn pushed(&self, push: Push) -> usize {
        self.pushes.send(push).unwrap_or(0)
    }

    /// The pushes from now on.
    #[must_use]
    pub fn pushes(&self) -> broadcast::Receiver<Push> {
        self.pushes.subscribe()
    }

    /// What happens from now on.
    #[must_use]
    pub fn listen(&self) -> broadcast::Receiver<Event> {
        self.events.subscribe()
    }
}
