//! The nodes of a tree.

use std::{cmp::Reverse, collections::BTreeMap};

use plumb_cluster::Family;
use plumb_history::Words;
use plumb_model::{ActionDone, Health, HealthStatus, ObjectId, SyncStatus, UnitReport};

/// An object in the tree.
#[derive(Clone, Debug)]
pub(crate) struct Node {
    /// Which one.
    pub(crate) id: ObjectId,
    /// The version of its kind.
    pub(crate) version: String,
    /// The node that it belongs to; `None` = the app itself.
    pub(crate) owner: Option<usize>,
    /// How deep it is, from 1.
    pub(crate) level: usize,
    /// How well it is.
    pub(crate) health: Option<Health>,
    /// Whether it is as Git says; `None` where Git says nothing of it.
    pub(crate) sync: Option<SyncStatus>,
    /// The last operation changed it.
    changed: bool,
    /// When it was made.
    pub(crate) created: String,
    /// More in a few words.
    pub(crate) note: String,
    /// The containers of a Pod.
    pub(crate) containers: Vec<String>,
}

impl Node {
    /// Whether somebody should look at it: it is not well, not as Git says, or was changed last.
    pub(crate) fn needs_somebody(&self) -> bool {
        self.is_unhealthy() || self.changed || self.sync.is_some_and(|sync| sync != SyncStatus::Synced)
    }

    /// Whether every word of `wanted` is in its kind or name.
    pub(crate) fn matches(&self, wanted: &Words) -> bool {
        wanted.all_in(&self.id.to_string())
    }

    fn is_unhealthy(&self) -> bool {
        let fine = |health: &Health| matches!(health.status, HealthStatus::Healthy | HealthStatus::Suspended);
        self.health.as_ref().is_some_and(|health| !fine(health))
    }
}

/// All nodes, owners before what they own; of those side by side the ones that need somebody first.
pub(crate) fn nodes(report: &UnitReport, family: &Family) -> Vec<Node> {
    let results = report.operation.iter().flat_map(|last| &last.results);
    let changed: BTreeMap<&ObjectId, bool> = results
        .map(|result| (&result.id, result.action != ActionDone::Unchanged))
        .collect();
    let mut children: BTreeMap<&ObjectId, Vec<Node>> = BTreeMap::new();
    for member in &family.members {
        children.entry(&member.owner).or_default().push(Node {
            id: member.id.clone(),
            version: member.version.clone(),
            owner: None,
            level: 0,
            health: member.health.clone(),
            sync: None,
            changed: false,
            created: member.created.clone(),
            note: member.note.clone(),
            containers: member.containers.clone(),
        });
    }
    let mut roots: Vec<Node> = report
        .resources
        .iter()
        .map(|resource| Node {
            id: resource.id.clone(),
            version: resource.version.clone(),
            owner: None,
            level: 1,
            health: resource.health.clone(),
            sync: Some(resource.sync),
            changed: changed.get(&resource.id).copied().unwrap_or(false),
            created: String::new(),
            note: if resource.requires_pruning {
                "left Git, still in the cluster".to_owned()
            } else {
                String::new()
            },
            containers: Vec::new(),
        })
        .collect();
    first_things_first(&mut roots);
    let mut all: Vec<Node> = Vec::new();
    // What is yet to be placed, the next at the end.
    let mut open: Vec<Node> = roots.into_iter().rev().collect();
    while let Some(node) = open.pop() {
        let (place, level) = (all.len(), node.level);
        let mut below = children.remove(&node.id).unwrap_or_default();
        first_things_first(&mut below);
        for child in &mut below {
            child.owner = Some(place);
            child.level = level + 1;
        }
        all.push(node);
        open.extend(below.into_iter().rev());
    }
    all
}

fn first_things_first(nodes: &mut [Node]) {
    nodes.sort_by_cached_key(|node| {
        let worst = Reverse(node.health.as_ref().map(|health| health.status));
        (!node.needs_somebody(), worst, node.id.clone())
    });
}
