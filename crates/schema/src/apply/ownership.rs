//! `metadata.managedFields`: reading, writing, and what is never tracked.

use std::cmp::Ordering;
use std::sync::OnceLock;

use serde_json::{Map, Value};

use crate::{FieldSet, FieldSetError, Segment};

/// How fields were taken.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Operation {
    /// By server-side apply.
    Apply,
    /// By any other write.
    Update,
}

/// One entry of managedFields: what a manager owns.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Claim {
    /// Field manager.
    pub manager: String,
    /// How it took the fields.
    pub operation: Operation,
    /// Version in which the paths are written.
    pub api_version: String,
    /// `status`, `scale` or empty.
    pub subresource: String,
    /// When it last took or gave up a field.
    pub time: Option<String>,
    /// The fields.
    pub fields: FieldSet,
}

/// After so many managers that update, the oldest share one entry.
const MAX_UPDATERS: usize = 10;

/// Reads the managedFields of an object; of several entries of one manager the last counts, as on the server.
///
/// # Errors
/// When an entry's `fieldsV1` is malformed.
pub fn claims(object: &Value) -> Result<Vec<Claim>, FieldSetError> {
    let entries = object
        .pointer("/metadata/managedFields")
        .and_then(Value::as_array);
    let mut claims: Vec<Claim> = Vec::new();
    for entry in entries.into_iter().flatten() {
        let claim = read(entry)?;
        match claims.iter_mut().find(|it| it.is_of(&claim)) {
            Some(before) => *before = claim,
            None => claims.push(claim),
        }
    }
    Ok(claims)
}

/// Writes the managedFields of an object, in the server's order.
pub fn set_claims(object: &mut Value, mut claims: Vec<Claim>) {
    if claims.is_empty() {
        return clear(object);
    }
    claims.sort_by(order);
    let entries = claims.iter().map(write).collect();
    if let Value::Object(root) = object {
        let metadata = root
            .entry("metadata")
            .or_insert_with(|| Value::Object(Map::new()));
        if let Value::Object(metadata) = metadata {
            metadata.insert("managedFields".to_owned(), Value::Array(entries));
        }
    }
}

/// Forgets all ownership.
pub(super) fn clear(object: &mut Value) {
    if let Some(Value::Object(metadata)) = object.get_mut("metadata") {
        metadata.remove("managedFields");
    }
}

/// A copy without its managedFields, which are often the larger half.
pub(super) fn bare(object: &Value) -> Value {
    let (Value::Object(root), Some(Value::Object(metadata))) = (object, object.get("metadata")) else {
        return object.clone();
    };
    let tracked = |name: &str| name != "managedFields";
    let fields = metadata
        .iter()
        .filter(|(name, _)| tracked(name))
        .map(|(name, value)| (name.clone(), value.clone()));
    let metadata = Value::Object(fields.collect());
    let rest = root
        .iter()
        .filter(|(name, _)| *name != "metadata")
        .map(|(name, value)| (name.clone(), value.clone()));
    let mut out: Map<String, Value> = rest.collect();
    out.insert("metadata".to_owned(), metadata);
    Value::Object(out)
}

/// Whether two lists of entries say the same, whenever it was said.
pub(super) fn same_but_time(a: &[Claim], b: &[Claim]) -> bool {
    a.len() == b.len()
        && a.iter().all(|a| {
            b.iter()
                .any(|b| a.is_of(b) && a.api_version == b.api_version && a.fields == b.fields)
        })
}

/// Lets the oldest updaters share one entry per version when there are too many.
pub(super) fn cap(claims: &mut Vec<Claim>) {
    let mut extra = claims
        .iter()
        .filter(|it| it.operation == Operation::Update)
        .count()
        .saturating_sub(MAX_UPDATERS);
    if extra == 0 {
        return;
    }
    claims.sort_by(order);
    let mut shared: Vec<Claim> = Vec::new();
    let mut rest = Vec::with_capacity(claims.len());
    for claim in claims.drain(..) {
        if claim.operation == Operation::Apply || extra == 0 {
            rest.push(claim);
            continue;
        }
        match shared.iter_mut().find(|it| it.api_version == claim.api_version) {
            Some(old) => {
                old.fields = old.fields.union(&claim.fields);
                old.time = claim.time;
                extra -= 1;
            }
            None => shared.push(Claim {
                manager: "ancient-changes".to_owned(),
                subresource: String::new(),
                ..claim
            }),
        }
    }
    rest.append(&mut shared);
    *claims = rest;
}

impl Claim {
    /// Whether both are entries of one manager. Appliers keep their entry over versions.
    #[must_use]
    pub fn is_of(&self, other: &Claim) -> bool {
        self.manager == other.manager
            && self.operation == other.operation
            && self.subresource == other.subresource
            && (self.operation == Operation::Apply || self.api_version == other.api_version)
    }
}

impl FieldSet {
    /// Without the fields that the server never tracks: identity and its own bookkeeping in `metadata`.
    #[must_use]
    pub fn strip_untracked(self) -> FieldSet {
        static UNTRACKED: OnceLock<FieldSet> = OnceLock::new();
        let untracked = UNTRACKED.get_or_init(|| {
            let mut set = FieldSet::new();
            set.insert(&[Segment::field("apiVersion")]);
            set.insert(&[Segment::field("kind")]);
            for name in [
                "clusterName",
                "creationTimestamp",
                "generation",
                "managedFields",
                "name",
                "namespace",
                "resourceVersion",
                "selfLink",
                "uid",
            ] {
                set.insert(&[Segment::field("metadata"), Segment::field(name)]);
            }
            set
        });
        let mut out = self.without(untracked);
        out.drop_member(&Segment::field("metadata"));
        out
    }

    /// Takes a top-level path itself out, leaving what lies below.
    pub(super) fn drop_member(&mut self, segment: &Segment) {
        let Ok(at) = self.entries.binary_search_by(|entry| entry.segment.cmp(segment)) else {
            return;
        };
        self.entries[at].member = false;
        if self.entries[at].children.is_empty() {
            self.entries.remove(at);
        }
    }
}

fn read(entry: &Value) -> Result<Claim, FieldSetError> {
    let text = |key: &str| entry[key].as_str().unwrap_or_default().to_owned();
    let fields = match &entry["fieldsV1"] {
        Value::Null => FieldSet::new(),
        fields => FieldSet::decode(fields)?,
    };
    Ok(Claim {
        manager: text("manager"),
        operation: if entry["operation"] == "Apply" {
            Operation::Apply
        } else {
            Operation::Update
        },
        api_version: text("apiVersion"),
        subresource: text("subresource"),
        time: entry["time"].as_str().map(str::to_owned),
        fields,
    })
}

fn write(claim: &Claim) -> Value {
    let mut entry = Map::new();
    let mut put = |key: &str, value: Value| entry.insert(key.to_owned(), value);
    put("apiVersion", Value::from(claim.api_version.as_str()));
    put("fieldsType", Value::from("FieldsV1"));
    put("fieldsV1", claim.fields.encode());
    put("manager", Value::from(claim.manager.as_str()));
    put(
        "operation",
        Value::from(if claim.operation == Operation::Apply {
            "Apply"
        } else {
            "Update"
        }),
    );
    if !claim.subresource.is_empty() {
        put("subresource", Value::from(claim.subresource.as_str()));
    }
    if let Some(time) = &claim.time {
        put("time", Value::from(time.as_str()));
    }
    Value::Object(entry)
}

fn order(a: &Claim, b: &Claim) -> Ordering {
    let key = |it: &Claim| {
        (
            it.operation,
            it.time.clone(),
            it.manager.clone(),
            it.api_version.clone(),
            it.subresource.clone(),
        )
    };
    key(a).cmp(&key(b))
}
