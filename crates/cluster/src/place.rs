//! Where an object is: its kind as served, its watch, and its place in the memory of that.

use std::sync::Arc;

use plumb_health::Check;
use plumb_model::{GroupKind, Health, Object, ObjectId};
use serde_json::Value;

use crate::{
    Cluster, ClusterError,
    kinds::Catalog,
    memory::{Key, Record},
    watches::Watched,
    write::Target,
};

/// Where an object is.
#[derive(Clone)]
pub(crate) struct Place {
    pub(crate) watched: Arc<Watched>,
    pub(crate) key: Key,
}

/// Keeps the newest state of an object while somebody works on it; what happened meanwhile is told when it ends.
pub(crate) struct Hold {
    place: Place,
}

impl Cluster {
    /// The object with the namespace that it will have: none for kinds of the whole cluster, `namespace` (or that of
    /// the context) for an object that names none. Objects of kinds not known yet stay as they are.
    ///
    /// # Errors
    /// When discovery fails.
    pub async fn placed(&self, object: Object, namespace: Option<&str>) -> Result<Object, ClusterError> {
        let catalog = self
            .inner
            .kinds
            .known(&self.inner.wire, [&object.id.kind])
            .await?;
        let Some(info) = catalog.get(&object.id.kind) else {
            return Ok(object);
        };
        let namespace = match &object.id.namespace {
            _ if !info.namespaced => None,
            Some(own) => Some(own.clone()),
            None => Some(namespace.unwrap_or(self.default_namespace()).to_owned()),
        };
        if namespace == object.id.namespace {
            return Ok(object);
        }
        let mut body = object.body.as_ref().clone();
        if let Some(metadata) = body["metadata"].as_object_mut() {
            match &namespace {
                Some(namespace) => {
                    drop(metadata.insert("namespace".to_owned(), Value::from(namespace.as_str())))
                }
                None => drop(metadata.remove("namespace")),
            }
        }
        object.with_body(body).map_err(|error| ClusterError::Answer {
            doing: format!("placing {}", object.id),
            why: error.to_string(),
        })
    }

    /// Where `id` is at `version` of its kind; `None` where the cluster does not serve that.
    pub(crate) fn place(
        &self,
        catalog: &Catalog,
        id: &ObjectId,
        version: &str,
        namespace: Option<&str>,
    ) -> Option<Place> {
        let info = catalog.get(&id.kind)?;
        if !info.versions.iter().any(|served| served == version) {
            return None;
        }
        let watched = self.inner.watches.of(info, version);
        let namespace = id
            .namespace
            .as_deref()
            .or(namespace)
            .unwrap_or(self.default_namespace());
        let key = Key::new(info.namespaced.then_some(namespace), &id.name);
        Some(Place { watched, key })
    }

    /// Whether the namespace is there.
    pub(crate) async fn has_namespace(&self, name: &str) -> Result<bool, ClusterError> {
        let kind = GroupKind::new("", "Namespace");
        let catalog = self.inner.kinds.known(&self.inner.wire, [&kind]).await?;
        let Some(info) = catalog.get(&kind) else {
            return Err(ClusterError::UnknownKind {
                kind: "Namespace".to_owned(),
            });
        };
        let watched = self.inner.watches.of(info, "v1");
        match watched.ready().await {
            Ok(()) => Ok(watched.table().exists(&Key::new(None, name))),
            Err(error) if error.is_fatal() => Err(error),
            Err(_) => Ok(crate::read::get(&self.inner.wire, info, "v1", (None, name))
                .await?
                .is_some()),
        }
    }
}

impl Place {
    pub(crate) fn target(&self) -> Target<'_> {
        Target {
            info: &self.watched.info,
            version: &self.watched.version,
            namespace: self.key.namespace.as_deref(),
            name: &self.key.name,
        }
    }

    /// Begins to work on the object.
    pub(crate) fn hold(&self, manager: &str) -> Hold {
        self.watched.table().hold(&self.key, manager);
        Hold { place: self.clone() }
    }

    /// How well the object is in this state of it.
    pub(crate) fn health(&self, body: &Value) -> Option<Health> {
        let (rules, check) = self.watched.table().rules(&self.key);
        rules.assess_with(check.as_deref(), body)
    }

    /// Has the object's health told by a unit's expressions from now on; `None` = by the rules.
    pub(crate) fn check_by(&self, check: Option<Arc<Check>>) {
        self.watched.table().check_by(&self.key, check);
    }

    pub(crate) fn learn(&self, body: &Arc<Value>, record: Option<Record>) {
        self.watched.table().learn(&self.key, body, record);
    }
}

impl Drop for Hold {
    fn drop(&mut self) {
        self.place.watched.table().release(&self.place.key);
    }
}
