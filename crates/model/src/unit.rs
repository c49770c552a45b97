//! What someone asked for: one unit, in Plumb's own words.
//!
//! The adapters (`argo`, `flux`) turn custom resources into this; nothing below them sees a foreign field.

use std::{
    collections::{BTreeMap, BTreeSet},
    time::Duration,
};

use crate::{
    ActsAs, Approval, ClusterRef, CommitId, Conduct, GroupKind, IgnoreRule, ObjectId, Propagation, Selected,
    SyncPhase, TreePath, UnitId,
};

/// One unit: where it comes from, where it goes, and how.
#[derive(Clone, Debug, PartialEq)]
pub struct Unit {
    /// Which one.
    pub id: UnitId,
    /// `metadata.uid` of its custom resource.
    pub uid: String,
    /// Tells one state of its custom resource's spec from another: `metadata.generation`, where only the spec counts in that.
    pub generation: i64,
    /// The repository and what of it to follow.
    pub source: SourceSpec,
    /// How its folder becomes objects.
    pub render: RenderSpec,
    /// Where the objects go.
    pub destination: Destination,
    /// When and how they go there.
    pub sync: SyncPolicy,
    /// How its objects are marked as its own.
    pub marks: Marks,
    /// The field manager that applies its objects.
    pub field_manager: String,
    /// Whom its objects are written as.
    pub acts_as: ActsAs,
    /// Somebody paused it: nothing is done but what deletion asks.
    pub suspended: bool,
    /// Who paused it, and until when, where Plumb was asked to.
    pub pause: Option<Pause>,
    /// Its custom resource is being deleted; what then becomes of its objects.
    pub deletion: Option<Deletion>,
    /// A rollback that holds.
    pub hold: Option<Hold>,
    /// Something asked for by hand that waits to be done.
    pub request: Option<Request>,
    /// What somebody allowed to be deleted.
    pub approval: Approval,
    /// Units that must be ready before this one is applied.
    pub depends_on: Vec<UnitId>,
    /// How it is told whether it and what it depends on is ready, beyond the rules for kinds.
    pub readiness: Readiness,
}

/// How it is told whether a unit is ready, beyond the rules for kinds.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Readiness {
    /// Expressions for the health of kinds, which come before the rules.
    pub expressions: Vec<HealthExpressions>,
    /// Only these of its objects are waited for; `None` = all.
    pub only: Option<BTreeSet<ObjectId>>,
    /// Expressions of `self` and `dep` for whether a dependency is ready, in place of what that says of itself.
    pub dependencies: BTreeMap<UnitId, String>,
}

/// CEL expressions for the health of one kind, whose variables are the fields of the object.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct HealthExpressions {
    /// The kind.
    pub kind: GroupKind,
    /// It is as it should be.
    pub current: String,
    /// It is on its way.
    pub in_progress: Option<String>,
    /// It has failed.
    pub failed: Option<String>,
}

/// A repository and what of it to follow.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct SourceSpec {
    /// The repository's URL as written, before any rewrite rule.
    pub url: String,
    /// What of it.
    pub reference: Reference,
    /// The Secret that opens it.
    pub credentials: Option<SecretRef>,
    /// How often to look when nothing tells of a change; `None` = Plumb's default.
    pub interval: Option<Duration>,
    /// Longest time that one fetch may take; `None` = Plumb's default.
    pub timeout: Option<Duration>,
    /// The custom resource that this source is, where it has one of its own.
    pub object: Option<(String, String)>,
}

/// A Secret by namespace and name.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct SecretRef {
    /// Its namespace.
    pub namespace: String,
    /// Its name.
    pub name: String,
}

/// What of a repository is followed.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Reference {
    /// The remote's HEAD.
    Head,
    /// A branch.
    Branch(String),
    /// A tag.
    Tag(String),
    /// One commit, for good.
    Commit(CommitId),
    /// The highest tag in a range of semantic versions.
    SemVer(String),
    /// A full reference name, `refs/...`.
    Name(String),
    /// Whatever it may be: a branch, a tag, a commit (short or full), a range of versions or a full name, tried in
    /// the order that Argo CD tries.
    Any(String),
    /// `branch`, or the remote's HEAD where it has no such branch.
    BranchOrHead(String),
}

/// How a folder becomes objects.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct RenderSpec {
    /// The folder, from the repository's root.
    pub path: String,
    /// How to read it.
    pub mode: RenderMode,
    /// Fields to lay over the kustomization that is there, in kustomize's own words (`namePrefix`, `images`,
    /// `patches`, ...); `Null` for none.
    pub overlay: serde_json::Value,
    /// The namespace for objects that name none.
    pub default_namespace: Option<String>,
    /// Variables to put in after rendering; `None` = no substitution.
    pub substitute: Option<BTreeMap<String, String>>,
    /// Labels to put on every object.
    pub labels: BTreeMap<String, String>,
    /// Annotations to put on every object.
    pub annotations: BTreeMap<String, String>,
}

/// How to read a folder.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum RenderMode {
    /// kustomize where a kustomization is, else the manifests of the folder itself, without its subfolders.
    #[default]
    Detect,
    /// kustomize where a kustomization is, else as if one listed every manifest below the folder.
    Generate,
    /// The manifests of a folder, whatever else is there.
    Directory {
        /// Subfolders too.
        recurse: bool,
        /// Only files that match one of these globs (`*.yaml`, `{a,b}/*.yaml`); empty = all.
        include: Vec<String>,
        /// Not files that match one of these.
        exclude: Vec<String>,
    },
}

impl RenderSpec {
    /// The folder as a path inside the tree.
    ///
    /// # Errors
    /// When it leads out of the repository.
    pub fn folder(&self) -> Result<TreePath, crate::PathError> {
        TreePath::parse(&self.path)
    }
}

/// Where objects go.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Destination {
    /// The cluster.
    pub cluster: ClusterRef,
    /// The namespace for objects that name none.
    pub namespace: Option<String>,
}

/// When and how a unit is applied.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SyncPolicy {
    /// New commits are applied without being asked.
    pub automated: bool,
    /// Objects that left Git are deleted.
    pub prune: bool,
    /// Drift is corrected (else only reported).
    pub self_heal: bool,
    /// A unit may render to nothing, so that everything is pruned.
    pub allow_empty: bool,
    /// The destination namespace is created where it is missing.
    pub create_namespace: bool,
    /// The unit is ready only when its objects are healthy.
    pub wait: bool,
    /// Objects that the server refuses to change are deleted and created again.
    pub force: bool,
    /// Longest time that one pass may take.
    pub timeout: Duration,
    /// What to do after a pass that failed.
    pub retry: Retry,
    /// How often to make a pass when nothing happens; `None` = only on events.
    pub interval: Option<Duration>,
    /// How many records of the past are kept in the custom resource.
    pub history_limit: usize,
    /// How its objects are applied and removed.
    pub conduct: Conduct,
    /// Differences that are no drift.
    pub ignore: Vec<IgnoreRule>,
    /// Applies leave fields in which differences are ignored as they are.
    pub keeps_ignored: bool,
}

/// What to do after a pass that failed: wait, longer each time, up to a limit.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Retry {
    /// Most tries for one commit; `None` = no end.
    pub limit: Option<u32>,
    /// The first wait.
    pub first: Duration,
    /// By how much each wait is longer than the last.
    pub factor: u32,
    /// The longest wait.
    pub longest: Duration,
}

impl Retry {
    /// How long to wait after `failures` failures in a row; `None` when there are to be no more tries.
    #[must_use]
    pub fn wait(&self, failures: u32) -> Option<Duration> {
        if self.limit.is_some_and(|limit| failures > limit) {
            return None;
        }
        let factor = self
            .factor
            .max(1)
            .saturating_pow(failures.saturating_sub(1).min(30));
        Some(self.first.saturating_mul(factor).min(self.longest))
    }
}

impl Default for Retry {
    fn default() -> Self {
        Self {
            limit: None,
            first: Duration::from_secs(1),
            factor: 2,
            longest: Duration::from_secs(180),
        }
    }
}

/// What becomes of the objects of a unit that is deleted.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Deletion {
    /// They are deleted too (else they stay).
    pub cascade: bool,
    /// They are deleted only once somebody has confirmed it.
    pub confirm: bool,
    /// What becomes of their dependents.
    pub propagation: Propagation,
    /// When it was asked (RFC 3339).
    pub asked_at: String,
    /// The phases around the deletion whose hooks are to be run.
    pub hooks: Vec<SyncPhase>,
    /// The finalizers of ours to take off once that is done.
    pub finalizers: Vec<String>,
}

/// How a unit's objects are marked as its own, so that nothing else is ever pruned.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Marks {
    /// Labels that every object carries.
    pub labels: BTreeMap<String, String>,
    /// An annotation that names unit and object.
    pub tracking: Option<Tracking>,
}

/// An annotation whose value is `<owner>:<group>/<Kind>:<namespace>/<name>`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Tracking {
    /// The annotation's key.
    pub key: String,
    /// The first part of its value.
    pub owner: String,
}

impl Tracking {
    /// The annotation's value on object `id`.
    #[must_use]
    pub fn value(&self, id: &ObjectId) -> String {
        let namespace = id.namespace.as_deref().unwrap_or_default();
        format!(
            "{}:{}/{}:{}/{}",
            self.owner, id.kind.group, id.kind.kind, namespace, id.name
        )
    }
}

impl Marks {
    /// The owner that `body`, the live object `id`, says it has, where that is another unit. A copy of another object
    /// names that object, and so no owner of its own.
    #[must_use]
    pub fn other_owner(&self, id: &ObjectId, body: &serde_json::Value) -> Option<String> {
        let metadata = &body["metadata"];
        if let Some(tracking) = &self.tracking {
            let text = metadata["annotations"][&tracking.key].as_str()?;
            let (owner, _) = text.split_once(':')?;
            let named = Tracking {
                key: tracking.key.clone(),
                owner: owner.to_owned(),
            };
            return (owner != tracking.owner && named.value(id) == text).then(|| owner.to_owned());
        }
        let found: Vec<&str> = self
            .labels
            .keys()
            .map(|key| metadata["labels"][key].as_str())
            .collect::<Option<_>>()?;
        let ours = self
            .labels
            .values()
            .zip(&found)
            .all(|(ours, found)| ours == found);
        (!ours && !found.is_empty()).then(|| found.join("/"))
    }

    /// Whether `body`, the live object `id`, carries these marks.
    #[must_use]
    pub fn are_on(&self, id: &ObjectId, body: &serde_json::Value) -> bool {
        let metadata = &body["metadata"];
        self.labels
            .iter()
            .all(|(key, value)| metadata["labels"][key] == **value)
            && self
                .tracking
                .as_ref()
                .is_none_or(|tracking| metadata["annotations"][&tracking.key] == *tracking.value(id))
    }
}

/// A rollback that holds: `revision` stays in force until the followed reference is no longer at `from`.
#[derive(Clone, Debug, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub struct Hold {
    /// What is in force.
    pub revision: CommitId,
    /// What it was rolled back from.
    pub from: CommitId,
    /// The history entry that was rolled back to.
    pub history_id: u64,
    /// Who did it, as far as known.
    pub by: String,
    /// Why, where told.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reason: Option<String>,
    /// When (RFC 3339).
    pub at: String,
    /// When it ends by itself (RFC 3339), if nothing newer came before; `None` = never.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub until: Option<String>,
}

/// A pause: nothing is done until it ends.
#[derive(Clone, Debug, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub struct Pause {
    /// Who asked for it, as far as known.
    pub by: String,
    /// Why, where told.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reason: Option<String>,
    /// When (RFC 3339).
    pub at: String,
    /// When it ends by itself (RFC 3339); `None` = never.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub until: Option<String>,
}

/// Something asked for by hand.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Request {
    /// Tells this request from earlier ones.
    pub token: String,
    /// What is asked.
    pub action: RequestAction,
    /// Who asks, as far as known.
    pub by: String,
}

/// What can be asked for by hand.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum RequestAction {
    /// Look again at Git and at the cluster (and apply, where automated).
    Refresh,
    /// Apply.
    Sync {
        /// Delete what left Git too.
        prune: bool,
        /// Say what would be done, do nothing.
        dry_run: bool,
        /// This commit rather than the one followed.
        revision: Option<String>,
        /// Only these objects; empty = all.
        only: Vec<Selected>,
        /// Without hooks.
        hookless: bool,
    },
    /// End the operation that is under way.
    Terminate,
}
