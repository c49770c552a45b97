//! What objects have brought forth: Deployments their ReplicaSets, these their Pods, and so on, by `ownerReferences`.
//!
//! **Invariant:** reads only; bodies are reduced to what is told of a member and dropped. What may not be listed, or is
//! too much, is told beside what was found.
//! **Absent:** the objects at the roots themselves, which whoever asks knows. **Start at** [`Cluster::family`].

mod facts;

use std::{
    collections::{BTreeMap, BTreeSet},
    sync::Arc,
};

use futures::{StreamExt as _, stream};
use plumb_model::{GroupKind, Health, ObjectId};
use serde_json::Value;

use crate::{Cluster, ClusterError, kinds::KindInfo};

/// At most so many objects are read.
const MOST: usize = 20_000;
/// So many lists are read at once.
const AT_ONCE: usize = 4;

/// A group and a kind.
type Name = (&'static str, &'static str);

/// Kinds whose objects bring forth others, and of which kinds these are.
const BRING: &[(Name, Name)] = &[
    (("apps", "Deployment"), ("apps", "ReplicaSet")),
    (("apps", "ReplicaSet"), ("", "Pod")),
    (("apps", "StatefulSet"), ("", "Pod")),
    (("apps", "DaemonSet"), ("", "Pod")),
    (("", "ReplicationController"), ("", "Pod")),
    (("batch", "CronJob"), ("batch", "Job")),
    (("batch", "Job"), ("", "Pod")),
    (("", "Service"), ("discovery.k8s.io", "EndpointSlice")),
];

/// What kinds that are not Kubernetes' own may bring forth, beside others of their group.
const OPERATORS_BRING: &[Name] = &[
    ("apps", "Deployment"),
    ("apps", "StatefulSet"),
    ("apps", "DaemonSet"),
    ("batch", "CronJob"),
    ("batch", "Job"),
    ("", "Service"),
    ("", "Pod"),
];

/// An object that others have brought forth.
#[derive(Clone, Debug, PartialEq)]
pub struct Member {
    /// Which one.
    pub id: ObjectId,
    /// The version of its kind that was read.
    pub version: String,
    /// Whom it belongs to: a root, or another member.
    pub owner: ObjectId,
    /// How well it is; `None` for kinds without health.
    pub health: Option<Health>,
    /// When it was made (RFC 3339).
    pub created: String,
    /// More in a few words, such as `2/2 ready, 3 restarts`.
    pub note: String,
    /// The containers of a Pod, first those that begin it.
    pub containers: Vec<String>,
}

/// What objects have brought forth.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Family {
    /// The members, owners before what they own, else by id.
    pub members: Vec<Member>,
    /// Why some may be missing, in words.
    pub gaps: Vec<String>,
}

impl Cluster {
    /// What `roots` have brought forth, in their own namespaces.
    ///
    /// # Errors
    /// When it cannot be told which kinds there are.
    pub async fn family(&self, roots: &[ObjectId]) -> Result<Family, ClusterError> {
        let lists = self.lists(roots).await?;
        let mut family = Family::default();
        let mut found: BTreeMap<ObjectId, Vec<Member>> = BTreeMap::new();
        let mut read = 0;
        let answers = stream::iter(lists).map(|(info, namespace)| async move {
            let listed = self.list(&info.gvk(), Some(&namespace), "").await;
            (info, namespace, listed)
        });
        let mut answers = Box::pin(answers.buffered(AT_ONCE));
        while let Some((info, namespace, listed)) = answers.next().await {
            match listed {
                Ok(bodies) => {
                    read += bodies.len();
                    for member in bodies.iter().filter_map(|body| self.member(&info, body)) {
                        found.entry(member.owner.clone()).or_default().push(member);
                    }
                }
                Err(error) => family
                    .gaps
                    .push(format!("{} in {namespace}: {error}", info.group_kind())),
            }
            if read > MOST {
                family.gaps.push(format!(
                    "there are more than {MOST} objects: the rest was not read"
                ));
                break;
            }
        }
        family.members = descent(roots, found);
        Ok(family)
    }

    /// What to list: the kinds that those of the roots may bring forth, in each namespace where there is a root for it.
    async fn lists(&self, roots: &[ObjectId]) -> Result<Vec<(Arc<KindInfo>, String)>, ClusterError> {
        let kinds: BTreeSet<GroupKind> = roots.iter().map(|root| root.kind.clone()).collect();
        let catalog = self.inner.kinds.known(&self.inner.wire, &kinds).await?;
        let mut wanted: BTreeSet<(GroupKind, &str)> = BTreeSet::new();
        let mut open: Vec<(GroupKind, &str)> = roots
            .iter()
            .filter_map(|root| Some((root.kind.clone(), root.namespace.as_deref()?)))
            .collect();
        let mut done: BTreeSet<(GroupKind, &str)> = BTreeSet::new();
        while let Some((kind, namespace)) = open.pop() {
            if !done.insert((kind.clone(), namespace)) {
                continue;
            }
            for child in catalog.brought_by(&kind) {
                wanted.insert((child.clone(), namespace));
                open.push((child, namespace));
            }
        }
        Ok(wanted
            .into_iter()
            .filter_map(|(kind, namespace)| {
                let info = catalog.get(&kind)?;
                (info.namespaced && info.can("list")).then(|| (info.clone(), namespace.to_owned()))
            })
            .collect())
    }

    /// An object as a member; `None` where nobody owns it. One that several own belongs to the one that controls it.
    fn member(&self, info: &KindInfo, body: &Value) -> Option<Member> {
        let metadata = &body["metadata"];
        let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
        let owners = metadata["ownerReferences"].as_array()?;
        let controls = owners.iter().find(|owner| owner["controller"] == true);
        let owner = controls.or_else(|| owners.first())?;
        let version = text(&owner["apiVersion"]);
        let group = version.rsplit_once('/').map_or("", |(group, _)| group);
        let namespace = text(&metadata["namespace"]);
        Some(Member {
            id: info.id(Some(&namespace), &text(&metadata["name"])),
            version: info.version.clone(),
            owner: ObjectId {
                kind: GroupKind::new(group, text(&owner["kind"])),
                namespace: Some(namespace),
                name: text(&owner["name"]),
            },
            health: self.health_of(body),
            created: text(&metadata["creationTimestamp"]),
            note: facts::note(&info.group, &info.kind, body),
            containers: facts::containers(body),
        })
    }
}

impl crate::kinds::Catalog {
    /// The kinds that objects of `kind` may bring forth.
    fn brought_by(&self, kind: &GroupKind) -> Vec<GroupKind> {
        let own = |(group, kind): &Name| GroupKind::new(*group, *kind);
        let is_own = kind.group.is_empty() || !kind.group.contains('.') || kind.group.ends_with(".k8s.io");
        if is_own {
            let brought = BRING.iter().filter(|(owner, _)| own(owner) == *kind);
            return brought.map(|(_, child)| own(child)).collect();
        }
        let mut kinds: Vec<GroupKind> = self
            .of_group(&kind.group)
            .map(|info| info.group_kind())
            .filter(|other| other != kind)
            .collect();
        kinds.extend(OPERATORS_BRING.iter().map(own));
        kinds
    }
}

/// The members that descend from the roots, owners first.
fn descent(roots: &[ObjectId], mut found: BTreeMap<ObjectId, Vec<Member>>) -> Vec<Member> {
    let mut members = Vec::new();
    let known: BTreeSet<&ObjectId> = roots.iter().collect();
    let mut open: Vec<ObjectId> = roots.iter().rev().cloned().collect();
    while let Some(owner) = open.pop() {
        // What is itself a root is shown as one.
        let mut children: Vec<Member> = found.remove(&owner).unwrap_or_default();
        children.retain(|child| !known.contains(&child.id));
        children.sort_by(|a, b| a.id.cmp(&b.id));
        open.extend(children.iter().rev().map(|child| child.id.clone()));
        members.extend(children);
    }
    members
}
