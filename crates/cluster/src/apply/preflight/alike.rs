//! What the server need not be asked about once more: a new object that differs from one that it has just taken only in its
//! name, and in what was made of that name.
//!
//! Of a monorepo with hundreds of apps made of the same base, this is most of what a first sync applies.
//!
//! **Invariant:** whatever the server may judge by a value keeps that value in the [`Shape`]; only names that look like
//! names everywhere, the data of ConfigMaps and annotations of other domains than Kubernetes' own are left out of it.

use std::{
    collections::{HashMap, HashSet},
    sync::{Mutex, PoisonError},
    time::{Duration, Instant},
};

use plumb_model::{Digest, GroupVersionKind};
use serde_json::{Map, Value, json};

/// How long the server's word holds: policies and quotas change.
const FRESH: Duration = Duration::from_secs(60);
/// How many shapes are remembered at most.
const MOST: usize = 4096;
/// The longest text with a name in it for which length is no question to the server.
const SHORT: usize = 63;
/// The most data of a ConfigMap for which size is no question.
const SMALL: usize = 256 * 1024;

/// Kinds of which it is known what the server looks at. Of others, names may say more: the one of a role tells what may be done.
const KINDS: [(&str, &str); 12] = [
    ("", "ConfigMap"),
    ("", "Service"),
    ("", "ServiceAccount"),
    ("apps", "DaemonSet"),
    ("apps", "Deployment"),
    ("apps", "StatefulSet"),
    ("autoscaling", "HorizontalPodAutoscaler"),
    ("batch", "CronJob"),
    ("batch", "Job"),
    ("networking.k8s.io", "Ingress"),
    ("networking.k8s.io", "NetworkPolicy"),
    ("policy", "PodDisruptionBudget"),
];

/// An object without what is its own.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) struct Shape(Digest);

/// The shapes of objects that the server took lately.
#[derive(Debug, Default)]
pub(crate) struct Taken {
    shapes: Mutex<HashMap<Shape, Instant>>,
}

impl Taken {
    /// Whether the server took one like it a moment ago.
    pub(super) fn has(&self, shape: Shape) -> bool {
        let shapes = self.shapes.lock().unwrap_or_else(PoisonError::into_inner);
        shapes.get(&shape).is_some_and(|at| at.elapsed() < FRESH)
    }

    /// The server took it.
    pub(super) fn add(&self, shape: Shape) {
        let mut shapes = self.shapes.lock().unwrap_or_else(PoisonError::into_inner);
        if shapes.len() >= MOST {
            shapes.retain(|_, at| at.elapsed() < FRESH);
        }
        if shapes.len() < MOST {
            shapes.insert(shape, Instant::now());
        }
    }
}

impl Shape {
    /// The shape of a new object; `None` where the server must be asked about every single one.
    pub(super) fn of(gvk: &GroupVersionKind, object: &Value) -> Option<Self> {
        let kind = (gvk.group.as_str(), gvk.kind.as_str());
        if !KINDS.contains(&kind) || asks_for_something_scarce(kind, object) {
            return None;
        }
        let metadata = object.get("metadata")?;
        let names = names(metadata)?;
        let mut shape = object.clone();
        if let Some(annotations) = shape.pointer_mut("/metadata/annotations") {
            annotations.as_object_mut()?.iter_mut().for_each(|(key, value)| {
                if !is_of_kubernetes(key) {
                    *value = json!("");
                }
            });
        }
        if kind == ("", "ConfigMap") {
            hide_data(&mut shape)?;
        }
        let namespace = metadata["namespace"].as_str().unwrap_or_default();
        mask(&mut shape, &names)?;
        // What may be in a namespace is the namespace's to say, whatever it is named after.
        let place = format!("{} {namespace}", gvk.version);
        let shape = [Digest::of(place.as_bytes()), Digest::of_json(&shape)];
        Some(Self(Digest::chain(shape)))
    }
}

/// Whether the object wants something of which there is only one: another one alike would be refused.
fn asks_for_something_scarce(kind: (&str, &str), object: &Value) -> bool {
    let spec = &object["spec"];
    let ports = spec["ports"].as_array().into_iter().flatten();
    let fixed = ["clusterIP", "clusterIPs", "healthCheckNodePort"];
    kind == ("", "Service")
        && (fixed.iter().any(|field| !spec[field].is_null())
            || ports.into_iter().any(|port| !port["nodePort"].is_null()))
}

/// The name of an object and the values of its labels, the longest first, where all of them could be names of anything.
fn names(metadata: &Value) -> Option<Vec<String>> {
    let labels = metadata["labels"].as_object();
    let own = metadata["name"].as_str()?;
    let values = labels.into_iter().flat_map(Map::values).filter_map(Value::as_str);
    let mut names: Vec<String> = values
        .filter(|value| is_name(value))
        .map(str::to_owned)
        .collect::<HashSet<_>>()
        .into_iter()
        .collect();
    if !is_name(own) {
        return None;
    }
    names.push(own.to_owned());
    names.sort_by(|a, b| b.len().cmp(&a.len()).then_with(|| a.cmp(b)));
    names.dedup();
    Some(names)
}

/// Whether a text may stand wherever the server wants any kind of name (RFC 1035 label), and is no common word.
fn is_name(text: &str) -> bool {
    let all = text
        .bytes()
        .all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-');
    let first = text.bytes().next().is_some_and(|byte| byte.is_ascii_lowercase());
    let last = text.bytes().last().is_some_and(|byte| byte != b'-');
    // A word like `tcp` may mean something elsewhere in the object; with a dash or a digit it is somebody's own.
    let own = text.bytes().any(|byte| byte.is_ascii_digit() || byte == b'-');
    all && first && last && own && (3..=SHORT).contains(&text.len())
}

fn is_of_kubernetes(key: &str) -> bool {
    let domain = key.split_once('/').map_or("", |(domain, _)| domain);
    let is = |of: &str| domain == of || domain.strip_suffix(of).is_some_and(|rest| rest.ends_with('.'));
    domain.is_empty() || is("kubernetes.io") || is("k8s.io")
}

/// The server looks at the keys of a ConfigMap, and at how much it holds.
fn hide_data(shape: &mut Value) -> Option<()> {
    let Some(data) = shape.get_mut("data") else {
        return Some(());
    };
    let data = data.as_object_mut()?;
    let mut size = 0;
    for value in data.values_mut() {
        size += value.as_str()?.len();
        *value = json!("");
    }
    (size <= SMALL).then_some(())
}

/// Replaces names within texts; `None` where a text with one is long.
fn mask(value: &mut Value, names: &[String]) -> Option<()> {
    match value {
        Value::String(text) => {
            let has = |name: &String| text.contains(name.as_str());
            if !names.iter().any(has) {
                return Some(());
            }
            if text.len() > SHORT {
                return None;
            }
            let mut masked = text.clone();
            for (index, name) in names.iter().enumerate() {
                // No text of an object that the server takes holds this character.
                masked = masked.replace(name.as_str(), &format!("\u{0}{index}\u{0}"));
            }
            *text = masked;
            Some(())
        }
        Value::Array(items) => items.iter_mut().try_for_each(|item| mask(item, names)),
        Value::Object(fields) => fields.values_mut().try_for_each(|field| mask(field, names)),
        _ => Some(()),
    }
}

#[cfg(test)]
mod tests;
