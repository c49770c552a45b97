//! Lets the workload controllers work on the store.
//!
//! **Invariant:** what controllers write passes the same steps as what clients write.
//! **Start at** [`ControllerWorld`].

use crate::{
    api::{Api, Call},
    registry::{
        delete::{DeleteOptions, remove_finalizer},
        update::Target,
    },
    resource::Resource,
    status_error::ApiError,
    store::{self, Event},
    workloads::{Change, ChangeKind, Key, ResourceType, World, WorldError},
};
use serde_json::Value;
use std::sync::Arc;
use tokio::sync::mpsc;

/// The store, as the controllers see it.
#[derive(Debug)]
pub(crate) struct ControllerWorld(pub Arc<Api>);

impl ControllerWorld {
    fn resource(&self, key: &Key) -> Result<Arc<Resource>, WorldError> {
        let catalog = self.0.catalog();
        catalog
            .preferred(&key.group, &key.resource)
            .cloned()
            .ok_or_else(|| WorldError::NotFound(key.clone()))
    }

    /// Reads, changes and stores in one turn.
    fn change(&self, key: &Key, change: impl FnOnce(&mut Value)) -> Result<(), WorldError> {
        let resource = self.resource(key)?;
        let target = Target::new(&resource, &key.namespace, &key.name);
        let mut turn = self.0.store.write();
        let current = self
            .0
            .get(&resource, &key.namespace, &key.name)
            .map_err(|error| refusal(key, error))?;
        let mut new = (*current).clone();
        change(&mut new);
        let done = self
            .0
            .finish_update(&mut turn, target, &current, new, &mut Call::controller());
        done.map(|_| ()).map_err(|error| refusal(key, error))
    }
}

impl World for ControllerWorld {
    fn get(&self, key: &Key) -> Option<Arc<Value>> {
        let resource = self.resource(key).ok()?;
        self.0.get(&resource, &key.namespace, &key.name).ok()
    }

    fn list(&self, group: &str, resource: &str, namespace: Option<&str>) -> Vec<Arc<Value>> {
        let catalog = self.0.catalog();
        let Some(resource) = catalog.preferred(group, resource) else {
            return Vec::new();
        };
        let snapshot = self.0.store.list(&resource.table, namespace);
        snapshot
            .objects
            .into_iter()
            .map(|(_, object)| resource.view(&object))
            .collect()
    }

    fn create(&self, key: &Key, object: Value) -> Result<Arc<Value>, WorldError> {
        let resource = self.resource(key)?;
        let made = self
            .0
            .create(&resource, &key.namespace, object, &mut Call::controller());
        made.map_err(|error| refusal(key, error))
    }

    fn update(&self, key: &Key, object: Value) -> Result<Arc<Value>, WorldError> {
        let resource = self.resource(key)?;
        let target = Target::new(&resource, &key.namespace, &key.name);
        self.0
            .update(target, object, &mut Call::controller())
            .map(|(object, _)| object)
            .map_err(|error| refusal(key, error))
    }

    fn update_status(&self, key: &Key, object: Value) -> Result<Arc<Value>, WorldError> {
        let resource = self.resource(key)?;
        let target = Target::new(&resource, &key.namespace, &key.name).status();
        self.0
            .update(target, object, &mut Call::controller())
            .map(|(object, _)| object)
            .map_err(|error| refusal(key, error))
    }

    fn delete(&self, key: &Key, uid: Option<&str>) -> Result<(), WorldError> {
        let resource = self.resource(key)?;
        let target = Target::new(&resource, &key.namespace, &key.name);
        let options = DeleteOptions {
            uid: uid.map(str::to_owned),
            ..DeleteOptions::default()
        };
        let gone = self.0.delete(target, &options, &mut Call::controller());
        gone.map(|_| ()).map_err(|error| refusal(key, error))
    }

    fn remove_finalizer(&self, key: &Key, finalizer: &str) -> Result<(), WorldError> {
        self.change(key, |object| remove_finalizer(object, finalizer))
    }

    fn finalize_namespace(&self, name: &str) -> Result<(), WorldError> {
        self.change(&Key::new("", "namespaces", "", name), |object| {
            if let Some(list) = object["spec"]["finalizers"].as_array_mut() {
                list.retain(|item| item != "kubernetes");
            }
        })
    }

    fn resource_types(&self) -> Vec<ResourceType> {
        let catalog = self.0.catalog();
        let mut types = Vec::new();
        for resource in catalog.all().filter(|resource| resource.verbs.contains(&"list")) {
            let best = catalog.preferred(&resource.group, &resource.plural);
            let stored_here = *resource.table == *store_name(resource);
            if stored_here && best.is_some_and(|best| best.version == resource.version) {
                types.push(ResourceType {
                    group: resource.group.clone(),
                    resource: resource.plural.clone(),
                    kind: resource.kind.clone(),
                    namespaced: resource.namespaced,
                });
            }
        }
        types
    }

    fn now(&self) -> jiff::Timestamp {
        jiff::Timestamp::now()
    }
}

/// Passes every change on to the controllers.
pub(crate) async fn forward(
    mut events: mpsc::UnboundedReceiver<Arc<Event>>,
    changes: mpsc::UnboundedSender<Change>,
) {
    while let Some(event) = events.recv().await {
        if changes.send(change(&event)).is_err() {
            return;
        }
    }
}

fn change(event: &Event) -> Change {
    let (group, resource) = event.table.split_once('/').unwrap_or(("", &event.table));
    let kind = match event.change {
        store::Change::Added => ChangeKind::Added,
        store::Change::Modified => ChangeKind::Modified,
        store::Change::Deleted => ChangeKind::Deleted,
    };
    Change {
        key: Key::new(group, resource, &event.key.0, &event.key.1),
        kind,
        object: event.object.clone(),
    }
}

fn store_name(resource: &Resource) -> String {
    format!("{}/{}", resource.group, resource.plural)
}

fn refusal(key: &Key, error: ApiError) -> WorldError {
    match error.reason {
        "Conflict" => WorldError::Conflict(key.clone()),
        "AlreadyExists" => WorldError::Exists(key.clone()),
        "NotFound" => WorldError::NotFound(key.clone()),
        _ => WorldError::Refused {
            key: key.clone(),
            message: error.message,
        },
    }
}
