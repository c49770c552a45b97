//! What is allowed, but most likely not meant.
//!
//! **Start at** [`warnings`].

use super::pod;
use crate::resource::Resource;
use serde_json::Value;
use std::collections::BTreeSet;

/// What a caller is warned of who makes or changes an object; `object` has its new generation.
#[must_use]
pub(crate) fn warnings(resource: &Resource, current: Option<&Value>, object: &Value) -> Vec<String> {
    if resource.custom.is_some() {
        return finalizers(current, object);
    }
    let spec = &object["spec"];
    match (resource.group.as_str(), resource.plural.as_str()) {
        ("", "pods") if current.is_none() => pod::port_warnings(spec, "spec"),
        ("apps", "statefulsets") => {
            let mut warnings = template(current, object);
            let below = if current.is_some() { ".Spec" } else { "" };
            for (at, claim) in spec["volumeClaimTemplates"]
                .as_array()
                .into_iter()
                .flatten()
                .enumerate()
            {
                warnings.extend(fraction(
                    &claim["spec"],
                    &format!("spec.volumeClaimTemplates[{at}]{below}"),
                ));
            }
            warnings
        }
        ("apps", _) | ("batch", "jobs") => template(current, object),
        ("batch", "cronjobs") if is_other(current, object) => pod::port_warnings(
            &spec["jobTemplate"]["spec"]["template"]["spec"],
            "spec.jobTemplate.spec.template.spec",
        ),
        ("", "persistentvolumeclaims") => fraction(spec, "spec").into_iter().collect(),
        ("", "services") => service(spec),
        _ => Vec::new(),
    }
}

/// A template is only looked at when what is wished has changed.
fn template(current: Option<&Value>, object: &Value) -> Vec<String> {
    if is_other(current, object) {
        pod::port_warnings(&object["spec"]["template"]["spec"], "spec.template.spec")
    } else {
        Vec::new()
    }
}

fn is_other(current: Option<&Value>, object: &Value) -> bool {
    // Of a DaemonSet this counts the changes of the template alone.
    let count = |object: &Value| match object["kind"].as_str() {
        Some("DaemonSet") => {
            object["metadata"]["annotations"]["deprecated.daemonset.template.generation"].clone()
        }
        _ => object["metadata"]["generation"].clone(),
    };
    current.is_none_or(|current| count(current) != count(object))
}

/// Room that is no whole number of bytes.
fn fraction(claim: &Value, path: &str) -> Option<String> {
    let room = claim["resources"]["requests"]["storage"].as_str()?;
    room.ends_with(['m', 'u', 'n']).then(|| {
        format!(
            "{path}.resources.requests[storage]: fractional byte value {room:?} is invalid, must be an integer"
        )
    })
}

fn service(spec: &Value) -> Vec<String> {
    let mut warnings = Vec::new();
    let external = spec["type"] == "ExternalName";
    let filled = |field: &str| spec[field].as_str().is_some_and(|text| !text.is_empty());
    let listed = spec["externalIPs"]
        .as_array()
        .is_some_and(|list| !list.is_empty());
    let headless = spec["clusterIP"] == "None";
    if headless {
        if filled("loadBalancerIP") {
            warnings.push("spec.loadBalancerIP is ignored for headless services".to_owned());
        }
        if listed {
            warnings.push("spec.externalIPs is ignored for headless services".to_owned());
        }
        if spec["sessionAffinity"] != "None" {
            warnings.push("spec.SessionAffinity is ignored for headless services".to_owned());
        }
    }
    if listed && !headless && !external {
        warnings.push(
            "spec.externalIPs is deprecated and may no longer be implemented in some clusters".to_owned(),
        );
    }
    if listed && external {
        warnings.push("spec.externalIPs is ignored when spec.type is \"ExternalName\"".to_owned());
    }
    if !external && filled("externalName") {
        warnings.push("spec.externalName is ignored when spec.type is not \"ExternalName\"".to_owned());
    }
    warnings
}

/// Finalizers that a write to a custom object adds and that belong to no domain.
fn finalizers(current: Option<&Value>, object: &Value) -> Vec<String> {
    let names = |object: &Value| -> BTreeSet<String> {
        let list = object["metadata"]["finalizers"].as_array();
        let names = list.into_iter().flatten().filter_map(Value::as_str);
        names.map(str::to_owned).collect()
    };
    let had = current.map(names).unwrap_or_default();
    let new = names(object);
    let added = new.difference(&had);
    let strange = added.filter(|name| {
        !name.contains('/') && !["orphan", "foregroundDeletion", "kubernetes"].contains(&name.as_str())
    });
    strange
        .map(|name| {
            // One with a domain only lacks what comes after it.
            let path = if name.contains('.') { " including a path (/)" } else { "" };
            format!(
                "metadata.finalizers: {name:?}: prefer a domain-qualified finalizer name{path} to avoid accidental \
                 conflicts with other finalizer writers"
            )
        })
        .collect()
}
