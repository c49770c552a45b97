//! The `scale` subresource: the replica counts of an object, in one form for all types.
//!
//! **Invariant:** writing a scale changes the wished count and nothing else.
//! **Start at** [`Api::scale`] and [`Api::set_scale`].

use super::update::Target;
use crate::{
    api::{Api, Call, subject},
    resource::Resource,
    status_error::{ApiError, FieldError, Subject},
};
use plumb_schema::{
    FieldSet, Segment,
    apply::{Claim, Operation, claims, set_claims},
};
use serde_json::{Value, json};
use std::sync::Arc;

impl Api {
    /// The scale of an object.
    pub(crate) fn scale(&self, target: Target<'_>) -> Result<Value, ApiError> {
        let object = self.get(target.resource, target.namespace, target.name)?;
        scale_of(target.resource, &object)
    }

    /// Takes the wished count from a `Scale` and stores it.
    pub(crate) fn set_scale(
        &self,
        target: Target<'_>,
        scale: &Value,
        call: &mut Call,
    ) -> Result<Value, ApiError> {
        let mut turn = self.store.write();
        let current = self.get(target.resource, target.namespace, target.name)?;
        let object = self.put_count(&mut turn, target, &current, scale, call)?;
        scale_of(target.resource, &object)
    }

    /// Changes the wished count by a merge patch or JSON patch of the `Scale`.
    pub(crate) fn patch_scale(
        &self,
        target: Target<'_>,
        patch: super::patch::Patch,
        call: &mut Call,
    ) -> Result<Value, ApiError> {
        use super::patch::Patch;
        let mut turn = self.store.write();
        let current = self.get(target.resource, target.namespace, target.name)?;
        let mut scale = scale_of(target.resource, &current)?;
        match patch {
            Patch::Json(operations) => {
                let patch: json_patch::Patch = serde_json::from_value(operations)
                    .map_err(|error| ApiError::bad_request(format!("error decoding patch: {error}")))?;
                json_patch::patch(&mut scale, &patch).map_err(|_| ApiError::unprocessable())?;
            }
            // A scale has no lists, so that all other patches are the same.
            Patch::Merge(patch) | Patch::Strategic(patch) | Patch::Apply(patch) => {
                json_patch::merge(&mut scale, &patch);
            }
        }
        let object = self.put_count(&mut turn, target, &current, &scale, call)?;
        scale_of(target.resource, &object)
    }

    fn put_count(
        &self,
        turn: &mut crate::store::Transaction<'_>,
        target: Target<'_>,
        current: &Arc<Value>,
        scale: &Value,
        call: &mut Call,
    ) -> Result<Arc<Value>, ApiError> {
        let wanted = scale["metadata"]["resourceVersion"].as_str().unwrap_or_default();
        if !wanted.is_empty() && current["metadata"]["resourceVersion"] != *wanted {
            return Err(ApiError::outdated(subject(target.resource, target.name)));
        }
        let count = scale["spec"]["replicas"].as_i64().unwrap_or(0);
        if count < 0 && target.resource.custom.is_none() {
            let detail = "must be greater than or equal to 0";
            let error = FieldError::invalid("spec.replicas", &count.into(), detail);
            let about = Subject {
                group: "autoscaling",
                resource: "Scale",
                name: target.name,
            };
            return Err(ApiError::invalid(about, &[error]));
        }
        let mut new = (**current).clone();
        let paths = paths(target.resource).ok_or_else(ApiError::no_resource)?;
        let before = at(current, &paths.0).and_then(Value::as_i64).unwrap_or(0);
        set(&mut new, &paths.0, count.into());
        own_count(&mut new, &paths.0, (before, count), call);
        call.subresource = "scale";
        call.tracked = true;
        self.finish_update(turn, target, current, new, call)
    }
}

/// Says who owns the count after it was written by way of a scale.
///
/// The real server takes the owners of the count over to the scale and back. On the way those of updates lose their other
/// fields and their time, since an entry is known by its version, and a count of 0, which a scale leaves out, has no owner.
fn own_count(object: &mut Value, path: &str, (before, count): (i64, i64), call: &Call) {
    let Ok(mut owners) = claims(object) else {
        return;
    };
    let version = object["apiVersion"].as_str().unwrap_or_default().to_owned();
    let path: Vec<Segment> = path
        .trim_start_matches('.')
        .split('.')
        .map(Segment::field)
        .collect();
    let mut field = FieldSet::new();
    field.insert(&path);
    let changed = before != count;
    let owned = owners
        .iter()
        .any(|owner| owner.fields.contains(&path) && owner.api_version == version);
    let mut scaled = Vec::new();
    for owner in &mut owners {
        if !owner.fields.contains(&path) || owner.api_version != version {
            continue;
        }
        if !changed && owner.operation == Operation::Apply {
            continue;
        }
        owner.fields = owner.fields.difference(&field);
        if !changed {
            scaled.push(Claim {
                time: None,
                fields: field.clone(),
                ..owner.clone()
            });
        }
    }
    // Where nobody owns it, nobody comes to.
    if changed && count != 0 && owned {
        scaled.push(Claim {
            manager: call.manager.clone(),
            operation: Operation::Update,
            api_version: version,
            subresource: "scale".to_owned(),
            time: None,
            fields: field,
        });
    }
    owners.extend(scaled);
    owners.retain(|owner| !owner.fields.is_empty());
    set_claims(object, owners);
}

/// Paths of the wished count, the present count and the selector.
fn paths(resource: &Resource) -> Option<(String, String, Option<String>)> {
    resource.subresource("scale")?;
    match &resource.custom {
        Some(custom) => {
            let scale = custom.scale.as_ref()?;
            Some((scale.spec.clone(), scale.status.clone(), scale.selector.clone()))
        }
        None => Some((".spec.replicas".to_owned(), ".status.replicas".to_owned(), None)),
    }
}

fn scale_of(resource: &Resource, object: &Value) -> Result<Value, ApiError> {
    let (spec, status, selector) = paths(resource).ok_or_else(ApiError::no_resource)?;
    let metadata = &object["metadata"];
    let mut shown = json!({});
    for field in ["name", "namespace", "uid", "resourceVersion", "creationTimestamp"] {
        if let Some(value) = metadata.get(field) {
            shown[field] = value.clone();
        }
    }
    let count = |path: &str| at(object, path).and_then(Value::as_i64).unwrap_or(0);
    let mut present = json!({ "replicas": count(&status) });
    let text = match selector {
        Some(path) => at(object, &path)
            .and_then(Value::as_str)
            .unwrap_or_default()
            .to_owned(),
        None => selector_text(&object["spec"]["selector"]),
    };
    if !text.is_empty() {
        present["selector"] = text.into();
    }
    Ok(json!({
        "kind": "Scale", "apiVersion": "autoscaling/v1", "metadata": shown,
        "spec": if count(&spec) == 0 { json!({}) } else { json!({ "replicas": count(&spec) }) },
        "status": present,
    }))
}

/// A selector as text: `app=web,tier in (a,b)`. A bare map (as in services) selects like `matchLabels`.
#[must_use]
pub(crate) fn selector_text(selector: &Value) -> String {
    let labels = if selector.get("matchLabels").is_some() || selector.get("matchExpressions").is_some() {
        &selector["matchLabels"]
    } else {
        selector
    };
    let equal = |(key, value): (&String, &Value)| format!("{key}={}", value.as_str().unwrap_or_default());
    let mut terms: Vec<_> = labels.as_object().into_iter().flatten().map(equal).collect();
    for term in selector["matchExpressions"].as_array().into_iter().flatten() {
        let key = term["key"].as_str().unwrap_or_default();
        let values = term["values"]
            .as_array()
            .into_iter()
            .flatten()
            .filter_map(Value::as_str);
        let values = values.collect::<Vec<_>>().join(",");
        terms.push(match term["operator"].as_str().unwrap_or_default() {
            "In" => format!("{key} in ({values})"),
            "NotIn" => format!("{key} notin ({values})"),
            "Exists" => key.to_owned(),
            _ => format!("!{key}"),
        });
    }
    terms.join(",")
}

fn at<'a>(object: &'a Value, path: &str) -> Option<&'a Value> {
    path.trim_start_matches('.')
        .split('.')
        .try_fold(object, |value, key| value.get(key))
}

fn set(object: &mut Value, path: &str, value: Value) {
    let place = path
        .trim_start_matches('.')
        .split('.')
        .fold(object, |place, key| {
            if !place.is_object() {
                *place = json!({});
            }
            &mut place[key]
        });
    *place = value;
}
