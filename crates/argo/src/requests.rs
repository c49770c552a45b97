//! What people ask of an Application, as merge patches of it.

use plumb_model::{Hold, RequestAction};
use serde_json::{Map, Value, json};

use crate::names::{HOLD, REFRESH, SKIP_RECONCILE};

/// Puts a rollback in force, or (`None`) releases it.
#[must_use]
pub fn hold_patch(hold: Option<&Hold>) -> Value {
    let value = hold.map_or(Value::Null, |hold| json!(hold).to_string().into());
    annotation(HOLD, value)
}

/// Asks for a sync, by the top-level `operation` that Argo CD's own client writes where there is no server.
#[must_use]
pub fn sync_request(revision: Option<&str>, prune: bool, dry_run: bool, by: &str) -> Value {
    let mut sync = Map::new();
    if let Some(revision) = revision {
        sync.insert("revision".to_owned(), revision.into());
    }
    if prune {
        sync.insert("prune".to_owned(), true.into());
    }
    if dry_run {
        sync.insert("dryRun".to_owned(), true.into());
    }
    sync.insert("syncStrategy".to_owned(), json!({"hook": {}}));
    json!({"operation": {"initiatedBy": {"username": by}, "sync": sync}})
}

/// Asks to look again at Git and the cluster.
#[must_use]
pub fn refresh_request() -> Value {
    annotation(REFRESH, "normal".into())
}

/// Pauses an Application, or lets it go on.
#[must_use]
pub fn suspend_patch(suspend: bool) -> Value {
    annotation(SKIP_RECONCILE, if suspend { "true".into() } else { Value::Null })
}

/// Takes a request off that was done; until then it is there to be done. [`status`](crate::status) does so by itself when
/// the report names the request as handled.
#[must_use]
pub fn taken(action: &RequestAction) -> Value {
    match action {
        RequestAction::Refresh => annotation(REFRESH, Value::Null),
        RequestAction::Sync { .. } => json!({"operation": null}),
    }
}

fn annotation(key: &str, value: Value) -> Value {
    json!({"metadata": {"annotations": {key: value}}})
}
