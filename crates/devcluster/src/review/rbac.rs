//! What Roles and bindings let somebody do. Asked by reviews only: requests themselves are not held against it.
//!
//! **Absent:** aggregated ClusterRoles, and the roles that a real cluster comes with; who is in one of [`ADMINS`] may do
//! everything.

use std::sync::Arc;

use serde_json::Value;

#[cfg(test)]
mod tests;

/// The groups that may do everything.
pub(super) const ADMINS: [&str; 2] = ["system:masters", "kubeadm:cluster-admins"];

/// Finds the objects of a type (its name in paths), of one namespace or of all.
pub(super) type Objects<'a> = dyn Fn(&str, Option<&str>) -> Vec<Arc<Value>> + 'a;

/// Whether the `spec` of a SubjectAccessReview is allowed.
pub(super) fn allows(spec: &Value, objects: &Objects<'_>) -> bool {
    let groups = || texts(&spec["groups"]);
    if groups().any(|group| ADMINS.contains(&group)) {
        return true;
    }
    let namespace = spec["resourceAttributes"]["namespace"]
        .as_str()
        .unwrap_or_default();
    let bound = |binding: &Value| {
        let home = binding["metadata"]["namespace"].as_str().unwrap_or_default();
        let mut subjects = binding["subjects"].as_array().into_iter().flatten();
        subjects.any(|subject| is_subject(subject, home, spec))
    };
    let grants = |binding: &Value, home: Option<&str>| {
        let role = &binding["roleRef"];
        let (plural, home) = match role["kind"].as_str() {
            Some("ClusterRole") => ("clusterroles", None),
            _ => ("roles", home),
        };
        let named = objects(plural, home);
        let mut named = named.iter().filter(|it| it["metadata"]["name"] == role["name"]);
        named.any(|role| {
            role["rules"]
                .as_array()
                .into_iter()
                .flatten()
                .any(|rule| covers(rule, spec))
        })
    };
    let everywhere = objects("clusterrolebindings", None);
    if everywhere
        .iter()
        .any(|binding| bound(binding) && grants(binding, None))
    {
        return true;
    }
    let here = if namespace.is_empty() {
        Vec::new()
    } else {
        objects("rolebindings", Some(namespace))
    };
    here.iter()
        .any(|binding| bound(binding) && grants(binding, Some(namespace)))
}

fn is_subject(subject: &Value, home: &str, spec: &Value) -> bool {
    let name = subject["name"].as_str().unwrap_or_default();
    let user = spec["user"].as_str().unwrap_or_default();
    match subject["kind"].as_str() {
        Some("User") => user == name,
        Some("Group") => texts(&spec["groups"]).any(|group| group == name),
        Some("ServiceAccount") => {
            let namespace = subject["namespace"].as_str().unwrap_or(home);
            user == format!("system:serviceaccount:{namespace}:{name}")
        }
        _ => false,
    }
}

fn covers(rule: &Value, spec: &Value) -> bool {
    let has = |field: &str, wanted: &str| texts(&rule[field]).any(|it| it == "*" || it == wanted);
    let text = |attributes: &Value, field: &str| attributes[field].as_str().unwrap_or_default().to_owned();
    let other = &spec["nonResourceAttributes"];
    if other.is_object() {
        let path = text(other, "path");
        let fits = |it: &str| it == path || it.strip_suffix('*').is_some_and(|start| path.starts_with(start));
        return has("verbs", &text(other, "verb")) && texts(&rule["nonResourceURLs"]).any(fits);
    }
    let asked = &spec["resourceAttributes"];
    let (resource, part) = (text(asked, "resource"), text(asked, "subresource"));
    let whole = if part.is_empty() {
        resource
    } else {
        format!("{resource}/{part}")
    };
    let any_of = format!("*/{part}");
    let resources =
        texts(&rule["resources"]).any(|it| it == "*" || it == whole || (!part.is_empty() && it == any_of));
    let mut names = texts(&rule["resourceNames"]).peekable();
    let named = names.peek().is_none() || names.any(|it| it == text(asked, "name"));
    resources && named && has("verbs", &text(asked, "verb")) && has("apiGroups", &text(asked, "group"))
}

fn texts(value: &Value) -> impl Iterator<Item = &str> {
    value.as_array().into_iter().flatten().filter_map(Value::as_str)
}
