//! Writing objects. The kube write verbs exist in this file and nowhere else in the project.
//!
//! **Invariant:** every write names its field manager; nothing here decides what to write.

use std::borrow::Cow;

use bytes::Bytes;
use http::Method;
use plumb_model::{GroupVersionKind, ObjectId};
use plumb_schema::Schemas;
use serde_json::{Value, json};

use crate::{
    Cluster, ClusterError,
    kinds::{KindInfo, escaped},
    wire::{Answer, Call, Sort, Wire},
};

const JSON: &str = "application/json";
const APPLY: &str = "application/apply-patch+yaml";
const MERGE: &str = "application/merge-patch+json";
const JSON_PATCH: &str = "application/json-patch+json";

/// How to apply on the server.
#[derive(Clone, Copy, Debug)]
pub struct ServerSideApply<'a> {
    /// Who applies.
    pub manager: &'a str,
    /// Take fields from other managers.
    pub force: bool,
    /// Only play it through.
    pub dry_run: bool,
    /// A subresource such as `status`.
    pub subresource: Option<&'a str>,
}

/// What to delete, and how.
#[derive(Clone, Copy, Debug, Default)]
pub struct DeleteOptions<'a> {
    /// `Background`, `Foreground` or `Orphan`; `None` = as the kind does by itself.
    pub propagation: Option<&'a str>,
    /// Only the object with this uid.
    pub uid: Option<&'a str>,
    /// Only the object as of this version.
    pub resource_version: Option<&'a str>,
}

/// An object to write to.
#[derive(Clone, Copy)]
pub(crate) struct Target<'a> {
    pub(crate) info: &'a KindInfo,
    pub(crate) version: &'a str,
    pub(crate) namespace: Option<&'a str>,
    pub(crate) name: &'a str,
}

impl Cluster {
    /// Creates an object.
    ///
    /// # Errors
    /// When it is there already, or the server cannot or will not.
    pub async fn create(&self, body: &Value, manager: &str) -> Result<Value, ClusterError> {
        let (gvk, namespace, name) = self.identity(body)?;
        let info = self.served(&gvk).await?;
        let at = Target {
            info: &info,
            version: &gvk.version,
            namespace: Some(&namespace),
            name: &name,
        };
        Ok(create(&self.inner.wire, at, body, manager).await?.body)
    }

    /// Applies an object on the server.
    ///
    /// # Errors
    /// When the server cannot or will not.
    pub async fn server_side_apply(
        &self,
        body: &Value,
        how: ServerSideApply<'_>,
    ) -> Result<Value, ClusterError> {
        let (gvk, namespace, name) = self.identity(body)?;
        let info = self.served(&gvk).await?;
        let at = Target {
            info: &info,
            version: &gvk.version,
            namespace: Some(&namespace),
            name: &name,
        };
        let applied = apply(&self.inner.wire, at, body, how).await?.body;
        if gvk.kind == "CustomResourceDefinition" && !how.dry_run {
            // It brings a kind, and whoever applied it will ask for objects of that kind next.
            self.inner.kinds.refresh(&self.inner.wire).await?;
        }
        Ok(applied)
    }

    /// Merges `patch` into an object or a subresource of it, such as `status`.
    ///
    /// # Errors
    /// When it is not there, or the server cannot or will not.
    pub async fn merge_patch(
        &self,
        gvk: &GroupVersionKind,
        id: &ObjectId,
        subresource: Option<&str>,
        patch: &Value,
        manager: &str,
    ) -> Result<Value, ClusterError> {
        let info = self.served(gvk).await?;
        let namespace = id.namespace.as_deref();
        let at = Target {
            info: &info,
            version: &gvk.version,
            namespace,
            name: &id.name,
        };
        let call = patch_call(
            at,
            (MERGE, patch),
            subresource,
            format!("?fieldManager={}", escaped(manager)),
        );
        Ok(self.asker.send(&call).await?.body)
    }

    /// Deletes an object. `None` where it is gone at once or was not there; else what is left to be finalized.
    ///
    /// # Errors
    /// When it is not the one that the options name, or the server cannot or will not.
    pub async fn delete(
        &self,
        gvk: &GroupVersionKind,
        id: &ObjectId,
        options: DeleteOptions<'_>,
    ) -> Result<Option<Value>, ClusterError> {
        let info = self.served(gvk).await?;
        let namespace = id.namespace.as_deref();
        let at = Target {
            info: &info,
            version: &gvk.version,
            namespace,
            name: &id.name,
        };
        delete(&self.inner.wire, at, options).await
    }

    /// Group, version, kind, namespace and name of a body.
    fn identity(&self, body: &Value) -> Result<(GroupVersionKind, String, String), ClusterError> {
        let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
        let wrong = |message: &str| ClusterError::Invalid {
            doing: "reading an object that is to be written".to_owned(),
            message: message.to_owned(),
        };
        let gvk = GroupVersionKind::from_api_version(&text(&body["apiVersion"]), &text(&body["kind"]))
            .map_err(|error| wrong(&error.to_string()))?;
        let name = text(&body["metadata"]["name"]);
        if name.is_empty() && body["metadata"]["generateName"].as_str().is_none() {
            return Err(wrong("metadata.name is missing"));
        }
        let namespace = body["metadata"]["namespace"]
            .as_str()
            .unwrap_or(self.default_namespace());
        Ok((gvk, namespace.to_owned(), name))
    }
}

pub(crate) async fn create(
    wire: &Wire,
    at: Target<'_>,
    body: &Value,
    manager: &str,
) -> Result<Answer, ClusterError> {
    let call = Call {
        sort: Sort::Write,
        method: Method::POST,
        uri: format!(
            "{}?fieldManager={}",
            at.info.path(at.version, at.namespace),
            escaped(manager)
        ),
        body: Some((JSON, content(body))),
        hush: at.info.is_secret(),
        ..Call::read("", format!("creating {}", at.id()))
    };
    wire.send(&call).await
}

pub(crate) async fn apply(
    wire: &Wire,
    at: Target<'_>,
    body: &Value,
    how: ServerSideApply<'_>,
) -> Result<Answer, ClusterError> {
    apply_checked(wire, at, body, how, false).await
}

/// Applies on the server, which passes over fields that it does not know where that is `lenient`.
pub(crate) async fn apply_checked(
    wire: &Wire,
    at: Target<'_>,
    body: &Value,
    how: ServerSideApply<'_>,
    lenient: bool,
) -> Result<Answer, ClusterError> {
    let mut query = format!("?fieldManager={}&force={}", escaped(how.manager), how.force);
    if how.dry_run {
        query.push_str("&dryRun=All");
    }
    if lenient {
        query.push_str("&fieldValidation=Ignore");
    }
    let body = at.scoped(body);
    let mut call = patch_call(at, (APPLY, &body), how.subresource, query);
    call.doing = format!("applying {}", at.id());
    if how.dry_run {
        call.sort = Sort::DryRun;
    }
    let gvk = GroupVersionKind::new(at.info.group.clone(), at.version, at.info.kind.clone());
    wire.send(&call)
        .await
        .map_err(|error| final_if_untyped(error, &gvk))
}

/// A field that a built-in kind does not have, or an item that is there twice, is no passing trouble, though the server answers
/// with 500. Of a custom kind it may be: the server has yet to learn of a new definition.
fn final_if_untyped(error: ClusterError, gvk: &GroupVersionKind) -> ClusterError {
    match error {
        ClusterError::Busy {
            doing,
            code: 500,
            message,
            ..
        } if message.starts_with("failed to create typed patch object")
            && Schemas::builtin().kind(gvk).is_some() =>
        {
            ClusterError::Invalid { doing, message }
        }
        error => error,
    }
}

/// Writes an object as a whole; `body` names the version that it replaces.
pub(crate) async fn replace(
    wire: &Wire,
    at: Target<'_>,
    body: &Value,
    manager: &str,
) -> Result<Answer, ClusterError> {
    let mut written = at.scoped(body).into_owned();
    written["metadata"]["resourceVersion"] = body["metadata"]["resourceVersion"].clone();
    let doing = format!("replacing {}", at.id());
    wire.send(&put_call(at, &written, manager, doing)).await
}

/// Merges `patch` into an object.
pub(crate) async fn merge(
    wire: &Wire,
    at: Target<'_>,
    patch: &Value,
    manager: &str,
) -> Result<Answer, ClusterError> {
    let query = format!("?fieldManager={}", escaped(manager));
    wire.send(&patch_call(at, (MERGE, patch), None, query)).await
}

/// What the server would make of an object that is replaced by `body`; nothing is written.
pub(crate) async fn play_replacement(
    wire: &Wire,
    at: Target<'_>,
    body: &Value,
    manager: &str,
) -> Result<Answer, ClusterError> {
    let doing = format!("playing through a change of {}", at.id());
    let mut call = put_call(at, body, manager, doing);
    call.uri.push_str("&dryRun=All");
    call.sort = Sort::DryRun;
    wire.send(&call).await
}

/// Changes an object by a list of operations (RFC 6902).
pub(crate) async fn json_patch(
    wire: &Wire,
    at: Target<'_>,
    operations: &Value,
    manager: &str,
) -> Result<Answer, ClusterError> {
    let query = format!("?fieldManager={}", escaped(manager));
    wire.send(&patch_call(at, (JSON_PATCH, operations), None, query))
        .await
}

pub(crate) async fn delete(
    wire: &Wire,
    at: Target<'_>,
    options: DeleteOptions<'_>,
) -> Result<Option<Value>, ClusterError> {
    let mut body = json!({"apiVersion": "v1", "kind": "DeleteOptions"});
    if let Some(propagation) = options.propagation {
        body["propagationPolicy"] = propagation.into();
    }
    for (key, value) in [
        ("uid", options.uid),
        ("resourceVersion", options.resource_version),
    ] {
        if let Some(value) = value {
            body["preconditions"][key] = value.into();
        }
    }
    let call = Call {
        sort: Sort::Write,
        method: Method::DELETE,
        uri: at.info.object_path(at.version, at.namespace, at.name),
        body: Some((JSON, content(&body))),
        ..Call::read("", format!("deleting {}", at.id()))
    };
    match wire.send(&call).await {
        Ok(answer) if answer.body["metadata"]["deletionTimestamp"].is_string() => Ok(Some(answer.body)),
        Ok(_) | Err(ClusterError::NotFound { .. }) => Ok(None),
        Err(error) => Err(error),
    }
}

impl Target<'_> {
    /// The body without a namespace where the kind has none: before a kind is known, its objects may get one. Without
    /// what only the server writes, too: manifests taken out of a cluster carry it, and it would be refused.
    fn scoped<'v>(&self, body: &'v Value) -> Cow<'v, Value> {
        let mut body = Cow::Borrowed(body);
        for field in [
            "generation",
            "managedFields",
            "resourceVersion",
            "selfLink",
            "uid",
        ] {
            if body["metadata"].get(field).is_some()
                && let Some(metadata) = body.to_mut()["metadata"].as_object_mut()
            {
                metadata.remove(field);
            }
        }
        if !self.info.namespaced
            && body["metadata"].get("namespace").is_some()
            && let Some(metadata) = body.to_mut()["metadata"].as_object_mut()
        {
            metadata.remove("namespace");
        }
        body
    }

    pub(crate) fn id(&self) -> ObjectId {
        self.info.id(self.namespace, self.name)
    }
}

fn put_call(at: Target<'_>, body: &Value, manager: &str, doing: String) -> Call {
    let path = at.info.object_path(at.version, at.namespace, at.name);
    Call {
        sort: Sort::Write,
        method: Method::PUT,
        uri: format!("{path}?fieldManager={}", escaped(manager)),
        body: Some((JSON, content(body))),
        hush: at.info.is_secret(),
        ..Call::read("", doing)
    }
}

fn patch_call(
    at: Target<'_>,
    (kind, body): (&'static str, &Value),
    subresource: Option<&str>,
    query: String,
) -> Call {
    let mut uri = at.info.object_path(at.version, at.namespace, at.name);
    if let Some(subresource) = subresource {
        uri.push('/');
        uri.push_str(subresource);
    }
    Call {
        sort: Sort::Write,
        method: Method::PATCH,
        uri: uri + &query,
        body: Some((kind, content(body))),
        hush: at.info.is_secret(),
        ..Call::read("", format!("changing {}", at.id()))
    }
}

fn content(body: &Value) -> Bytes {
    Bytes::from(body.to_string())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_field_that_a_built_in_kind_does_not_have_is_refused_for_good() {
        let said = |gvk: GroupVersionKind, message: &str| {
            let error = ClusterError::Busy {
                doing: "applying".into(),
                code: 500,
                message: message.into(),
                retry_after: None,
            };
            final_if_untyped(error, &gvk)
        };
        let message = "failed to create typed patch object: .spec.strategy: field not declared in schema";
        let built_in = GroupVersionKind::new("apps", "v1", "StatefulSet");
        let custom = GroupVersionKind::new("example.org", "v1", "Thing");
        assert!(matches!(
            said(built_in.clone(), message),
            ClusterError::Invalid { .. }
        ));
        assert!(matches!(
            said(built_in, "etcd is away"),
            ClusterError::Busy { .. }
        ));
        assert!(matches!(said(custom, message), ClusterError::Busy { .. }));
    }
}
