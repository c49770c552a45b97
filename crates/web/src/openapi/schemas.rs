//! What answers look like.

use serde_json::{Map, Value, json};

/// A text.
pub(super) fn text() -> Value {
    json!({"type": "string"})
}

/// A number of things.
pub(super) fn count() -> Value {
    json!({"type": "integer", "minimum": 0})
}

/// A list.
pub(super) fn array(items: Value) -> Value {
    json!({"type": "array", "items": items})
}

/// Another schema, by its name.
pub(super) fn refer(name: &str) -> Value {
    json!({"$ref": format!("#/components/schemas/{name}")})
}

/// An object with these fields, and those that may be absent.
pub(super) fn object(fields: &[(&str, Value)], optional: &[(&str, Value)]) -> Value {
    let properties: Map<String, Value> = fields
        .iter()
        .chain(optional)
        .map(|(name, schema)| ((*name).to_owned(), schema.clone()))
        .collect();
    let required: Vec<&str> = fields.iter().map(|(name, _)| *name).collect();
    json!({"type": "object", "properties": properties, "required": required, "additionalProperties": false})
}

/// All that have names.
pub(super) fn all() -> Value {
    json!({
        "Problem": object(&[("error", text()), ("why", text()), ("next", text())], &[]),
        "Health": object(&[("status", text())], &[("message", text())]),
        "App": app(count()),
        "AppDetail": detail(),
        "Resource": resource(),
        "Tree": tree(),
        "Logs": logs(),
        "Event": event(),
        "Record": object(&record().0, &record().1),
        "RecordDetail": record_detail(),
        "Proof": proof(),
        "Past": past(),
        "Drift": drift(),
        "Policy": policy(),
        "Settings": object(
            &[("facts", map(text())), ("clusters", map(count())), ("repositories", map(count())), ("apps", count())],
            &[],
        ),
    })
}

fn flag() -> Value {
    json!({"type": "boolean"})
}

fn map(values: Value) -> Value {
    json!({"type": "object", "additionalProperties": values})
}

/// It, or null.
fn maybe(schema: Value) -> Value {
    json!({"anyOf": [schema, {"type": "null"}]})
}

/// An object whose fields are Plumb's own and may become more.
fn open() -> Value {
    json!({"type": "object"})
}

fn app(conditions: Value) -> Value {
    object(&app_fields(conditions), &[])
}

fn app_fields(conditions: Value) -> Vec<(&'static str, Value)> {
    let change = object(&[("at", maybe(text())), ("what", text())], &[]);
    vec![
        ("kind", text()),
        ("namespace", text()),
        ("name", text()),
        ("sync", text()),
        ("health", refer("Health")),
        ("held", flag()),
        ("revision", maybe(text())),
        ("subject", maybe(text())),
        ("author", maybe(text())),
        ("lastChange", change),
        ("conditions", conditions),
    ]
}

fn detail() -> Value {
    let condition = object(&[("kind", text()), ("message", text()), ("since", text())], &[]);
    let mut fields = app_fields(array(condition));
    fields.extend([
        ("desired", maybe(open())),
        ("applied", maybe(open())),
        ("hold", maybe(open())),
        ("images", array(text())),
        ("reconciledAt", maybe(text())),
        ("source", maybe(object(&[("url", text()), ("path", text())], &[]))),
        ("resources", array(refer("Resource"))),
        ("operation", maybe(open())),
        ("history", array(open())),
    ]);
    object(&fields, &[])
}

fn object_id() -> Vec<(&'static str, Value)> {
    vec![
        ("group", text()),
        ("kind", text()),
        ("namespace", maybe(text())),
        ("name", text()),
    ]
}

fn resource() -> Value {
    let mut fields = object_id();
    fields.extend([
        ("version", text()),
        ("sync", text()),
        ("health", maybe(refer("Health"))),
        ("requiresPruning", flag()),
        ("drift", array(open())),
    ]);
    object(&fields, &[])
}

fn tree() -> Value {
    let mut node = object_id();
    node.extend([
        ("version", text()),
        ("level", count()),
        ("owner", maybe(text())),
        ("health", maybe(refer("Health"))),
        ("sync", maybe(text())),
        ("created", text()),
        ("note", text()),
        ("containers", array(text())),
    ]);
    let fields = [
        ("nodes", array(object(&node, &[]))),
        ("total", count()),
        ("troubleOnly", flag()),
        ("gaps", array(text())),
    ];
    object(&fields, &[])
}

fn logs() -> Value {
    let line = [
        ("at", text()),
        ("pod", text()),
        ("container", text()),
        ("text", text()),
    ];
    let fields = [
        ("lines", array(object(&line, &[]))),
        ("containersRead", count()),
        ("containers", count()),
        ("cut", flag()),
        ("troubles", array(text())),
    ];
    object(&fields, &[])
}

fn event() -> Value {
    let fields = [
        ("at", text()),
        ("type", text()),
        ("reason", text()),
        ("object", text()),
        ("message", text()),
        ("count", count()),
    ];
    object(&fields, &[])
}

type Fields = Vec<(&'static str, Value)>;

/// What every record has, and what some have.
fn record() -> (Fields, Fields) {
    let unit = object(&[("kind", text()), ("namespace", text()), ("name", text())], &[]);
    let always = vec![
        ("id", text()),
        ("shard", text()),
        ("sequence", count()),
        ("signed", flag()),
        ("unit", unit),
        ("cluster", text()),
        ("cause", text()),
        ("outcome", text()),
        ("started", text()),
        ("finished", text()),
        ("recovered", flag()),
        ("approvals", array(open())),
        ("objects", array(open())),
        ("drifted", array(open())),
    ];
    let sometimes = vec![
        ("parent", text()),
        ("continues", text()),
        ("actor", text()),
        ("source", open()),
        ("pullRequest", open()),
        ("planDigest", text()),
        ("message", text()),
    ];
    (always, sometimes)
}

fn record_detail() -> Value {
    let (mut always, sometimes) = record();
    let diff = [
        ("object", text()),
        ("before", maybe(text())),
        ("after", maybe(text())),
    ];
    always.push(("diffs", array(object(&diff, &[]))));
    object(&always, &sometimes)
}

fn proof() -> Value {
    let finding = [
        ("shard", text()),
        ("sequence", count()),
        ("kind", text()),
        ("record", maybe(text())),
        ("why", text()),
    ];
    let fields = [
        ("good", flag()),
        ("records", count()),
        ("objects", count()),
        ("left", count()),
        ("witnessed", count()),
        ("findings", array(object(&finding, &[]))),
        ("unreachable", array(text())),
    ];
    object(&fields, &[])
}

fn past() -> Value {
    let row = [("unit", text()), ("objects", count()), ("record", maybe(text()))];
    let units = [
        ("at", text()),
        ("units", array(object(&row, &[]))),
        ("total", count()),
        ("pages", count()),
    ];
    let yaml = object(&[("object", text()), ("yaml", text())], &[]);
    let objects = [("at", text()), ("unit", text()), ("objects", array(yaml))];
    let diff = [
        ("unit", text()),
        ("object", text()),
        ("before", maybe(text())),
        ("after", maybe(text())),
    ];
    let diffs = [("at", text()), ("diffs", array(object(&diff, &[])))];
    json!({"anyOf": [object(&units, &[]), object(&objects, &[]), object(&diffs, &[])]})
}

fn drift() -> Value {
    let cell = object(&[("from", text()), ("by", text()), ("times", count())], &[]);
    let fields = [
        ("unit", text()),
        ("last", text()),
        ("managers", array(text())),
        ("fields", array(text())),
        ("now", flag()),
        ("cells", array(cell)),
    ];
    object(&fields, &[])
}

fn policy() -> Value {
    let told = [
        ("automated", flag()),
        ("selfHeal", flag()),
        ("prune", flag()),
        ("suspended", flag()),
        ("source", text()),
        ("path", text()),
        ("inWords", map(text())),
    ];
    object(&[("unit", text()), ("policy", maybe(object(&told, &[])))], &[])
}
