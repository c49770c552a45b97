//! What people ask of a Kustomization or GitRepository, as merge patches of it.

use plumb_model::{Hold, Pause};
use serde_json::{Value, json};

use crate::names::{HOLD, PAUSE, REQUESTED_AT};

/// Puts a rollback in force, or (`None`) releases it.
#[must_use]
pub fn hold_patch(hold: Option<&Hold>) -> Value {
    let value = hold.map_or(Value::Null, |hold| json!(hold).to_string().into());
    json!({"metadata": {"annotations": {HOLD: value}}})
}

/// Asks to look again, and apply; `token` tells this request from others, and is the time as a rule. It is answered in
/// `status.lastHandledReconcileAt`.
#[must_use]
pub fn refresh_request(token: &str) -> Value {
    json!({"metadata": {"annotations": {REQUESTED_AT: token}}})
}

/// Pauses it, or (`None`) lets it go on.
#[must_use]
pub fn suspend_patch(pause: Option<&Pause>) -> Value {
    let suspend = pause.is_some();
    let pause = pause.map_or(Value::Null, |pause| json!(pause).to_string().into());
    json!({"metadata": {"annotations": {PAUSE: pause}}, "spec": {"suspend": suspend}})
}
