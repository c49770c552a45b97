//! A plan and its steps.

use std::sync::Arc;

use plumb_model::{
    ClusterRef, Digest, FieldDrift, Object, ObjectId, Reviewable, Revision, SyncStatus, UnitId,
};
use serde_json::Value;

/// What must change, and what is thought of every object.
#[derive(Clone, Debug)]
pub struct Plan {
    pub(crate) unit: UnitId,
    pub(crate) cluster: ClusterRef,
    pub(crate) revision: Option<Revision>,
    pub(crate) field_manager: String,
    pub(crate) steps: Vec<Step>,
    pub(crate) verdicts: Vec<Verdict>,
    pub(crate) digest: Digest,
}

/// One change to one object.
#[derive(Clone, Debug)]
pub struct Step {
    /// Steps of one stage may go at once; a stage begins when the one before has ended.
    pub stage: u32,
    /// The object.
    pub id: ObjectId,
    /// The version of its kind.
    pub version: String,
    /// What to do to it.
    pub action: Action,
}

/// What to do to an object.
#[derive(Clone, Debug)]
pub enum Action {
    /// Create the namespace that the unit goes to; it is not part of the unit.
    CreateNamespace,
    /// Server-side apply of this object.
    Apply {
        /// All of it.
        object: Box<Object>,
        /// Why.
        change: Change,
        /// Delete it and create it again where the server refuses the change.
        force: bool,
    },
    /// Delete it, if it is still the one that carries the unit's marks.
    Delete {
        /// What was there; `None` where only its identity is known.
        live: Option<Arc<Value>>,
    },
}

/// Why an object is applied.
#[derive(Clone, Debug, PartialEq)]
pub enum Change {
    /// It is not there.
    Create,
    /// Git says something new.
    Update,
    /// Somebody changed it in the cluster.
    Correct(Vec<FieldDrift>),
    /// Its fields are right but not yet ours.
    TakeOver,
}

/// What is thought of one object.
#[derive(Clone, Debug)]
pub struct Verdict {
    /// Which one.
    pub id: ObjectId,
    /// The version of its kind.
    pub version: String,
    /// Whether it is as Git says.
    pub sync: SyncStatus,
    /// Which fields are not.
    pub drift: Vec<FieldDrift>,
    /// It left Git and is still there.
    pub requires_pruning: bool,
    /// Why it cannot be told, or why the server refuses it.
    pub problem: Option<String>,
}

impl Plan {
    /// The unit that it is for.
    #[must_use]
    pub fn unit(&self) -> &UnitId {
        &self.unit
    }

    /// The cluster that it is for.
    #[must_use]
    pub fn cluster(&self) -> &ClusterRef {
        &self.cluster
    }

    /// The commit that it leads to; `None` where the unit goes away.
    #[must_use]
    pub fn revision(&self) -> Option<&Revision> {
        self.revision.as_ref()
    }

    /// The field manager to apply as.
    #[must_use]
    pub fn field_manager(&self) -> &str {
        &self.field_manager
    }

    /// What to do, in order.
    #[must_use]
    pub fn steps(&self) -> &[Step] {
        &self.steps
    }

    /// What is thought of every object.
    #[must_use]
    pub fn verdicts(&self) -> &[Verdict] {
        &self.verdicts
    }

    /// Whether there is nothing to do.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.steps.is_empty()
    }

    /// The worst of the verdicts.
    #[must_use]
    pub fn sync(&self) -> SyncStatus {
        self.verdicts
            .iter()
            .map(|verdict| verdict.sync)
            .max()
            .unwrap_or(SyncStatus::Synced)
    }
}

impl Reviewable for Plan {
    fn digest(&self) -> Digest {
        self.digest
    }

    fn deletions(&self) -> Vec<&ObjectId> {
        self.steps
            .iter()
            .filter(|step| matches!(step.action, Action::Delete { .. }))
            .map(|step| &step.id)
            .collect()
    }
}

impl Step {
    /// What the step does, in a few words and with a digest of what it writes: the canonical form that plans are
    /// told apart by.
    pub(crate) fn canonical(&self) -> String {
        let what = match &self.action {
            Action::CreateNamespace => "create-namespace".to_owned(),
            Action::Apply { object, force, .. } => {
                let yielded = object.yielded.as_deref().map(Digest::of_json);
                let yielded = yielded.map_or_else(String::new, |digest| format!(" as {digest}"));
                format!("apply {}{yielded} force={force}", object.digest)
            }
            Action::Delete { .. } => "delete".to_owned(),
        };
        format!("{} {} {what}", self.stage, self.id)
    }
}
