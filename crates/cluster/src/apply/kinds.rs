//! Kinds that a stage brings or changes: the next stage begins when the server serves them.

use std::{sync::Arc, time::Duration};

use plumb_model::{GroupKind, Object, ObjectResult};
use plumb_plan::{Action, Step};
use serde_json::Value;

use super::{Run, failed};
use crate::{ClusterError, wait, wire::Backoff};

/// Longest time that discovery may lag behind an established kind before the apply goes on regardless.
const LAG: Duration = Duration::from_secs(10);

impl Run<'_> {
    /// Waits for the kinds that `steps` defined; notes in `results` which did not come. Whether all came.
    pub(super) async fn finish_kinds(&self, steps: &[&Step], results: &mut Vec<ObjectResult>) -> bool {
        let mut changed = false;
        let mut complete = true;
        for step in steps {
            if !is_definition(step) {
                continue;
            }
            changed = true;
            let Action::Apply { object, .. } = &step.action else {
                continue;
            };
            let doing = format!(
                "waiting until the cluster serves the kind that {} defines",
                step.id
            );
            if let Err(error) = self.in_time(&doing, self.served(step, object)).await {
                complete = false;
                results.retain(|result| result.id != step.id);
                results.push(failed(step, &error));
            }
        }
        if changed && let Err(error) = self.cluster.inner.kinds.refresh(&self.cluster.inner.wire).await {
            tracing::warn!(%error, "the kinds of the cluster could not be asked again");
        }
        complete
    }

    async fn served(&self, step: &Step, crd: &Object) -> Result<(), ClusterError> {
        let inner = &self.cluster.inner;
        let catalog = inner.kinds.known(&inner.wire, [&step.id.kind]).await?;
        let info = catalog
            .get(&step.id.kind)
            .ok_or_else(|| ClusterError::UnknownKind {
                kind: step.id.kind.to_string(),
            })?;
        wait::until(
            &inner.wire,
            (&Arc::clone(info), &step.version),
            (None, &step.id.name),
            |body| body.is_some_and(is_established),
        )
        .await?;
        let (kind, versions) = defined(&crd.body);
        let lag = async {
            let mut backoff = Backoff::quick();
            loop {
                let catalog = inner.kinds.refresh(&inner.wire).await?;
                if catalog
                    .get(&kind)
                    .is_some_and(|info| versions.iter().all(|it| info.versions.contains(it)))
                {
                    return Ok(());
                }
                backoff.wait(None).await;
            }
        };
        inner.types.forget(&kind);
        // A watch that found no such kind before must not wait out its pause.
        inner.watches.end_failed(&kind);
        tokio::time::timeout(LAG, lag).await.unwrap_or(Ok(()))
    }
}

/// Whether a step is about a CustomResourceDefinition.
pub(super) fn is_definition(step: &Step) -> bool {
    step.id.kind.group == "apiextensions.k8s.io" && step.id.kind.kind == "CustomResourceDefinition"
}

fn is_established(crd: &Value) -> bool {
    let conditions = crd["status"]["conditions"].as_array();
    conditions
        .into_iter()
        .flatten()
        .any(|it| it["type"] == "Established" && it["status"] == "True")
}

/// The kind that a CustomResourceDefinition defines, and the versions that are to be served.
pub(super) fn defined(crd: &Value) -> (GroupKind, Vec<String>) {
    let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
    let versions = crd["spec"]["versions"].as_array();
    let served = versions
        .into_iter()
        .flatten()
        .filter(|it| it["served"] == true)
        .map(|it| text(&it["name"]));
    (
        GroupKind::new(text(&crd["spec"]["group"]), text(&crd["spec"]["names"]["kind"])),
        served.collect(),
    )
}
