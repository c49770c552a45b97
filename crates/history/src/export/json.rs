//! A record as one JSON object.

use plumb_model::{ObjectId, UnitId};
use serde_json::{Map, Value, json};

use crate::{DriftedField, Entry, ObjectChange, Source, record::message};

/// All that is recorded.
pub(super) fn object(entry: &Entry) -> Value {
    let record = &entry.record;
    let mut out = Map::new();
    let mut put = |key: &str, value: Value| {
        if !value.is_null() {
            out.insert(key.to_owned(), value);
        }
    };
    put("id", json!(entry.id.to_string()));
    put("parent", json!(entry.parent.map(|id| id.to_string())));
    put("shard", json!(entry.place.shard.as_str()));
    put("sequence", json!(entry.place.sequence.0));
    put("continues", json!(entry.place.continues.map(|id| id.to_string())));
    put("signed", json!(entry.signed));
    put("unit", unit(&record.unit));
    put("cluster", json!(record.cluster.0));
    put("cause", json!(record.cause.word()));
    put("outcome", json!(record.outcome.word()));
    put("actor", json!(record.actor.as_ref().map(|actor| &actor.0)));
    put("source", record.source.as_ref().map_or(Value::Null, source));
    let request = record.pull_request.as_ref();
    put(
        "pullRequest",
        request.map_or(
            Value::Null,
            |request| json!({"number": request.number, "url": request.url}),
        ),
    );
    let approvals = record
        .approvals
        .iter()
        .map(|approval| json!({"by": approval.by.0, "at": approval.at.map(|at| at.to_string())}));
    put("approvals", approvals.collect());
    put(
        "planDigest",
        json!(record.plan.map(|plan| format!("hmac-sha256:{plan}"))),
    );
    put("started", json!(record.started.to_string()));
    put("finished", json!(record.finished.to_string()));
    put("message", json!(record.message));
    put("recovered", json!(record.recovered));
    put("objects", record.changes.iter().map(change).collect());
    put("drifted", record.drifted.iter().map(drifted).collect());
    Value::Object(out)
}

/// The unit.
pub(super) fn unit(unit: &UnitId) -> Value {
    json!({"kind": unit.kind.word(), "namespace": unit.namespace, "name": unit.name})
}

fn source(source: &Source) -> Value {
    json!({
        "repository": source.repository.as_str(),
        "commit": source.commit.as_str(),
        "reference": source.reference,
        "author": source.author.as_ref().map(|author| json!({"name": author.name, "email": author.email})),
        "subject": source.subject,
    })
}

fn change(change: &ObjectChange) -> Value {
    let mut out = object_id(&change.object);
    out["action"] = json!(message::action_word(change.action));
    if let Some(origin) = &change.origin {
        out["origin"] = json!(origin.to_string());
    }
    out
}

fn drifted(field: &DriftedField) -> Value {
    let mut out = object_id(&field.object);
    out["path"] = json!(field.path);
    out["manager"] = json!(field.manager);
    out["since"] = json!(field.since);
    out
}

fn object_id(object: &ObjectId) -> Value {
    json!({
        "group": object.kind.group,
        "kind": object.kind.kind,
        "namespace": object.namespace,
        "name": object.name,
    })
}
