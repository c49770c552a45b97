//! Watch loops: from custom resources, Git and live objects to passes of the line.
//!
//! Everything that may call for a pass ends as the id of a unit in one [`queue`]; one worker takes a unit at a time
//! down the line. **Invariant:** a unit is never in two passes at once, and nothing here decides what is applied.
//! **Absent:** leader election and sharding. **Start at** [`Controllers::start`].
#![allow(
    clippy::disallowed_types,
    clippy::disallowed_methods,
    reason = "row 6: timers need a clock, and maps here are never shown in their own order"
)]

mod fight;
mod health;
mod live;
mod queue;
mod registry;
mod resources;
mod sources;
mod worker;

use std::{sync::Arc, time::Duration};

use plumb_pipeline::Line;
use tokio::task::JoinSet;

use crate::{queue::Queue, registry::Registry, sources::Sources};

/// How the controllers work.
#[derive(Clone, Debug)]
pub struct ControllerOptions {
    /// How often a repository is asked for news where nothing tells of them.
    pub poll_interval: Duration,
    /// How many units may be in a pass at once.
    pub concurrency: usize,
}

impl Default for ControllerOptions {
    fn default() -> Self {
        Self {
            poll_interval: Duration::from_secs(60),
            concurrency: 8,
        }
    }
}

/// The running watch loops. They end when this is dropped.
#[derive(Debug)]
pub struct Controllers {
    tasks: JoinSet<()>,
}

/// What every loop shares.
pub(crate) struct Shared {
    pub(crate) line: Line,
    pub(crate) queue: Queue,
    pub(crate) registry: Registry,
    pub(crate) sources: Sources,
    pub(crate) options: ControllerOptions,
}

impl Controllers {
    /// Starts every loop. They wait for the kinds that they watch, should the cluster not know them yet.
    #[must_use]
    pub fn start(line: Line, options: ControllerOptions) -> Self {
        let shared = Arc::new(Shared {
            line,
            queue: Queue::default(),
            registry: Registry::default(),
            sources: Sources::default(),
            options,
        });
        let mut tasks = JoinSet::new();
        for kind in resources::WATCHED {
            tasks.spawn(resources::watch(shared.clone(), *kind));
        }
        tasks.spawn(health::follow(shared.line.clone()));
        tasks.spawn(live::follow(shared.clone()));
        tasks.spawn(sources::listen_for_pushes(shared.clone()));
        tasks.spawn(worker::run(shared));
        Self { tasks }
    }

    /// Ends every loop; passes that are under way are cut off between two requests.
    pub async fn stop(mut self) {
        self.tasks.shutdown().await;
    }
}
