//! What people ask of an Application, as merge patches of it.

use plumb_model::{Hold, Pause, RequestAction, Selected};
use serde_json::{Map, Value, json};

use crate::names::{APPROVE, DELETION_APPROVED, HOLD, PAUSE, REFRESH, SKIP_RECONCILE, TERMINATING};

/// Puts a rollback in force, or (`None`) releases it.
#[must_use]
pub fn hold_patch(hold: Option<&Hold>) -> Value {
    let value = hold.map_or(Value::Null, |hold| json!(hold).to_string().into());
    annotation(HOLD, value)
}

/// A sync that is asked for.
#[derive(Clone, Copy, Debug, Default)]
pub struct SyncArgs<'a> {
    /// This commit, branch or tag rather than the one followed.
    pub revision: Option<&'a str>,
    /// Delete what left Git too.
    pub prune: bool,
    /// Say what would be done, do nothing.
    pub dry_run: bool,
    /// These objects only; empty = all.
    pub only: &'a [Selected],
    /// Who asks.
    pub by: &'a str,
}

/// Asks for a sync, by the top-level `operation` that Argo CD's own client writes where there is no server.
#[must_use]
pub fn sync_request(args: SyncArgs<'_>) -> Value {
    let mut sync = Map::new();
    if let Some(revision) = args.revision {
        sync.insert("revision".to_owned(), revision.into());
    }
    if args.prune {
        sync.insert("prune".to_owned(), true.into());
    }
    if args.dry_run {
        sync.insert("dryRun".to_owned(), true.into());
    }
    if !args.only.is_empty() {
        sync.insert("resources".to_owned(), resources(args.only));
    }
    sync.insert("syncStrategy".to_owned(), json!({"hook": {}}));
    json!({"operation": {"initiatedBy": {"username": args.by}, "sync": sync}})
}

/// The objects of a sync that is not about all.
pub(crate) fn resources(only: &[Selected]) -> Value {
    let one = |selected: &Selected| {
        let mut fields = Map::new();
        let mut put = |key: &str, value: &str| {
            if !value.is_empty() {
                fields.insert(key.to_owned(), value.into());
            }
        };
        put("group", &selected.kind.group);
        put("kind", &selected.kind.kind);
        put("name", &selected.name);
        put("namespace", selected.namespace.as_deref().unwrap_or_default());
        Value::Object(fields)
    };
    only.iter().map(one).collect()
}

/// Asks to end the operation that is under way.
#[must_use]
pub fn terminate_request() -> Value {
    json!({"status": {"operationState": {"phase": TERMINATING}}})
}

/// Allows the deletions of a plan.
#[must_use]
pub fn approve_patch(digest: &str) -> Value {
    annotation(APPROVE, digest.into())
}

/// Takes off what somebody allowed to be deleted, once it is.
#[must_use]
pub fn approval_used_patch() -> Value {
    json!({"metadata": {"annotations": {APPROVE: null, DELETION_APPROVED: null}}})
}

/// Confirms the deletion of what asks for that.
#[must_use]
pub fn confirm_patch(now: &str) -> Value {
    annotation(DELETION_APPROVED, now.into())
}

/// Asks to look again at Git and the cluster.
#[must_use]
pub fn refresh_request() -> Value {
    annotation(REFRESH, "normal".into())
}

/// Pauses an Application, or (`None`) lets it go on.
#[must_use]
pub fn suspend_patch(pause: Option<&Pause>) -> Value {
    let skip = pause.map_or(Value::Null, |_| "true".into());
    let pause = pause.map_or(Value::Null, |pause| json!(pause).to_string().into());
    json!({"metadata": {"annotations": {SKIP_RECONCILE: skip, PAUSE: pause}}})
}

/// Takes a request off that was done; until then it is there to be done. [`status`](crate::status) does so by itself when
/// the report names the request as handled.
#[must_use]
pub fn taken(action: &RequestAction) -> Value {
    match action {
        RequestAction::Refresh => annotation(REFRESH, Value::Null),
        RequestAction::Sync { .. } => json!({"operation": null}),
        // The end that is written says so.
        RequestAction::Terminate => json!({}),
    }
}

fn annotation(key: &str, value: Value) -> Value {
    json!({"metadata": {"annotations": {key: value}}})
}
