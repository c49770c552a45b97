//! Proves the ledger: that every record and every object is what its id says, that none is missing in between, and that the
//! chain still leads to what is remembered.
//!
//! **Invariant:** what is not found is proven for all that the references lead to; nothing is taken from an index.
//! **Absent:** asking repositories and approvals; a [`Witness`] does. **Start at** [`Ledger::verify`].

mod chunk;
#[cfg(test)]
mod tests;

use std::{collections::BTreeMap, fmt, thread, time::Instant};

use gix::ObjectId as GitId;

use crate::{
    AllowedSigners, HistoryError, Ledger, Record, RecordId, Sequence, ShardName, Source, ledger::chain,
};
use chunk::Chunk;

/// What is known of something.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Known {
    /// It is so.
    Yes,
    /// It is not so.
    No,
    /// Nobody can tell, for instance since a repository cannot be reached.
    Unknown,
}

/// Who knows what the ledger itself cannot.
pub trait Witness: Sync {
    /// Whether the commit is in its repository.
    fn has_commit(&self, source: &Source) -> Known {
        let _ = source;
        Known::Unknown
    }

    /// Whether the record's plan is one that was reviewed.
    fn has_plan(&self, record: &Record) -> Known {
        let _ = record;
        Known::Unknown
    }
}

/// What to prove the ledger against.
#[derive(Clone, Copy, Default)]
pub struct VerifyOptions<'o> {
    /// Who knows of source commits and plans.
    pub witness: Option<&'o dyn Witness>,
    /// Whose signatures count; with it, every record has to be signed.
    pub signers: Option<&'o AllowedSigners>,
    /// Newest records that were remembered elsewhere, as [`Ledger::tips`] told them.
    pub remembered: Option<&'o BTreeMap<ShardName, (Sequence, RecordId)>>,
    /// When to leave off, between two parts of a chain; what is left is then counted in [`Report::left`].
    pub until: Option<Instant>,
}

/// What was looked at, and what is wrong.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Report {
    /// Records looked at.
    pub records: usize,
    /// Objects of Git looked at.
    pub objects: usize,
    /// Records whose signature is good.
    pub signed: usize,
    /// Records whose source commit is known to be there.
    pub witnessed: usize,
    /// Records that were not looked at, since the time was over.
    pub left: usize,
    /// What is wrong, by shard, oldest first.
    pub findings: Vec<Finding>,
}

/// Something wrong.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Finding {
    /// The shard.
    pub shard: ShardName,
    /// The number of the record, or of the one that is missing.
    pub sequence: Sequence,
    /// The record, where there is one.
    pub record: Option<RecordId>,
    /// What sort of thing.
    pub kind: FindingKind,
    /// In words.
    pub why: String,
}

/// What sort of thing is wrong.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum FindingKind {
    /// An object is not what its id says, or not what Plumb writes.
    Tampered,
    /// An object is not there.
    Missing,
    /// Numbers are left out or repeated.
    Gap,
    /// The chain does not lead to a record that is remembered.
    Rewritten,
    /// Its source commit is not in the repository, or it tells none where there must be one.
    NoSource,
    /// Its plan is none that was reviewed.
    NoPlan,
    /// It is not signed, or not by somebody who may.
    Signature,
}

impl Report {
    /// Whether nothing is wrong.
    #[must_use]
    pub fn is_good(&self) -> bool {
        self.findings.is_empty()
    }

    fn add(&mut self, other: Self) {
        self.records += other.records;
        self.objects += other.objects;
        self.signed += other.signed;
        self.witnessed += other.witnessed;
        self.left += other.left;
        self.findings.extend(other.findings);
    }
}

impl FindingKind {
    /// The word for it.
    #[must_use]
    pub fn word(self) -> &'static str {
        match self {
            Self::Tampered => "tampered",
            Self::Missing => "missing",
            Self::Gap => "gap",
            Self::Rewritten => "rewritten",
            Self::NoSource => "no source commit",
            Self::NoPlan => "no reviewed plan",
            Self::Signature => "signature",
        }
    }
}

impl fmt::Display for Finding {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {}", self.shard, self.sequence)?;
        if let Some(record) = self.record {
            write!(f, " ({})", record.short())?;
        }
        write!(f, ": {}: {}", self.kind.word(), self.why)
    }
}

/// Longest part of a chain that one thread takes at once.
const CHUNK: usize = 2000;

impl Ledger {
    /// Proves the ledger, all of it.
    ///
    /// # Errors
    /// When the references cannot be read. What is wrong with records is in the report.
    pub fn verify(&self, options: &VerifyOptions<'_>) -> Result<Report, HistoryError> {
        let mut report = Report::default();
        let tips = self.store.tips()?;
        let mut chains = BTreeMap::new();
        for (shard, tip) in &tips {
            let (mut ids, mut findings) = (self.hint(shard, *tip), Vec::new());
            let mut found = self.verify_chain(shard, &ids, options);
            if ids.ids.is_empty() || !found.is_good() {
                // The index may be what is wrong. The chain itself says which records it has.
                let walked = self.walk(shard, *tip, &mut findings);
                if walked.ids != ids.ids {
                    ids = walked;
                    found = self.verify_chain(shard, &ids, options);
                }
            }
            report.add(found);
            report.findings.extend(findings);
            chains.insert(shard, ids);
        }
        let beside = self.remembered();
        for (shard, (sequence, id)) in beside.iter().chain(options.remembered.into_iter().flatten()) {
            let (first, ids) = chains
                .get(shard)
                .map_or((1, &[][..]), |chain| (chain.first, &chain.ids[..]));
            let position = sequence
                .0
                .checked_sub(first)
                .and_then(|at| usize::try_from(at).ok());
            let found = position.and_then(|position| ids.get(position));
            // What was archived and given up cannot be proven any more.
            if found != Some(&id.0) && sequence.0 >= first {
                report.findings.push(Finding {
                    shard: shard.clone(),
                    sequence: *sequence,
                    record: found.copied().map(RecordId),
                    kind: FindingKind::Rewritten,
                    why: format!("record {id} is remembered there"),
                });
            }
        }
        report
            .findings
            .sort_by(|a, b| (&a.shard, a.sequence, a.kind).cmp(&(&b.shard, b.sequence, b.kind)));
        report.findings.dedup();
        Ok(report)
    }

    /// The ids of a chain as the index has them, which is quick; they are proven link by link.
    fn hint(&self, shard: &ShardName, tip: GitId) -> Ids {
        let indexes = self.indexes();
        let index = indexes
            .get(shard)
            .filter(|index| index.tip().is_some_and(|(_, id)| id.0 == tip));
        index.map_or_else(Ids::default, |index| Ids {
            first: index.sequence(0).0,
            ids: index.rows().iter().map(|row| row.id).collect(),
        })
    }

    /// The ids of a chain, oldest first, as far as it can be walked from its tip.
    fn walk(&self, shard: &ShardName, tip: GitId, findings: &mut Vec<Finding>) -> Ids {
        let mut walked = Ids::default();
        for found in chain::Walk::from(&self.store, Some(tip)) {
            match found {
                Ok((entry, _)) => {
                    walked.ids.push(entry.id.0);
                    walked.first = entry.place.sequence.0;
                }
                Err(error) => {
                    findings.push(Finding {
                        shard: shard.clone(),
                        sequence: Sequence(walked.first.saturating_sub(1)),
                        record: None,
                        kind: FindingKind::Tampered,
                        why: format!("{error}; what is before it cannot be looked at"),
                    });
                    break;
                }
            }
        }
        walked.ids.reverse();
        walked
    }

    fn verify_chain(&self, shard: &ShardName, chain: &Ids, options: &VerifyOptions<'_>) -> Report {
        let chunks: Vec<Chunk<'_>> = (0..chain.ids.len())
            .step_by(CHUNK)
            .map(|start| Chunk {
                store: &self.store,
                shard,
                options,
                ids: &chain.ids,
                range: start..(start + CHUNK).min(chain.ids.len()),
            })
            .collect();
        let threads = thread::available_parallelism().map_or(1, usize::from).min(8);
        let next = std::sync::atomic::AtomicUsize::new(0);
        let work = || {
            let mut report = Report::default();
            while let Some(chunk) = chunks.get(next.fetch_add(1, std::sync::atomic::Ordering::Relaxed)) {
                if options.until.is_some_and(|until| Instant::now() >= until) {
                    report.left += chunk.range.len();
                } else {
                    report.add(chunk.verify());
                }
            }
            report
        };
        let mut all = Report::default();
        thread::scope(|scope| {
            let handles: Vec<_> = (0..threads.min(chunks.len()))
                .map(|_| scope.spawn(work))
                .collect();
            for handle in handles {
                all.add(handle.join().expect("verifying does not panic"));
            }
        });
        all
    }
}

/// A chain's ids, oldest first, and the number of the first.
#[derive(Default)]
struct Ids {
    first: u64,
    ids: Vec<GitId>,
}
