//! What a pass changed, as records of the ledger.
//!
//! **Invariant:** an operation is recorded when it ends, before its end is written into the status; so a crash between the two finds
//! an operation that is under way, ends it, and finds its record there.

use std::{collections::HashMap, sync::Arc};

use jiff::Timestamp;
use plumb_history::{
    Actor, Applied, Cause, ClusterName, DriftedField, ObjectChange, Outcome, Person, Record, RepositoryUrl,
    Source,
};
use plumb_model::{
    ActionDone, ClusterRef, CommitId, Deletion, HistoryEntry, ObjectId, OperationReport, Origin, Phase,
    Revision, Unit, UnitReport,
};
use plumb_plan::Plan;

use crate::{
    Line, Memory, Pass,
    books::Due,
    resolve::{self, blocking},
    station,
};

/// Records what a pass did.
pub(crate) async fn record(line: &Line, unit: &Unit, memory: &mut Memory, pass: &Pass) {
    let mut dues = Vec::new();
    for operation in &pass.ended {
        dues.extend(ended(line, unit, memory, pass, operation).await);
    }
    if let Some(deletion) = unit
        .deletion
        .as_ref()
        .filter(|_| pass.let_go || !pass.removed.is_empty())
    {
        dues.extend(deleted(unit, deletion, pass));
    }
    if !std::mem::replace(&mut memory.is_recorded, true) && unit.deletion.is_none() {
        // First of all what was done before this program began.
        dues.splice(0..0, found(line, unit, memory).await);
    }
    if dues.is_empty() {
        return;
    }
    let books = line.books.clone();
    let written =
        tokio::task::spawn_blocking(move || dues.into_iter().for_each(|due| books.record(due))).await;
    if let Err(error) = written {
        tracing::warn!(unit = %unit.id, %error, "a change could not be recorded");
    }
}

/// The record of an operation that ended in this pass; `None` where it deployed and changed nothing and nothing failed.
async fn ended(
    line: &Line,
    unit: &Unit,
    memory: &Memory,
    pass: &Pass,
    operation: &OperationReport,
) -> Option<Due> {
    let commit = operation.revision.as_ref().map(|revision| &revision.commit);
    let rendered = memory
        .rendered
        .as_ref()
        .filter(|cached| Some(&cached.commit) == commit)
        .map(|cached| &cached.placed);
    let origins: HashMap<&ObjectId, &Origin> = rendered
        .iter()
        .flat_map(|placed| &placed.objects)
        .map(|object| (&object.id, &object.origin))
        .collect();
    let results = operation
        .results
        .iter()
        .filter(|result| result.action != ActionDone::Unchanged);
    let changes: Vec<ObjectChange> = results
        .map(|result| ObjectChange {
            origin: origins.get(&result.id).map(|origin| (*origin).clone()),
            ..ObjectChange::from(result)
        })
        .collect();
    let good = operation.phase == Phase::Succeeded;
    // What a pass that was cut off has done, the one that ends the operation finds done; it is a deployment all the same.
    let newest = |report: &UnitReport| report.history.last().map(|entry| entry.id);
    let deployed = newest(&pass.report) != newest(&memory.report);
    if good && changes.is_empty() && !deployed {
        return None;
    }
    let (cause, actor) = Cause::of(&operation.cause);
    let pruned = !changes.is_empty() && changes.iter().all(|change| change.action == ActionDone::Pruned);
    let cause = if cause == Cause::Push && pruned {
        Cause::Prune
    } else {
        cause
    };
    let record = Record {
        source: source(line, unit, operation.revision.as_ref()).await,
        outcome: if good { Outcome::Succeeded } else { Outcome::Failed },
        actor,
        plan: memory
            .plan_of(&operation.started_at)
            .map(|plan| line.books.ledger().seal(plan)),
        started: time(&operation.started_at),
        message: (!operation.message.is_empty()).then(|| operation.message.clone()),
        changes,
        drifted: if cause == Cause::Drift {
            pass.drifted.clone()
        } else {
            Vec::new()
        },
        ..plain(unit, cause)
    };
    let whole = good && operation.only.is_empty();
    let objects = rendered
        .filter(|_| whole)
        .map(|placed| Arc::from(station::parts(placed)));
    Some(Due { record, objects })
}

/// What was deleted with its unit, or let go of.
fn deleted(unit: &Unit, deletion: &Deletion, pass: &Pass) -> Option<Due> {
    let changes: Vec<ObjectChange> = pass.removed.iter().map(ObjectChange::from).collect();
    if changes.is_empty() && deletion.cascade {
        // What it had was recorded as it went.
        return None;
    }
    let message = if deletion.cascade {
        "the unit is deleted, with what it had"
    } else {
        "the unit is deleted; what it had stays in the cluster"
    };
    let record = Record {
        started: time(&deletion.asked_at),
        message: Some(message.to_owned()),
        changes,
        ..plain(unit, Cause::Prune)
    };
    Some(Due {
        record,
        objects: Some(Arc::from([])),
    })
}

/// What the status says was applied, and no record does: the program ended in between, or the ledger is younger.
async fn found(line: &Line, unit: &Unit, memory: &Memory) -> Option<Due> {
    let last: &HistoryEntry = memory.restored.as_ref()?;
    let applied = Applied {
        unit: unit.id.clone(),
        commit: last.revision.commit.clone(),
        finished: time(&last.deployed_at),
    };
    // In memory, the ledger is as young as this program: the status is all there is of before.
    line.books.folder()?;
    if !line.books.lacks(&applied) {
        return None;
    }
    let rendered = memory
        .rendered
        .as_ref()
        .filter(|cached| cached.commit == applied.commit);
    // A status tells who asked, and not for what.
    let cause = match &unit.hold {
        Some(hold) if hold.revision == last.revision.commit => Cause::Rollback,
        _ if !last.initiated_by.is_empty() => Cause::Manual,
        _ => Cause::Push,
    };
    let record = Record {
        source: source(line, unit, Some(&last.revision)).await,
        actor: (!last.initiated_by.is_empty()).then(|| Actor(last.initiated_by.clone())),
        started: time(&last.started_at),
        finished: applied.finished,
        recovered: true,
        ..plain(unit, cause)
    };
    let objects = rendered.map(|cached| Arc::from(station::parts(&cached.placed)));
    Some(Due { record, objects })
}

/// A record of what ends now, well, with nothing else in it.
pub(crate) fn plain(unit: &Unit, cause: Cause) -> Record {
    let now = Timestamp::now();
    Record {
        unit: unit.id.clone(),
        cluster: cluster(&unit.destination.cluster),
        cause,
        outcome: Outcome::Succeeded,
        source: None,
        actor: None,
        pull_request: None,
        approvals: Vec::new(),
        plan: None,
        started: now,
        finished: now,
        message: None,
        changes: Vec::new(),
        drifted: Vec::new(),
        recovered: false,
    }
}

/// Where a commit is from and who wrote it, as far as the repository can be asked.
async fn source(line: &Line, unit: &Unit, revision: Option<&Revision>) -> Option<Source> {
    let revision = revision?;
    let commit = match resolve::repository(line, unit).await {
        Ok(repository) => {
            let id: CommitId = revision.commit.clone();
            blocking(move || repository.commit(&id)).await.ok()
        }
        Err(_) => None,
    };
    Some(Source {
        repository: RepositoryUrl::new(&unit.source.url),
        commit: revision.commit.clone(),
        reference: revision.name.clone(),
        author: commit.as_ref().map(|commit| Person {
            name: commit.author.name.clone(),
            email: commit.author.email.clone(),
        }),
        subject: commit
            .map(|commit| commit.subject)
            .filter(|subject| !subject.is_empty()),
    })
}

fn cluster(reference: &ClusterRef) -> ClusterName {
    ClusterName(match reference {
        ClusterRef::Own => "in-cluster".to_owned(),
        ClusterRef::Named(name) => name.clone(),
        ClusterRef::Server(server) => server.clone(),
        ClusterRef::Kubeconfig { secret, .. } => format!("kubeconfig {}/{}", secret.namespace, secret.name),
    })
}

/// A time as statuses write it; one that is none is now.
fn time(text: &str) -> Timestamp {
    text.parse().unwrap_or_else(|_| Timestamp::now())
}

/// The fields that a plan finds other than Git says. Their values stay out of the ledger.
pub(crate) fn drifted(plan: &Plan) -> Vec<DriftedField> {
    plan.verdicts()
        .iter()
        .flat_map(|verdict| {
            verdict.drift.iter().map(|drift| DriftedField {
                object: verdict.id.clone(),
                path: drift.path.clone(),
                manager: drift.manager.clone(),
                since: drift.since.clone(),
            })
        })
        .collect()
}
