//! Asks the server, before the first write, whether it would take every object.
//!
//! **Invariant:** a refusal here stops the whole plan; what cannot be told before the fact (the namespace or the kind
//! comes with the plan itself) is left to the apply. What it took lately under another name it is not asked about ([`alike`]).

pub(crate) mod alike;

use std::collections::BTreeSet;

use futures::{StreamExt as _, stream};
use plumb_model::{GroupKind, GroupVersionKind, Object, ObjectResult};
use plumb_plan::{Action, Step};

use self::alike::Shape;
use super::{Run, failed, kinds};
use crate::{
    ClusterError,
    memory::Finding,
    place::Place,
    write::{self, ServerSideApply},
};

impl Run<'_> {
    /// The steps that the server refuses.
    pub(super) async fn preflight(&self) -> Result<Vec<ObjectResult>, ClusterError> {
        if self.plan.due().len() < 2 {
            return Ok(Vec::new());
        }
        let changing = self.kinds_in_plan();
        let changing = &changing;
        let steps: Vec<_> = self
            .plan
            .due()
            .iter()
            .filter(|step| !changing.contains(&step.id.kind))
            .collect();
        let plays: Vec<_> = steps.iter().map(|step| self.play_through(step)).collect();
        let outcomes: Vec<_> = stream::iter(plays)
            .buffered(2 * self.cluster.inner.concurrency)
            .collect()
            .await;
        Ok(steps
            .into_iter()
            .zip(outcomes)
            .filter_map(|(step, outcome)| Some(failed(step, &outcome.err()?)))
            .collect())
    }

    /// The kinds that the plan itself defines or changes: the server cannot yet judge objects of these.
    fn kinds_in_plan(&self) -> BTreeSet<GroupKind> {
        let steps = self.plan.due().iter().filter(|step| kinds::is_definition(step));
        steps
            .filter_map(|step| match &step.action {
                Action::Apply { object, .. } => Some(kinds::defined(&object.body).0),
                _ => None,
            })
            .collect()
    }

    async fn play_through(&self, step: &Step) -> Result<(), ClusterError> {
        let Action::Apply {
            object, how: asked, ..
        } = &step.action
        else {
            return Ok(());
        };
        let cluster = self.cluster;
        let catalog = cluster
            .inner
            .kinds
            .known(&cluster.inner.wire, [&step.id.kind])
            .await?;
        let Some(place) = cluster.place(&catalog, &step.id, &step.version, None) else {
            return Ok(());
        };
        if was_played_through(object, &place) {
            return Ok(());
        }
        if let Some(namespace) = &place.key.namespace
            && !cluster.has_namespace(namespace).await?
        {
            return Ok(());
        }
        let shape = self.shape(step, object, &place);
        if shape.is_some_and(|shape| cluster.inner.taken.has(shape)) {
            return Ok(());
        }
        let manager = self.plan.field_manager();
        let how = ServerSideApply {
            manager,
            force: true,
            dry_run: true,
            subresource: None,
        };
        let at = place.target();
        let (applied, _) = cluster.declared((at.info, at.version), object.applied()).await?;
        match write::apply_checked(&cluster.writer, at, &applied, how, asked.lenient).await {
            // Deleting and creating again may help.
            Err(ClusterError::Invalid { .. }) if asked.force || asked.replace => Ok(()),
            // A Pod may need a service account or a priority class that comes with the plan.
            Err(ClusterError::Forbidden { .. }) if step.id.kind.kind == "Pod" => Ok(()),
            Err(error) if error.is_refusal() || error.is_fatal() => Err(error),
            Err(_) => Ok(()),
            Ok(_) => {
                shape.into_iter().for_each(|shape| cluster.inner.taken.add(shape));
                Ok(())
            }
        }
    }

    /// By what a new object is known to be like another; `None` for one that is there, or is written as somebody else.
    fn shape(&self, step: &Step, object: &Object, place: &Place) -> Option<Shape> {
        let is_new = !place.watched.table().exists(&place.key);
        let gvk = GroupVersionKind {
            version: step.version.clone(),
            ..object.gvk.clone()
        };
        (is_new && !self.cluster.writer.is_acting())
            .then(|| Shape::of(&gvk, object.applied()))
            .flatten()
    }
}

/// Whether the look before the plan had the server play through this very change.
fn was_played_through(object: &Object, place: &Place) -> bool {
    let table = place.watched.table();
    table
        .entry(&place.key)
        .filter(|entry| entry.is_unchanged())
        .and_then(|entry| entry.record.as_ref())
        .is_some_and(|record| {
            record.desired == object.digest && matches!(record.finding, Finding::Differs { .. })
        })
}
