//! Finding records: newest first, by page.
//!
//! **Invariant:** a page costs a look at the indexes and the reading of what is on it, however long the ledger is.
//! **Start at** [`Ledger::page`]; by words: [`Ledger::search`].

#[cfg(test)]
mod tests;
mod words;

use std::{
    collections::{BTreeMap, BTreeSet},
    fmt,
};

use jiff::Timestamp;
use plumb_model::{CommitId, UnitId};

pub use words::{Most, Words};

use crate::{
    Cause, Entry, HistoryError, Ledger, Outcome, RecordId, ShardName,
    index::{CommitKey, Index, Row, Wanted},
    record::message,
};

/// Which records are wanted; what is `None` does not matter.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Filter {
    /// The unit: `application/argocd/my-app`, `argocd/my-app` or `my-app`.
    pub unit: Option<String>,
    /// An object that it touched: `Deployment.apps/web/frontend`, `Deployment/frontend`, `web/frontend` or `frontend`.
    pub object: Option<String>,
    /// A field that had drifted, or one that it lies in: `.spec.replicas`, `.spec`.
    pub field: Option<String>,
    /// A part of the name of who began it, or of who wrote the commit, in any case.
    pub actor: Option<String>,
    /// The cluster.
    pub cluster: Option<String>,
    /// The commit of the source, or how its id begins.
    pub commit: Option<String>,
    /// Why.
    pub cause: Option<Cause>,
    /// How it ended.
    pub outcome: Option<Outcome>,
    /// Ended at this time or later.
    pub since: Option<Timestamp>,
    /// Ended at this time or earlier.
    pub until: Option<Timestamp>,
}

/// Where a page ended, so that the next can go on there whatever was recorded meanwhile.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Cursor(BTreeMap<ShardName, u64>);

/// Some records, newest first.
#[derive(Clone, Debug, PartialEq)]
pub struct Page {
    /// The records.
    pub entries: Vec<Entry>,
    /// Where the next page begins; `None` on the last.
    pub next: Option<Cursor>,
}

impl Ledger {
    /// The newest `limit` records that `filter` lets through, from where the page before ended.
    ///
    /// # Errors
    /// When a record is damaged.
    pub fn page(&self, filter: &Filter, cursor: Option<&Cursor>, limit: usize) -> Result<Page, HistoryError> {
        let (ids, next) = {
            let indexes = self.indexes();
            let mut merge = Merge::new(&indexes, filter, cursor);
            let ids: Vec<RecordId> = merge.by_ref().take(limit).collect();
            let more = merge.clone().next().is_some();
            (ids, more.then(|| merge.cursor()))
        };
        let entries = ids
            .into_iter()
            .map(|id| self.entry(id))
            .collect::<Result<_, _>>()?;
        Ok(Page { entries, next })
    }

    /// The ids of all records that `filter` lets through, newest first.
    #[must_use]
    pub fn ids(&self, filter: &Filter) -> Vec<RecordId> {
        let indexes = self.indexes();
        Merge::new(&indexes, filter, None).collect()
    }

    /// Every unit that a record tells of.
    #[must_use]
    pub fn units(&self) -> Vec<UnitId> {
        let indexes = self.indexes();
        let texts: BTreeSet<&str> = indexes
            .values()
            .flat_map(|index| index.rows().iter().map(|row| index.names().text(row.unit)))
            .collect();
        texts.into_iter().filter_map(message::unit).collect()
    }

    /// The records whose ids begin with these digits.
    #[must_use]
    pub fn records_like(&self, digits: &str) -> Vec<RecordId> {
        let digits = digits.to_ascii_lowercase();
        let indexes = self.indexes();
        let rows = indexes.values().flat_map(Index::rows);
        rows.filter(|row| row.id.to_string().starts_with(&digits))
            .map(|row| RecordId(row.id))
            .collect()
    }

    /// The commits of sources that records tell of and whose ids begin with these digits.
    ///
    /// # Errors
    /// When a record is damaged.
    pub fn commits_like(&self, digits: &str) -> Result<Vec<CommitId>, HistoryError> {
        let digits = digits.to_ascii_lowercase();
        let found: BTreeMap<CommitKey, RecordId> = {
            let indexes = self.indexes();
            let rows = indexes.values().flat_map(Index::rows);
            rows.filter(|row| row.commit.begins_with(&digits))
                .map(|row| (row.commit, RecordId(row.id)))
                .collect()
        };
        let mut commits = Vec::new();
        for id in found.into_values() {
            commits.extend(self.entry(id)?.record.source.map(|source| source.commit));
        }
        Ok(commits)
    }

    /// How many records `filter` lets through.
    #[must_use]
    pub fn count(&self, filter: &Filter) -> usize {
        let indexes = self.indexes();
        Merge::new(&indexes, filter, None).count()
    }
}

impl Cursor {
    /// Reads what [`Cursor`]'s `Display` wrote.
    ///
    /// # Errors
    /// When it is nothing of that kind.
    pub fn parse(text: &str) -> Result<Self, HistoryError> {
        text.split(',')
            .map(|part| {
                let (shard, below) = part.split_once(':')?;
                Some((ShardName::parse(shard).ok()?, below.parse().ok()?))
            })
            .collect::<Option<_>>()
            .map(Self)
            .ok_or_else(|| HistoryError::Cursor(text.to_owned()))
    }
}

impl fmt::Display for Cursor {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (position, (shard, below)) in self.0.iter().enumerate() {
            let comma = if position == 0 { "" } else { "," };
            write!(f, "{comma}{shard}:{below}")?;
        }
        Ok(())
    }
}

/// The records of all shards that a filter lets through, newest first.
#[derive(Clone)]
struct Merge<'i> {
    shards: Vec<Search<'i>>,
}

/// The records of one shard that a filter lets through.
#[derive(Clone)]
struct Search<'i> {
    shard: &'i ShardName,
    index: &'i Index,
    wanted: std::rc::Rc<WantedNames>,
    filter: &'i Filter,
    /// All rows from here on were looked at.
    below: usize,
}

/// Which of an index's names a filter lets through; `None` = all.
struct WantedNames {
    unit: Option<Wanted>,
    object: Option<Wanted>,
    field: Option<Wanted>,
    person: Option<Wanted>,
    cluster: Option<Wanted>,
}

impl<'i> Merge<'i> {
    fn new(indexes: &'i BTreeMap<ShardName, Index>, filter: &'i Filter, cursor: Option<&Cursor>) -> Self {
        let shards = indexes.iter().map(|(shard, index)| {
            let all = index.rows().len();
            // A shard that the cursor does not know is newer than it.
            let below = match cursor {
                None => all,
                Some(cursor) => cursor.0.get(shard).map_or(0, |below| {
                    let first = index.sequence(0).0;
                    usize::try_from(below.saturating_sub(first))
                        .unwrap_or(all)
                        .min(all)
                }),
            };
            Search {
                shard,
                index,
                wanted: std::rc::Rc::new(WantedNames::of(filter, index)),
                filter,
                below,
            }
        });
        Self {
            shards: shards.collect(),
        }
    }

    fn cursor(&self) -> Cursor {
        let below = |search: &Search<'_>| search.index.sequence(search.below).0;
        Cursor(
            self.shards
                .iter()
                .map(|search| (search.shard.clone(), below(search)))
                .collect(),
        )
    }
}

impl Iterator for Merge<'_> {
    type Item = RecordId;

    fn next(&mut self) -> Option<RecordId> {
        let newest = self
            .shards
            .iter_mut()
            .filter_map(|search| Some((search.find()?.finished, search)))
            // Of records that ended together, the first shard's.
            .reduce(|best, other| if other.0 > best.0 { other } else { best });
        let (_, search) = newest?;
        let row = search.find()?;
        let id = RecordId(row.id);
        search.below -= 1;
        Some(id)
    }
}

impl<'i> Search<'i> {
    /// The newest row below that is wanted; moves to just above it.
    fn find(&mut self) -> Option<&'i Row> {
        let rows = self.index.rows();
        let position = rows[..self.below].iter().rposition(|row| self.lets_through(row));
        self.below = position.map_or(0, |position| position + 1);
        position.map(|position| &rows[position])
    }

    fn lets_through(&self, row: &Row) -> bool {
        let filter = self.filter;
        let wanted = &*self.wanted;
        let is = |wanted: &Option<Wanted>, name| wanted.as_ref().is_none_or(|wanted| wanted.has(name));
        let has = |wanted: &Option<Wanted>| {
            let things = self.index.things(row);
            wanted
                .as_ref()
                .is_none_or(|wanted| things.iter().any(|thing| wanted.has(*thing)))
        };
        filter.cause.is_none_or(|cause| cause == row.cause)
            && filter.outcome.is_none_or(|outcome| outcome == row.outcome)
            && filter
                .since
                .is_none_or(|since| since.as_microsecond() <= row.finished)
            && filter
                .until
                .is_none_or(|until| row.finished <= until.as_microsecond())
            && is(&wanted.unit, row.unit)
            && is(&wanted.cluster, row.cluster)
            && filter
                .commit
                .as_ref()
                .is_none_or(|digits| row.commit.begins_with(digits))
            && (is(&wanted.person, row.actor) || is(&wanted.person, row.author))
            && has(&wanted.object)
            && has(&wanted.field)
    }
}

impl WantedNames {
    fn of(filter: &Filter, index: &Index) -> Self {
        let names = |query: &Option<String>, matches: fn(&str, &str) -> bool| {
            let query = query.as_deref()?;
            Some(index.names().wanted(|text| matches(query, text)))
        };
        Self {
            unit: names(&filter.unit, is_unit),
            object: names(&filter.object, is_object),
            field: names(&filter.field, is_field),
            person: names(&filter.actor, is_person),
            cluster: names(&filter.cluster, |query, text| query == text),
        }
    }
}

/// Whether `text` (`kind/namespace/name`) is, or ends in, what is asked for.
fn is_unit(query: &str, text: &str) -> bool {
    text.strip_suffix(query)
        .is_some_and(|before| before.is_empty() || before.ends_with('/'))
}

/// Whether `text` (`Kind.group/namespace/name`) is the object that is asked for.
fn is_object(query: &str, text: &str) -> bool {
    let mut parts = text.split('/');
    let (Some(kind), Some(namespace), Some(name), None) =
        (parts.next(), parts.next(), parts.next(), parts.next())
    else {
        return false;
    };
    let is_kind = |asked: &str| {
        let bare = kind.split('.').next().unwrap_or(kind);
        asked.eq_ignore_ascii_case(kind) || asked.eq_ignore_ascii_case(bare)
    };
    match *query.split('/').collect::<Vec<_>>() {
        [asked] => asked == name,
        [first, asked] => asked == name && (first == namespace || is_kind(first)),
        [first, second, asked] => asked == name && second == namespace && is_kind(first),
        _ => false,
    }
}

/// Whether `text` is the field that is asked for, or lies in it.
fn is_field(query: &str, text: &str) -> bool {
    text.starts_with('.')
        && text
            .strip_prefix(query)
            .is_some_and(|rest| rest.is_empty() || rest.starts_with(['.', '[']))
}

fn is_person(query: &str, text: &str) -> bool {
    !text.is_empty() && text.to_lowercase().contains(&query.to_lowercase())
}
