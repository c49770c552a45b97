//! What is remembered of the objects of one kind.
//!
//! Of an object that nobody manages only its existence is kept. Of a managed one: what the last look or apply found
//! (which fields are ours, a digest of their values, who owns them), whether that still holds, and its health. Bodies
//! are dropped, except of objects that differ from what is desired, and while somebody is at work on the object.
//!
//! **Invariant:** an older state never replaces a newer one, in whatever order answers and events come in.
//! **Start at** [`Table::event`] (from the watch) and [`Table::learn`] (from a look or an apply).

mod entry;
mod pool;
#[cfg(test)]
mod tests;

use std::{collections::HashMap, sync::Arc};

use plumb_health::{Check, Rules};
use plumb_model::{GroupVersionKind, Health, ObjectId};
use serde_json::Value;
use tokio::sync::broadcast;

use crate::watcher::{Meta, Seen};
pub(crate) use entry::{Entry, Finding, Record};
use pool::Pool;

/// Something happened to an object that is managed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LiveEvent {
    /// Which one.
    pub id: ObjectId,
    /// What.
    pub kind: LiveChange,
}

/// What happened to an object.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum LiveChange {
    /// Somebody changed a field that is managed, or made an object that is wanted.
    Drifted,
    /// It is again as the last apply left it.
    Settled,
    /// It was deleted.
    Gone,
    /// It is better or worse; `None` for kinds without health.
    HealthChanged(Option<Health>),
}

/// Where an object is among those of its kind.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(crate) struct Key {
    pub(crate) namespace: Option<Box<str>>,
    pub(crate) name: Box<str>,
}

/// All objects of one kind.
pub(crate) struct Table {
    pub(crate) gvk: GroupVersionKind,
    rows: HashMap<Key, Row>,
    round: u32,
    ready: bool,
    pool: Pool,
    events: broadcast::Sender<LiveEvent>,
    judge: Judge,
}

/// By what health is told, and which state of it that is.
#[derive(Clone, Default)]
pub(crate) struct Judge {
    pub(crate) rules: Rules,
    epoch: u32,
}

struct Row {
    /// In which listing it was last seen.
    round: u32,
    entry: Option<Box<Entry>>,
}

impl Key {
    pub(crate) fn new(namespace: Option<&str>, name: &str) -> Self {
        Self {
            namespace: namespace.map(Into::into),
            name: name.into(),
        }
    }

    fn of(meta: &Meta) -> Self {
        Self::new(meta.namespace.as_deref(), &meta.name)
    }
}

impl Table {
    pub(crate) fn new(gvk: GroupVersionKind, events: broadcast::Sender<LiveEvent>, rules: Rules) -> Self {
        Self {
            gvk,
            rows: HashMap::new(),
            round: 0,
            ready: false,
            pool: Pool::default(),
            events,
            judge: Judge { rules, epoch: 0 },
        }
    }

    /// By what the health of an object is told.
    pub(crate) fn rules(&self, key: &Key) -> (Rules, Option<Arc<Check>>) {
        let check = self.entry(key).and_then(|entry| entry.check.clone());
        (self.judge.rules.clone(), check)
    }

    /// Has the health of `key`, which is managed, told by a unit's expressions from now on.
    pub(crate) fn check_by(&mut self, key: &Key, check: Option<Arc<Check>>) {
        if let Some(entry) = self.rows.get_mut(key).and_then(|row| row.entry.as_mut()) {
            entry.check_by(check);
        }
    }

    /// Has health told by other rules from now on. Whether they tell another health of objects of this kind; then those that
    /// are known are judged anew when they are next listed.
    pub(crate) fn judge_by(&mut self, rules: &Rules) -> bool {
        let differs = !self.judge.rules.agree(rules, &self.gvk.group_kind());
        self.judge.rules = rules.clone();
        self.judge.epoch += u32::from(differs);
        differs
    }

    /// Remembers more of `key` from now on, for the sake of `manager`.
    pub(crate) fn manage(&mut self, key: &Key, manager: &str) -> &mut Entry {
        let row = self.rows.entry(key.clone());
        let exists = matches!(row, std::collections::hash_map::Entry::Occupied(_));
        let round = self.round;
        let row = row.or_insert_with(|| Row { round, entry: None });
        let entry = row
            .entry
            .get_or_insert_with(|| Box::new(Entry::new(exists, manager)));
        if &*entry.manager != manager {
            // Whose fields are ours is another question now: look again.
            entry.manager = manager.into();
            entry.record = None;
        }
        entry
    }

    /// The object is there: its creation was just answered, the event may come later.
    pub(crate) fn created(&mut self, key: &Key) {
        let round = self.round;
        self.rows.entry(key.clone()).or_insert(Row { round, entry: None });
    }

    /// Remembers no more of `key` than that it is there.
    pub(crate) fn forget(&mut self, key: &Key) {
        if let Some(row) = self.rows.get_mut(key)
            && row.entry.take().is_some_and(|entry| !entry.present)
        {
            self.rows.remove(key);
        }
    }

    pub(crate) fn entry(&self, key: &Key) -> Option<&Entry> {
        self.rows.get(key)?.entry.as_deref()
    }

    /// Whether the object is there.
    pub(crate) fn exists(&self, key: &Key) -> bool {
        self.rows
            .get(key)
            .is_some_and(|row| row.entry.as_ref().is_none_or(|entry| entry.present))
    }

    /// All objects of the kind are listed now.
    pub(crate) fn begin(&mut self) {
        self.round = self.round.wrapping_add(1);
    }

    /// All were listed, as of this version: what was not among them is gone.
    pub(crate) fn end(&mut self, version: u64) {
        let round = self.round;
        let mut gone = Vec::new();
        self.rows.retain(|key, row| match &row.entry {
            _ if row.round == round => true,
            None => false,
            Some(entry) => {
                // What an apply of ours made after the list was taken is not in it.
                if entry.present && entry.version <= version {
                    gone.push(key.clone());
                }
                true
            }
        });
        for key in gone {
            self.gone(&key, version);
        }
        self.ready = true;
        self.pool.shrink();
    }

    /// An object as the watch shows it.
    pub(crate) fn event(&mut self, seen: Seen) {
        let Some(meta) = seen.meta() else { return };
        let key = Key::of(&meta);
        let round = self.round;
        let Some(row) = self.rows.get_mut(&key) else {
            self.rows.insert(key, Row { round, entry: None });
            return;
        };
        row.round = round;
        let Some(entry) = &mut row.entry else { return };
        let version = meta.version();
        if version != 0 && version <= entry.version && (entry.present || version < entry.version) {
            if version == entry.version && entry.is_judged_by_others(&self.judge) {
                let changes = entry.judge(&seen.body(), &self.judge);
                self.tell(&key, changes);
            }
            return;
        }
        let changes = entry.see(&Arc::new(seen.body()), &self.judge);
        if self.ready {
            self.tell(&key, changes);
        }
    }

    /// The watch says that an object is gone.
    pub(crate) fn deleted(&mut self, seen: &Seen) {
        let Some(meta) = seen.meta() else { return };
        let key = Key::of(&meta);
        match self.rows.get(&key).map(|row| &row.entry) {
            Some(None) => drop(self.rows.remove(&key)),
            Some(Some(entry)) if meta.version() == 0 || meta.version() > entry.version => {
                self.gone(&key, meta.version());
            }
            _ => {}
        }
    }

    /// Somebody starts to work on the object: the newest body is kept until [`Table::release`], and what is seen
    /// meanwhile is not told as drift.
    pub(crate) fn hold(&mut self, key: &Key, manager: &str) {
        self.manage(key, manager).holds += 1;
    }

    /// The work on the object is done.
    pub(crate) fn release(&mut self, key: &Key) {
        let Some(entry) = self.rows.get_mut(key).and_then(|row| row.entry.as_mut()) else {
            return;
        };
        let changes = entry.release();
        self.tell(key, changes);
    }

    /// The server's answer to a look or an apply: the object's state, and what to remember of it.
    pub(crate) fn learn(&mut self, key: &Key, body: &Arc<Value>, record: Option<Record>) {
        let Some(entry) = self.rows.get_mut(key).and_then(|row| row.entry.as_mut()) else {
            return;
        };
        let record = record.map(|record| Record {
            fields: self.pool.share(record.fields),
            ..record
        });
        let changes = entry.learn(body, record, &self.judge);
        self.tell(key, changes);
    }

    /// Whether anybody manages anything of this kind.
    pub(crate) fn is_managed(&self) -> bool {
        self.rows.values().any(|row| row.entry.is_some())
    }

    fn gone(&mut self, key: &Key, version: u64) {
        let Some(entry) = self.rows.get_mut(key).and_then(|row| row.entry.as_mut()) else {
            return;
        };
        let changes = entry.gone(version);
        if self.ready {
            self.tell(key, changes);
        }
    }

    fn tell(&self, key: &Key, changes: Vec<LiveChange>) {
        for kind in changes {
            let id = ObjectId {
                kind: self.gvk.group_kind(),
                namespace: key.namespace.as_deref().map(str::to_owned),
                name: key.name.to_string(),
            };
            // Nobody listening is no failure.
            let _ = self.events.send(LiveEvent { id, kind });
        }
    }
}
