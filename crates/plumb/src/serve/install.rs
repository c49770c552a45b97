//! Putting the custom resource definitions into a cluster.

use std::{
    collections::BTreeSet,
    time::{Duration, Instant},
};

use anyhow::Context as _;
use plumb_cluster::{Cluster, ServerSideApply};
use plumb_yaml::{Dialect, Limits, SourceId};

/// How long a cluster may take to serve a kind whose definition it has accepted.
const PATIENCE: Duration = Duration::from_secs(15);

/// Applies the definitions of every kind that Plumb reads.
pub(crate) async fn definitions(cluster: &Cluster) -> anyhow::Result<()> {
    for text in [plumb_argo::crds(), plumb_flux::crds()] {
        for definition in plumb_yaml::parse(text, SourceId::default(), Dialect::V3, &Limits::default())? {
            let body = definition.to_json();
            let how = ServerSideApply {
                manager: "plumb",
                force: true,
                dry_run: false,
                subresource: None,
            };
            cluster.server_side_apply(&body, how).await.with_context(|| {
                format!(
                    "CustomResourceDefinition {} could not be installed",
                    body["metadata"]["name"]
                )
            })?;
        }
    }
    until_served(cluster).await
}

/// A definition is served a moment after it was accepted.
async fn until_served(cluster: &Cluster) -> anyhow::Result<()> {
    use plumb_model::UnitKind::{Application, Kustomization};
    let kinds =
        [Application, Kustomization].map(|kind| plumb_pipeline::actions::resource_kind(kind).group_kind());
    let wanted = BTreeSet::from(kinds);
    let began = Instant::now();
    while cluster.kinds(&wanted).await?.len() < wanted.len() {
        anyhow::ensure!(
            began.elapsed() < PATIENCE,
            "the cluster does not serve the kinds that were installed"
        );
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
    Ok(())
}
