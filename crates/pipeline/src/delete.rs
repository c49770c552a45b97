//! A unit that goes away: a plan with nothing rendered, and then its finalizers.

use std::collections::BTreeMap;

use plumb_cluster::ApplyLimits;
use plumb_model::{ActionDone, ConditionKind, Deletion, Live, Rendered, Unit};
use plumb_plan::{Extent, Input, Scope};

use crate::{Line, Memory, Pass, PassError, adapter, clusters, publish, reconcile::look};

/// Deletes what the unit has, if that is asked; then lets the custom resource go.
pub(crate) async fn delete(
    line: &Line,
    unit: &Unit,
    deletion: &Deletion,
    memory: &mut Memory,
    pass: &mut Pass,
) -> Result<(), PassError> {
    let mut inventory = if deletion.cascade {
        pass.inventory()
    } else {
        BTreeMap::new()
    };
    let nothing = Rendered::default();
    if !inventory.is_empty() {
        let cluster = clusters::cluster_of(line, unit).await?;
        let observed = cluster.observe(look(unit, &nothing, &inventory)).await?;
        inventory.retain(|id, _| match observed.objects.get(id).map(|seen| &seen.live) {
            Some(Live::Present { body, .. }) => !adapter::survives_deletion(unit.id.kind, body),
            _ => true,
        });
        pass.report
            .resources
            .retain(|resource| inventory.contains_key(&resource.id));
        let scope = Scope {
            extent: Extent::Apply,
            prune: true,
        };
        let input = Input {
            unit,
            revision: None,
            rendered: &nothing,
            inventory: &inventory,
            observed: &observed,
            scope,
        };
        let plan = plumb_plan::plan(input)?;
        if !plan.is_empty() {
            let approved = plumb_policy::review(plan)?;
            let applied = cluster
                .apply(
                    &approved,
                    &unit.marks,
                    ApplyLimits {
                        timeout: unit.sync.timeout,
                    },
                )
                .await;
            for failed in applied
                .results
                .iter()
                .filter(|result| result.action == ActionDone::Failed)
            {
                pass.condition(
                    ConditionKind::DeletionFailed,
                    format!("{}: {}", failed.id, failed.message),
                );
            }
        }
        let observed = cluster.observe(look(unit, &nothing, &inventory)).await?;
        let gone = |live: &Live| matches!(live, Live::Absent | Live::UnknownKind);
        pass.report.resources.retain(|resource| {
            observed
                .objects
                .get(&resource.id)
                .is_some_and(|seen| !gone(&seen.live))
        });
        if !pass.report.resources.is_empty() {
            // The watch tells when the rest is gone; this is only in case it does not.
            pass.again = Some(std::time::Duration::from_secs(5));
            return Ok(());
        }
        cluster.forget(inventory.keys());
    }
    publish::let_go(line, unit, deletion, memory).await?;
    Ok(())
}
