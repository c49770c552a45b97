//! Reads the protobuf form of objects, which some kubectl commands (`create`, `auth can-i`) send.
//!
//! Answers are JSON all the same; those clients accept both. The table of field numbers is derived from the published
//! definitions of the messages.
//!
//! The wire does not tell "absent" from "zero" for fields that are not pointers in Go, so zeros are dropped unless the
//! field is known to mean something when it is zero.
//!
//! **Invariant:** hostile input costs at most its own size; nothing here panics.
//! **Start at** [`decode`].

mod wire;

use base64::{Engine as _, engine::general_purpose::STANDARD};
use serde_json::{Map, Value, json};
use std::{collections::BTreeMap, sync::OnceLock};
use wire::{Field, fields};

const TABLE: &str = include_str!("../data/messages.txt");
const MAGIC: &[u8] = b"k8s\0";
/// Messages in messages.
const DEEPEST: usize = 64;
/// Pointers in Go: a zero that is sent was meant.
const MEANT: [&str; 32] = [
    "activeDeadlineSeconds",
    "allowPrivilegeEscalation",
    "automountServiceAccountToken",
    "backoffLimit",
    "blockOwnerDeletion",
    "completions",
    "controller",
    "defaultMode",
    "enableServiceLinks",
    "expirationSeconds",
    "failedJobsHistoryLimit",
    "fsGroup",
    "gracePeriodSeconds",
    "immutable",
    "minReplicas",
    "optional",
    "orphanDependents",
    "parallelism",
    "partition",
    "priority",
    "privileged",
    "readOnlyRootFilesystem",
    "replicas",
    "revisionHistoryLimit",
    "runAsGroup",
    "runAsNonRoot",
    "runAsUser",
    "successfulJobsHistoryLimit",
    "suspend",
    "terminationGracePeriodSeconds",
    "tolerationSeconds",
    "ttlSecondsAfterFinished",
];

struct Declared {
    name: &'static str,
    kind: &'static str,
    inline: bool,
}

type Message = BTreeMap<u64, Declared>;

/// The object in a body; says why when it cannot be read.
pub(crate) fn decode(body: &[u8]) -> Result<Value, String> {
    let body = body
        .strip_prefix(MAGIC)
        .ok_or("it does not start as Kubernetes' protobuf does")?;
    let (mut version, mut kind, mut raw) = (String::new(), String::new(), &body[..0]);
    for (number, field) in fields(body)? {
        match (number, field) {
            (1, Field::Bytes(bytes)) => {
                for (number, field) in fields(bytes)? {
                    match (number, field) {
                        (1, Field::Bytes(text)) => version = String::from_utf8_lossy(text).into_owned(),
                        (2, Field::Bytes(text)) => kind = String::from_utf8_lossy(text).into_owned(),
                        _ => {}
                    }
                }
            }
            (2, Field::Bytes(bytes)) => raw = bytes,
            _ => {}
        }
    }
    let name = message_name(&version, &kind);
    if !table().contains_key(name.as_str()) {
        return Err(format!(
            "the kind {kind} of {version} is not known in this form; JSON is"
        ));
    }
    let mut object = message(&name, raw, 0)?;
    object["apiVersion"] = version.into();
    object["kind"] = kind.into();
    Ok(object)
}

fn message_name(api_version: &str, kind: &str) -> String {
    if kind == "DeleteOptions" {
        return "apis.meta.v1.DeleteOptions".to_owned();
    }
    let (group, version) = api_version.split_once('/').unwrap_or(("core", api_version));
    format!("{}.{version}.{kind}", group.split('.').next().unwrap_or(group))
}

fn table() -> &'static BTreeMap<&'static str, Message> {
    static PARSED: OnceLock<BTreeMap<&'static str, Message>> = OnceLock::new();
    PARSED.get_or_init(|| {
        let lines = TABLE.lines().filter(|line| !line.starts_with('#'));
        lines
            .filter_map(|line| {
                let (name, rest) = line.split_once(' ')?;
                Some((name, rest.split(' ').filter_map(declared).collect()))
            })
            .collect()
    })
}

fn declared(text: &'static str) -> Option<(u64, Declared)> {
    let [number, name, kind]: [&str; 3] = text.split(':').collect::<Vec<_>>().try_into().ok()?;
    let inline = kind.ends_with('!');
    Some((
        number.parse().ok()?,
        Declared {
            name,
            kind: kind.trim_end_matches('!'),
            inline,
        },
    ))
}

fn message(name: &str, bytes: &[u8], depth: usize) -> Result<Value, String> {
    if depth > DEEPEST {
        return Err("it is nested too deeply".to_owned());
    }
    if let Some(value) = special(name, bytes)? {
        return Ok(value);
    }
    let Some(message) = table().get(name) else {
        return Ok(Value::Null);
    };
    let mut object = Map::new();
    for (number, field) in fields(bytes)? {
        let Some(declared) = message.get(&number) else {
            continue;
        };
        let key = declared.name.to_owned();
        if let Some(kind) = declared.kind.strip_prefix('*') {
            let item = value(kind, field, depth)?;
            if let Value::Array(list) = object.entry(key).or_insert_with(|| json!([])) {
                list.push(item);
            }
        } else if let Some(kind) = declared.kind.strip_prefix('%') {
            let Field::Bytes(entry) = field else { continue };
            let (name, item) = map_entry(kind, entry, depth)?;
            object.entry(key).or_insert_with(|| json!({}))[name] = item;
        } else {
            let item = value(declared.kind, field, depth)?;
            match item {
                Value::Object(inner) if declared.inline => object.extend(inner),
                item if is_zero(&item) && !MEANT.contains(&declared.name) => {}
                item => {
                    object.insert(key, item);
                }
            }
        }
    }
    Ok(Value::Object(object))
}

fn map_entry(kind: &str, bytes: &[u8], depth: usize) -> Result<(String, Value), String> {
    let (mut key, mut item) = (String::new(), value(kind, Field::Bytes(&[]), depth)?);
    for (number, field) in fields(bytes)? {
        match (number, field) {
            (1, Field::Bytes(text)) => key = String::from_utf8_lossy(text).into_owned(),
            (2, field) => item = value(kind, field, depth)?,
            _ => {}
        }
    }
    Ok((key, item))
}

fn value(kind: &str, field: Field<'_>, depth: usize) -> Result<Value, String> {
    Ok(match (kind, field) {
        ("s", Field::Bytes(bytes)) => String::from_utf8_lossy(bytes).into_owned().into(),
        ("b", Field::Bytes(bytes)) => STANDARD.encode(bytes).into(),
        ("i", Field::Number(number)) => number.cast_signed().into(),
        ("B", Field::Number(number)) => (number != 0).into(),
        ("d", Field::Number(bits)) => f64::from_bits(bits).into(),
        (kind, Field::Bytes(bytes)) if kind.len() > 1 => message(kind, bytes, depth + 1)?,
        (kind, _) => return Err(format!("a field of type {kind} has the wrong form")),
    })
}

/// Messages that are no objects in JSON.
fn special(name: &str, bytes: &[u8]) -> Result<Option<Value>, String> {
    let text = |wanted: u64| -> Result<Option<String>, String> {
        let found = fields(bytes)?.into_iter().find(|(number, _)| *number == wanted);
        Ok(match found {
            Some((_, Field::Bytes(bytes))) => Some(String::from_utf8_lossy(bytes).into_owned()),
            _ => None,
        })
    };
    let number = |wanted: u64| -> Result<i64, String> {
        let found = fields(bytes)?.into_iter().find(|(number, _)| *number == wanted);
        Ok(match found {
            Some((_, Field::Number(number))) => number.cast_signed(),
            _ => 0,
        })
    };
    let value = match name {
        "apis.meta.v1.Time" | "apis.meta.v1.MicroTime" => {
            if bytes.is_empty() {
                return Ok(Some(Value::Null));
            }
            let nanos = i32::try_from(number(2)?).unwrap_or(0);
            let time = jiff::Timestamp::new(number(1)?, nanos).map_err(|error| error.to_string())?;
            let form = if name.ends_with("MicroTime") {
                "%Y-%m-%dT%H:%M:%S.%6fZ"
            } else {
                "%Y-%m-%dT%H:%M:%SZ"
            };
            time.strftime(form).to_string().into()
        }
        "api.resource.Quantity" => text(1)?.unwrap_or_default().into(),
        "util.intstr.IntOrString" => {
            if number(1)? == 0 {
                number(2)?.into()
            } else {
                text(3)?.unwrap_or_default().into()
            }
        }
        "apis.meta.v1.FieldsV1" | "runtime.RawExtension" => match text(1)? {
            Some(json) => serde_json::from_str(&json).map_err(|error| error.to_string())?,
            None => Value::Null,
        },
        name if name.ends_with(".ExtraValue") => {
            let items = fields(bytes)?.into_iter().filter_map(|(_, field)| match field {
                Field::Bytes(text) => Some(Value::from(String::from_utf8_lossy(text).into_owned())),
                Field::Number(_) => None,
            });
            items.collect::<Vec<_>>().into()
        }
        _ => return Ok(None),
    };
    Ok(Some(value))
}

fn is_zero(value: &Value) -> bool {
    match value {
        Value::Null => true,
        Value::Bool(value) => !value,
        Value::Number(number) => number.as_f64() == Some(0.0),
        Value::String(text) => text.is_empty(),
        Value::Array(_) | Value::Object(_) => false,
    }
}
