//! Who set a field: from the field to the record, and so to the commit, its file and line, and the pull request.
//!
//! **Start at** [`Ledger::blame`].

use std::collections::BTreeMap;

use gix::ObjectId as GitId;
use plumb_model::{ObjectId, Origin, UnitId};
use plumb_yaml::{Dialect, Limits, SourceId};
use serde_json::Value;

use crate::{
    At, Entry, HistoryError, Ledger, RecordId,
    layout::object_file,
    record::message,
    tree::{find, read_tree},
};

/// A field and the record that set it to what it is.
#[derive(Clone, Debug, PartialEq)]
pub struct BlameLine {
    /// The field, as `.spec.template.spec.containers[name="web"].image`.
    pub path: String,
    /// What it is.
    pub value: Value,
    /// The record.
    pub entry: Entry,
    /// Where the object was written at that time, as far as a record tells.
    pub origin: Option<Origin>,
}

/// A version of an object: the record that made it, and its text before.
struct Version {
    record: RecordId,
    before: BTreeMap<String, Value>,
}

impl Ledger {
    /// For every field of an object as it is now (or those that `path` is, or holds), the record that set it. `unit`
    /// says whose, where several have it.
    ///
    /// # Errors
    /// When no unit has such an object or the object no such field, or the ledger is damaged.
    pub fn blame(
        &self,
        object: &ObjectId,
        path: Option<&str>,
        unit: Option<&UnitId>,
    ) -> Result<Vec<BlameLine>, HistoryError> {
        let (unit, text) = self.object_now(object, unit)?;
        let mut open = fields(&text)?;
        if let Some(path) = path {
            open.retain(|field, _| is_within(field, path));
            if open.is_empty() {
                return Err(HistoryError::NotFound(format!("field {path} of {object}")));
            }
        }
        let mut lines = Vec::new();
        for version in self.versions(&unit, object) {
            let version = version?;
            let set: Vec<String> = open
                .iter()
                .filter(|(field, value)| version.before.get(*field) != Some(value))
                .map(|(field, _)| field.clone())
                .collect();
            if set.is_empty() {
                continue;
            }
            let entry = self.entry(version.record)?;
            let origin = origin_of(&entry, object);
            for path in set {
                if let Some(value) = open.remove(&path) {
                    lines.push(BlameLine {
                        path,
                        value,
                        entry: entry.clone(),
                        origin: origin.clone(),
                    });
                }
            }
            if open.is_empty() {
                break;
            }
        }
        lines.sort_by(|a, b| a.path.cmp(&b.path));
        Ok(lines)
    }

    fn object_now(&self, object: &ObjectId, unit: Option<&UnitId>) -> Result<(UnitId, String), HistoryError> {
        let file = object_file(object);
        for (id, tree) in self.units_at(&At::Newest)? {
            if unit.is_some_and(|unit| *unit != id) {
                continue;
            }
            if let Some(entry) = find(&read_tree(&self.store, Some(tree))?, &file) {
                return Ok((id, self.text(entry.id)?));
            }
        }
        Err(HistoryError::NotFound(format!(
            "object {object} as of now; `plumb audit log --object` finds those that were"
        )))
    }

    /// The versions of an object, newest first, each looked for when it is asked for.
    fn versions<'l>(
        &'l self,
        unit: &UnitId,
        object: &ObjectId,
    ) -> impl Iterator<Item = Result<Version, HistoryError>> + use<'l> {
        let unit = unit.clone();
        let file = object_file(object);
        let mut rows = self.rows_of(&unit).into_iter();
        // The record that is looked at, and what the object was after it.
        let mut newer: Option<(RecordId, Option<GitId>)> = None;
        let mut next = move || -> Result<Option<Version>, HistoryError> {
            loop {
                let Some(id) = rows.next() else {
                    // The oldest that is known brought what it has.
                    let oldest = newer.take().filter(|(_, is)| is.is_some());
                    return oldest.map(|(record, _)| self.version(record, None)).transpose();
                };
                let was = self.blob_at(id, &unit, &file)?;
                let change = newer.replace((id, was)).filter(|(_, is)| *is != was);
                if let Some((record, _)) = change {
                    return self.version(record, was).map(Some);
                }
            }
        };
        std::iter::from_fn(move || next().transpose())
    }

    fn version(&self, record: RecordId, was: Option<GitId>) -> Result<Version, HistoryError> {
        let before = match was {
            Some(blob) => fields(&self.text(blob)?)?,
            None => BTreeMap::new(),
        };
        Ok(Version { record, before })
    }

    /// The records of a unit in all shards, newest first.
    fn rows_of(&self, unit: &UnitId) -> Vec<RecordId> {
        let name = message::unit_word(unit);
        let mut rows: Vec<(i64, RecordId)> = Vec::new();
        for index in self.indexes().values() {
            let wanted = index.names().wanted(|text| text == name);
            let of_unit = index.rows().iter().rev().filter(|row| wanted.has(row.unit));
            rows.extend(of_unit.map(|row| (row.finished, RecordId(row.id))));
        }
        // It keeps the order of records that ended together.
        rows.sort_by_key(|row| std::cmp::Reverse(row.0));
        rows.into_iter().map(|(_, id)| id).collect()
    }

    fn blob_at(&self, record: RecordId, unit: &UnitId, file: &str) -> Result<Option<GitId>, HistoryError> {
        let tree = self.unit_tree(record, unit)?;
        Ok(find(&read_tree(&self.store, tree)?, file).map(|entry| entry.id))
    }
}

/// Where the record says that the object was written.
fn origin_of(entry: &Entry, object: &ObjectId) -> Option<Origin> {
    let change = entry
        .record
        .changes
        .iter()
        .find(|change| change.object == *object)?;
    change.origin.clone()
}

/// Whether `field` is `path` or lies in it.
fn is_within(field: &str, path: &str) -> bool {
    field
        .strip_prefix(path)
        .is_some_and(|rest| rest.is_empty() || rest.starts_with(['.', '[']))
}

/// The leaves of an object, by path.
fn fields(text: &str) -> Result<BTreeMap<String, Value>, HistoryError> {
    let documents = plumb_yaml::parse(text, SourceId(0), Dialect::default(), &Limits::default())
        .map_err(|error| HistoryError::damaged("an object's text", error))?;
    let mut out = BTreeMap::new();
    for document in documents {
        leaves(&document.to_json(), String::new(), &mut out);
    }
    Ok(out)
}

fn leaves(value: &Value, path: String, out: &mut BTreeMap<String, Value>) {
    match value {
        Value::Object(map) if !map.is_empty() => {
            for (key, value) in map {
                leaves(value, format!("{path}{}", key_step(key)), out);
            }
        }
        Value::Array(items) if !items.is_empty() => {
            let named = are_named(items);
            for (position, item) in items.iter().enumerate() {
                let step = match item["name"].as_str().filter(|_| named) {
                    Some(name) => format!("[name={name:?}]"),
                    None => format!("[{position}]"),
                };
                leaves(item, format!("{path}{step}"), out);
            }
        }
        leaf => drop(out.insert(path, leaf.clone())),
    }
}

/// Whether all items have names of their own.
fn are_named(items: &[Value]) -> bool {
    let names: std::collections::BTreeSet<&str> =
        items.iter().filter_map(|item| item["name"].as_str()).collect();
    names.len() == items.len()
}

fn key_step(key: &str) -> String {
    let plain = !key.is_empty()
        && key
            .bytes()
            .all(|byte| byte.is_ascii_alphanumeric() || b"-_".contains(&byte));
    if plain {
        format!(".{key}")
    } else {
        format!("[{key:?}]")
    }
}
