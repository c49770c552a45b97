//! Records Events beside the objects that they are about.
//!
//! **Invariant:** an Event never holds a controller up: what cannot be recorded is dropped. Only the newest
//! [`KEPT`] stay, where real clusters drop them after an hour. **Absent:** aggregation of repeats.

use serde_json::{Value, json};

use super::context::Context;
use super::fields::{name, namespace, stamp, text, uid};
use super::world::Key;

/// How many Events stay.
const KEPT: usize = 500;

/// What to say about an object.
pub(super) struct Note<'a> {
    /// The component that says it.
    pub(super) from: &'a str,
    /// Whether something is wrong.
    pub(super) warning: bool,
    /// One word for programs.
    pub(super) reason: &'a str,
    /// A sentence for people.
    pub(super) message: String,
}

/// Records a note about an object.
pub(super) fn record(context: &mut Context, about: &Value, note: &Note<'_>) {
    if !context.options.events {
        return;
    }
    let space = if namespace(about).is_empty() {
        "default"
    } else {
        namespace(about)
    };
    let now = stamp(context.now());
    let serial = context.next_serial();
    let key = Key::new("", "events", space, &format!("{}.{serial:016x}", name(about)));
    let event = json!({
        "apiVersion": "v1",
        "kind": "Event",
        "metadata": {"name": key.name, "namespace": space},
        "involvedObject": {
            "apiVersion": text(about, "/apiVersion"),
            "kind": text(about, "/kind"),
            "namespace": namespace(about),
            "name": name(about),
            "uid": uid(about),
            "resourceVersion": text(about, "/metadata/resourceVersion"),
        },
        "type": if note.warning { "Warning" } else { "Normal" },
        "reason": note.reason,
        "message": note.message,
        "source": {"component": note.from},
        "reportingComponent": note.from,
        "reportingInstance": "",
        "firstTimestamp": now,
        "lastTimestamp": now,
        "eventTime": null,
        "count": 1,
    });
    if context.create(&key, event).is_err() {
        return;
    }
    context.recorded.push_back(key);
    if context.recorded.len() > KEPT
        && let Some(oldest) = context.recorded.pop_front()
        && let Some(event) = context.get(&oldest)
        && let Err(error) = context.delete(&oldest, &event)
    {
        tracing::debug!(%error, "an old Event stays");
    }
}
