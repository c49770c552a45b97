//! One pass of the straight line.

use std::{collections::BTreeMap, time::Instant};

use plumb_cluster::{ApplyLimits, Detail, Look};
use plumb_model::{ObjectId, Observed, Rendered, Revision, Unit};
use plumb_plan::{Input, Plan};

pub use crate::resolve::repository;
use crate::{
    Line, Memory, Pass, PassError, assess, clusters, complete, delete, publish,
    rendering::{self, Rendering},
    resolve,
};

/// Takes `unit` down the line once. Whatever fails is told in the pass's report, and changes nothing else.
pub async fn reconcile(line: &Line, unit: &Unit, memory: &mut Memory) -> Pass {
    let mut pass = Pass::begin(unit, memory);
    let walked = match &unit.deletion {
        Some(deletion) => delete::delete(line, unit, deletion, memory, &mut pass).await,
        None if unit.suspended => Ok(()),
        None => walk(line, unit, memory, &mut pass).await,
    };
    if let Err(error) = walked {
        pass.fail(line, unit, memory, &error);
    }
    if let Some(request) = &unit.request {
        pass.report.handled_request = Some(request.token.clone());
    }
    memory.report = pass.report.clone();
    pass
}

async fn walk(line: &Line, unit: &Unit, memory: &mut Memory, pass: &mut Pass) -> Result<(), PassError> {
    assess::dependencies(line, unit)?;
    let unit = &*complete(line.fleet.own(), unit, &memory.object).await?;

    let began = Instant::now();
    let repository = resolve::repository(line, unit).await?;
    let tip = resolve::resolve(&repository, unit).await?;
    pass.timings.resolve = began.elapsed();
    let revision = pass.saw(line, unit, tip);
    let unit = &*pass.without_released_hold(unit);

    let admitted = plumb_policy::admit(revision)?;

    let began = Instant::now();
    let rendering = rendering::render(line, unit, &repository, &admitted, memory).await?;
    pass.timings.render = began.elapsed();
    pass.rendered(line, unit, &rendering);

    let began = Instant::now();
    let cluster = clusters::cluster_of(line, unit).await?;
    let inventory = pass.inventory();
    let observed = cluster.observe(look(unit, &rendering.placed, &inventory)).await?;
    let plan = plan_for(
        unit,
        admitted.revision(),
        &rendering,
        &inventory,
        &observed,
        memory,
    )?;
    pass.timings.plan = began.elapsed();
    if plan.is_empty() {
        pass.finish_interrupted(unit, &plan);
        pass.conclude(line, unit, &plan, &observed, &rendering);
        return Ok(());
    }

    let approved = plumb_policy::review(plan)?;
    pass.begin_operation(line, unit, approved.plan());
    publish::running(line, unit, memory, pass).await;

    let began = Instant::now();
    let limits = ApplyLimits {
        timeout: unit.sync.timeout,
    };
    let applied = cluster.apply(&approved, &unit.marks, limits).await;
    pass.timings.apply = began.elapsed();
    pass.end_operation(line, unit, memory, approved.plan(), applied.results);

    let inventory = pass.inventory();
    let observed = cluster.observe(look(unit, &rendering.placed, &inventory)).await?;
    let after = plan_for(
        unit,
        admitted.revision(),
        &rendering,
        &inventory,
        &observed,
        memory,
    )?;
    pass.conclude(line, unit, &after, &observed, &rendering);
    Ok(())
}

/// What to ask the cluster about `unit`.
pub(crate) fn look<'a>(
    unit: &'a Unit,
    placed: &'a Rendered,
    inventory: &'a BTreeMap<ObjectId, String>,
) -> Look<'a> {
    Look {
        desired: &placed.objects,
        leftovers: inventory,
        marks: &unit.marks,
        field_manager: &unit.field_manager,
        namespace: unit
            .destination
            .namespace
            .as_deref()
            .filter(|_| unit.sync.create_namespace),
        detail: Detail::Quick,
    }
}

fn plan_for(
    unit: &Unit,
    revision: &Revision,
    rendering: &Rendering,
    inventory: &BTreeMap<ObjectId, String>,
    observed: &Observed,
    memory: &Memory,
) -> Result<Plan, PassError> {
    let scope = assess::scope(unit, memory, revision);
    let rendered = &*rendering.placed;
    Ok(plumb_plan::plan(Input {
        unit,
        revision: Some(revision),
        rendered,
        inventory,
        observed,
        scope,
    })?)
}
