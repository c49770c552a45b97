//! Records as CDEvents 0.4 in CloudEvents 1.0 (structured JSON).
//!
//! | record | event |
//! |---|---|
//! | a unit's first objects | `service.deployed` |
//! | a push or anything else that changes a unit that is there | `service.upgraded` |
//! | a rollback | `service.rolledback` |
//! | a unit whose objects were deleted | `service.removed` |
//!
//! A change that failed has no event of its own in CDEvents: it is an `incident.detected` about the service. What only
//! CDEvents' `customData` has room for is the record as JSON.

use plumb_model::ActionDone;
use serde_json::{Value, json};

use super::json;
use crate::{Cause, Entry, Outcome, Record};

const SPEC: &str = "0.4.1";

/// The event of a record.
pub(super) fn event(entry: &Entry) -> Value {
    let record = &entry.record;
    let (subject, predicate, version) = kind(record);
    let kind = format!("dev.cdevents.{subject}.{predicate}.{version}");
    let source = format!("/plumb/ledger/{}", entry.place.shard);
    let time = record.finished.to_string();
    let service = record.unit.to_string();
    let environment = json!({"id": record.cluster.0, "source": source});
    let content = if subject == "incident" {
        json!({
            "description": record.message.clone().unwrap_or_else(|| "a change failed".to_owned()),
            "environment": environment,
            "service": {"id": service, "source": source},
        })
    } else if predicate == "removed" {
        json!({"environment": environment})
    } else {
        json!({"environment": environment, "artifactId": artifact(record)})
    };
    let id = if subject == "incident" {
        entry.id.to_string()
    } else {
        service
    };
    json!({
        "specversion": "1.0",
        "id": entry.id.to_string(),
        "source": source,
        "type": kind,
        "subject": id,
        "time": time,
        "datacontenttype": "application/json",
        "data": {
            "context": {
                "version": SPEC,
                "id": entry.id.to_string(),
                "source": source,
                "type": kind,
                "timestamp": time,
            },
            "subject": {
                "id": id,
                "source": source,
                "type": subject,
                "content": content,
            },
            "customData": json::object(entry),
            "customDataContentType": "application/json",
        },
    })
}

/// Subject, predicate and the version of the event.
fn kind(record: &Record) -> (&'static str, &'static str, &'static str) {
    let changed: Vec<ActionDone> = record.changed().map(|change| change.action).collect();
    let all = |action| !changed.is_empty() && changed.iter().all(|done| *done == action);
    match record.cause {
        _ if record.outcome == Outcome::Failed => ("incident", "detected", "0.2.0"),
        Cause::Rollback => ("service", "rolledback", "0.2.0"),
        Cause::Prune if all(ActionDone::Pruned) && record.source.is_none() => ("service", "removed", "0.2.0"),
        Cause::Push | Cause::Manual if all(ActionDone::Created) => ("service", "deployed", "0.2.0"),
        _ => ("service", "upgraded", "0.2.0"),
    }
}

/// What was deployed, as a package URL: the repository at a commit.
fn artifact(record: &Record) -> String {
    let Some(source) = &record.source else {
        return format!("pkg:generic/{}", encode(&record.unit.name));
    };
    let url = source.repository.as_str();
    let name = url.trim_end_matches('/').rsplit(['/', ':']).next().unwrap_or(url);
    let name = encode(name.strip_suffix(".git").unwrap_or(name));
    format!(
        "pkg:generic/{name}@{}?vcs_url={}",
        source.commit,
        encode(&format!("git+{url}@{}", source.commit))
    )
}

/// What a package URL has other than letters, digits and `-._~` is `%XX`.
fn encode(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for byte in text.bytes() {
        if byte.is_ascii_alphanumeric() || b"-._~".contains(&byte) {
            out.push(char::from(byte));
        } else {
            out.push_str(&format!("%{byte:02X}"));
        }
    }
    out
}
