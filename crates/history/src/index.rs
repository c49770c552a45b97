//! What a chain's records say, in few bytes each, so that a million of them are listed and searched at once.
//!
//! Derived from the chain and beside it in a file, which only spares reading the chain again.
//!
//! **Invariant:** the rows of an index are the records of one chain, oldest first, without a gap.
//! **Start at** [`Index`]; its file: [`file`].

mod file;
#[cfg(test)]
mod tests;

use std::collections::BTreeMap;

use gix::ObjectId as GitId;
use jiff::Timestamp;
use plumb_model::CommitId;

pub(crate) use file::IndexFile;

use crate::{Cause, Entry, Outcome, Record, RecordId, Sequence, record::message};

/// Stands for a text.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct NameId(u32);

/// What an index knows of a record.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Row {
    pub(crate) id: GitId,
    /// Microseconds since 1970 at which it ended.
    pub(crate) finished: i64,
    pub(crate) cause: Cause,
    pub(crate) outcome: Outcome,
    pub(crate) unit: NameId,
    pub(crate) cluster: NameId,
    /// Actor and author of the source; the empty text where there is none.
    pub(crate) actor: NameId,
    pub(crate) author: NameId,
    /// The commit of the source.
    pub(crate) commit: CommitKey,
    /// Where in the list of things its objects and fields are.
    things: (u32, u32),
}

/// The first 160 bits of a commit's id, which tell it from all others; zeros where there is none.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct CommitKey([u8; 20]);

/// Texts, each once.
#[derive(Debug, Default)]
pub(crate) struct Names {
    texts: Vec<Box<str>>,
    ids: BTreeMap<Box<str>, NameId>,
}

/// The records of one chain.
#[derive(Debug, Default)]
pub(crate) struct Index {
    names: Names,
    rows: Vec<Row>,
    /// Objects (`Kind.group/namespace/name`) and drifted fields (`.spec.replicas`) of all rows.
    things: Vec<NameId>,
    /// The number of the first row.
    first: u64,
}

impl CommitKey {
    pub(crate) fn of(commit: &CommitId) -> Self {
        let mut key = [0; 20];
        for (byte, digits) in key.iter_mut().zip(commit.as_str().as_bytes().chunks_exact(2)) {
            let digits = std::str::from_utf8(digits).unwrap_or_default();
            *byte = u8::from_str_radix(digits, 16).unwrap_or_default();
        }
        Self(key)
    }

    /// Whether the id begins with these digits.
    pub(crate) fn begins_with(self, digits: &str) -> bool {
        let nibbles = self.0.iter().flat_map(|byte| [byte >> 4, byte & 15]);
        let mut asked = digits.chars().take(2 * self.0.len());
        self != Self::default()
            && nibbles
                .zip(asked.by_ref())
                .all(|(is, asked)| asked.to_digit(16) == Some(is.into()))
    }
}

impl Names {
    fn id(&mut self, text: &str) -> NameId {
        if let Some(id) = self.ids.get(text) {
            return *id;
        }
        let id = NameId(u32::try_from(self.texts.len()).unwrap_or(u32::MAX));
        self.texts.push(text.into());
        self.ids.insert(text.into(), id);
        id
    }

    /// The text that `id` stands for.
    pub(crate) fn text(&self, id: NameId) -> &str {
        self.texts.get(id.0 as usize).map_or("", |text| text)
    }

    /// For every text, whether it is wanted; to be asked with [`Wanted::has`].
    pub(crate) fn wanted(&self, is_wanted: impl Fn(&str) -> bool) -> Wanted {
        Wanted(self.texts.iter().map(|text| is_wanted(text)).collect())
    }
}

/// Which texts are wanted.
pub(crate) struct Wanted(Vec<bool>);

impl Wanted {
    pub(crate) fn has(&self, id: NameId) -> bool {
        self.0.get(id.0 as usize).copied().unwrap_or(false)
    }
}

impl Index {
    /// Adds the record that follows the last row.
    pub(crate) fn push(&mut self, entry: &Entry) {
        if self.rows.is_empty() {
            self.first = entry.place.sequence.0;
        }
        let row = self.row(entry);
        self.rows.push(row);
    }

    /// Adds the records of `newest_first`, which follow the last row.
    pub(crate) fn extend(&mut self, newest_first: impl IntoIterator<Item = Entry>) {
        let start = self.rows.len();
        for entry in newest_first {
            if start == 0 {
                self.first = entry.place.sequence.0;
            }
            let row = self.row(&entry);
            self.rows.push(row);
        }
        self.rows[start..].reverse();
    }

    fn row(&mut self, entry: &Entry) -> Row {
        let record = &entry.record;
        let start = self.things.len();
        let mut things: Vec<NameId> = things(record).map(|text| self.names.id(&text)).collect();
        things.sort_unstable();
        things.dedup();
        self.things.extend(things);
        let source = record.source.as_ref();
        let author = source.and_then(|source| source.author.as_ref());
        let author = author.map(|author| format!("{} <{}>", author.name, author.email));
        Row {
            id: entry.id.0,
            finished: record.finished.as_microsecond(),
            cause: record.cause,
            outcome: record.outcome,
            unit: self.names.id(&message::unit_word(&record.unit)),
            cluster: self.names.id(&record.cluster.0),
            actor: self.names.id(record.actor.as_ref().map_or("", |actor| &actor.0)),
            author: self.names.id(&author.unwrap_or_default()),
            commit: source
                .map(|source| CommitKey::of(&source.commit))
                .unwrap_or_default(),
            things: (offset(start), offset(self.things.len())),
        }
    }

    /// Leaves out the rows before the one of that number.
    pub(crate) fn forget_before(&mut self, sequence: Sequence) {
        let count = usize::try_from(sequence.0.saturating_sub(self.first)).unwrap_or(usize::MAX);
        let kept = self.rows.split_off(count.min(self.rows.len()));
        let gone = std::mem::replace(&mut self.rows, kept);
        self.first += gone.len() as u64;
        let all = std::mem::take(&mut self.things);
        for row in &mut self.rows {
            let (start, end) = row.things;
            let start_now = offset(self.things.len());
            self.things.extend_from_slice(&all[start as usize..end as usize]);
            row.things = (start_now, offset(self.things.len()));
        }
    }

    /// The rows, oldest first.
    pub(crate) fn rows(&self) -> &[Row] {
        &self.rows
    }

    pub(crate) fn names(&self) -> &Names {
        &self.names
    }

    /// The objects and fields of a row.
    pub(crate) fn things(&self, row: &Row) -> &[NameId] {
        let (start, end) = row.things;
        self.things.get(start as usize..end as usize).unwrap_or_default()
    }

    /// The number of the row at `position`.
    pub(crate) fn sequence(&self, position: usize) -> Sequence {
        Sequence(self.first + position as u64)
    }

    /// The row of that number.
    pub(crate) fn position(&self, sequence: Sequence) -> Option<usize> {
        let position = usize::try_from(sequence.0.checked_sub(self.first)?).ok()?;
        (position < self.rows.len()).then_some(position)
    }

    /// The newest record.
    pub(crate) fn tip(&self) -> Option<(Sequence, RecordId)> {
        let row = self.rows.last()?;
        Some((self.sequence(self.rows.len() - 1), RecordId(row.id)))
    }

    /// How many of the rows had ended by `time`.
    pub(crate) fn until(&self, time: Timestamp) -> usize {
        let time = time.as_microsecond();
        // Records of several workers may end in another order than they are written in.
        self.rows
            .iter()
            .rposition(|row| row.finished <= time)
            .map_or(0, |position| position + 1)
    }
}

fn offset(at: usize) -> u32 {
    u32::try_from(at).unwrap_or(u32::MAX)
}

/// What of a record can be searched for beside people and units.
fn things(record: &Record) -> impl Iterator<Item = String> + '_ {
    let changed = record
        .changes
        .iter()
        .map(|change| message::object_word(&change.object));
    let drifted = record
        .drifted
        .iter()
        .flat_map(|field| [message::object_word(&field.object), field.path.clone()]);
    changed.chain(drifted)
}
