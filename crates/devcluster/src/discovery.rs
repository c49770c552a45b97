//! What a client learns about the API before it uses it: groups, versions, resources.
//!
//! **Invariant:** made from the [`Catalog`] of the moment, so a new CRD shows at once.
//! **Start at** [`document`].

use crate::resource::{Catalog, Resource, Subresource, api_version};
use serde_json::{Value, json};

/// Which form of discovery the client asked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Form {
    /// One document per group version.
    Legacy,
    /// Everything at once, `apidiscovery.k8s.io/v2` (or `v2beta1`).
    Aggregated(&'static str),
}

/// The document at a discovery path; `None` when the path is not one.
#[must_use]
pub(crate) fn document(catalog: &Catalog, path: &[&str], form: Form) -> Option<Value> {
    match (path, form) {
        (["api"], Form::Aggregated(version)) => Some(aggregated(catalog, version, true)),
        (["apis"], Form::Aggregated(version)) => Some(aggregated(catalog, version, false)),
        (["api"], Form::Legacy) => Some(json!({
            "kind": "APIVersions", "versions": ["v1"],
            "serverAddressByClientCIDRs": [{ "clientCIDR": "0.0.0.0/0", "serverAddress": "127.0.0.1" }],
        })),
        (["apis"], Form::Legacy) => {
            let groups: Vec<_> = groups(catalog, false)
                .map(|(name, versions)| group(name, versions))
                .collect();
            Some(json!({ "kind": "APIGroupList", "apiVersion": "v1", "groups": groups }))
        }
        (["api", version], _) => resource_list(catalog, "", version),
        (["apis", name], _) => {
            let (name, versions) = groups(catalog, false).find(|(group, _)| group == name)?;
            let mut document = group(name, versions);
            document["kind"] = "APIGroup".into();
            document["apiVersion"] = "v1".into();
            Some(document)
        }
        (["apis", group, version], _) if !group.is_empty() => resource_list(catalog, group, version),
        _ => None,
    }
}

fn groups(catalog: &Catalog, core: bool) -> impl Iterator<Item = &(String, Vec<String>)> {
    catalog
        .groups()
        .iter()
        .filter(move |(name, _)| name.is_empty() == core)
}

fn group(name: &str, versions: &[String]) -> Value {
    let entry = |version: &String| json!({ "groupVersion": api_version(name, version), "version": version });
    let versions: Vec<_> = versions.iter().map(entry).collect();
    json!({ "name": name, "preferredVersion": versions.first(), "versions": versions })
}

fn resource_list(catalog: &Catalog, group: &str, version: &str) -> Option<Value> {
    let mut resources = Vec::new();
    for resource in catalog.in_version(group, version) {
        resources.push(legacy_entry(resource));
        resources.extend(
            resource
                .subresources
                .iter()
                .map(|sub| legacy_subresource(resource, sub)),
        );
    }
    if resources.is_empty() {
        return None;
    }
    let group_version = api_version(group, version);
    Some(json!({
        "kind": "APIResourceList", "apiVersion": "v1", "groupVersion": group_version, "resources": resources,
    }))
}

fn legacy_entry(resource: &Resource) -> Value {
    let mut entry = json!({
        "name": resource.plural, "singularName": resource.singular, "namespaced": resource.namespaced,
        "kind": resource.kind, "verbs": resource.verbs,
    });
    add_names(&mut entry, resource);
    entry
}

fn legacy_subresource(resource: &Resource, sub: &Subresource) -> Value {
    let mut entry = json!({
        "name": format!("{}/{}", resource.plural, sub.name), "singularName": "",
        "namespaced": resource.namespaced, "kind": sub.kind, "verbs": sub.verbs,
    });
    if !sub.version.is_empty() {
        entry["group"] = sub.group.as_str().into();
        entry["version"] = sub.version.as_str().into();
    }
    entry
}

fn add_names(entry: &mut Value, resource: &Resource) {
    if !resource.short_names.is_empty() {
        entry["shortNames"] = resource.short_names.clone().into();
    }
    if !resource.categories.is_empty() {
        entry["categories"] = resource.categories.clone().into();
    }
}

fn aggregated(catalog: &Catalog, form: &str, core: bool) -> Value {
    let items: Vec<_> = groups(catalog, core)
        .map(|(name, versions)| {
            let versions: Vec<_> = versions
                .iter()
                .map(|version| {
                    let resources: Vec<_> = catalog
                        .in_version(name, version)
                        .map(|r| aggregated_entry(r))
                        .collect();
                    json!({ "version": version, "freshness": "Current", "resources": resources })
                })
                .collect();
            let metadata = if name.is_empty() {
                json!({})
            } else {
                json!({ "name": name })
            };
            json!({ "metadata": metadata, "versions": versions })
        })
        .collect();
    let version = format!("apidiscovery.k8s.io/{form}");
    json!({ "kind": "APIGroupDiscoveryList", "apiVersion": version, "metadata": {}, "items": items })
}

fn aggregated_entry(resource: &Resource) -> Value {
    let kind =
        |group: &str, version: &str, kind: &str| json!({ "group": group, "version": version, "kind": kind });
    let subresources: Vec<_> = resource
        .subresources
        .iter()
        .map(|sub| {
            let response = if sub.version.is_empty() {
                kind(&resource.group, &resource.version, &sub.kind)
            } else {
                kind(&sub.group, &sub.version, &sub.kind)
            };
            json!({ "subresource": sub.name, "responseKind": response, "verbs": sub.verbs })
        })
        .collect();
    let mut entry = json!({
        "resource": resource.plural,
        "responseKind": kind(&resource.group, &resource.version, &resource.kind),
        "scope": if resource.namespaced { "Namespaced" } else { "Cluster" },
        "singularResource": resource.singular, "verbs": resource.verbs,
    });
    add_names(&mut entry, resource);
    if !subresources.is_empty() {
        entry["subresources"] = subresources.into();
    }
    entry
}
