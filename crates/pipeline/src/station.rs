//! Looking and planning: what every plan of a unit is made of.

use std::{borrow::Cow, collections::BTreeMap};

use plumb_cluster::{Cluster, Detail, Look};
use plumb_model::{Object, ObjectId, Observed, Rendered, ResourceReport, Revision, Unit};
use plumb_plan::{Input, Plan};
use plumb_policy::Facts;

use crate::{Memory, Pass, PassError, adapter, assess};

/// What a unit is to be.
#[derive(Clone, Copy)]
pub(crate) struct Station<'a> {
    pub(crate) unit: &'a Unit,
    pub(crate) revision: &'a Revision,
    pub(crate) placed: &'a Rendered,
}

impl Station<'_> {
    /// Looks at the cluster and plans what is to be done.
    pub(crate) async fn plan(
        &self,
        cluster: &Cluster,
        pass: &Pass,
        memory: &Memory,
    ) -> Result<(Plan, Observed), PassError> {
        let Self {
            unit,
            revision,
            placed,
        } = *self;
        let scope = assess::scope(unit, &pass.report, memory, revision);
        let going = pass.going(unit, memory, scope);
        let course = going.as_ref().map(|going| going.course());
        let inventory = pass.inventory();
        let mut leftovers = inventory.clone();
        if let Some(course) = &course {
            leftovers.extend(plumb_plan::hooks(unit, placed, course, Some(revision)));
            leftovers.extend(course.stale.iter().cloned());
        }
        let objects = parts(placed);
        let look = Look {
            desired: &objects,
            ..look(unit, placed, &leftovers)
        };
        let observed = cluster.observe(look).await?;
        let plan = plumb_plan::plan(Input {
            unit,
            revision: Some(revision),
            rendered: placed,
            inventory: &inventory,
            observed: &observed,
            scope,
            directives: adapter::directives(unit.id.kind),
            course,
        })?;
        Ok((plan, observed))
    }

    /// Whether an operation has hooks that go along with it, or come when it fails.
    pub(crate) fn has_hooks(&self) -> bool {
        self.placed
            .objects
            .iter()
            .any(|object| object.directives.hook.is_some())
    }
}

/// The objects that are the unit's state: all but its hooks.
pub(crate) fn parts(placed: &Rendered) -> Cow<'_, [Object]> {
    let is_part = |object: &&Object| object.directives.hook.is_none();
    if placed.objects.iter().all(|object| is_part(&object)) {
        return Cow::Borrowed(&placed.objects);
    }
    Cow::Owned(placed.objects.iter().filter(is_part).cloned().collect())
}

/// What to ask the cluster about `unit`.
pub(crate) fn look<'a>(
    unit: &'a Unit,
    placed: &'a Rendered,
    leftovers: &'a BTreeMap<ObjectId, String>,
) -> Look<'a> {
    Look {
        desired: &placed.objects,
        leftovers,
        marks: &unit.marks,
        field_manager: &unit.field_manager,
        namespace: unit
            .destination
            .namespace
            .as_deref()
            .filter(|_| unit.sync.create_namespace),
        expressions: &unit.readiness.expressions,
        detail: Detail::Quick,
    }
}

impl Pass {
    /// What the review of a plan goes by. The deletions of an operation are reviewed once, when it begins.
    pub(crate) fn facts<'a>(&self, unit: &'a Unit, memory: &Memory, observed: &Observed) -> Facts<'a> {
        // What the pass before deleted may be in the report still: a share of that would be too small a one.
        let is_there = |resource: &&ResourceReport| {
            let seen = observed.objects.get(&resource.id);
            seen.is_some_and(|seen| seen.live.is_there())
        };
        let running = self.report.running().map(|running| &running.started_at);
        let reviewed = running.is_some() && running == memory.reviewed.as_ref();
        Facts {
            fuse: unit.sync.conduct.fuse.filter(|_| !reviewed),
            owned: self.report.resources.iter().filter(is_there).count(),
            approval: unit.approval.deletions.as_deref(),
            name: &unit.id.name,
        }
    }
}
