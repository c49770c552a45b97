//! Who exists, who depends on whom, and what is in a namespace.
//!
//! Built from the same changes that drive the controllers, so that none of them lists the store to find its children.
//! **Invariant:** it names objects and holds none; readers fetch what they need and check it against the store.
//! **Start at** [`Index::observe`].

use std::collections::{BTreeMap, BTreeSet};

use serde_json::Value;

use super::fields::uid;
use super::owners::{controller_of, owner_uids};
use super::world::Key;

/// Names of live objects, by what controllers look them up with.
#[derive(Debug, Default)]
pub(super) struct Index {
    objects: BTreeMap<Key, Entry>,
    living: BTreeMap<String, Key>,
    dependents: BTreeMap<String, BTreeSet<Key>>,
    unowned: BTreeMap<(String, String), BTreeSet<Key>>,
    namespaces: BTreeMap<String, BTreeSet<Key>>,
}

#[derive(Debug)]
struct Entry {
    uid: String,
    owners: Vec<String>,
}

impl Index {
    /// Takes in the present state of an object.
    pub(super) fn observe(&mut self, key: &Key, object: &Value) {
        self.drop_entry(key);
        let entry = Entry {
            uid: uid(object).to_owned(),
            owners: owner_uids(object).map(str::to_owned).collect(),
        };
        self.living.insert(entry.uid.clone(), key.clone());
        for owner in &entry.owners {
            self.dependents
                .entry(owner.clone())
                .or_default()
                .insert(key.clone());
        }
        if controller_of(object).is_none() && is_adoptable(key) {
            self.unowned.entry(shelf(key)).or_default().insert(key.clone());
        }
        if !key.namespace.is_empty() {
            self.namespaces
                .entry(key.namespace.clone())
                .or_default()
                .insert(key.clone());
        }
        self.objects.insert(key.clone(), entry);
    }

    /// Takes note that the object with this uid is gone; another one under the same name stays.
    pub(super) fn forget(&mut self, key: &Key, uid: &str) {
        self.living.remove(uid);
        if self.objects.get(key).is_some_and(|entry| entry.uid == uid) {
            self.drop_entry(key);
        }
    }

    /// The object with this uid, if it lives.
    pub(super) fn living(&self, uid: &str) -> Option<&Key> {
        self.living.get(uid)
    }

    /// What names this uid as one of its owners.
    pub(super) fn dependents(&self, uid: &str) -> Vec<Key> {
        self.dependents.get(uid).into_iter().flatten().cloned().collect()
    }

    pub(super) fn has_dependents(&self, uid: &str) -> bool {
        self.dependents.contains_key(uid)
    }

    /// Objects of a type that no controller owns.
    pub(super) fn unowned(&self, resource: &str, namespace: &str) -> Vec<Key> {
        let shelf = (resource.to_owned(), namespace.to_owned());
        self.unowned.get(&shelf).into_iter().flatten().cloned().collect()
    }

    /// Everything in a namespace.
    pub(super) fn in_namespace(&self, namespace: &str) -> Vec<Key> {
        self.namespaces
            .get(namespace)
            .into_iter()
            .flatten()
            .cloned()
            .collect()
    }

    fn drop_entry(&mut self, key: &Key) {
        let Some(entry) = self.objects.remove(key) else {
            return;
        };
        if self.living.get(&entry.uid) == Some(key) {
            self.living.remove(&entry.uid);
        }
        for owner in entry.owners {
            take(&mut self.dependents, &owner, key);
        }
        if is_adoptable(key) {
            take(&mut self.unowned, &shelf(key), key);
        }
        take(&mut self.namespaces, &key.namespace, key);
    }
}

fn is_adoptable(key: &Key) -> bool {
    matches!(key.resource.as_str(), "pods" | "replicasets")
}

fn shelf(key: &Key) -> (String, String) {
    (key.resource.clone(), key.namespace.clone())
}

fn take<K: Ord>(sets: &mut BTreeMap<K, BTreeSet<Key>>, at: &K, key: &Key) {
    if let Some(set) = sets.get_mut(at) {
        set.remove(key);
        if set.is_empty() {
            sets.remove(at);
        }
    }
}
