//! Deletes what left Git.
//!
//! **Invariant:** only the very object (by uid) that carries the unit's marks is deleted.

use plumb_model::{ActionDone, Propagation};
use plumb_plan::Step;
use serde_json::Value;

use super::{Done, Run};
use crate::{
    ClusterError, read,
    write::{self, DeleteOptions},
};

impl Run<'_> {
    pub(super) async fn remove(
        &self,
        step: &Step,
        live: Option<&Value>,
        propagation: Propagation,
    ) -> Result<Done, ClusterError> {
        let inner = &self.cluster.inner;
        let catalog = inner.kinds.known(&inner.wire, [&step.id.kind]).await?;
        let gone = || Done::new(ActionDone::Pruned, format!("{} was gone already", step.id));
        let Some(place) = self.cluster.place(&catalog, &step.id, &step.version, None) else {
            return Ok(gone());
        };
        let hold = place.hold(self.plan.field_manager());
        let at = place.target();
        let read;
        let live = match live {
            Some(live) => live,
            None => match read::get(&inner.wire, at.info, at.version, (at.namespace, at.name)).await? {
                Some(body) => {
                    read = body;
                    &read
                }
                None => return Ok(gone()),
            },
        };
        if !self.marks.are_on(&step.id, live) {
            let message = format!("{} stays: it no longer carries the marks of this unit", step.id);
            return Ok(Done::new(ActionDone::PruneSkipped, message));
        }
        let uid = live["metadata"]["uid"].as_str();
        let options = DeleteOptions {
            propagation: Some(word(propagation)),
            uid,
            resource_version: None,
        };
        match write::delete(&self.cluster.writer, at, options).await {
            Ok(None) => {
                drop(hold);
                place.watched.table().forget(&place.key);
                Ok(Done::new(ActionDone::Pruned, format!("{} deleted", step.id)))
            }
            Ok(Some(_)) => Ok(Done::new(
                ActionDone::Pruned,
                format!("{} is being deleted, its finalizers are at work", step.id),
            )),
            Err(ClusterError::Conflict { .. }) => {
                let message = format!("{} stays: it is another object of the same name by now", step.id);
                Ok(Done::new(ActionDone::PruneSkipped, message))
            }
            Err(error) => Err(error),
        }
    }
}

/// The word of the API for a policy.
fn word(propagation: Propagation) -> &'static str {
    match propagation {
        Propagation::Background => "Background",
        Propagation::Foreground => "Foreground",
        Propagation::Orphan => "Orphan",
    }
}
