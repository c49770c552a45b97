//! The order of the output: what others need first.

use std::collections::BTreeMap;

use crate::{
    error::{BuildErrorKind, Result},
    kustomization::SortOptions,
    options::Reorder,
    resource::{Gvk, ResMap, Resource},
};

const FIRST: [&str; 22] = [
    "Namespace",
    "ResourceQuota",
    "StorageClass",
    "CustomResourceDefinition",
    "ServiceAccount",
    "PodSecurityPolicy",
    "Role",
    "ClusterRole",
    "RoleBinding",
    "ClusterRoleBinding",
    "ConfigMap",
    "Secret",
    "Endpoints",
    "Service",
    "LimitRange",
    "PriorityClass",
    "PersistentVolume",
    "PersistentVolumeClaim",
    "Deployment",
    "StatefulSet",
    "CronJob",
    "PodDisruptionBudget",
];
const LAST: [&str; 2] = ["MutatingWebhookConfiguration", "ValidatingWebhookConfiguration"];

/// Sorts as the kustomization says, else as the caller says.
pub(crate) fn sort(objects: &mut ResMap, options: Option<&SortOptions>, reorder: Reorder) -> Result<()> {
    let defaults = || {
        (
            FIRST.map(str::to_owned).to_vec(),
            LAST.map(str::to_owned).to_vec(),
        )
    };
    let (first, last) = match options {
        None if reorder == Reorder::None => return Ok(()),
        None => defaults(),
        Some(options) => match (options.order.as_str(), &options.legacy) {
            ("legacy", legacy) => legacy.clone().unwrap_or_else(defaults),
            ("fifo", None) => return Ok(()),
            ("fifo", Some(_)) => {
                let message = "the field 'sortOptions.legacySortOptions' is set but the selected sort order is \
                               'fifo', not 'legacy'";
                return Err(BuildErrorKind::Kustomization(message.into()).into());
            }
            _ => {
                let message = "the field 'sortOptions.order' must be one of [fifo, legacy]";
                return Err(BuildErrorKind::Kustomization(message.into()).into());
            }
        },
    };
    let mut ranks: BTreeMap<&str, i64> = BTreeMap::new();
    let before = first.len() as i64;
    ranks.extend(
        first
            .iter()
            .zip(-before..)
            .map(|(kind, rank)| (kind.as_str(), rank)),
    );
    ranks.extend(last.iter().zip(1..).map(|(kind, rank)| (kind.as_str(), rank)));
    objects.sort_by_key(|resource| key(resource, &ranks));
    Ok(())
}

fn key(resource: &Resource, ranks: &BTreeMap<&str, i64>) -> (i64, String, String) {
    let id = resource.id();
    let or = |text: &str, none: &'static str| {
        if text.is_empty() {
            none.to_owned()
        } else {
            text.to_owned()
        }
    };
    let Gvk { group, version, kind } = &id.gvk;
    let of_kind = format!("{}_{}_{}", or(group, "~G"), or(version, "~V"), or(kind, "~K"));
    let of_name = format!("{}|{}|{}", id.gvk, or(&id.namespace, "~X"), or(&id.name, "~N"));
    (ranks.get(&**kind).copied().unwrap_or(0), of_kind, of_name)
}
