//! A [`World`] over a map, with the rules of the real store that controllers lean on.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard};

use serde_json::{Value, json};
use tokio::sync::mpsc::{UnboundedReceiver, UnboundedSender, unbounded_channel};
use tokio::time::Instant;

use super::{Key, World, WorldError};
use crate::workloads::fields::{count, is_deleting, items, put, stamp, text, uid};
use crate::workloads::pods::is_ready;
use crate::workloads::{Change, ChangeKind, ResourceType};

/// The store; remembers how many pods there were, and how many were ready, after each write to a pod.
pub(super) struct Memory {
    start: Instant,
    state: Mutex<State>,
}

struct State {
    objects: BTreeMap<Key, Arc<Value>>,
    serial: i64,
    changes: UnboundedSender<Change>,
    pods: Vec<(usize, usize)>,
}

impl Memory {
    pub(super) fn new() -> (Self, UnboundedReceiver<Change>) {
        let (changes, receiver) = unbounded_channel();
        let state = State {
            objects: BTreeMap::new(),
            serial: 0,
            changes,
            pods: Vec::new(),
        };
        (
            Self {
                start: Instant::now(),
                state: Mutex::new(state),
            },
            receiver,
        )
    }

    /// Sends changes elsewhere from now on; the receiver given up is dropped.
    pub(super) fn reconnect(&self, old: UnboundedReceiver<Change>) -> UnboundedReceiver<Change> {
        drop(old);
        let (changes, receiver) = unbounded_channel();
        self.lock().changes = changes;
        receiver
    }

    /// How many writes there have been.
    pub(super) fn writes(&self) -> i64 {
        self.lock().serial
    }

    /// Forgets the counts of pods, and gives those so far.
    pub(super) fn take_pod_counts(&self) -> Vec<(usize, usize)> {
        std::mem::take(&mut self.lock().pods)
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.state
            .lock()
            .expect("no test panics while it holds the store")
    }

    fn replace(&self, key: &Key, object: Value, is_status: bool) -> Result<Arc<Value>, WorldError> {
        let mut state = self.lock();
        let old = state
            .objects
            .get(key)
            .cloned()
            .ok_or_else(|| WorldError::NotFound(key.clone()))?;
        let version = text(&object, "/metadata/resourceVersion");
        if version != text(&old, "/metadata/resourceVersion") || uid(&object) != uid(&old) {
            return Err(WorldError::Conflict(key.clone()));
        }
        let mut next = if is_status {
            Value::clone(&old)
        } else {
            object.clone()
        };
        match (is_status, object.get("status"), old.get("status")) {
            (true, Some(status), _) | (false, _, Some(status)) => put(&mut next, &["status"], status.clone()),
            _ => {}
        }
        if let Some(annotations) = object.pointer("/metadata/annotations").filter(|_| is_status) {
            put(&mut next, &["metadata", "annotations"], annotations.clone());
        }
        if next.get("spec") != old.get("spec") {
            put(
                &mut next,
                &["metadata", "generation"],
                count(&old, "/metadata/generation") + 1,
            );
        }
        if next == *old {
            return Ok(old);
        }
        Ok(state.store(key, next, ChangeKind::Modified))
    }
}

impl State {
    fn store(&mut self, key: &Key, mut object: Value, kind: ChangeKind) -> Arc<Value> {
        self.serial += 1;
        put(
            &mut object,
            &["metadata", "resourceVersion"],
            self.serial.to_string(),
        );
        let object = Arc::new(object);
        self.objects.insert(key.clone(), object.clone());
        self.tell(key, kind, object.clone());
        object
    }

    fn remove(&mut self, key: &Key) {
        if let Some(object) = self.objects.remove(key) {
            self.serial += 1;
            self.tell(key, ChangeKind::Deleted, object);
        }
    }

    fn tell(&mut self, key: &Key, kind: ChangeKind, object: Arc<Value>) {
        if key.resource == "pods" {
            let pods = self.objects.iter().filter(|(key, _)| key.resource == "pods");
            let ready = pods.clone().filter(|(_, pod)| is_ready(pod)).count();
            self.pods.push((pods.count(), ready));
        }
        // Nobody listens between two runs of the controllers.
        drop(self.changes.send(Change {
            key: key.clone(),
            kind,
            object,
        }));
    }

    /// Removes an object that is being deleted and that nothing holds.
    fn sweep(&mut self, key: &Key) {
        let Some(object) = self.objects.get(key) else {
            return;
        };
        let is_held = !items(object, "/metadata/finalizers").is_empty()
            || (key.resource == "namespaces" && !items(object, "/spec/finalizers").is_empty());
        if is_deleting(object) && !is_held {
            self.remove(key);
        }
    }
}

impl World for Memory {
    fn get(&self, key: &Key) -> Option<Arc<Value>> {
        self.lock().objects.get(key).cloned()
    }

    fn list(&self, group: &str, resource: &str, namespace: Option<&str>) -> Vec<Arc<Value>> {
        let state = self.lock();
        let is_wanted = |key: &Key| {
            key.is(group, resource) && namespace.is_none_or(|namespace| key.namespace == namespace)
        };
        state
            .objects
            .iter()
            .filter(|(key, _)| is_wanted(key))
            .map(|(_, object)| object.clone())
            .collect()
    }

    fn create(&self, key: &Key, mut object: Value) -> Result<Arc<Value>, WorldError> {
        let mut state = self.lock();
        if state.objects.contains_key(key) {
            return Err(WorldError::Exists(key.clone()));
        }
        let uid = format!("uid-{}", state.serial);
        put(&mut object, &["metadata", "uid"], uid);
        put(&mut object, &["metadata", "generation"], 1);
        put(&mut object, &["metadata", "creationTimestamp"], stamp(self.now()));
        Ok(state.store(key, object, ChangeKind::Added))
    }

    fn update(&self, key: &Key, object: Value) -> Result<Arc<Value>, WorldError> {
        let stored = self.replace(key, object, false)?;
        self.lock().sweep(key);
        Ok(stored)
    }

    fn update_status(&self, key: &Key, object: Value) -> Result<Arc<Value>, WorldError> {
        self.replace(key, object, true)
    }

    fn delete(&self, key: &Key, wanted: Option<&str>) -> Result<(), WorldError> {
        let mut state = self.lock();
        let old = state
            .objects
            .get(key)
            .cloned()
            .ok_or_else(|| WorldError::NotFound(key.clone()))?;
        if wanted.is_some_and(|wanted| wanted != uid(&old)) {
            return Err(WorldError::Conflict(key.clone()));
        }
        if !is_deleting(&old) {
            let mut next = Value::clone(&old);
            put(&mut next, &["metadata", "deletionTimestamp"], stamp(self.now()));
            if key.resource == "namespaces" || !items(&old, "/metadata/finalizers").is_empty() {
                state.store(key, next, ChangeKind::Modified);
            } else {
                state.remove(key);
                return Ok(());
            }
        }
        state.sweep(key);
        Ok(())
    }

    fn remove_finalizer(&self, key: &Key, finalizer: &str) -> Result<(), WorldError> {
        let mut next = Value::clone(&*self.get(key).ok_or_else(|| WorldError::NotFound(key.clone()))?);
        let mut left = items(&next, "/metadata/finalizers").to_vec();
        left.retain(|entry| entry != finalizer);
        put(&mut next, &["metadata", "finalizers"], left);
        self.update(key, next).map(|_| ())
    }

    fn finalize_namespace(&self, name: &str) -> Result<(), WorldError> {
        let key = Key::new("", "namespaces", "", name);
        let mut next = Value::clone(&*self.get(&key).ok_or_else(|| WorldError::NotFound(key.clone()))?);
        put(&mut next, &["spec", "finalizers"], json!([]));
        self.update(&key, next).map(|_| ())
    }

    fn resource_types(&self) -> Vec<ResourceType> {
        let state = self.lock();
        let mut types: Vec<ResourceType> = Vec::new();
        for (key, object) in &state.objects {
            if !types.iter().any(|it| key.is(&it.group, &it.resource)) {
                types.push(ResourceType {
                    group: key.group.clone(),
                    resource: key.resource.clone(),
                    kind: text(object, "/kind").to_owned(),
                    namespaced: !key.namespace.is_empty(),
                });
            }
        }
        types
    }

    fn now(&self) -> jiff::Timestamp {
        let start: jiff::Timestamp = "2026-01-01T00:00:00Z".parse().expect("the time is well formed");
        start + self.start.elapsed()
    }
}
