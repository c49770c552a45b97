//! What the objects of each unit have brought forth, asked of the cluster when somebody looks.
//!
//! **Invariant:** however many look at a unit, its cluster is asked once in a moment, and for one unit waits nobody who
//! looks at another.

use std::{
    collections::BTreeMap,
    sync::{Arc, Mutex as Lock, PoisonError},
    time::{Duration, Instant},
};

use plumb_cluster::Family;
use plumb_model::{ObjectId, Unit, UnitId, UnitReport};
use tokio::sync::Mutex;

use crate::{fault::Fault, site::Site};

/// For how long an answer is good enough.
const FRESH: Duration = Duration::from_secs(2);
/// For how long it is kept at all.
const KEPT: Duration = Duration::from_secs(60);

/// Families as last seen.
#[derive(Default)]
pub(crate) struct Families {
    by_unit: Lock<BTreeMap<UnitId, Arc<Mutex<Option<Seen>>>>>,
}

struct Seen {
    at: Instant,
    family: Arc<Family>,
}

impl Families {
    /// What the objects of `unit` have brought forth.
    pub(crate) async fn of(
        &self,
        site: &Site,
        unit: &Unit,
        report: &UnitReport,
    ) -> Result<Arc<Family>, Fault> {
        let place = self.place(&unit.id);
        let mut seen = place.lock().await;
        if let Some(seen) = seen.as_ref().filter(|seen| seen.at.elapsed() < FRESH) {
            return Ok(seen.family.clone());
        }
        let roots: Vec<ObjectId> = report.inventory().map(|(id, _)| id.clone()).collect();
        let cluster = plumb_pipeline::cluster_of(&site.line, unit).await?;
        let family = Arc::new(cluster.family(&roots).await.map_err(Fault::cluster)?);
        *seen = Some(Seen {
            at: Instant::now(),
            family: family.clone(),
        });
        Ok(family)
    }

    fn place(&self, unit: &UnitId) -> Arc<Mutex<Option<Seen>>> {
        let mut by_unit = self.by_unit.lock().unwrap_or_else(PoisonError::into_inner);
        // What somebody holds right now is in use.
        by_unit.retain(|_, place| {
            place.try_lock().map_or(true, |seen| {
                seen.as_ref().is_some_and(|seen| seen.at.elapsed() < KEPT)
            })
        });
        by_unit.entry(unit.clone()).or_default().clone()
    }
}
