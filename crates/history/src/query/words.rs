//! Finding records by words: in units, objects, fields, people, subjects and messages.
//!
//! **Invariant:** a page ends just after its last record, not after all that were looked at for it; one that left off early
//! tells where to go on.

use crate::{Cursor, Entry, Filter, HistoryError, Ledger, Page, Record};

/// How many records are looked at together.
const AT_ONCE: usize = 256;

/// Words that a record, or a text, must hold, each somewhere and in any case.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Words(Vec<String>);

impl Words {
    /// The words of a text.
    #[must_use]
    pub fn of(text: &str) -> Self {
        Self(text.split_whitespace().map(str::to_lowercase).collect())
    }

    /// Whether there are none, which every record holds.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Whether a text holds all of them.
    #[must_use]
    pub fn all_in(&self, text: &str) -> bool {
        let text = text.to_lowercase();
        self.0.iter().all(|word| text.contains(word))
    }

    /// Whether the record holds all of them.
    #[must_use]
    pub fn are_in(&self, record: &Record) -> bool {
        if self.is_empty() {
            return true;
        }
        let texts: Vec<String> = texts(record).map(|text| text.to_lowercase()).collect();
        self.0
            .iter()
            .all(|word| texts.iter().any(|text| text.contains(word)))
    }
}

/// Where a search leaves off.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Most {
    /// When so many records were found.
    pub found: usize,
    /// When so many were read.
    pub read: usize,
}

impl Most {
    /// So many records, however many have to be read for them.
    #[must_use]
    pub fn found(found: usize) -> Self {
        Self {
            found,
            read: usize::MAX,
        }
    }
}

impl Ledger {
    /// The newest records that `filter` lets through and that hold all words, from where the page before ended. A page
    /// that is not full has a next one where the search left off before the end.
    ///
    /// # Errors
    /// When a record is damaged.
    pub fn search(
        &self,
        filter: &Filter,
        words: &Words,
        cursor: Option<Cursor>,
        most: Most,
    ) -> Result<Page, HistoryError> {
        if words.is_empty() {
            return self.page(filter, cursor.as_ref(), most.found);
        }
        let mut cursor = cursor;
        let mut entries: Vec<Entry> = Vec::new();
        let mut left = most.read;
        loop {
            let page = self.page(filter, cursor.as_ref(), AT_ONCE.min(left))?;
            left -= page.entries.len();
            for (position, entry) in page.entries.into_iter().enumerate() {
                if !words.are_in(&entry.record) {
                    continue;
                }
                entries.push(entry);
                if entries.len() == most.found {
                    // Just after this record, not after all that were looked at together.
                    let next = self.page(filter, cursor.as_ref(), position + 1)?.next;
                    return Ok(Page { entries, next });
                }
            }
            match page.next {
                None => return Ok(Page { entries, next: None }),
                next if left == 0 => return Ok(Page { entries, next }),
                next => cursor = next,
            }
        }
    }
}

/// What of a record is searched.
fn texts(record: &Record) -> impl Iterator<Item = String> {
    let source = record.source.as_ref();
    let author = source.and_then(|source| source.author.as_ref());
    let request = record.pull_request.as_ref();
    let single = [
        Some(record.unit.to_string()),
        record.actor.as_ref().map(ToString::to_string),
        author.map(|author| format!("{} <{}>", author.name, author.email)),
        source.and_then(|source| source.subject.clone()),
        request.map(|request| request.number.clone()),
        record.message.clone(),
    ];
    let approvals = record.approvals.iter().map(|approval| approval.by.to_string());
    let objects = record.changes.iter().map(|change| change.object.to_string());
    let fields = record.drifted.iter().flat_map(|field| {
        let manager = field.manager.clone().unwrap_or_default();
        [field.object.to_string(), field.path.clone(), manager]
    });
    let single = single.into_iter().flatten();
    single.chain(approvals).chain(objects).chain(fields)
}
