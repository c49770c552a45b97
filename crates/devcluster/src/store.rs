//! Where objects live: tables of immutable values under one version counter, with the recent history of each table.
//!
//! Writers take turns ([`Store::write`]); readers only wait while one change is put in. Watches hold a position in the
//! history and read on from there, so nothing is copied per watch.
//!
//! **Invariant:** versions only grow; an object's `resourceVersion` is the version of its last change; nothing waits
//! for anything while a lock is held.
//! **Absent:** what may be written and what it must look like ([`crate::registry`]).
//! **Start at** [`Store`] and [`Transaction`].

mod event;

pub(crate) use event::{Change, Event};

use serde_json::Value;
use std::{
    collections::{BTreeMap, VecDeque},
    ops::Bound,
    sync::{Arc, Mutex, MutexGuard, PoisonError, RwLock, RwLockReadGuard},
};
use tokio::sync::{mpsc, watch};

/// Namespace (empty when the type has none) and name.
pub(crate) type Key = (Arc<str>, Arc<str>);

/// All objects.
#[derive(Debug)]
pub(crate) struct Store {
    data: RwLock<Data>,
    writer: Mutex<()>,
    listeners: Mutex<Vec<mpsc::UnboundedSender<Arc<Event>>>>,
    history: usize,
}

#[derive(Debug)]
struct Data {
    version: u64,
    /// Changes up to this version happened before a restart.
    base: u64,
    tables: BTreeMap<Arc<str>, Table>,
}

#[derive(Debug)]
struct Table {
    objects: BTreeMap<Key, Arc<Value>>,
    history: VecDeque<Arc<Event>>,
    /// Changes up to this version are no longer in `history`.
    forgotten: u64,
    changed: watch::Sender<u64>,
}

/// Objects at one version.
#[derive(Debug)]
pub(crate) struct Snapshot {
    /// The version.
    pub(crate) version: u64,
    /// The objects, by namespace and name.
    pub(crate) objects: Vec<(Key, Arc<Value>)>,
}

/// The caller's place in history is no longer kept: the oldest version that can be resumed from.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Forgotten(pub u64);

impl Store {
    /// An empty store that keeps `history` changes per table.
    #[must_use]
    pub(crate) fn new(history: usize) -> Self {
        let data = RwLock::new(Data {
            version: 1,
            base: 0,
            tables: BTreeMap::new(),
        });
        Self {
            data,
            writer: Mutex::new(()),
            listeners: Mutex::default(),
            history: history.max(1),
        }
    }

    /// Puts back objects that were kept over a restart; call before anything else.
    pub(crate) fn restore(&self, version: u64, objects: impl IntoIterator<Item = (Arc<str>, Key, Value)>) {
        let mut data = self.data.write().unwrap_or_else(PoisonError::into_inner);
        data.version = data.version.max(version);
        data.base = data.version;
        for (table, key, value) in objects {
            data.table(&table).objects.insert(key, Arc::new(value));
        }
    }

    /// Every change from now on, in order.
    #[must_use]
    pub(crate) fn changes(&self) -> mpsc::UnboundedReceiver<Arc<Event>> {
        let (sender, receiver) = mpsc::unbounded_channel();
        self.listeners
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .push(sender);
        receiver
    }

    /// The version of the last change.
    #[must_use]
    pub(crate) fn version(&self) -> u64 {
        self.read().version
    }

    /// One object.
    #[must_use]
    pub(crate) fn get(&self, table: &str, namespace: &str, name: &str) -> Option<Arc<Value>> {
        self.read()
            .tables
            .get(table)?
            .objects
            .get(&(namespace.into(), name.into()))
            .cloned()
    }

    /// All objects of a table, or of one namespace in it.
    #[must_use]
    pub(crate) fn list(&self, table: &str, namespace: Option<&str>) -> Snapshot {
        let data = self.read();
        let objects = data
            .tables
            .get(table)
            .map(|table| table.range(namespace))
            .unwrap_or_default();
        Snapshot {
            version: data.version,
            objects,
        }
    }

    /// As [`list`](Self::list), at an earlier version.
    pub(crate) fn list_at(
        &self,
        table: &str,
        namespace: Option<&str>,
        version: u64,
    ) -> Result<Snapshot, Forgotten> {
        let data = self.read();
        let Some(table) = data.tables.get(table) else {
            return Ok(Snapshot {
                version,
                objects: Vec::new(),
            });
        };
        if version < table.forgotten {
            return Err(Forgotten(table.forgotten));
        }
        let mut objects: BTreeMap<_, _> = table.range(namespace).into_iter().collect();
        for event in table
            .history
            .iter()
            .rev()
            .take_while(|event| event.version > version)
        {
            if namespace.is_some_and(|namespace| *event.key.0 != *namespace) {
                continue;
            }
            match &event.previous {
                Some(previous) => objects.insert(event.key.clone(), previous.clone()),
                None => objects.remove(&event.key),
            };
        }
        Ok(Snapshot {
            version,
            objects: objects.into_iter().collect(),
        })
    }

    /// Changes of a table after a version.
    pub(crate) fn since(&self, table: &str, version: u64) -> Result<Vec<Arc<Event>>, Forgotten> {
        let data = self.read();
        let Some(table) = data.tables.get(table) else {
            return Ok(Vec::new());
        };
        if version < table.forgotten {
            return Err(Forgotten(table.forgotten));
        }
        let start = table.history.partition_point(|event| event.version <= version);
        Ok(table.history.range(start..).cloned().collect())
    }

    /// Tells when a table changes.
    #[must_use]
    pub(crate) fn changed(&self, table: &str) -> watch::Receiver<u64> {
        if let Some(table) = self.read().tables.get(table) {
            return table.changed.subscribe();
        }
        let mut data = self.data.write().unwrap_or_else(PoisonError::into_inner);
        data.table(&table.into()).changed.subscribe()
    }

    /// Waits for the writers before, then gives the right to write until the transaction is dropped.
    #[must_use]
    pub(crate) fn write(&self) -> Transaction<'_> {
        let turn = self.writer.lock().unwrap_or_else(PoisonError::into_inner);
        Transaction {
            store: self,
            _turn: turn,
        }
    }

    fn read(&self) -> RwLockReadGuard<'_, Data> {
        self.data.read().unwrap_or_else(PoisonError::into_inner)
    }
}

/// The right to write. Each change is visible at once; there is no rollback, so decide first, then change.
#[derive(Debug)]
pub(crate) struct Transaction<'a> {
    store: &'a Store,
    _turn: MutexGuard<'a, ()>,
}

impl Transaction<'_> {
    /// Stores an object, new or changed, under a new version.
    pub(crate) fn put(&mut self, table: &Arc<str>, key: Key, object: Value) -> Arc<Value> {
        self.change(table, key, object, false)
    }

    /// Takes an object away; `last` is its last state and gets a new version.
    pub(crate) fn remove(&mut self, table: &Arc<str>, key: &Key, last: Value) -> Arc<Value> {
        self.change(table, key.clone(), last, true)
    }

    fn change(&mut self, name: &Arc<str>, key: Key, mut object: Value, delete: bool) -> Arc<Value> {
        let mut data = self.store.data.write().unwrap_or_else(PoisonError::into_inner);
        data.version += 1;
        let version = data.version;
        object["metadata"]["resourceVersion"] = version.to_string().into();
        let object = Arc::new(object);
        let table = data.table(name);
        let previous = if delete {
            table.objects.remove(&key)
        } else {
            table.objects.insert(key.clone(), object.clone())
        };
        let change = match (&previous, delete) {
            (_, true) => Change::Deleted,
            (Some(_), _) => Change::Modified,
            (None, _) => Change::Added,
        };
        let event =
            Arc::new(Event::new(change, version, name.clone(), key, object.clone()).replacing(previous));
        table.history.push_back(event.clone());
        while table.history.len() > self.store.history {
            if let Some(oldest) = table.history.pop_front() {
                table.forgotten = oldest.version;
            }
        }
        table.changed.send_replace(version);
        drop(data);
        let mut listeners = self
            .store
            .listeners
            .lock()
            .unwrap_or_else(PoisonError::into_inner);
        listeners.retain(|listener| listener.send(event.clone()).is_ok());
        object
    }
}

impl Data {
    fn table(&mut self, name: &Arc<str>) -> &mut Table {
        let (version, base) = (self.version, self.base);
        self.tables.entry(name.clone()).or_insert_with(|| Table {
            objects: BTreeMap::new(),
            history: VecDeque::new(),
            forgotten: base,
            changed: watch::Sender::new(version),
        })
    }
}

impl Table {
    fn range(&self, namespace: Option<&str>) -> Vec<(Key, Arc<Value>)> {
        let copy = |(key, value): (&Key, &Arc<Value>)| (key.clone(), value.clone());
        match namespace {
            None => self.objects.iter().map(copy).collect(),
            Some(namespace) => {
                let start: Key = (namespace.into(), "".into());
                self.objects
                    .range((Bound::Included(start), Bound::Unbounded))
                    .take_while(|((ns, _), _)| **ns == *namespace)
                    .map(copy)
                    .collect()
            }
        }
    }
}
