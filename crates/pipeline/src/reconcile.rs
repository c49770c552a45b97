//! One pass of the straight line.

use std::time::Instant;

use plumb_cluster::ApplyLimits;
use plumb_model::Unit;
use plumb_policy::Refused;

pub use crate::resolve::repository;
use crate::{
    Line, Memory, Pass, PassError, assess, clusters, complete, delete, publish, recording, rendering,
    resolve, station::Station,
};

/// Takes `unit` down the line once. Whatever fails is told in the pass's report, and changes nothing else.
pub async fn reconcile(line: &Line, unit: &Unit, memory: &mut Memory) -> Pass {
    memory.know(unit);
    let mut pass = Pass::begin(unit, memory);
    let walked = match &unit.deletion {
        Some(deletion) => delete::delete(line, unit, deletion, memory, &mut pass).await,
        None if pass.is_paused(unit) => Ok(()),
        None => walk(line, unit, memory, &mut pass).await,
    };
    if let Err(error) = walked {
        pass.fail(line, unit, memory, &error);
    }
    pass.answer(unit);
    recording::record(line, unit, memory, &pass).await;
    memory.report = pass.report.clone();
    pass
}

async fn walk(line: &Line, unit: &Unit, memory: &mut Memory, pass: &mut Pass) -> Result<(), PassError> {
    assess::dependencies(line, unit, &memory.object).await?;
    let unit = &*pass.in_turn(unit);
    let unit = &*complete(line.own(), unit, &memory.object).await?;

    let began = Instant::now();
    let repository = resolve::repository(line, unit).await?;
    let tip = resolve::resolve(&repository, unit).await?;
    pass.timings.resolve = began.elapsed();
    let revision = pass.saw(line, unit, tip);
    let unit = &*pass.without_released_hold(unit);
    pass.end_stale(line, unit, &revision);

    let admitted = plumb_policy::admit(revision)?;

    let began = Instant::now();
    let rendering = rendering::render(line, unit, &repository, &admitted, memory).await?;
    pass.timings.render = began.elapsed();
    pass.rendered(line, unit, &rendering);

    let began = Instant::now();
    let cluster = clusters::cluster_of(line, unit).await?;
    let station = Station {
        unit,
        revision: admitted.revision(),
        placed: &rendering.placed,
    };
    let (plan, observed) = station.plan(&cluster, pass, memory).await?;
    pass.timings.plan = began.elapsed();
    if plan.is_idle() && pass.report.running().is_none() {
        pass.rest(unit, memory, &plan);
        pass.conclude(line, unit, &plan, &observed, &rendering);
        return Ok(());
    }

    let approved = match plumb_policy::review(plan.clone(), &pass.facts(unit, memory, &observed)) {
        Err(refused @ Refused::Blown(_)) => {
            pass.conclude(line, unit, &plan, &observed, &rendering);
            pass.wait_for_approval(line, unit, &refused);
            return Ok(());
        }
        reviewed => reviewed?,
    };
    pass.plan = Some(approved.digest());
    pass.go_on(line, unit, memory, &plan);
    if !plan.due().is_empty() {
        publish::running(line, unit, memory, pass).await;
    }

    let began = Instant::now();
    let limits = ApplyLimits {
        timeout: unit.sync.timeout,
    };
    let applied = cluster.apply(&approved, &unit.marks, limits).await;
    pass.timings.apply = began.elapsed();
    pass.advance(line, unit, memory, (&plan, station.has_hooks()), applied.results);

    let (after, observed) = station.plan(&cluster, pass, memory).await?;
    pass.wait_for(unit, memory, (&plan, &after));
    pass.conclude(line, unit, &after, &observed, &rendering);
    Ok(())
}
