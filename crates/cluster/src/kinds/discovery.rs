//! Asks the server which kinds it serves: in two calls where it knows aggregated discovery, else one per version.

use futures::{StreamExt as _, TryStreamExt as _, stream};
use serde_json::Value;

use super::KindInfo;
use crate::{
    ClusterError,
    wire::{Call, Wire},
};

const AGGREGATED: &str = "application/json;g=apidiscovery.k8s.io;v=v2;as=APIGroupDiscoveryList,\
    application/json;g=apidiscovery.k8s.io;v=v2beta1;as=APIGroupDiscoveryList,application/json";
const DOING: &str = "asking which kinds the cluster serves";

/// Every kind, in the server's order, the core group first.
pub(super) async fn read(wire: &Wire) -> Result<Vec<KindInfo>, ClusterError> {
    let ask = async |path: &str| {
        let call = Call {
            accept: AGGREGATED,
            ..Call::read(path, DOING)
        };
        Ok::<Value, ClusterError>(wire.send(&call).await?.body)
    };
    let (core, named) = futures::try_join!(ask("/api"), ask("/apis"))?;
    let mut kinds = Vec::new();
    for document in [core, named] {
        match document["kind"].as_str() {
            Some("APIGroupDiscoveryList") => kinds.extend(aggregated(&document)),
            _ => kinds.extend(one_by_one(wire, &document).await?),
        }
    }
    Ok(kinds)
}

/// Kinds of an `APIGroupDiscoveryList`.
pub(super) fn aggregated(document: &Value) -> Vec<KindInfo> {
    let mut kinds = Vec::new();
    for group in items(&document["items"]) {
        let name = text(&group["metadata"]["name"]);
        let mut found = Vec::new();
        for version in items(&group["versions"]) {
            for resource in items(&version["resources"]) {
                let info = KindInfo {
                    group: name.clone(),
                    kind: text(&resource["responseKind"]["kind"]),
                    version: text(&version["version"]),
                    versions: vec![text(&version["version"])],
                    plural: text(&resource["resource"]),
                    singular: text(&resource["singularResource"]),
                    short_names: texts(&resource["shortNames"]),
                    categories: texts(&resource["categories"]),
                    namespaced: resource["scope"] == "Namespaced",
                    verbs: texts(&resource["verbs"]),
                };
                add(&mut found, info);
            }
        }
        kinds.append(&mut found);
    }
    kinds
}

async fn one_by_one(wire: &Wire, document: &Value) -> Result<Vec<KindInfo>, ClusterError> {
    let mut versions: Vec<(String, String)> = Vec::new();
    for version in items(&document["versions"]) {
        versions.push((String::new(), text(version)));
    }
    for group in items(&document["groups"]) {
        let preferred = text(&group["preferredVersion"]["version"]);
        let mut named: Vec<String> = items(&group["versions"])
            .map(|version| text(&version["version"]))
            .collect();
        named.sort_by_key(|version| *version != preferred);
        versions.extend(named.into_iter().map(|version| (text(&group["name"]), version)));
    }
    let asked = versions.into_iter().map(|(group, version)| async move {
        let path = if group.is_empty() {
            format!("/api/{version}")
        } else {
            format!("/apis/{group}/{version}")
        };
        match wire.send(&Call::read(path, DOING)).await {
            Ok(answer) => Ok(resources(&group, &version, &answer.body)),
            // An API server behind this one may be down; its kinds are then unknown, all others are not.
            Err(ClusterError::Busy { .. } | ClusterError::NotFound { .. }) => Ok(Vec::new()),
            Err(error) => Err(error),
        }
    });
    let mut kinds = Vec::new();
    let lists = stream::iter(asked.collect::<Vec<_>>());
    for list in lists.buffered(8).try_collect::<Vec<_>>().await? {
        list.into_iter().for_each(|info| add(&mut kinds, info));
    }
    Ok(kinds)
}

fn resources(group: &str, version: &str, document: &Value) -> Vec<KindInfo> {
    let main = items(&document["resources"]).filter(|resource| !text(&resource["name"]).contains('/'));
    main.map(|resource| KindInfo {
        group: group.to_owned(),
        kind: text(&resource["kind"]),
        version: version.to_owned(),
        versions: vec![version.to_owned()],
        plural: text(&resource["name"]),
        singular: text(&resource["singularName"]),
        short_names: texts(&resource["shortNames"]),
        categories: texts(&resource["categories"]),
        namespaced: resource["namespaced"] == true,
        verbs: texts(&resource["verbs"]),
    })
    .collect()
}

/// Adds a kind, or one more version of a kind that is there.
fn add(kinds: &mut Vec<KindInfo>, info: KindInfo) {
    if info.kind.is_empty() || info.plural.is_empty() {
        return;
    }
    let same = |known: &&mut KindInfo| {
        known.group == info.group && known.kind == info.kind && known.plural == info.plural
    };
    match kinds.iter_mut().find(same) {
        Some(known) => known.versions.extend(info.versions),
        None => kinds.push(info),
    }
}

fn items(value: &Value) -> impl Iterator<Item = &Value> {
    value.as_array().into_iter().flatten()
}

fn text(value: &Value) -> String {
    value.as_str().unwrap_or_default().to_owned()
}

fn texts(value: &Value) -> Vec<String> {
    items(value).map(text).collect()
}
