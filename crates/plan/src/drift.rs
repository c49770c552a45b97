//! Which fields are not as Git says, and who made them so.

use plumb_model::FieldDrift;
use serde_json::Value;

/// Fields of `metadata` that the server keeps for itself.
const SERVER_FIELDS: [&str; 7] = [
    "managedFields",
    "resourceVersion",
    "generation",
    "creationTimestamp",
    "uid",
    "selfLink",
    "deletionTimestamp",
];

/// The fields in which `live` differs from `predicted`, what the server says it would be after the apply.
#[must_use]
pub fn fields(live: &Value, predicted: &Value) -> Vec<FieldDrift> {
    let mut found = Vec::new();
    let (Some(before), Some(after)) = (live.as_object(), predicted.as_object()) else {
        return found;
    };
    let keys: std::collections::BTreeSet<&String> = before.keys().chain(after.keys()).collect();
    for key in keys.into_iter().filter(|key| *key != "status") {
        compare(&format!(".{key}"), after.get(key), before.get(key), &mut found);
    }
    let is_secret = live["kind"] == "Secret" && live["apiVersion"] == "v1";
    for drift in &mut found {
        (drift.manager, drift.since) = owner(live, &drift.path);
        if is_secret {
            hide(drift);
        }
    }
    found
}

/// Whether `manager` has ever applied `live`.
#[must_use]
pub fn is_applied_by(live: &Value, manager: &str) -> bool {
    entries(live).any(|entry| entry["manager"] == *manager && entry["operation"] == "Apply")
}

fn compare(path: &str, desired: Option<&Value>, live: Option<&Value>, found: &mut Vec<FieldDrift>) {
    if desired == live
        || SERVER_FIELDS
            .iter()
            .any(|field| path.strip_prefix(".metadata.") == Some(field))
    {
        return;
    }
    match (desired, live) {
        (Some(Value::Object(desired)), Some(Value::Object(live))) => {
            let keys: std::collections::BTreeSet<&String> = desired.keys().chain(live.keys()).collect();
            for key in keys {
                compare(
                    &format!("{path}{}", step(key)),
                    desired.get(key),
                    live.get(key),
                    found,
                );
            }
        }
        (Some(Value::Array(desired)), Some(Value::Array(live))) => match list_key(desired, live) {
            Some(key) => compare_keyed(path, key, desired, live, found),
            None if desired.len() == live.len() => {
                for (index, (desired, live)) in desired.iter().zip(live).enumerate() {
                    compare(&format!("{path}[{index}]"), Some(desired), Some(live), found);
                }
            }
            None => found.push(drift(
                path,
                Some(&Value::from(desired.clone())),
                Some(&Value::from(live.clone())),
            )),
        },
        _ => found.push(drift(path, desired, live)),
    }
}

fn compare_keyed(path: &str, key: &str, desired: &[Value], live: &[Value], found: &mut Vec<FieldDrift>) {
    let named = |items: &[Value], name: &Value| items.iter().find(|item| item[key] == *name).cloned();
    let mut names: Vec<&Value> = desired.iter().chain(live).map(|item| &item[key]).collect();
    names.sort_by_key(|name| name.to_string());
    names.dedup();
    for name in names {
        let at = format!("{path}[{key}={name}]");
        compare(
            &at,
            named(desired, name).as_ref(),
            named(live, name).as_ref(),
            found,
        );
    }
    let order = |items: &[Value]| items.iter().map(|item| item[key].clone()).collect::<Vec<_>>();
    if found.is_empty() && order(desired) != order(live) {
        found.push(drift(
            path,
            Some(&Value::from(desired.to_vec())),
            Some(&Value::from(live.to_vec())),
        ));
    }
}

/// The field that tells the items of both lists apart, for showing: `name`, or what ports have.
fn list_key(desired: &[Value], live: &[Value]) -> Option<&'static str> {
    ["name", "containerPort", "port", "mountPath", "key", "type"]
        .into_iter()
        .find(|key| {
            [desired, live].into_iter().all(|items| {
                let mut keys: Vec<String> = items.iter().map(|item| item[*key].to_string()).collect();
                let all_there = keys.iter().all(|text| text != "null");
                keys.sort();
                keys.dedup();
                all_there && keys.len() == items.len()
            })
        })
}

fn drift(path: &str, desired: Option<&Value>, live: Option<&Value>) -> FieldDrift {
    FieldDrift {
        path: path.to_owned(),
        desired: desired.cloned(),
        live: live.cloned(),
        manager: None,
        since: None,
    }
}

/// Takes the values out of a difference in a Secret; which fields differ is still told.
fn hide(drift: &mut FieldDrift) {
    let told = [".data", ".stringData", ".metadata.annotations"];
    if told.iter().any(|field| drift.path.starts_with(field)) {
        for value in [&mut drift.desired, &mut drift.live].into_iter().flatten() {
            *value = Value::from("<hidden>");
        }
    }
}

fn step(key: &str) -> String {
    if key
        .bytes()
        .all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'-'))
    {
        format!(".{key}")
    } else {
        format!("[{}]", Value::from(key))
    }
}

fn entries(live: &Value) -> impl Iterator<Item = &Value> {
    live["metadata"]["managedFields"].as_array().into_iter().flatten()
}

/// Who owns `path` in `live` and when they last wrote: the newest entry that has the field, something below it, or the
/// whole that it is part of.
fn owner(live: &Value, path: &str) -> (Option<String>, Option<String>) {
    let owns = |entry: &&Value| {
        plumb_schema::FieldSet::decode(&entry["fieldsV1"]).is_ok_and(|set| {
            set.leaves()
                .paths()
                .iter()
                .any(|leaf| are_related(&leaf.to_string(), path))
        })
    };
    let newest = entries(live)
        .filter(owns)
        .max_by_key(|entry| entry["time"].as_str().unwrap_or_default().to_owned());
    let text = |field: &str| newest.and_then(|entry| entry[field].as_str()).map(str::to_owned);
    (text("manager"), text("time"))
}

/// Whether one path is the other, or leads to it.
fn are_related(a: &str, b: &str) -> bool {
    let leads = |short: &str, long: &str| {
        long.strip_prefix(short)
            .is_some_and(|rest| rest.is_empty() || rest.starts_with(['.', '[']))
    };
    leads(a, b) || leads(b, a)
}
