//! Records of the ledger on the screen: a row of a list, a page of its own, and what changed.

use jiff::Timestamp;
use plumb_history::{Entry, ObjectDiff, Record, shown};
use plumb_model::UnitId;
use plumb_pipeline::preview::unified_texts;
use serde_json::{Value, json};

use crate::{Format, Output};

/// The columns of a list of records.
pub(crate) const COLUMNS: [&str; 8] = [
    "record", "time", "unit", "cause", "outcome", "who", "commit", "changes",
];
/// More of them.
pub(crate) const MORE_COLUMNS: [&str; 4] = ["cluster", "subject", "request", "fields"];

/// Prints records in the form that was asked for; where there are none, `none` says so.
pub(crate) fn list(output: &Output, entries: &[Entry], format: Format, none: &str) {
    match format {
        Format::Json | Format::Yaml => {
            output.data(&entries.iter().map(Entry::to_json).collect(), format);
        }
        Format::Name => entries.iter().for_each(|entry| output.line(entry.id)),
        Format::Table | Format::Wide if entries.is_empty() => output.note(none),
        Format::Table => output.table(&COLUMNS, entries.iter().map(row).collect()),
        Format::Wide => {
            let head = [&COLUMNS[..], &MORE_COLUMNS[..]].concat();
            let rows = entries.iter().map(|entry| [row(entry), more(entry)].concat());
            output.table(&head, rows.collect());
        }
    }
}

/// The page of a record, without what changed.
pub(crate) fn page(output: &Output, entry: &Entry) {
    let record = &entry.record;
    let field = |name: &str, value: Option<String>| {
        if let Some(value) = value {
            output.line(format!("{:<14}{}", format!("{name}:"), shown(&value)));
        }
    };
    output.line(record.subject());
    output.line("");
    field("Record", Some(entry.id.to_string()));
    field("Before it", entry.parent.map(|id| id.to_string()));
    field("Place", Some(place(entry)));
    field("Unit", Some(record.unit.to_string()));
    field("Cluster", Some(record.cluster.to_string()));
    field("Cause", Some(cause(record)));
    field("Outcome", Some(record.outcome.word().to_owned()));
    field("Started", Some(record.started.to_string()));
    field("Finished", Some(record.finished.to_string()));
    if let Some(source) = &record.source {
        let author = source.author.as_ref();
        field("Repository", Some(source.repository.to_string()));
        field("Commit", Some(source.commit.to_string()));
        field("Reference", source.reference.clone());
        field(
            "Author",
            author.map(|author| format!("{} <{}>", author.name, author.email)),
        );
        field("Subject", source.subject.clone());
    }
    field(
        "Request",
        record
            .pull_request
            .as_ref()
            .map(|request| request_text(record, request.url.as_deref())),
    );
    for approval in &record.approvals {
        let at = approval.at.map(|at| format!(", {at}")).unwrap_or_default();
        field("Approved by", Some(format!("{}{at}", approval.by)));
    }
    field("Plan", record.plan.map(|plan| format!("hmac-sha256:{plan}")));
    field("Message", record.message.clone());
    things(output, record);
}

/// What a record changed, as one diff per object.
pub(crate) fn diffs(output: &Output, diffs: &[ObjectDiff], sides: (&str, &str)) {
    for diff in diffs {
        let texts = (diff.before.as_deref(), diff.after.as_deref());
        output.diff(&unified_texts(&diff.id.to_string(), texts, sides));
    }
}

/// What a record changed, as data.
pub(crate) fn diff_data(unit: &UnitId, diff: &ObjectDiff) -> Value {
    json!({
        "unit": unit.to_string(),
        "object": diff.id.to_string(),
        "before": diff.before,
        "after": diff.after,
    })
}

/// A time to the second.
pub(crate) fn time(time: Timestamp) -> String {
    let second = Timestamp::from_second(
        time.as_second()
            .saturating_sub(i64::from(time.subsec_nanosecond() < 0)),
    );
    second.unwrap_or(time).to_string()
}

/// The commit of a record, cut short.
pub(crate) fn commit(record: &Record) -> String {
    let source = record.source.as_ref();
    source
        .map(|source| source.commit.short().to_owned())
        .unwrap_or_default()
}

/// The pull request that brought the commit.
pub(crate) fn request(record: &Record) -> String {
    let request = record.pull_request.as_ref();
    request.map(|request| request.number.clone()).unwrap_or_default()
}

fn request_text(record: &Record, url: Option<&str>) -> String {
    let url = url.map(|url| format!(" {url}")).unwrap_or_default();
    format!("{}{url}", request(record))
}

fn row(entry: &Entry) -> Vec<String> {
    let record = &entry.record;
    vec![
        entry.id.short(),
        time(record.finished),
        record.unit.to_string(),
        record.cause.word().to_owned(),
        record.outcome.word().to_owned(),
        record.who(),
        commit(record),
        record.counted(),
    ]
}

fn more(entry: &Entry) -> Vec<String> {
    let record = &entry.record;
    let subject = record.source.as_ref().and_then(|source| source.subject.clone());
    let fields: Vec<&str> = record.drifted.iter().map(|field| field.path.as_str()).collect();
    vec![
        record.cluster.to_string(),
        subject.unwrap_or_default(),
        request(record),
        fields.join(", "),
    ]
}

fn place(entry: &Entry) -> String {
    let signed = if entry.signed {
        "signed (`plumb audit verify --allowed-signers FILE` tells by whom)"
    } else {
        "not signed"
    };
    format!("{} {}, {signed}", entry.place.shard, entry.place.sequence)
}

fn cause(record: &Record) -> String {
    let by = record.actor.as_ref().map(|actor| format!(", by {actor}"));
    let recovered = if record.recovered {
        "; written later, from the unit's status"
    } else {
        ""
    };
    format!("{}{}{recovered}", record.cause.word(), by.unwrap_or_default())
}

/// The objects and fields of a record.
fn things(output: &Output, record: &Record) {
    if !record.changes.is_empty() {
        output.line("");
        let rows = record.changes.iter().map(|change| {
            let origin = change.origin.as_ref().map(ToString::to_string);
            vec![
                change.word().to_owned(),
                change.object.to_string(),
                origin.unwrap_or_default(),
            ]
        });
        output.table(&["action", "object", "written in"], rows.collect());
    }
    if !record.drifted.is_empty() {
        output.line("");
        let rows = record.drifted.iter().map(|field| {
            vec![
                field.path.clone(),
                field.object.to_string(),
                field.manager.clone().unwrap_or_default(),
                field.since.clone().unwrap_or_default(),
            ]
        });
        output.table(&["drifted field", "object", "taken by", "since"], rows.collect());
    }
}
