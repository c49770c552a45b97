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

/// Where a kind comes among kinds, by the default order.
pub(crate) fn kind_key(gvk: &Gvk) -> (i64, String) {
    let position = |list: &[&str]| {
        list.iter()
            .position(|kind| **kind == *gvk.kind)
            .map(|index| index as i64)
    };
    let rank = position(&FIRST)
        .map(|index| index - FIRST.len() as i64)
        .or(position(&LAST).map(|index| index + 1));
    (rank.unwrap_or(0), kind_text(gvk, rank.is_some()))
}

fn key(resource: &Resource, ranks: &BTreeMap<&str, i64>) -> (i64, String, String) {
    let id = resource.id();
    let of_name = format!("{}|{}|{}", id.gvk, or(&id.namespace, "~X"), or(&id.name, "~N"));
    let rank = ranks.get(&*id.gvk.kind).copied();
    (rank.unwrap_or(0), kind_text(&id.gvk, rank.is_some()), of_name)
}

/// What kinds of one rank are ordered by. One that has a rank of its own is beside kinds of the same name only.
fn kind_text(gvk: &Gvk, has_rank: bool) -> String {
    let text = format!(
        "{}_{}_{}",
        or(&gvk.group, "~G"),
        or(&gvk.version, "~V"),
        or(&gvk.kind, "~K")
    );
    if has_rank && gvk.group.is_empty() && &*gvk.kind == "Namespace" {
        // Backwards, and so before kinds of other groups that are called like it.
        let turned = text.bytes().map(|byte| char::from(!byte & 0x7F));
        return std::iter::once('\0').chain(turned).collect();
    }
    text
}

fn or<'t>(text: &'t str, none: &'static str) -> &'t str {
    if text.is_empty() { none } else { text }
}
