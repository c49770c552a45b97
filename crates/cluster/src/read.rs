//! Reading objects.

use plumb_model::GroupVersionKind;
use serde_json::Value;

use crate::{
    Cluster, ClusterError,
    kinds::{KindInfo, escaped},
    wire::{Call, Wire},
};

/// How many objects a list brings at once.
const PAGE: usize = 500;

impl Cluster {
    /// One object; `None` where it is not there.
    ///
    /// # Errors
    /// When the kind is not served or the server cannot or will not answer.
    pub async fn get(
        &self,
        gvk: &GroupVersionKind,
        namespace: Option<&str>,
        name: &str,
    ) -> Result<Option<Value>, ClusterError> {
        let info = self.served(gvk).await?;
        get(&self.inner.wire, &info, &gvk.version, (namespace, name)).await
    }

    /// All objects of a kind, of one namespace or of all, that `label_selector` picks (empty = all).
    ///
    /// # Errors
    /// When the kind is not served or the server cannot or will not answer.
    pub async fn list(
        &self,
        gvk: &GroupVersionKind,
        namespace: Option<&str>,
        label_selector: &str,
    ) -> Result<Vec<Value>, ClusterError> {
        let info = self.served(gvk).await?;
        list(&self.inner.wire, &info, &gvk.version, (namespace, label_selector)).await
    }
}

/// One object; `None` where it is not there.
pub(crate) async fn get(
    wire: &Wire,
    info: &KindInfo,
    version: &str,
    (namespace, name): (Option<&str>, &str),
) -> Result<Option<Value>, ClusterError> {
    let doing = format!("reading {}", info.id(namespace, name));
    match wire
        .send(&Call::read(info.object_path(version, namespace, name), doing))
        .await
    {
        Ok(answer) => Ok(Some(answer.body)),
        Err(ClusterError::NotFound { .. }) => Ok(None),
        Err(error) => Err(error),
    }
}

/// All objects of a kind in a namespace (or all), page by page.
pub(crate) async fn list(
    wire: &Wire,
    info: &KindInfo,
    version: &str,
    (namespace, selector): (Option<&str>, &str),
) -> Result<Vec<Value>, ClusterError> {
    let mut objects = Vec::new();
    let mut token = String::new();
    loop {
        let page = page(
            wire,
            info,
            version,
            Page {
                namespace,
                selector,
                field: "",
                token: &token,
            },
        )
        .await;
        match page {
            Ok(page) => {
                objects.extend(page.items);
                token = page.token;
            }
            // The list changed too much while it was read: once more from the start.
            Err(ClusterError::Expired { .. }) if !token.is_empty() => {
                objects.clear();
                token.clear();
                continue;
            }
            Err(error) => return Err(error),
        }
        if token.is_empty() {
            return Ok(objects);
        }
    }
}

/// What page to read.
pub(crate) struct Page<'a> {
    pub(crate) namespace: Option<&'a str>,
    pub(crate) selector: &'a str,
    pub(crate) field: &'a str,
    pub(crate) token: &'a str,
}

/// One page of a list.
pub(crate) struct Listed {
    pub(crate) items: Vec<Value>,
    /// Leads to the next page; empty at the last.
    pub(crate) token: String,
    pub(crate) resource_version: String,
}

/// One page of a list; its items are whole objects, with `apiVersion` and `kind`.
pub(crate) async fn page(
    wire: &Wire,
    info: &KindInfo,
    version: &str,
    page: Page<'_>,
) -> Result<Listed, ClusterError> {
    let mut uri = format!("{}?limit={PAGE}", info.path(version, page.namespace));
    for (key, value) in [
        ("labelSelector", page.selector),
        ("fieldSelector", page.field),
        ("continue", page.token),
    ] {
        if !value.is_empty() {
            uri.push_str(&format!("&{key}={}", escaped(value)));
        }
    }
    let mut body = wire
        .send(&Call::read(uri, format!("listing {}", info.group_kind())))
        .await?
        .body;
    let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
    let (token, resource_version) = (
        text(&body["metadata"]["continue"]),
        text(&body["metadata"]["resourceVersion"]),
    );
    let Value::Array(mut items) = body["items"].take() else {
        return Ok(Listed {
            items: Vec::new(),
            token,
            resource_version,
        });
    };
    let gvk = GroupVersionKind::new(info.group.clone(), version, info.kind.clone());
    let (api_version, kind) = (Value::from(gvk.api_version()), Value::from(gvk.kind));
    for fields in items.iter_mut().filter_map(Value::as_object_mut) {
        fields.entry("apiVersion").or_insert_with(|| api_version.clone());
        fields.entry("kind").or_insert_with(|| kind.clone());
    }
    Ok(Listed {
        items,
        token,
        resource_version,
    })
}
