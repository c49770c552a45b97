//! What is recorded of one change of a cluster.
//!
//! **Absent:** values of fields. What an object was is in the record's tree, secrets as digests only; the record names
//! objects, fields and people. **Start at** [`Record`]; as the message of a commit: [`message`].

pub(crate) mod escape;
pub(crate) mod message;
#[cfg(test)]
mod tests;

use std::collections::{BTreeMap, BTreeSet};

use jiff::Timestamp;
use plumb_model::{ActionDone, CommitId, Digest, ObjectId, ObjectResult, Origin, UnitId};

use crate::{Actor, ClusterName, RecordId, RepositoryUrl, Sequence, ShardName};

/// What is recorded of one change of a cluster.
#[derive(Clone, Debug, PartialEq)]
pub struct Record {
    /// The unit.
    pub unit: UnitId,
    /// The cluster that changed.
    pub cluster: ClusterName,
    /// Why it changed.
    pub cause: Cause,
    /// How that ended.
    pub outcome: Outcome,
    /// Where the unit came from; `None` where there was no commit, as for a deletion.
    pub source: Option<Source>,
    /// Who or what began it; `None` = Plumb itself.
    pub actor: Option<Actor>,
    /// The pull request that brought the commit, where known.
    pub pull_request: Option<PullRequest>,
    /// Who approved, as far as known.
    pub approvals: Vec<Approval>,
    /// The plan that was applied, as [`Ledger::seal`](crate::Ledger::seal) names it.
    pub plan: Option<Digest>,
    /// When it began.
    pub started: Timestamp,
    /// When it ended.
    pub finished: Timestamp,
    /// More in words.
    pub message: Option<String>,
    /// What became of each object that it touched.
    pub changes: Vec<ObjectChange>,
    /// The fields that were not as Git says.
    pub drifted: Vec<DriftedField>,
    /// It was not written when it happened, but found out later from the unit's status.
    pub recovered: bool,
}

/// Why a cluster changed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Cause {
    /// A new commit.
    Push,
    /// The cluster was no longer as Git says.
    Drift,
    /// Somebody rolled back.
    Rollback,
    /// Objects left Git, or their unit was deleted.
    Prune,
    /// Another tool's objects became Plumb's.
    Takeover,
    /// Somebody asked.
    Manual,
}

/// How a change ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Outcome {
    /// All of it was done.
    Succeeded,
    /// Something failed; what was done is among the changes.
    Failed,
}

/// Where a unit came from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Source {
    /// The repository.
    pub repository: RepositoryUrl,
    /// The commit.
    pub commit: CommitId,
    /// The branch, tag or reference that led there.
    pub reference: Option<String>,
    /// Who wrote the commit.
    pub author: Option<Person>,
    /// The first line of its message.
    pub subject: Option<String>,
}

/// A person, as Git names one.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Person {
    /// The name.
    pub name: String,
    /// The mail address.
    pub email: String,
}

/// A pull or merge request.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PullRequest {
    /// Its number, as the forge writes it (`#12`, `!7`).
    pub number: String,
    /// Its page.
    pub url: Option<String>,
}

/// One approval.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Approval {
    /// Who.
    pub by: Actor,
    /// When, where known.
    pub at: Option<Timestamp>,
}

/// What became of one object.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ObjectChange {
    /// Which one.
    pub object: ObjectId,
    /// What was done.
    pub action: ActionDone,
    /// Where Git says what it is.
    pub origin: Option<Origin>,
}

/// A field that was not as Git says.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DriftedField {
    /// The object.
    pub object: ObjectId,
    /// The field, as `.spec.replicas`.
    pub path: String,
    /// The field manager that had taken it.
    pub manager: Option<String>,
    /// When that last wrote (RFC 3339, as the server says it).
    pub since: Option<String>,
}

/// Where a record is in the ledger.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Place {
    /// Whose chain.
    pub shard: ShardName,
    /// Its number in that.
    pub sequence: Sequence,
    /// The last record of the archived chain that this one goes on from; only the first of a chain has it.
    pub continues: Option<RecordId>,
}

/// A record and where it is.
#[derive(Clone, Debug, PartialEq)]
pub struct Entry {
    /// Its id.
    pub id: RecordId,
    /// The record before it; `None` for the first of a chain.
    pub parent: Option<RecordId>,
    /// Where it is.
    pub place: Place,
    /// Whether it carries a signature, which has not been looked at.
    pub signed: bool,
    /// What it says.
    pub record: Record,
}

impl Cause {
    /// All of them.
    pub const ALL: [Self; 6] = [
        Self::Push,
        Self::Drift,
        Self::Rollback,
        Self::Prune,
        Self::Takeover,
        Self::Manual,
    ];

    /// The word for it.
    #[must_use]
    pub fn word(self) -> &'static str {
        match self {
            Self::Push => "push",
            Self::Drift => "drift",
            Self::Rollback => "rollback",
            Self::Prune => "prune",
            Self::Takeover => "takeover",
            Self::Manual => "manual",
        }
    }

    /// The cause of that word.
    #[must_use]
    pub fn parse(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|cause| cause.word() == word)
    }

    /// The cause and actor of an operation.
    #[must_use]
    pub fn of(cause: &plumb_model::Cause) -> (Self, Option<Actor>) {
        let actor = |by: &String| (!by.is_empty()).then(|| Actor(by.clone()));
        match cause {
            plumb_model::Cause::Push => (Self::Push, None),
            plumb_model::Cause::Drift => (Self::Drift, None),
            plumb_model::Cause::Rollback { by, .. } => (Self::Rollback, actor(by)),
            plumb_model::Cause::Manual { by } => (Self::Manual, actor(by)),
            plumb_model::Cause::Deletion => (Self::Prune, None),
        }
    }
}

impl Outcome {
    /// The word for it.
    #[must_use]
    pub fn word(self) -> &'static str {
        match self {
            Self::Succeeded => "succeeded",
            Self::Failed => "failed",
        }
    }

    /// The outcome of that word.
    #[must_use]
    pub fn parse(word: &str) -> Option<Self> {
        [Self::Succeeded, Self::Failed]
            .into_iter()
            .find(|outcome| outcome.word() == word)
    }
}

impl Person {
    /// A person as a commit has it, which need not be UTF-8; what is not is replaced.
    #[must_use]
    pub fn from_bytes(name: &[u8], email: &[u8]) -> Self {
        Self {
            name: String::from_utf8_lossy(name).into_owned(),
            email: String::from_utf8_lossy(email).into_owned(),
        }
    }
}

impl From<&ObjectResult> for ObjectChange {
    fn from(result: &ObjectResult) -> Self {
        Self {
            object: result.id.clone(),
            action: result.action,
            origin: None,
        }
    }
}

impl ObjectChange {
    /// The word for what was done.
    #[must_use]
    pub fn word(&self) -> &'static str {
        message::action_word(self.action)
    }
}

impl Record {
    /// It in one line for people; nothing in that moves a terminal's cursor.
    #[must_use]
    pub fn subject(&self) -> String {
        message::subject(self)
    }

    /// Who is behind it: who asked for it, who took what had drifted, or who wrote the commit; empty where nobody knows.
    #[must_use]
    pub fn who(&self) -> String {
        if let Some(actor) = &self.actor {
            return actor.to_string();
        }
        if self.cause == Cause::Drift {
            let managers = self.drifted.iter().filter_map(|field| field.manager.as_deref());
            return managers
                .collect::<BTreeSet<_>>()
                .into_iter()
                .collect::<Vec<_>>()
                .join(", ");
        }
        let author = self.source.as_ref().and_then(|source| source.author.as_ref());
        author.map(|author| author.name.clone()).unwrap_or_default()
    }

    /// What became of its objects, counted.
    #[must_use]
    pub fn counted(&self) -> String {
        let mut counts: BTreeMap<&str, usize> = BTreeMap::new();
        for change in &self.changes {
            *counts.entry(change.word()).or_default() += 1;
        }
        if counts.is_empty() && self.recovered {
            return "not told (recovered)".to_owned();
        }
        let counts: Vec<String> = counts
            .iter()
            .map(|(word, count)| format!("{count} {word}"))
            .collect();
        counts.join(", ")
    }

    /// The objects that are no longer as they were.
    pub fn changed(&self) -> impl Iterator<Item = &ObjectChange> {
        self.changes.iter().filter(|change| {
            matches!(
                change.action,
                ActionDone::Created | ActionDone::Configured | ActionDone::Pruned
            )
        })
    }
}
