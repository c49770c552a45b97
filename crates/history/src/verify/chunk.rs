//! Proves one part of a chain.

use std::{
    collections::{BTreeMap, HashMap},
    ops::Range,
    sync::Arc,
};

use gix::{ObjectId as GitId, objs::Kind};

use super::{Finding, FindingKind, Known, Report, VerifyOptions};
use crate::{
    Cause, Entry, HistoryError, RecordId, Sequence, ShardName,
    commit::{self, Commit},
    ledger::chain,
    record::message,
    store::Store,
    tree::{self, TreeEntry},
};

/// Part of a chain.
pub(super) struct Chunk<'c> {
    pub(super) store: &'c Store,
    pub(super) shard: &'c ShardName,
    pub(super) options: &'c VerifyOptions<'c>,
    /// All of the chain.
    pub(super) ids: &'c [GitId],
    /// What of it.
    pub(super) range: Range<usize>,
}

/// Where the proof is.
struct State {
    report: Report,
    /// The record before.
    before: Option<(Entry, GitId)>,
    commits: BTreeMap<(String, String), Known>,
    /// Trees that were proven lately: the next record has most of them again, and is compared with others.
    proven: HashMap<GitId, Arc<[TreeEntry]>>,
}

/// So many trees are kept.
const TREES: usize = 8192;

impl Chunk<'_> {
    pub(super) fn verify(&self) -> Report {
        // The record before is another chunk's to prove.
        let before = self.range.start.checked_sub(1).and_then(|position| {
            let (entry, commit) = chain::entry_and_commit(self.store, self.ids[position]).ok()?;
            Some((entry, commit.tree))
        });
        let mut state = State {
            report: Report::default(),
            before,
            commits: BTreeMap::new(),
            proven: HashMap::new(),
        };
        for position in self.range.clone() {
            self.record(position, &mut state);
        }
        state.report
    }

    fn record(&self, position: usize, state: &mut State) {
        let id = self.ids[position];
        let expected = state
            .before
            .as_ref()
            .map(|(entry, _)| entry.place.sequence.next());
        let at = At {
            shard: self.shard,
            sequence: expected.unwrap_or(Sequence::FIRST),
            record: RecordId(id),
        };
        state.report.records += 1;
        let bytes = match self.object(id, Kind::Commit, &mut state.report) {
            Ok(bytes) => bytes,
            Err((kind, why)) => {
                state.report.findings.push(at.finding(kind, why));
                state.before = None;
                return;
            }
        };
        let (entry, commit) = match chain::decode(id, &bytes) {
            Ok(decoded) => decoded,
            Err(error) => {
                let finding = at.finding(FindingKind::Tampered, error.to_string());
                state.report.findings.push(finding);
                state.before = None;
                return;
            }
        };
        self.place(position, &entry, &commit, state);
        self.signature(&entry, &commit, &bytes, state);
        self.witnesses(&entry, state);
        let was = state.before.as_ref().map(|(_, tree)| *tree);
        if was != Some(commit.tree)
            && let Err((kind, why)) = self.tree(commit.tree, was, state)
        {
            let at = At {
                sequence: entry.place.sequence,
                ..at
            };
            state.report.findings.push(at.finding(kind, why));
        }
        state.before = Some((entry, commit.tree));
    }

    /// Its number, what it follows, and that it says no more than it seems to.
    fn place(&self, position: usize, entry: &Entry, commit: &Commit, state: &mut State) {
        let at = At::of(self.shard, entry);
        let mut wrong = |kind, why: String| state.report.findings.push(at.finding(kind, why));
        if entry.place.shard != *self.shard {
            wrong(
                FindingKind::Tampered,
                format!("it was written for shard {}", entry.place.shard),
            );
        }
        if entry.parent.is_some() && entry.place.continues.is_some() {
            wrong(
                FindingKind::Tampered,
                "it both follows a record and begins a chain".to_owned(),
            );
        }
        let named = entry.parent.or(entry.place.continues).map(|id| id.0);
        let before = position.checked_sub(1).map(|position| self.ids[position]);
        if before.is_some() && named != before {
            wrong(
                FindingKind::Tampered,
                "it does not name the record before".to_owned(),
            );
        }
        let first = before.is_none() && entry.place.continues.is_none();
        let expected = match &state.before {
            Some((before, _)) => Some(before.place.sequence.next()),
            None => first.then_some(Sequence::FIRST),
        };
        if let Some(expected) = expected.filter(|expected| *expected != entry.place.sequence) {
            let why = format!(
                "record {expected} should be here, but this is {}",
                entry.place.sequence
            );
            wrong(FindingKind::Gap, why);
        }
        if message::write(&entry.record, &entry.place) != commit.message {
            wrong(
                FindingKind::Tampered,
                "its message is not as Plumb writes it".to_owned(),
            );
        }
    }

    fn signature(&self, entry: &Entry, commit: &Commit, bytes: &[u8], state: &mut State) {
        let Some(signers) = self.options.signers else {
            return;
        };
        let checked = match &commit.signature {
            None => Err("it is not signed".to_owned()),
            Some(signature) => signers.check(&commit::unsigned(bytes), signature),
        };
        match checked {
            Ok(()) => state.report.signed += 1,
            Err(why) => {
                let finding = At::of(self.shard, entry).finding(FindingKind::Signature, why);
                state.report.findings.push(finding);
            }
        }
    }

    fn witnesses(&self, entry: &Entry, state: &mut State) {
        let record = &entry.record;
        let at = At::of(self.shard, entry);
        let Some(source) = &record.source else {
            if matches!(record.cause, Cause::Push | Cause::Rollback) {
                let why = format!("a {} tells no source commit", record.cause.word());
                state.report.findings.push(at.finding(FindingKind::NoSource, why));
            }
            return;
        };
        let Some(witness) = self.options.witness else {
            return;
        };
        let key = (
            source.repository.as_str().to_owned(),
            source.commit.as_str().to_owned(),
        );
        let known = *state
            .commits
            .entry(key)
            .or_insert_with(|| witness.has_commit(source));
        match known {
            Known::Yes => state.report.witnessed += 1,
            Known::No => {
                let why = format!("{} has no commit {}", source.repository, source.commit);
                state.report.findings.push(at.finding(FindingKind::NoSource, why));
            }
            Known::Unknown => {}
        }
        if witness.has_plan(record) == Known::No {
            let plan = record
                .plan
                .map_or_else(|| "none".to_owned(), |plan| plan.to_string());
            let why = format!("its plan ({plan}) is none that was reviewed");
            state.report.findings.push(at.finding(FindingKind::NoPlan, why));
        }
    }

    /// All in the tree `is` that is not in `was`, which is proven.
    fn tree(&self, is: GitId, was: Option<GitId>, state: &mut State) -> Result<(), Wrong> {
        let data = self.object(is, Kind::Tree, &mut state.report)?;
        let unlawful = || {
            (
                FindingKind::Tampered,
                format!("tree {is} is not one that Plumb wrote"),
            )
        };
        let entries: Arc<[TreeEntry]> = tree::entries(&data).ok_or_else(unlawful)?.into();
        let before = match was {
            Some(was) => match state.proven.get(&was) {
                Some(entries) => entries.clone(),
                None => tree::read_tree(self.store, Some(was)).unwrap_or_default().into(),
            },
            None => Arc::default(),
        };
        let known: HashMap<&[u8], &TreeEntry> = before
            .iter()
            .map(|entry| (entry.name.as_slice(), entry))
            .collect();
        for entry in entries.iter() {
            let was = known.get(entry.name.as_slice()).copied();
            if was == Some(entry) {
                continue;
            }
            if entry.is_tree {
                let was = was.filter(|was| was.is_tree).map(|was| was.id);
                self.tree(entry.id, was, state)?;
            } else {
                self.object(entry.id, Kind::Blob, &mut state.report)?;
            }
        }
        if state.proven.len() >= TREES {
            state.proven.clear();
        }
        state.proven.insert(is, entries);
        Ok(())
    }

    /// An object that is what its id says.
    fn object(&self, id: GitId, kind: Kind, report: &mut Report) -> Result<Vec<u8>, Wrong> {
        report.objects += 1;
        let data = self.store.read(id, kind).map_err(|error| {
            let missing = matches!(&error, HistoryError::Damaged { why, .. } if why == "it is missing");
            let kind = if missing {
                FindingKind::Missing
            } else {
                FindingKind::Tampered
            };
            (kind, error.to_string())
        })?;
        let is = tree::id_of(kind, &data).map_err(|error| (FindingKind::Tampered, error.to_string()))?;
        if is == id {
            Ok(data)
        } else {
            Err((FindingKind::Tampered, format!("{kind} {id} holds something else")))
        }
    }
}

/// What is wrong, and how.
type Wrong = (FindingKind, String);

/// A record that something may be wrong with.
struct At<'a> {
    shard: &'a ShardName,
    sequence: Sequence,
    record: RecordId,
}

impl<'a> At<'a> {
    fn of(shard: &'a ShardName, entry: &Entry) -> Self {
        Self {
            shard,
            sequence: entry.place.sequence,
            record: entry.id,
        }
    }

    fn finding(&self, kind: FindingKind, why: String) -> Finding {
        Finding {
            shard: self.shard.clone(),
            sequence: self.sequence,
            record: Some(self.record),
            kind,
            why,
        }
    }
}
