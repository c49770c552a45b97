//! What a controller has in hand while it looks at one object.
//!
//! Wraps the [`World`] so that the index knows of every write before the call returns: a controller that runs again
//! before the event of its own write arrives does not repeat the write.
//! **Absent:** decisions; those are in the controllers. **Start at** [`Context`].

use std::collections::{BTreeMap, VecDeque};
use std::sync::Arc;
use std::time::Duration;

use serde_json::Value;
use tokio::time::Instant;

use super::WorkloadOptions;
use super::fields::{is_deleting, put, uid};
use super::index::Index;
use super::owners::{is_controlled_by, reference_to};
use super::selector::selects;
use super::world::{Key, World, WorldError};

/// When a controller wants to see the object again.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Next {
    /// When something about it changes.
    Event,
    /// Then, or after this time.
    After(Duration),
}

impl Next {
    /// The sooner of the two.
    pub(super) fn or(self, other: Self) -> Self {
        match (self, other) {
            (Self::After(a), Self::After(b)) => Self::After(a.min(b)),
            (Self::Event, other) => other,
            (this, Self::Event) => this,
        }
    }
}

/// What a look at one object ends with.
pub(super) type Outcome = Result<Next, WorldError>;

/// The store, the index and the timers.
pub(super) struct Context {
    pub(super) world: Arc<dyn World>,
    pub(super) options: WorkloadOptions,
    pub(super) index: Index,
    pub(super) recorded: VecDeque<Key>,
    deadlines: BTreeMap<String, BTreeMap<&'static str, Instant>>,
    serial: u64,
}

impl Context {
    pub(super) fn new(world: Arc<dyn World>, options: WorkloadOptions) -> Self {
        Self {
            world,
            options,
            index: Index::default(),
            recorded: VecDeque::new(),
            deadlines: BTreeMap::new(),
            serial: 0,
        }
    }

    pub(super) fn get(&self, key: &Key) -> Option<Arc<Value>> {
        self.world.get(key)
    }

    pub(super) fn now(&self) -> jiff::Timestamp {
        self.world.now()
    }

    /// Live objects of a type that `owner` controls, ordered by name.
    pub(super) fn children(&self, owner: &Value, resource: &str) -> Vec<(Key, Arc<Value>)> {
        let owner_uid = uid(owner);
        let keys = self
            .index
            .dependents(owner_uid)
            .into_iter()
            .filter(|key| key.resource == resource);
        keys.filter_map(|key| self.get(&key).map(|object| (key, object)))
            .filter(|(_, object)| is_controlled_by(object, owner_uid))
            .collect()
    }

    /// Makes `owner` the controller of the objects that it selects and nobody controls, as after an orphaning delete.
    pub(super) fn adopt(&mut self, owner: &Value, resource: &str) -> Result<(), WorldError> {
        for key in self.index.unowned(resource, super::fields::namespace(owner)) {
            let Some(object) = self.get(&key) else { continue };
            if is_deleting(&object) || !selects(owner.pointer("/spec/selector"), &object) {
                continue;
            }
            let mut next = Value::clone(&object);
            let mut owners = super::fields::items(&object, "/metadata/ownerReferences").to_vec();
            owners.push(reference_to(owner));
            put(&mut next, &["metadata", "ownerReferences"], owners);
            self.update(&key, next)?;
        }
        Ok(())
    }

    pub(super) fn create(&mut self, key: &Key, object: Value) -> Result<Arc<Value>, WorldError> {
        if self.is_terminating(&key.namespace) {
            return Err(WorldError::Refused {
                key: key.clone(),
                message: format!("namespace {} is being terminated", key.namespace),
            });
        }
        let stored = self.world.create(key, object)?;
        self.index.observe(key, &stored);
        Ok(stored)
    }

    pub(super) fn update(&mut self, key: &Key, object: Value) -> Result<Arc<Value>, WorldError> {
        let stored = self.world.update(key, object)?;
        self.index.observe(key, &stored);
        Ok(stored)
    }

    /// Writes annotations along with the status, which makes no new generation.
    pub(super) fn annotate(&mut self, key: &Key, object: Value) -> Result<Arc<Value>, WorldError> {
        let stored = self.world.update_status(key, object)?;
        self.index.observe(key, &stored);
        Ok(stored)
    }

    /// Writes the status when it differs; says whether it did.
    pub(super) fn set_status(
        &mut self,
        key: &Key,
        object: &Value,
        status: Value,
    ) -> Result<bool, WorldError> {
        if object.get("status") == Some(&status) {
            return Ok(false);
        }
        let mut next = object.clone();
        put(&mut next, &["status"], status);
        self.world.update_status(key, next)?;
        Ok(true)
    }

    /// Deletes that very object; it being gone already is success.
    pub(super) fn delete(&mut self, key: &Key, object: &Value) -> Result<(), WorldError> {
        match self.world.delete(key, Some(uid(object))) {
            Err(WorldError::NotFound(_) | WorldError::Conflict(_)) | Ok(()) => {}
            Err(other) => return Err(other),
        }
        self.refresh(key, uid(object));
        Ok(())
    }

    /// Takes a finalizer from an object that may go with it.
    pub(super) fn release(&mut self, key: &Key, object: &Value, finalizer: &str) -> Result<(), WorldError> {
        match self.world.remove_finalizer(key, finalizer) {
            Err(WorldError::NotFound(_)) | Ok(()) => {}
            Err(other) => return Err(other),
        }
        self.refresh(key, uid(object));
        Ok(())
    }

    /// Starts a clock for an object on the first call; says how long it still runs, or `None` when it has run out.
    pub(super) fn remaining(&mut self, uid: &str, clock: &'static str, length: Duration) -> Option<Duration> {
        let now = Instant::now();
        let clocks = self.deadlines.entry(uid.to_owned()).or_default();
        let end = *clocks.entry(clock).or_insert(now + length);
        (end > now).then(|| end - now)
    }

    /// Stops a clock, so that it may start anew.
    pub(super) fn reset(&mut self, uid: &str, clock: &'static str) {
        if let Some(clocks) = self.deadlines.get_mut(uid) {
            clocks.remove(clock);
        }
    }

    /// Drops what was remembered of an object that is gone.
    pub(super) fn forget(&mut self, key: &Key, uid: &str) {
        self.index.forget(key, uid);
        self.deadlines.remove(uid);
    }

    /// A number that no earlier call gave.
    pub(super) fn next_serial(&mut self) -> u64 {
        self.serial += 1;
        self.serial
    }

    /// Leaves out the numbers up to this one, which an earlier run of the cluster has used.
    pub(super) fn skip_serials(&mut self, last: u64) {
        self.serial = self.serial.max(last);
    }

    fn is_terminating(&self, namespace: &str) -> bool {
        !namespace.is_empty()
            && self
                .get(&Key::new("", "namespaces", "", namespace))
                .is_some_and(|it| is_deleting(&it))
    }

    fn refresh(&mut self, key: &Key, uid: &str) {
        match self.get(key) {
            Some(object) => self.index.observe(key, &object),
            None => self.index.forget(key, uid),
        }
    }
}
