//! Objects and lists in the form that the client asked for.
//!
//! **Invariant:** items of built-in lists carry no `kind` of their own, as on the real server.
//! **Start at** [`object`] and [`list`].

use crate::{list::Page, request::Form, resource::Resource, table};
use serde_json::{Value, json};
use std::{fmt::Write as _, sync::Arc};

/// One object as JSON.
#[must_use]
pub(crate) fn object(resource: &Resource, object: &Arc<Value>, form: Form) -> String {
    match form {
        // A refusal or a success is shown as it is, whatever the form.
        _ if object["kind"] == "Status" && resource.kind != "Status" => object.to_string(),
        Form::Object => object.to_string(),
        Form::Table | Form::FullTable => table::of(
            resource,
            std::slice::from_ref(object),
            &meta(object),
            (true, form),
        )
        .to_string(),
        Form::Metadata => partial(object, true).to_string(),
    }
}

/// A page of a list as JSON.
#[must_use]
pub(crate) fn list(resource: &Resource, page: &Page, form: Form) -> String {
    let mut metadata = json!({ "resourceVersion": page.version.to_string() });
    if let Some(token) = &page.token {
        metadata["continue"] = token.as_str().into();
    } else if resource.custom.is_some() && form == Form::Object {
        metadata["continue"] = "".into();
    }
    if let Some(remaining) = page.remaining {
        metadata["remainingItemCount"] = remaining.into();
    }
    let (kind, version) = match form {
        Form::Table | Form::FullTable => {
            return table::of(resource, &page.items, &metadata, (true, form)).to_string();
        }
        Form::Metadata => (
            "PartialObjectMetadataList".to_owned(),
            "meta.k8s.io/v1".to_owned(),
        ),
        Form::Object => (resource.list_kind.clone(), resource.api_version()),
    };
    let mut out =
        format!("{{\"kind\":\"{kind}\",\"apiVersion\":\"{version}\",\"metadata\":{metadata},\"items\":[");
    for (at, item) in page.items.iter().enumerate() {
        if at > 0 {
            out.push(',');
        }
        let _ = match form {
            Form::Metadata => write!(out, "{}", partial(item, true)),
            _ if resource.custom.is_some() => write!(out, "{item}"),
            _ => write!(out, "{}", Untyped(item)),
        };
    }
    if page.items.is_empty() && form == Form::Metadata {
        // There it is a list that nobody made.
        out.truncate(out.len() - 1);
        out.push_str("null}");
        return out;
    }
    out.push_str("]}");
    out
}

/// Metadata alone.
#[must_use]
pub(crate) fn partial(object: &Value, typed: bool) -> Value {
    let mut partial = json!({ "metadata": object["metadata"] });
    crate::table::drop_template_generation(&mut partial);
    if typed {
        partial["kind"] = "PartialObjectMetadata".into();
        partial["apiVersion"] = "meta.k8s.io/v1".into();
    }
    partial
}

fn meta(object: &Value) -> Value {
    match object["metadata"].get("resourceVersion") {
        Some(version) => json!({ "resourceVersion": version }),
        None => json!({}),
    }
}

/// An object without `kind` and `apiVersion`.
struct Untyped<'a>(&'a Value);

impl std::fmt::Display for Untyped<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_char('{')?;
        let fields = self.0.as_object().into_iter().flatten();
        for (at, (key, value)) in fields
            .filter(|(key, _)| *key != "kind" && *key != "apiVersion")
            .enumerate()
        {
            let comma = if at > 0 { "," } else { "" };
            // Top-level field names of built-in kinds need no escapes.
            write!(f, "{comma}\"{key}\":{value}")?;
        }
        f.write_char('}')
    }
}
