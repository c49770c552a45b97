//! A plan and its steps.

use std::{fmt, sync::Arc};

use plumb_model::{
    ClusterRef, Digest, FieldDrift, Object, ObjectId, Phase, Propagation, Reviewable, Revision, SyncPhase,
    SyncStatus, UnitId,
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
    pub(crate) due: usize,
    pub(crate) standing: Standing,
    pub(crate) findings: Vec<Finding>,
    pub(crate) verdicts: Vec<Verdict>,
    pub(crate) digest: Digest,
}

/// One change to one object.
#[derive(Clone, Debug)]
pub struct Step {
    /// Steps of one stage may go at once; a stage begins when the one before has ended.
    pub stage: u32,
    /// In which part of an operation.
    pub phase: SyncPhase,
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
        /// How.
        how: How,
    },
    /// Delete it, if it is still the one that carries the unit's marks.
    Delete {
        /// What was there; `None` where only its identity is known.
        live: Option<Arc<Value>>,
        /// What becomes of its dependents.
        propagation: Propagation,
    },
    /// Create a hook.
    RunHook {
        /// All of it.
        object: Box<Object>,
        /// It is there already, from before.
        exists: bool,
        /// What is there is deleted first.
        replaces: Option<Arc<Value>>,
    },
    /// Let a hook go that has come to its end.
    EndHook {
        /// The finalizer that kept it.
        finalizer: Option<String>,
        /// Delete it too.
        delete: bool,
    },
}

/// How an object is applied.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct How {
    /// Delete it and create it again where the server refuses the change.
    pub force: bool,
    /// Replace it as a whole.
    pub replace: bool,
    /// Have the server pass over fields that it does not know.
    pub lenient: bool,
}

/// How an operation stands once the steps that are due are done.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum Standing {
    /// It is done.
    #[default]
    Done,
    /// It waits.
    Waiting(Wait),
    /// It failed, for this reason.
    Failed(String),
}

/// What an operation waits for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Wait {
    /// What has to come.
    pub kind: Awaiting,
    /// Of which objects.
    pub objects: Vec<ObjectId>,
}

/// What an operation can wait for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Awaiting {
    /// That they are healthy.
    Health,
    /// That these hooks are complete.
    Hook,
    /// That they are gone.
    Deletion,
    /// That somebody confirms their deletion.
    Confirmation,
}

/// What a look tells of an object for the record of the operation.
#[derive(Clone, Debug, PartialEq)]
pub struct Finding {
    /// Which one.
    pub id: ObjectId,
    /// The version of its kind.
    pub version: String,
    /// In which part of the operation.
    pub phase: SyncPhase,
    /// Whether it is a hook.
    pub hook: bool,
    /// How far it is.
    pub state: Phase,
    /// In words.
    pub message: String,
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

    /// What to do, in order: all of it, should everything go well.
    #[must_use]
    pub fn steps(&self) -> &[Step] {
        &self.steps
    }

    /// What to do now: the steps before the first thing that has to be waited for.
    #[must_use]
    pub fn due(&self) -> &[Step] {
        &self.steps[..self.due]
    }

    /// How the operation stands when what is due is done.
    #[must_use]
    pub fn standing(&self) -> &Standing {
        &self.standing
    }

    /// What the look told for the record of the operation.
    #[must_use]
    pub fn findings(&self) -> &[Finding] {
        &self.findings
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

    /// Whether nothing is due and nothing is waited for.
    #[must_use]
    pub fn is_idle(&self) -> bool {
        self.due == 0 && self.standing == Standing::Done
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

    fn deletions_digest(&self) -> Digest {
        let mut ids: Vec<String> = self.deletions().into_iter().map(ToString::to_string).collect();
        ids.sort();
        Digest::of(format!("{} {} {ids:?}", self.unit, self.cluster).as_bytes())
    }
}

impl Step {
    /// What the step does, in a few words and with a digest of what it writes: the canonical form that plans are
    /// told apart by.
    pub(crate) fn canonical(&self) -> String {
        let what = match &self.action {
            Action::CreateNamespace => "create-namespace".to_owned(),
            Action::Apply { object, how, .. } => {
                let yielded = object.yielded.as_deref().map(Digest::of_json);
                let yielded = yielded.map_or_else(String::new, |digest| format!(" as {digest}"));
                format!("apply {}{yielded} {how:?}", object.digest)
            }
            Action::Delete { propagation, .. } => format!("delete {propagation:?}"),
            Action::RunHook { object, replaces, .. } => {
                format!("run {} over={}", object.digest, replaces.is_some())
            }
            Action::EndHook { delete, .. } => format!("end delete={delete}"),
        };
        format!("{} {} {} {what}", self.stage, self.phase, self.id)
    }

    /// Whether it puts back what was there before: what is missing, what was changed.
    #[must_use]
    pub fn is_correction(&self) -> bool {
        self.action.is_correction()
    }

    /// Whether it is about a hook.
    #[must_use]
    pub fn is_of_hook(&self) -> bool {
        matches!(self.action, Action::RunHook { .. } | Action::EndHook { .. })
    }
}

impl Action {
    pub(crate) fn is_correction(&self) -> bool {
        let changes = matches!(
            self,
            Self::Apply {
                change: Change::Create | Change::Correct(_) | Change::TakeOver,
                ..
            }
        );
        changes || matches!(self, Self::CreateNamespace)
    }
}

impl fmt::Display for Wait {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (what, many) = match self.kind {
            Awaiting::Health => ("healthy state of", "resources"),
            Awaiting::Hook => ("completion of hook", "hooks"),
            Awaiting::Deletion => ("deletion of", "resources"),
            Awaiting::Confirmation => ("pruning confirmation of", "resources"),
        };
        write!(f, "waiting for {what}")?;
        if let Some(ObjectId { kind, name, .. }) = self.objects.first() {
            write!(f, " {}/{}/{name}", kind.group, kind.kind)?;
        }
        match self.objects.len() {
            0 | 1 => Ok(()),
            count => write!(f, " and {} more {many}", count - 1),
        }
    }
}
