//! The state then, and what changed between two times.
//!
//! **Start at** [`Ledger::state_at`] and [`Ledger::diff`]; who set a field: [`crate::BlameLine`].

use std::collections::BTreeMap;

use gix::{ObjectId as GitId, objs::Kind};
use jiff::Timestamp;
use plumb_model::{CommitId, ObjectId, UnitId};

use crate::{
    Entry, HistoryError, Ledger, RecordId, ShardName,
    index::{CommitKey, Index, Row},
    layout::{FANOUT, object_of, unit_of, unit_path},
    ledger::chain,
    tree::{TreeEntry, find, read_tree},
};

/// A moment of the ledger.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum At {
    /// Now.
    Newest,
    /// A time.
    Time(Timestamp),
    /// Just after a record.
    Record(RecordId),
    /// Just after a commit of the source was first applied.
    Source(CommitId),
}

/// A unit at a moment.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct UnitState {
    /// The unit.
    pub unit: UnitId,
    /// What it had rendered to.
    pub objects: Vec<StoredObject>,
}

/// An object as the ledger has it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StoredObject {
    /// Which one.
    pub id: ObjectId,
    /// All of it as canonical YAML, secret values as digests.
    pub text: String,
}

/// How a unit differs between two moments.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct UnitDiff {
    /// The unit.
    pub unit: UnitId,
    /// The objects that differ.
    pub objects: Vec<ObjectDiff>,
}

/// How an object differs between two moments.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ObjectDiff {
    /// Which one.
    pub id: ObjectId,
    /// What it was; `None` = it was not there.
    pub before: Option<String>,
    /// What it became; `None` = it is gone.
    pub after: Option<String>,
}

impl Ledger {
    /// What the units had rendered to at that moment, or `unit` only.
    ///
    /// # Errors
    /// When nothing was recorded yet at that moment, or the ledger is damaged.
    pub fn state_at(&self, at: &At, unit: Option<&UnitId>) -> Result<Vec<UnitState>, HistoryError> {
        let mut states = Vec::new();
        for (id, tree) in self.units_at(at)? {
            if unit.is_some_and(|unit| *unit != id) {
                continue;
            }
            let mut objects = Vec::new();
            for (id, blob) in self.objects_in(tree)? {
                let text = self.text(blob)?;
                objects.push(StoredObject { id, text });
            }
            states.push(UnitState { unit: id, objects });
        }
        Ok(states)
    }

    /// The units at that moment.
    ///
    /// # Errors
    /// As [`Ledger::state_at`].
    pub fn unit_ids_at(&self, at: &At) -> Result<Vec<UnitId>, HistoryError> {
        Ok(self.units_at(at)?.into_keys().collect())
    }

    /// Those of `units` that were there at that moment, and the names of what they had rendered to.
    ///
    /// # Errors
    /// As [`Ledger::state_at`].
    pub fn names_of(&self, at: &At, units: &[UnitId]) -> Result<Vec<(UnitId, Vec<ObjectId>)>, HistoryError> {
        let mut trees = self.units_at(at)?;
        units
            .iter()
            .filter_map(|unit| trees.remove_entry(unit))
            .map(|(unit, tree)| Ok((unit, self.objects_in(tree)?.into_keys().collect())))
            .collect()
    }

    /// The units at that moment, and the names of what they had rendered to.
    ///
    /// # Errors
    /// As [`Ledger::state_at`].
    pub fn names_at(&self, at: &At) -> Result<Vec<(UnitId, Vec<ObjectId>)>, HistoryError> {
        self.units_at(at)?
            .into_iter()
            .map(|(unit, tree)| Ok((unit, self.objects_in(tree)?.into_keys().collect())))
            .collect()
    }

    /// What a record made of its unit.
    ///
    /// # Errors
    /// When the ledger is damaged.
    pub fn changes_of(&self, entry: &Entry) -> Result<Vec<ObjectDiff>, HistoryError> {
        let unit = &entry.record.unit;
        let before = match (entry.parent, entry.place.continues) {
            (Some(id), _) => self.unit_tree(id, unit)?,
            // The chain that it goes on from may have been given up; it is the first that is known of then.
            (None, Some(id)) => self.unit_tree(id, unit).unwrap_or_default(),
            (None, None) => None,
        };
        let (was, is) = (self.objects_of(before)?, self.unit_tree(entry.id, unit)?);
        self.differing(was, self.objects_of(is)?)
    }

    /// What differs between two moments, by unit and object.
    ///
    /// # Errors
    /// As [`Ledger::state_at`].
    pub fn diff(&self, before: &At, after: &At) -> Result<Vec<UnitDiff>, HistoryError> {
        let (before, after) = (self.units_at(before)?, self.units_at(after)?);
        let mut diffs = Vec::new();
        for (unit, (was, is)) in both(before, after) {
            let objects = self.differing(self.objects_of(was)?, self.objects_of(is)?)?;
            diffs.push(UnitDiff { unit, objects });
        }
        Ok(diffs)
    }

    /// The units at a moment, and the tree of each.
    pub(crate) fn units_at(&self, at: &At) -> Result<BTreeMap<UnitId, GitId>, HistoryError> {
        let points = self.points(at)?;
        let mut units: BTreeMap<UnitId, (i64, Option<GitId>)> = BTreeMap::new();
        let several = points.len() > 1;
        for point in points {
            let tree = chain::tree_of(&self.store, point.tip)?;
            let found = self.units_in(tree)?;
            // Where a unit went from one shard to another, the one that wrote of it last knows.
            let mut written = point.written;
            if several {
                for unit in found.keys() {
                    written.entry(unit.clone()).or_insert(i64::MIN);
                }
            } else {
                written = found.keys().map(|unit| (unit.clone(), 0)).collect();
            }
            for (unit, finished) in written {
                let tree = found.get(&unit).copied();
                let known = units.entry(unit).or_insert((finished, tree));
                if known.0 < finished {
                    *known = (finished, tree);
                }
            }
        }
        Ok(units
            .into_iter()
            .filter_map(|(unit, (_, tree))| Some((unit, tree?)))
            .collect())
    }

    /// The objects in a unit's tree, and the blob of each.
    pub(crate) fn objects_in(&self, tree: GitId) -> Result<BTreeMap<ObjectId, GitId>, HistoryError> {
        read_tree(&self.store, Some(tree))?
            .into_iter()
            .map(|entry| {
                let id = name(&entry).and_then(object_of);
                let id = id.ok_or_else(|| foreign(&entry))?;
                Ok((id, entry.id))
            })
            .collect()
    }

    /// The text of an object.
    pub(crate) fn text(&self, blob: GitId) -> Result<String, HistoryError> {
        String::from_utf8(self.store.read(blob, Kind::Blob)?)
            .map_err(|_| HistoryError::damaged(format!("object {blob}"), "it is not UTF-8"))
    }

    /// The unit's tree in that of a record.
    pub(crate) fn unit_tree(&self, record: RecordId, unit: &UnitId) -> Result<Option<GitId>, HistoryError> {
        let mut at = Some(chain::tree_of(&self.store, record.0)?);
        for name in unit_path(unit) {
            at = find(&read_tree(&self.store, at)?, &name).map(|entry| entry.id);
        }
        Ok(at)
    }

    fn differing(
        &self,
        was: BTreeMap<ObjectId, GitId>,
        is: BTreeMap<ObjectId, GitId>,
    ) -> Result<Vec<ObjectDiff>, HistoryError> {
        let text = |blob: Option<GitId>| blob.map(|blob| self.text(blob)).transpose();
        both(was, is)
            .into_iter()
            .map(|(id, (was, is))| {
                Ok(ObjectDiff {
                    id,
                    before: text(was)?,
                    after: text(is)?,
                })
            })
            .collect()
    }

    fn objects_of(&self, tree: Option<GitId>) -> Result<BTreeMap<ObjectId, GitId>, HistoryError> {
        tree.map_or_else(|| Ok(BTreeMap::new()), |tree| self.objects_in(tree))
    }

    /// Where each shard was at a moment.
    fn points(&self, at: &At) -> Result<Vec<Point>, HistoryError> {
        let indexes = self.indexes();
        let time = match at {
            At::Newest => None,
            At::Time(time) => Some(*time),
            At::Record(id) => Some(finished(&indexes, |row| row.id == id.0).ok_or_else(|| {
                HistoryError::NotFound(format!("record {id}; `plumb audit log` lists those it has"))
            })?),
            At::Source(commit) => {
                let key = CommitKey::of(commit);
                Some(finished(&indexes, |row| row.commit == key).ok_or_else(|| {
                    HistoryError::NotFound(format!("record of commit {commit}: it was never applied"))
                })?)
            }
        };
        let several = indexes.len() > 1;
        let mut points = Vec::new();
        for (shard, index) in indexes.iter() {
            let count = match at {
                // Of records that ended at the same time, those after it do not count.
                At::Record(id) if position(index, id.0).is_some() => {
                    position(index, id.0).map_or(0, |position| position + 1)
                }
                _ => time.map_or(index.rows().len(), |time| index.until(time)),
            };
            let Some(last) = index.rows()[..count].last() else {
                continue;
            };
            points.push(Point {
                tip: last.id,
                written: if several {
                    written(index, count)
                } else {
                    BTreeMap::new()
                },
                shard: shard.clone(),
            });
        }
        if points.is_empty() {
            let what = time.map_or_else(
                || "records yet".to_owned(),
                |time| format!("record before {time}"),
            );
            return Err(HistoryError::NotFound(what));
        }
        points.sort_by(|a, b| a.shard.cmp(&b.shard));
        Ok(points)
    }

    fn units_in(&self, root: GitId) -> Result<BTreeMap<UnitId, GitId>, HistoryError> {
        let mut level = vec![root];
        for _ in 0..FANOUT {
            let mut next = Vec::new();
            for tree in level {
                let entries = read_tree(&self.store, Some(tree))?;
                next.extend(
                    entries
                        .into_iter()
                        .filter(|entry| entry.is_tree)
                        .map(|entry| entry.id),
                );
            }
            level = next;
        }
        let mut units = BTreeMap::new();
        for tree in level {
            for entry in read_tree(&self.store, Some(tree))? {
                let unit = name(&entry).and_then(unit_of).ok_or_else(|| foreign(&entry))?;
                units.insert(unit, entry.id);
            }
        }
        Ok(units)
    }
}

/// Where a shard was.
struct Point {
    shard: ShardName,
    tip: GitId,
    /// When it last wrote of each unit.
    written: BTreeMap<UnitId, i64>,
}

fn written(index: &Index, count: usize) -> BTreeMap<UnitId, i64> {
    let mut by_name = BTreeMap::new();
    for row in &index.rows()[..count] {
        by_name.insert(row.unit, row.finished);
    }
    by_name
        .into_iter()
        .filter_map(|(unit, finished)| {
            Some((crate::record::message::unit(index.names().text(unit))?, finished))
        })
        .collect()
}

fn position(index: &Index, id: GitId) -> Option<usize> {
    index.rows().iter().rposition(|row| row.id == id)
}

/// When the first row that is wanted ended.
fn finished(indexes: &BTreeMap<ShardName, Index>, is_wanted: impl Fn(&Row) -> bool) -> Option<Timestamp> {
    let rows = indexes.values().filter_map(|index| {
        let row = index.rows().iter().find(|row| is_wanted(row))?;
        Some(row.finished)
    });
    // Rows tell times in whole microseconds, rounded down; nothing of the last one is to be missed.
    Timestamp::from_microsecond(rows.min()?).ok()
}

fn name(entry: &TreeEntry) -> Option<&str> {
    std::str::from_utf8(&entry.name).ok()
}

fn foreign(entry: &TreeEntry) -> HistoryError {
    let name = String::from_utf8_lossy(&entry.name);
    HistoryError::damaged(format!("the name {name:?}"), "Plumb gives no such names")
}

/// What two maps have differently.
type Differing<K, V> = BTreeMap<K, (Option<V>, Option<V>)>;

fn both<K: Ord, V: PartialEq>(before: BTreeMap<K, V>, after: BTreeMap<K, V>) -> Differing<K, V> {
    let mut all: Differing<K, V> = before
        .into_iter()
        .map(|(key, was)| (key, (Some(was), None)))
        .collect();
    for (key, is) in after {
        all.entry(key).or_insert((None, None)).1 = Some(is);
    }
    all.retain(|_, (was, is)| was != is);
    all
}
