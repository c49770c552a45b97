//! What people do to a unit's running objects by hand. It is written to the cluster and to the ledger.
//!
//! **Invariant:** what Git says of an object is not changed by it: where a unit heals itself, Git has the last word.
//! **Absent:** whether the object is the unit's, and whether the person may; whoever asks has seen to both.

use jiff::Timestamp;
use plumb_cluster::Touch;
use plumb_history::{Actor, Cause, ObjectChange, Record};
use plumb_model::{ActionDone, GroupVersionKind, ObjectId, Unit};

use crate::{Line, PassError, books::Due, cluster_of, recording::plain};

/// The field manager of what people do by hand.
const MANAGER: &str = "plumb-page";

/// Something to be done by hand.
#[derive(Clone, Debug)]
pub struct ByHand {
    /// To which object.
    pub object: ObjectId,
    /// The version of its kind.
    pub version: String,
    /// What.
    pub touch: Touch,
    /// Who asks.
    pub by: String,
    /// Why, where told.
    pub reason: Option<String>,
}

/// Does it, and records it.
///
/// # Errors
/// When the unit's cluster cannot be reached, or refuses; nothing is recorded then.
pub async fn by_hand(line: &Line, unit: &Unit, asked: &ByHand) -> Result<(), PassError> {
    let kind = &asked.object.kind;
    let gvk = GroupVersionKind::new(kind.group.clone(), asked.version.clone(), kind.kind.clone());
    let started = Timestamp::now();
    let cluster = cluster_of(line, unit).await?;
    cluster.touch(&gvk, &asked.object, &asked.touch, MANAGER).await?;
    let (what, action) = match &asked.touch {
        Touch::Restart(_) => ("restarted".to_owned(), ActionDone::Configured),
        Touch::Scale(replicas) => (format!("scaled to {replicas}"), ActionDone::Configured),
        Touch::Delete => ("deleted".to_owned(), ActionDone::Pruned),
    };
    let reason = asked
        .reason
        .as_ref()
        .map(|reason| format!(": {reason}"))
        .unwrap_or_default();
    let record = Record {
        actor: Some(Actor(asked.by.clone())),
        started,
        message: Some(format!("{} was {what} by hand{reason}", asked.object)),
        changes: vec![ObjectChange {
            object: asked.object.clone(),
            action,
            origin: None,
        }],
        ..plain(unit, Cause::Manual)
    };
    let books = line.books.clone();
    let due = Due {
        record,
        objects: None,
    };
    // It is done, so a record that is late, or lost with the process, is no failure.
    if let Err(error) = tokio::task::spawn_blocking(move || books.record(due)).await {
        tracing::warn!(unit = %unit.id, %error, "a change by hand could not be recorded");
    }
    Ok(())
}
