//! Paths of resources, taken apart.
//!
//! **Start at** [`Place::find`].

use crate::{
    request::decode_segment,
    resource::{Catalog, Resource},
    status_error::ApiError,
};
use std::sync::Arc;

/// What a path names.
#[derive(Debug, Clone)]
pub(super) struct Place {
    pub(super) resource: Arc<Resource>,
    /// `None` means all namespaces, or a type without.
    pub(super) namespace: Option<String>,
    pub(super) name: Option<String>,
    pub(super) subresource: Option<String>,
}

impl Place {
    /// Takes `/api/v1/...` or `/apis/<group>/<version>/...` apart.
    pub(super) fn find(catalog: &Catalog, segments: &[&str]) -> Result<Self, ApiError> {
        let (group, version, rest) = match segments {
            ["api", version, rest @ ..] => ("", *version, rest),
            ["apis", group, version, rest @ ..] => (*group, *version, rest),
            _ => return Err(ApiError::no_resource()),
        };
        let (namespace, rest) = match rest {
            // `namespaces/x` and its parts are the namespace itself; more is something in it.
            ["namespaces", _] | ["namespaces", _, "status" | "finalize"] if group.is_empty() => (None, rest),
            ["namespaces", namespace, rest @ ..] if !rest.is_empty() => {
                (Some(decode_segment(namespace)), rest)
            }
            rest => (None, rest),
        };
        let (plural, name, subresource) = match rest {
            [plural] => (plural, None, None),
            [plural, name] => (plural, Some(name), None),
            [plural, name, subresource] => (plural, Some(name), Some(subresource)),
            // A proxy path and the like.
            _ => return Err(ApiError::no_resource()),
        };
        let Some(resource) = catalog.find(group, version, plural).cloned() else {
            return Err(if catalog.is_builtin(group, version) {
                ApiError::no_resource()
            } else {
                ApiError::no_path()
            });
        };
        let needs_namespace = resource.namespaced && name.is_some();
        if needs_namespace && namespace.is_none() || !resource.namespaced && namespace.is_some() {
            return Err(ApiError::no_resource());
        }
        if let Some(part) = subresource.filter(|name| resource.subresource(name).is_none()) {
            return Err(match (&resource.custom, name) {
                (Some(_), _) if ["status", "scale"].contains(part) => ApiError::no_path(),
                (Some(_), Some(name)) => ApiError::not_found(crate::api::subject(&resource, name)),
                _ => ApiError::no_resource(),
            });
        }
        let own = |text: Option<&&str>| text.map(|text| decode_segment(text));
        Ok(Self {
            resource,
            namespace,
            name: own(name),
            subresource: own(subresource),
        })
    }
}
