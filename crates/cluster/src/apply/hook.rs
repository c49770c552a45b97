//! Runs hooks, and lets them go when they have come to their end.
//!
//! **Invariant:** nothing but an object that carries the unit's marks is deleted to make way for a hook.

use std::sync::Arc;

use plumb_model::{ActionDone, Object};
use plumb_plan::Step;
use serde_json::{Value, json};

use super::{Done, Run};
use crate::{
    ClusterError,
    place::Place,
    read, wait,
    wire::Backoff,
    write::{self, DeleteOptions},
};

/// Most tries where others write to the hook at the same time.
const TRIES: u32 = 6;

impl Run<'_> {
    pub(super) async fn run_hook(
        &self,
        step: &Step,
        object: &Object,
        (exists, replaces): (bool, Option<&Value>),
    ) -> Result<Done, ClusterError> {
        let place = self.place_of(step).await?;
        let manager = self.plan.field_manager();
        let hold = place.hold(manager);
        if let Some(live) = replaces {
            self.make_way(object, &place, live).await?;
        }
        let answer = if exists && replaces.is_none() {
            self.send(object, &place, false).await?
        } else {
            write::create(&self.cluster.writer, place.target(), &object.body, manager).await?
        };
        place.learn(&Arc::new(answer.body), None);
        drop(hold);
        Ok(Done::new(
            ActionDone::Created,
            format!("{} hook {} created", step.phase, step.id),
        ))
    }

    pub(super) async fn end_hook(
        &self,
        step: &Step,
        finalizer: Option<&str>,
        delete: bool,
    ) -> Result<Done, ClusterError> {
        let place = self.place_of(step).await?;
        let _hold = place.hold(self.plan.field_manager());
        let ours: Vec<&str> = finalizer.into_iter().collect();
        let Some(live) = self.release(&place, &ours).await? else {
            return Ok(Done::new(ActionDone::Unchanged, format!("{} is gone", step.id)));
        };
        if delete && self.marks.are_on(&step.id, &live) {
            self.delete_one(&place, &live).await?;
            return Ok(Done::new(ActionDone::Pruned, format!("{} deleted", step.id)));
        }
        Ok(Done::new(
            ActionDone::Unchanged,
            format!("{} is complete", step.id),
        ))
    }

    /// Deletes what an earlier operation left, and waits until it is gone.
    async fn make_way(&self, hook: &Object, place: &Place, live: &Value) -> Result<(), ClusterError> {
        let uid = live["metadata"]["uid"].as_str().unwrap_or_default().to_owned();
        // What kept the earlier one is what keeps this one.
        let ours = hook.body["metadata"]["finalizers"]
            .as_array()
            .into_iter()
            .flatten();
        let ours: Vec<&str> = ours.filter_map(Value::as_str).collect();
        if self.release(place, &ours).await?.is_none() {
            return Ok(());
        }
        self.delete_one(place, live).await?;
        let at = place.target();
        wait::until(
            &self.cluster.inner.wire,
            (&place.watched.info, at.version),
            (at.namespace, at.name),
            |body| body.is_none_or(|body| body["metadata"]["uid"] != *uid),
        )
        .await
    }

    async fn delete_one(&self, place: &Place, live: &Value) -> Result<(), ClusterError> {
        let options = DeleteOptions {
            propagation: Some("Background"),
            uid: live["metadata"]["uid"].as_str(),
            resource_version: None,
        };
        match write::delete(&self.cluster.inner.wire, place.target(), options).await {
            // It is another one of the same name by now.
            Err(ClusterError::Conflict { .. }) => Ok(()),
            outcome => outcome.map(drop),
        }
    }

    /// Takes `finalizers` off; the object then, `None` where it is gone.
    async fn release(&self, place: &Place, finalizers: &[&str]) -> Result<Option<Value>, ClusterError> {
        let (wire, at) = (&self.cluster.inner.wire, place.target());
        let mut backoff = Backoff::quick();
        let mut attempt = 0;
        loop {
            attempt += 1;
            let Some(live) = read::get(wire, at.info, at.version, (at.namespace, at.name)).await? else {
                return Ok(None);
            };
            let all: Vec<&Value> = live["metadata"]["finalizers"]
                .as_array()
                .into_iter()
                .flatten()
                .collect();
            let kept: Vec<&Value> = all
                .iter()
                .copied()
                .filter(|it| it.as_str().is_none_or(|it| !finalizers.contains(&it)))
                .collect();
            if kept.len() == all.len() {
                return Ok(Some(live));
            }
            let version = &live["metadata"]["resourceVersion"];
            let patch = json!({"metadata": {"finalizers": kept, "resourceVersion": version}});
            match write::merge(wire, at, &patch, self.plan.field_manager()).await {
                Ok(answer) => return Ok(Some(answer.body)),
                Err(ClusterError::NotFound { .. }) => return Ok(None),
                Err(ClusterError::Conflict { .. }) if attempt < TRIES => backoff.wait(None).await,
                Err(error) => return Err(error),
            }
        }
    }
}
