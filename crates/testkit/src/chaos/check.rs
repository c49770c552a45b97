//! Whether all is as Git says, and the custom resources say so.

use std::{
    collections::BTreeSet,
    time::{Duration, Instant},
};

use anyhow::{Result, bail};
use base64::Engine as _;
use serde_json::Value;

use crate::api::Api;

use super::ground::{Ground, Id, KINDS, UNITS, collection, manifest};

const APPLICATION: &str = "/apis/argoproj.io/v1alpha1/namespaces/argocd/applications/shop";
const KUSTOMIZATION: &str =
    "/apis/kustomize.toolkit.fluxcd.io/v1/namespaces/flux-system/kustomizations/stock";
/// Longest time until all is as it must be.
const PATIENCE: Duration = Duration::from_secs(90);

/// Waits until all is as Git says.
pub(super) async fn settled(admin: &Api, ground: &Ground) -> Result<()> {
    let began = Instant::now();
    loop {
        let wrong = match wrong(admin, ground).await {
            Ok(None) => return Ok(()),
            Ok(Some(wrong)) => wrong,
            Err(error) => format!("{error:#}"),
        };
        if began.elapsed() > PATIENCE {
            bail!("not as it must be within {} s: {wrong}", PATIENCE.as_secs());
        }
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
}

/// What the custom resources say of themselves, for who looks into a failure.
pub(super) async fn statuses(api: &Api) -> String {
    let mut text = String::new();
    for path in [APPLICATION, KUSTOMIZATION] {
        let found = api.get(path).await.ok().flatten().unwrap_or_default();
        text += &format!("{path}: {:#}\n", found["status"]);
    }
    text
}

/// What is not as it must be.
pub(super) async fn wrong(admin: &Api, ground: &Ground) -> Result<Option<String>> {
    let head = ground.head();
    for unit in UNITS {
        if let Some(wrong) = objects(admin, ground, unit).await? {
            return Ok(Some(wrong));
        }
    }
    for (path, judge) in [
        (APPLICATION, judge_application as Judge),
        (KUSTOMIZATION, judge_kustomization),
    ] {
        let Some(found) = admin.get(path).await? else {
            return Ok(Some(format!("{path} is gone")));
        };
        if let Some(wrong) = judge(&found["status"], ground, head) {
            return Ok(Some(format!("{path}: {wrong}")));
        }
    }
    Ok(None)
}

type Judge = fn(&Value, &Ground, &str) -> Option<String>;

async fn objects(admin: &Api, ground: &Ground, unit: &str) -> Result<Option<String>> {
    for (id, value) in &ground.unit(unit).objects {
        let Some(live) = admin.get(&id.path(unit)).await? else {
            return Ok(Some(format!("{unit} {} {} is not there", id.kind, id.name)));
        };
        if let Some(place) = differs("", &comparable(manifest(id, *value)), &live) {
            return Ok(Some(format!(
                "{unit} {} {}: {place} is not as Git says",
                id.kind, id.name
            )));
        }
    }
    for kind in KINDS {
        let list = admin.get(&collection(kind, unit)).await?.unwrap_or_default();
        for found in list["items"].as_array().into_iter().flatten() {
            let name = found["metadata"]["name"].as_str().unwrap_or_default().to_owned();
            let id = Id { kind, name };
            if is_marked(found) && !ground.unit(unit).objects.contains_key(&id) {
                return Ok(Some(format!(
                    "{unit} {kind} {} is there, and Git has dropped it",
                    id.name
                )));
            }
        }
    }
    Ok(None)
}

/// A manifest as the server stores it.
fn comparable(mut manifest: Value) -> Value {
    if let Some(written) = manifest
        .as_object_mut()
        .and_then(|object| object.remove("stringData"))
    {
        let text = written["value"].as_str().unwrap_or_default();
        let encoded = base64::engine::general_purpose::STANDARD.encode(text);
        manifest["data"] = serde_json::json!({"value": encoded});
    }
    manifest
}

/// The first place where `live` lacks what `wanted` says; `data` must be just that.
fn differs(path: &str, wanted: &Value, live: &Value) -> Option<String> {
    match (wanted, live) {
        (Value::Object(fields), Value::Object(there)) => {
            if path == ".data" && fields.len() != there.len() {
                return Some(path.to_owned());
            }
            fields.iter().find_map(|(key, value)| {
                differs(
                    &format!("{path}.{key}"),
                    value,
                    there.get(key).unwrap_or(&Value::Null),
                )
            })
        }
        (Value::Array(items), Value::Array(there)) if items.len() == there.len() => items
            .iter()
            .zip(there)
            .enumerate()
            .find_map(|(index, (item, there))| differs(&format!("{path}[{index}]"), item, there)),
        _ => (wanted != live).then(|| path.to_owned()),
    }
}

fn is_marked(object: &Value) -> bool {
    let metadata = &object["metadata"];
    metadata["annotations"]["argocd.argoproj.io/tracking-id"].is_string()
        || metadata["labels"]["kustomize.toolkit.fluxcd.io/name"].is_string()
}

fn judge_application(status: &Value, ground: &Ground, head: &str) -> Option<String> {
    let unit = ground.unit("shop");
    let is = |place: &str, value: &str| {
        let found = status.pointer(place).and_then(Value::as_str).unwrap_or_default();
        (found != value).then(|| format!("{place} is {found:?}, not {value:?}"))
    };
    let history: Vec<(i64, &str)> = status["history"]
        .as_array()
        .into_iter()
        .flatten()
        .map(|entry| {
            (
                entry["id"].as_i64().unwrap_or(-1),
                entry["revision"].as_str().unwrap_or_default(),
            )
        })
        .collect();
    let gap = history.windows(2).find(|pair| pair[1].0 != pair[0].0 + 1);
    let twice = history.windows(2).find(|pair| pair[1].1 == pair[0].1);
    is("/sync/status", "Synced")
        .or_else(|| is("/sync/revision", head))
        .or_else(|| is("/health/status", "Healthy"))
        .or_else(|| is("/operationState/phase", "Succeeded"))
        .or_else(|| {
            status["conditions"]
                .as_array()
                .is_some_and(|all| !all.is_empty())
                .then(|| status["conditions"].to_string())
        })
        .or_else(|| resources(status, &unit.objects.keys().cloned().collect()))
        .or_else(|| gap.map(|pair| format!("a record is missing in the history: {pair:?}")))
        .or_else(|| twice.map(|pair| format!("a record is there twice in the history: {pair:?}")))
        .or_else(|| {
            let last = history.last().map_or("", |entry| entry.1);
            let lacks = !ground.has_last_change("shop", last);
            lacks.then(|| format!("the last record is of {last}, not of {} or later", unit.commit))
        })
}

fn resources(status: &Value, wanted: &BTreeSet<Id>) -> Option<String> {
    let found: BTreeSet<(String, String)> = status["resources"]
        .as_array()
        .into_iter()
        .flatten()
        .map(|resource| {
            let text = |field: &str| resource[field].as_str().unwrap_or_default().to_owned();
            (text("kind"), text("name"))
        })
        .collect();
    let wanted: BTreeSet<(String, String)> = wanted
        .iter()
        .map(|id| (id.kind.to_owned(), id.name.clone()))
        .collect();
    (found != wanted).then(|| format!("its resources are {found:?}, not {wanted:?}"))
}

fn judge_kustomization(status: &Value, ground: &Ground, head: &str) -> Option<String> {
    let ready = status["conditions"]
        .as_array()
        .into_iter()
        .flatten()
        .find(|condition| condition["type"] == "Ready");
    let ready_status = ready.map_or("absent", |ready| ready["status"].as_str().unwrap_or_default());
    if ready_status != "True" {
        return Some(format!("it is not Ready: {ready:?}"));
    }
    let applied = status["lastAppliedRevision"].as_str().unwrap_or_default();
    if applied != format!("main@sha1:{head}") {
        return Some(format!("lastAppliedRevision is {applied}, not {head}"));
    }
    let entries = status["inventory"]["entries"].as_array().map_or(0, Vec::len);
    let wanted = ground.unit("stock").objects.len();
    (entries != wanted).then(|| format!("its inventory has {entries} entries, not {wanted}"))
}
